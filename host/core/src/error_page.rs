//! The body of error answers, made from a template with Python's `%(name)s` placeholders.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use thiserror::Error;

mod conversion;

use conversion::{Conversion, Text};

/// The Content-Type of error pages: Python's `DEFAULT_ERROR_CONTENT_TYPE`.
pub const CONTENT_TYPE: &str = "text/html;charset=utf-8";

/// Bytes of a template.
pub const MAX_FORMAT: usize = 65_536;

/// Bytes of a page. It matters only for templates that repeat a placeholder thousands of times
/// and for texts of that size; without it, 64 KiB of template could ask for gigabytes.
pub const MAX_PAGE: usize = 1 << 20;

/// Characters of a template that an error quotes.
const MAX_QUOTE: usize = 64;

/// What Python's page says, in our own markup.
const STANDARD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width"/>
<meta name="color-scheme" content="light dark"/>
<link rel="icon" href="data:,"/>
<title>Error response</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem;overflow-wrap:anywhere}</style>
</head>
<body>
<h1>Error response</h1>
<p>Error code: %(code)d</p>
<p>Message: %(message)s.</p>
<p>What it means: %(explain)s.</p>
</body>
</html>
"#;

/// A template of error pages, Python's `error_message_format`, parsed and known to be good.
///
/// It takes `%(code)d`, `%(message)s`, `%(explain)s`, and `%%` for a percent sign. Flags, widths and
/// precisions are Python's; its conversions are `s`, `r` and `a`, for the code also `d`, `i`, `u`, `o`, `x` and
/// `X`. Whatever else Python's `%` takes is refused. Cloning copies a pointer.
///
/// ```
/// use doverb_core::error_page::Format;
///
/// let format = Format::parse("%(code)d: %(message)s, 100%%\n")?;
/// assert_eq!(format.render(404, "No <b>", ""), "404: No &lt;b&gt;, 100%\n");
///
/// assert!(Format::parse("%(cause)s").is_err());
/// # Ok::<(), doverb_core::error_page::FormatError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Format(Arc<Template>);

#[derive(Debug)]
struct Template {
    source: Box<str>,
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug)]
enum Piece {
    /// This part of the source as it is. Of `%%` it holds the first sign only.
    Text(Range<usize>),
    Code(Conversion),
    Message(Conversion),
    Explain(Conversion),
}

/// Why a template was refused. Positions are bytes from its beginning, the first is 0.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// A placeholder for something that an error page does not have.
    #[error("unknown key {text:?} at byte {position}: there are %(code)d, %(message)s and %(explain)s")]
    UnknownKey {
        /// The placeholder up to its closing bracket.
        text: String,
        /// Where its percent sign is.
        position: usize,
    },
    /// A conversion that the key does not have: `%(message)d`, `%(code)f`.
    #[error(
        "unknown conversion {text:?} at byte {position}: there are %(code)d, %(message)s and %(explain)s"
    )]
    UnknownConversion {
        /// The placeholder up to what is wrong.
        text: String,
        /// Where its percent sign is.
        position: usize,
    },
    /// A percent sign that neither a key nor a second one follows, or a placeholder without its end.
    #[error("incomplete placeholder {text:?} at byte {position}: a percent sign itself is written %%")]
    Incomplete {
        /// The beginning of what follows the sign, the sign included.
        text: String,
        /// Where the percent sign is.
        position: usize,
    },
    /// More than [`MAX_FORMAT`] bytes.
    #[error("a template of {length} bytes: at most {MAX_FORMAT} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
}

impl Format {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// [`FormatError`] for anything that is neither plain text nor one of the placeholders, and
    /// for more than [`MAX_FORMAT`] bytes.
    pub fn parse(source: &str) -> Result<Format, FormatError> {
        if source.len() > MAX_FORMAT {
            return Err(FormatError::TooLong { length: source.len() });
        }
        let mut pieces = Vec::new();
        let mut text = 0;
        while let Some(offset) = source[text..].find('%') {
            let sign = text + offset;
            if source[sign + 1..].starts_with('%') {
                pieces.push(Piece::Text(text..sign + 1));
                text = sign + 2;
            } else {
                let (piece, length) = placeholder(&source[sign..], sign)?;
                pieces.extend([Piece::Text(text..sign), piece]);
                text = sign + length;
            }
        }
        pieces.push(Piece::Text(text..source.len()));
        Ok(Format(Arc::new(Template { source: source.into(), pieces: pieces.into() })))
    }

