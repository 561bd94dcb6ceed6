//! The page of a folder without an index, as Python has it.

use std::fmt::Write;

use doverb_core::html;
use doverb_core::log::plain;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::folder::Listing;

/// What Python's `quote` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b'/');

const STYLE: &str = "body{font:1rem/1.6 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;\
                     overflow-wrap:anywhere}h1{font-size:1.3rem}hr{border:0;border-top:1px solid #8884}\
                     ul{list-style:none;padding:0}li{padding:.15rem 0}";

/// What a page begins with, for the path that was asked for.
pub(super) fn head(path: &str) -> String {
    let shown = html::escape(&plain(&percent_decode_str(path).decode_utf8_lossy()));
    let title = format!("Directory listing for {shown}");
    format!(
        "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<hr>\n<ul>\n"
    )
}

/// The rest of it.
pub(super) fn entries(listing: &Listing) -> String {
    let mut page = String::new();
    for entry in &listing.entries {
        let slash = if entry.is_folder { "/" } else { "" };
        let mark = if entry.is_link { "@" } else { slash };
        let name = html::escape(&plain(&String::from_utf8_lossy(&entry.name)));
        // A name with a colon would be taken for a scheme, and none can be taken for a whole path.
        let link = percent_encode(&entry.name, PLAIN);
        let _ = writeln!(page, "<li><a href=\"{link}{slash}\">{name}{mark}</a></li>");
    }
    page.push_str("</ul>\n");
    if listing.more > 0 {
        let _ = writeln!(page, "<p>and {} more, which are not listed</p>", listing.more);
    }
    page.push_str("<hr>\n</body>\n</html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::super::folder::Entry;
    use super::*;

    #[test]
    fn names_are_shown_as_they_are_and_linked_without_harm() {
        let entry = |name: &str, is_folder, is_link| Entry { name: name.into(), is_folder, is_link };
        let entries = [
            entry("a b&c", false, false),
            entry("sub", true, false),
            entry("<i>\"", false, true),
            entry("javascript:x", false, false),
            entry("a\n\x1b[31mb\u{202e}gnp.exe", false, false),
        ];
        let entries = entries.into();
        let page = head("/x%20<y>/") + &super::entries(&Listing { entries, more: 7 });
        assert!(page.contains("and 7 more"), "{page}");
        for part in [
            "<title>Directory listing for /x &lt;y&gt;/</title>",
            "<li><a href=\"a%20b%26c\">a b&amp;c</a></li>",
            "<li><a href=\"sub/\">sub/</a></li>",
            "<li><a href=\"%3Ci%3E%22\">&lt;i&gt;\"@</a></li>",
            "<li><a href=\"javascript%3Ax\">javascript:x</a></li>",
            "%E2%80%AEgnp.exe\">a\\x0a\\x1b[31mb\\u{202e}gnp.exe</a></li>",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}
