//! The request line: `GET /path HTTP/1.1`.

use doverb_core::grammar::is_token;
use doverb_core::head::{RequestLine, Version};
use doverb_core::limits::MAX_LINE;
use doverb_core::refusal::{Refusal, quoted};

use super::target::{self, Bad, Scheme};

/// Parses a request line without its line end.
///
/// Exactly one blank separates the words: Python splits at any white space, but RFC 9112 section 3 wants such
/// lines answered with 400, since servers in a chain that split them differently see different requests.
pub(crate) fn parse(line: &[u8], scheme: Scheme) -> Result<RequestLine, Refusal> {
    if line.len() > MAX_LINE {
        return Err(Refusal::bare(414));
    }
    let syntax = || bad_syntax(line);
    let first = memchr::memchr(b' ', line).ok_or_else(syntax)?;
    let last = memchr::memrchr(b' ', line).ok_or_else(syntax)?;
    if first == last {
        return parse_09(line, first, scheme);
    }
    let version = version(&line[last + 1..]).map_err(|refusal| refusal.unwrap_or_else(syntax))?;
    check(line, &line[..first], &line[first + 1..last], scheme)?;
    Ok(RequestLine {
        method: (0, first),
        target: (first + 1, last),
        version_text: (last + 1, line.len()),
        version,
    })
}

fn parse_09(line: &[u8], blank: usize, scheme: Scheme) -> Result<RequestLine, Refusal> {
    let (method, target) = (&line[..blank], &line[blank + 1..]);
    check(line, method, target, scheme)?;
    if method != b"GET" {
        return Err(Refusal::new(400, format!("Bad HTTP/0.9 request type ({})", quoted(method))));
    }
    let target = (blank + 1, line.len());
    Ok(RequestLine {
        method: (0, blank),
        target,
        version_text: (line.len(), line.len()),
        version: Version::Http09,
    })
}

fn check(line: &[u8], method: &[u8], target: &[u8], scheme: Scheme) -> Result<(), Refusal> {
    if !is_token(method) {
        return Err(bad_syntax(line));
    }
    target::check(method, target, scheme).map_err(|bad| match bad {
        Bad::Syntax => bad_syntax(line),
        Bad::OtherScheme => Refusal::bare(421),
    })
}

/// Python's wording.
pub(crate) fn bad_syntax(line: &[u8]) -> Refusal {
    Refusal::new(400, format!("Bad request syntax ({})", quoted(line)))
}