    /// The page that is sent where no handler asks for another: what [`Format::default`] copies.
    pub fn standard() -> &'static Format {
        static FORMAT: LazyLock<Format> =
            LazyLock::new(|| Format::parse(STANDARD).expect("the standard page parses"));
        &FORMAT
    }

    /// The template as it was given.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Makes the page. In `message` and `explain` the characters `&`, `<` and `>` become
    /// references, as with Python's `html.escape(text, quote=False)`. A page ends at [`MAX_PAGE`]
    /// bytes, before the character or reference that would not fit.
    #[must_use]
    pub fn render<'a>(&self, code: u16, message: &'a str, explain: &'a str) -> String {
        let hint = self.0.source.len() + message.len() + explain.len();
        // No more of a text than a page can hold is looked at, and a character more, so that it is known to be cut.
        let whole = |text: &'a str| Text::new(&text[..text.floor_char_boundary(MAX_PAGE + 4)]);
        let (message, explain) = (whole(message), whole(explain));
        let mut page = Page { text: String::with_capacity(hint.min(MAX_PAGE)), full: false };
        for piece in &self.0.pieces {
            match piece {
                Piece::Text(range) => page.push(&self.0.source[range.clone()]),
                Piece::Code(conversion) => page.push_whole(&conversion.number(code)),
                Piece::Message(conversion) => page.push_text(conversion, &message),
                Piece::Explain(conversion) => page.push_text(conversion, &explain),
            }
            if page.full {
                break;
            }
        }
        page.text
    }
}

impl Default for Format {
    fn default() -> Self {
        Format::standard().clone()
    }
}

/// Parses the placeholder that `rest` begins with; gives its length as well.
fn placeholder(rest: &str, position: usize) -> Result<(Piece, usize), FormatError> {
    let incomplete = || FormatError::Incomplete { text: quote(rest), position };
    let inner = rest.strip_prefix("%(").ok_or_else(incomplete)?;
    let (key, conversions) = inner.split_once(')').ok_or_else(incomplete)?;
    let start = "%()".len() + key.len();
    let make = match key {
        "code" => Piece::Code,
        "message" => Piece::Message,
        "explain" => Piece::Explain,
        _ if conversions.is_empty() => return Err(incomplete()),
        _ => return Err(FormatError::UnknownKey { text: quote(&rest[..start]), position }),
    };
    match Conversion::parse(conversions, key == "code") {
        Ok((conversion, length)) => Ok((make(conversion), start + length)),
        Err(None) => Err(incomplete()),
        Err(Some(length)) => {
            Err(FormatError::UnknownConversion { text: quote(&rest[..start + length]), position })
        }
    }
}

/// As much of a template as an error may carry.
fn quote(text: &str) -> String {
    text.chars().take(MAX_QUOTE).collect()
}

/// A page in the making that stops at its bound.
struct Page {
    text: String,
    full: bool,
}

impl Page {
    fn push(&mut self, text: &str) {
        let end = text.floor_char_boundary(MAX_PAGE - self.text.len());
        self.text.push_str(&text[..end]);
        self.full = end < text.len();
    }

    /// Appends all of it or nothing.
    fn push_whole(&mut self, text: &str) {
        if self.text.len() + text.len() > MAX_PAGE {
            self.full = true;
        } else {
            self.text.push_str(text);
        }
    }

    fn push_text(&mut self, conversion: &Conversion, text: &Text<'_>) {
        match conversion.is_plain() {
            true => self.push_escaped(text.raw),
            false => self.push(&conversion.text(text)),
        }
    }

