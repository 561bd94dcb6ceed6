//! Heads as nearly all clients send them, read in one pass: all else is read the long way, which judges it.

use doverb_core::grammar::{in_target, plain_line};
use doverb_core::head::{RequestHead, RequestLine, Version};
use doverb_core::limits::MAX_LINE;

/// Fields of a head that is plain. An array costs the time to fill it.
const FEW: usize = 24;

/// Takes in a head that is whole and plain, and says where it ends: a line with a path and a version, and a few fields of ASCII
/// with one blank behind the colon. Whatever is taken is taken as [`head::parse`](super::head::parse) would; where that could
/// say anything but yes, `head` stays as it is.
///
/// A function of its own, as what it works on has no room in the registers among all that a connection keeps there.
#[inline(never)]
pub(crate) fn take(head: &mut RequestHead, input: &[u8]) -> Option<usize> {
    // So no line and no section is over its bound.
    let input = &input[..input.len().min(MAX_LINE)];
    let (line, line_end) = line(input)?;
    let mut fields = [((0, 0), (0, 0)); FEW];
    let mut at = line_end + 2;
    for count in 0..=FEW {
        if input[at..].starts_with(b"\r\n") {
            let end = at + 2;
            head.begin(&input[..end], line_end);
            head.set_line(line);
            fields[..count].iter().for_each(|&(name, value)| head.add_field(name, value));
            return Some(end);
        }
        let (name, value) = plain_line(&input[at..]).filter(|(_, value)| !value.is_empty())?;
        let name = (at, at + name.len());
        let value = (name.1 + 2, name.1 + 2 + value.len());
        *fields.get_mut(count)? = (name, value);
        at = value.1 + 2;
    }
    None
}

/// The request line, and where it ends.
fn line(input: &[u8]) -> Option<(RequestLine, usize)> {
    let method = input.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let target = input[method..].strip_prefix(b" ")?;
    let target = target.iter().take_while(|&&byte| in_target(byte)).count();
    let target = (method + 1, method + 1 + target);
    let (version, rest) = input[target.1..].strip_prefix(b" ")?.split_first_chunk::<8>()?;
    let version = match version {
        b"HTTP/1.1" => Version::Http11,
        b"HTTP/1.0" => Version::Http10,
        _ => return None,
    };
    let is_path = input[target.0..].starts_with(b"/") && &input[..method] != b"CONNECT";
    if method == 0 || !is_path || !rest.starts_with(b"\r\n") {
        return None;
    }
    let end = target.1 + 9;
    let version_text = (target.1 + 1, end);
    Some((RequestLine { method: (0, method), target, version_text, version }, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FEW, take};
    use crate::parse::head::{self, Search};
    use crate::parse::target::Scheme;
    use doverb_core::head::RequestHead;

    /// What is taken is what the long way makes of it; true when it was taken.
    fn is_taken(input: &[u8]) -> bool {
        let mut short = RequestHead::of("PUT", "/before", [("A", "b")]);
        let before = format!("{short:?}");
        let Some(end) = take(&mut short, input) else {
            assert_eq!(format!("{short:?}"), before);
            return false;
        };
        let mut search = Search::new(Scheme::Http);
        assert_eq!(search.end(input), Ok(Some(end)));
        assert_eq!(search.skipped, 0);
        let mut long = RequestHead::default();
        head::read(&mut long, &input[..end], Scheme::Http).expect("what was taken is in order");
        assert_eq!(format!("{short:?}"), format!("{long:?}"));
        true
    }

    #[test]
    fn plain_heads_are_taken() {
        for head in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET /a?b=c HTTP/1.0\r\nHost: a\r\n\r\nrest",
            "DELETE //a HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nX_1: a b\r\nAccept: */*\r\n\r\n",
            "GET /caf\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            assert!(is_taken(head.as_bytes()), "{head:?}");
            let end = head.find("\r\n\r\n").expect("an end") + 4;
            assert!((0..end).all(|cut| !is_taken(&head.as_bytes()[..cut])), "{head:?}");
        }
    }

    #[test]
    fn all_others_are_left_alone() {
        for head in [
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.2\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1\n\r\n",
            " GET / HTTP/1.1\r\n\r\n",
            "get / HTTP/1.1\r\n\r\n",
            "/ / HTTP/1.1\r\n\r\n",
            "GET a HTTP/1.1\r\n\r\n",
            "GET /#a HTTP/1.1\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\n\r\n",
            "CONNECT /a HTTP/1.1\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nA:b\r\n\r\n",
            "GET / HTTP/1.1\r\nA:  b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b \r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\tc\r\n\r\n",
            "GET / HTTP/1.1\r\nA: \r\n\r\n",
            "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "GET / HTTP/1.1\r\n: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\n\r\n",
            "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            "GET / HTTP/1.1\r\nA: \u{e9}\r\n\r\n",
        ] {
            assert!(!is_taken(head.as_bytes()), "{head:?}");
        }
    }

    #[test]
    fn the_bounds_are_those_of_the_long_way() {
        let head = |fields: usize| format!("GET / HTTP/1.0\r\n{}\r\n", "A: b\r\n".repeat(fields));
        assert!(is_taken(head(FEW).as_bytes()) && !is_taken(head(FEW + 1).as_bytes()));
        let long = format!("GET / HTTP/1.0\r\nA: {}\r\n\r\n", "b".repeat(1 << 16));
        assert!(!is_taken(long.as_bytes()));
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_taken_as_the_long_way_does(
            line in "(GET|POST|CONNECT|[A-Za-z!\\x00-\\xff]{0,9}) ?[/*]?[ -~\\x00-\\xff]{0,20} ?(HTTP/1[.][01]|[ -~]{0,9})",
            fields in "([A-Za-z0-9_!-]{0,12}(: |:|[ -~\\x00-\\xff]{0,3})[ -~]{0,20}[\\x00-\\xff]?(\r\n|[\r\n]{0,3})){0,5}",
        ) {
            let head = format!("{line}\r\n{fields}\r\nrest");
            is_taken(head.as_bytes());
            // Each character as one byte.
            let bytes: Vec<u8> = head.chars().map(|letter| letter as u8).collect();
            is_taken(&bytes);
        }
    }
}