/// `Err(None)` stands for a word that is no version at all and holds what no version may hold.
fn version(word: &[u8]) -> Result<Version, Option<Refusal>> {
    match word {
        b"HTTP/1.1" => return Ok(Version::Http11),
        b"HTTP/1.0" => return Ok(Version::Http10),
        _ => {}
    }
    let bad = || Some(Refusal::new(400, format!("Bad request version ({})", quoted(word))));
    let numbers = word.strip_prefix(b"HTTP/").ok_or_else(bad)?;
    let dot = memchr::memchr(b'.', numbers).ok_or_else(bad)?;
    let (major, minor) = (&numbers[..dot], &numbers[dot + 1..]);
    let (major_number, minor_number) = (number(major).ok_or_else(bad)?, number(minor).ok_or_else(bad)?);
    if major_number >= 2 {
        let text = String::from_utf8_lossy(numbers);
        return Err(Some(Refusal::new(505, format!("Invalid HTTP version ({text})"))));
    }
    // RFC 9112, section 2.3: a version is one digit, a dot and one digit.
    if major.len() > 1 || minor.len() > 1 || major_number == 0 {
        return Err(bad());
    }
    Ok(if minor_number >= 1 { Version::Http11 } else { Version::Http10 })
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 10 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> (String, String, Version) {
        let parsed = parse(line.as_bytes(), Scheme::Http).expect(line);
        let part = |(start, end): (usize, usize)| line[start..end].to_owned();
        (part(parsed.method), part(parsed.target), parsed.version)
    }

    fn refused(line: &[u8]) -> (u16, String) {
        let refusal = parse(line, Scheme::Http).expect_err("refused");
        (refusal.status, refusal.message.unwrap_or_default())
    }

    #[test]
    fn three_words_are_method_target_and_version() {
        assert_eq!(words("GET / HTTP/1.1"), ("GET".into(), "/".into(), Version::Http11));
        assert_eq!(words("SPAM /a?b=c HTTP/1.0"), ("SPAM".into(), "/a?b=c".into(), Version::Http10));
        assert_eq!(words("OPTIONS * HTTP/1.1"), ("OPTIONS".into(), "*".into(), Version::Http11));
    }

    #[test]
    fn a_later_minor_version_is_1_1() {
        assert_eq!(words("GET / HTTP/1.7").2, Version::Http11);
    }

    #[test]
    fn two_words_are_http_0_9_and_must_be_get() {
        assert_eq!(words("GET /x"), ("GET".into(), "/x".into(), Version::Http09));
        assert_eq!(refused(b"POST /x"), (400, "Bad HTTP/0.9 request type ('POST')".into()));
    }

    #[test]
    fn bad_versions_have_pythons_texts() {
        assert_eq!(refused(b"GET / HTTP/2.0"), (505, "Invalid HTTP version (2.0)".into()));
        assert_eq!(refused(b"GET / HTTP/11"), (400, "Bad request version ('HTTP/11')".into()));
        assert_eq!(refused(b"GET / http/1.1"), (400, "Bad request version ('http/1.1')".into()));
        assert_eq!(refused(b"GET / HTTP/1.1.1"), (400, "Bad request version ('HTTP/1.1.1')".into()));
        assert_eq!(refused(b"GET / HTTP/1.01"), (400, "Bad request version ('HTTP/1.01')".into()));
        assert_eq!(refused(b"GET / HTTP/0.9"), (400, "Bad request version ('HTTP/0.9')".into()));
    }

    #[test]
    fn bad_syntax_quotes_the_line() {
        assert_eq!(refused(b"GET"), (400, "Bad request syntax ('GET')".into()));
        assert_eq!(refused(b"GET  / HTTP/1.1"), (400, "Bad request syntax ('GET  / HTTP/1.1')".into()));
        assert_eq!(
            refused(b"GET /\x00 HTTP/1.1"),
            (400, "Bad request syntax ('GET /\\x00 HTTP/1.1')".into())
        );
        assert_eq!(refused(b"G@T / HTTP/1.1").0, 400);
        assert_eq!(refused(b"GET /a b HTTP/1.1").0, 400);
        assert_eq!(refused(b"GET /a\rb HTTP/1.1").0, 400);
    }

    #[test]
    fn quotes_are_those_of_python() {
        for (text, shown) in [
            ("it's", r#""it's""#),
            (r#"say "so""#, r#"'say "so"'"#),
            (r#"it's "so""#, r#"'it\'s "so"'"#),
            ("\t\x7f\\", r"'\t\x7f\\'"),
        ] {
            assert_eq!(quoted(text.as_bytes()), shown);
        }
        let long = quoted(&[b'\''; 201]);
        assert_eq!(long, format!("\"{}\"...", "'".repeat(200)));
    }

    #[test]
    fn a_line_over_the_bound_is_414() {
        let line = [b"GET /".as_slice(), &vec![b'a'; MAX_LINE], b" HTTP/1.1"].concat();
        assert_eq!(refused(&line).0, 414);
    }

    #[test]
    fn a_target_has_one_of_four_forms() {
        for line in ["GET a HTTP/1.1", "GET * HTTP/1.1", "GET a:80 HTTP/1.1", "CONNECT / HTTP/1.1", "GET a"] {
            assert_eq!(refused(line.as_bytes()), (400, format!("Bad request syntax ('{line}')")));
        }
        assert_eq!(words("GET http://a/b HTTP/1.1").1, "http://a/b");
        assert_eq!(refused(b"GET https://a/b HTTP/1.1").0, 421);
    }

    proptest::proptest! {
        #[test]
        fn whatever_parses_is_a_token_a_target_and_a_version(line: Vec<u8>) {
            check_parts(&line);
        }

        #[test]
        fn what_nearly_is_a_request_line_is_judged_too(
            line in "(GET|CONNECT|OPTIONS|[ -~]{0,4}) ?([/*]|http://)?[ -~]{0,9} ?(HTTP/)?[0-9.]{0,4}",
        ) {
            check_parts(line.as_bytes());
        }

        #[test]
        fn what_is_put_together_parses_to_its_parts(
            method in "[A-Z!#$%&'*+.^_`|~0-9-]{1,12}",
            target in "(/|http://[a-z.]{1,9}(:[0-9]{1,4})?/)[!-\"$-~\u{a0}-\u{ff}]{0,40}",
            minor in 0..10,
        ) {
            proptest::prop_assume!(method != "CONNECT");
            let parsed = words(&format!("{method} {target} HTTP/1.{minor}"));
            let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
            proptest::prop_assert_eq!(parsed, (method, target, version));
        }
    }

    /// A line that parses is its parts with one blank between them, and nothing else.
    fn check_parts(line: &[u8]) {
        let Ok(parsed) = parse(line, Scheme::Http) else {
            return;
        };
        let part = |(start, end): (usize, usize)| &line[start..end];
        let [method, target, version] = [parsed.method, parsed.target, parsed.version_text].map(part);
        assert!(is_token(method));
        assert!(!target.is_empty() && target.iter().all(|&byte| byte > b' ' && byte != 0x7f && byte != b'#'));
        let again = match parsed.version {
            Version::Http09 => [method, b" ", target].concat(),
            _ => [method, b" ", target, b" ", version].concat(),
        };
        assert_eq!(again, line);
        assert!(version.is_empty() || (version.starts_with(b"HTTP/1.") && version.len() == 8));
    }
}