    fn push_escaped(&mut self, mut text: &str) {
        while let Some(at) = text.find(['&', '<', '>']) {
            self.push(&text[..at]);
            if !self.full {
                self.push_whole(match text.as_bytes()[at] {
                    b'&' => "&amp;",
                    b'<' => "&lt;",
                    _ => "&gt;",
                });
            }
            if self.full {
                return;
            }
            text = &text[at + 1..];
        }
        self.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn render(source: &str, code: u16, message: &str, explain: &str) -> String {
        Format::parse(source).expect(source).render(code, message, explain)
    }

    #[test]
    fn placeholders_are_replaced() {
        assert_eq!(render("%(code)d|%(code)s|%(message)s|%(explain)s", 404, "M", "E"), "404|404|M|E");
        assert_eq!(render("%%(code)d%%%%%(message)s%%", 404, "M", "E"), "%(code)d%%M%");
        assert_eq!(render("ä%(message)sö%%ü", 404, "→", ""), "ä→ö%ü");
        assert_eq!(render("%(code)05d|%(message)-4s|%(explain).1r", 404, "M", "E"), "00404|M   |'");
        assert_eq!(render("", 404, "M", "E"), "");
    }

    #[test]
    fn what_is_put_in_is_escaped_and_never_parsed_again() {
        let nasty = "<b a=\"1\" c='2'>&amp; %(code)d %";
        let escaped = "&lt;b a=\"1\" c='2'&gt;&amp;amp; %(code)d %";
        assert_eq!(render("<i>&%(message)s", 400, nasty, ""), format!("<i>&{escaped}"));
        assert_eq!(render("%(explain)s", 400, "", nasty), escaped);
    }

    #[test]
    fn the_source_is_kept() {
        assert_eq!(Format::parse("a%%%(code)d").unwrap().source(), "a%%%(code)d");
        assert_eq!(Format::default().source(), STANDARD);
    }

    #[test]
    fn what_python_or_we_do_not_know_is_refused_by_name_and_place() {
        let key = |text: &str, position| FormatError::UnknownKey { text: text.into(), position };
        let conversion =
            |text: &str, position| FormatError::UnknownConversion { text: text.into(), position };
        let incomplete = |text: &str, position| FormatError::Incomplete { text: text.into(), position };
        for (source, error) in [
            ("ab%(x)s", key("%(x)", 2)),
            ("%()s", key("%()", 0)),
            ("%(Code)d", key("%(Code)", 0)),
            ("%(a(b)c)s", key("%(a(b)", 0)),
            ("ä%(message)d", conversion("%(message)d", 2)),
            ("%(code)f", conversion("%(code)f", 0)),
            ("%(code)-5%", conversion("%(code)-5%", 0)),
            ("%(code)10000d", conversion("%(code)10000", 0)),
            ("%(explain)→", conversion("%(explain)→", 0)),
            ("50%", incomplete("%", 2)),
            ("a % b", incomplete("% b", 2)),
            ("%s", incomplete("%s", 0)),
            ("%(code", incomplete("%(code", 0)),
            ("%(code)", incomplete("%(code)", 0)),
            ("%(code)05.", incomplete("%(code)05.", 0)),
            ("%(x)", incomplete("%(x)", 0)),
            ("%%%(code)", incomplete("%(code)", 2)),
        ] {
            assert_eq!(Format::parse(source).unwrap_err(), error, "{source}");
        }
        let text = Format::parse("1 %(cause)s").unwrap_err().to_string();
        assert!(text.starts_with("unknown key \"%(cause)\" at byte 2: "), "{text}");
    }

    #[test]
    fn errors_stay_short_and_on_one_line() {
        let source = format!("%(\n{}", "→".repeat(20_000));
        let text = Format::parse(&source).unwrap_err().to_string();
        assert!(text.len() < 400 && !text.contains('\n'), "{text}");
    }

    #[test]
    fn templates_are_bounded() {
        let mut source = "x".repeat(MAX_FORMAT);
        assert_eq!(Format::parse(&source).unwrap().render(404, "", ""), source);
        source.push('x');
        assert_eq!(Format::parse(&source).unwrap_err(), FormatError::TooLong { length: MAX_FORMAT + 1 });
    }

    #[test]
    fn pages_are_bounded_and_end_at_a_whole_character_or_reference() {
        let format = Format::parse(&"%(explain)s".repeat(5_000)).unwrap();
        for explain in ["<", "→", "ab&", "<→", "x"] {
            let page = format.render(404, "", &explain.repeat(1_000));
            let whole = explain.replace('&', "&amp;").replace('<', "&lt;").repeat(MAX_PAGE);
            assert!(page.len() <= MAX_PAGE && page.len() > MAX_PAGE - 5, "{}", page.len());
            assert!(whole.starts_with(&page), "{explain}");
            assert_eq!(page.matches('&').count(), page.matches(';').count(), "{explain}");
        }
        let arrows = MAX_PAGE / "→".len();
        let page = render("%(explain)s.", 404, "", &"→".repeat(arrows + 1));
        assert!(page == "→".repeat(arrows), "nothing follows what was cut");
        let huge = "&".repeat(MAX_PAGE);
        assert!(Format::default().render(404, &huge, &huge).ends_with("&amp;"));
        assert!(render(&"%(code)d".repeat(8_192), 65_535, "", "").len() == 5 * 8_192);
        assert!(render(&"%(code)9999d".repeat(5_000), 404, "", "").len() <= MAX_PAGE);
        assert!(render(&"%(explain)r".repeat(5_000), 404, "", &"\0".repeat(MAX_PAGE)).len() == MAX_PAGE);
    }

    #[test]
    fn the_standard_page_says_what_pythons_says_and_is_well_formed() {
        let page = Format::default().render(404, "Not Found", "No <such> thing");
        for text in ["<title>Error response</title>", "404", "Not Found.", "No &lt;such&gt; thing."] {
            assert!(page.contains(text), "{text}: {page}");
        }
        let mut open = Vec::new();
        for tag in page.split('<').skip(1).map(|part| part.split_once('>').expect("a whole tag").0) {
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.starts_with('!') && !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap());
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(source in "([-+ 0#.9%()sdrxcode]|%\\(code\\)|%%|→){0,40}") {
            if let Ok(format) = Format::parse(&source) {
                prop_assert!(format.render(404, "<", "→").len() <= MAX_PAGE);
            }
        }

        #[test]
        fn text_without_percent_signs_stays(source in "[^%]{0,80}") {
            prop_assert_eq!(render(&source, 404, "M", "E"), source);
        }
    }
}
