//! Where a request's head ends, and what is in it.

use doverb_core::grammar::in_token;
use doverb_core::head::{RequestHead, Version};
use doverb_core::limits::{MAX_FIELDS, MAX_HEADER_SECTION, MAX_LINE};
use doverb_core::refusal::Refusal;

use super::framing::{BodyLength, Framing};
use super::line;
use super::target::Scheme;

/// Where the search for the end of a head goes on when more bytes have come.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// Blank lines before the request line, which are skipped (RFC 9112, section 2.2).
    pub(crate) skipped: usize,
    seen: usize,
    line_end: Option<usize>,
    line_start: usize,
    line_is_checked: bool,
    is_http_0_9: bool,
    scheme: Scheme,
}

/// Blank lines that are taken for rubbish after an earlier request rather than for an attack.
const MAX_BLANK: usize = 8;

impl Search {
    pub(crate) fn new(scheme: Scheme) -> Search {
        Search { scheme, ..Search::default() }
    }

    /// Looks for the end of the head in `input`, which grows from call to call. `Ok(None)` asks for more.
    ///
    /// Lines end with CR LF. A recipient may take a line feed alone (RFC 9112, section 2.2), but where servers in a
    /// chain differ about it, what one takes for a part of a value is a field of its own to the next.
    pub(crate) fn end(&mut self, input: &[u8]) -> Result<Option<usize>, Refusal> {
        while let Some(found) = memchr::memchr(b'\n', &input[self.seen..]) {
            let at = self.seen + found;
            let Some(line) = input[self.line_start..at].strip_suffix(b"\r") else {
                return Err(self.bare_line_feed(&input[self.line_start..=at]));
            };
            self.seen = at + 1;
            match self.line_end {
                None if line.is_empty() => {
                    self.skipped = at + 1;
                    if self.skipped > MAX_BLANK {
                        return Err(line::bad_syntax(b""));
                    }
                }
                None if line.len() > MAX_LINE => return Err(Refusal::bare(414)),
                None => self.line_end = Some(at + 1),
                Some(_) if line.is_empty() => return Ok(Some(at + 1)),
                Some(_) if line.len() > MAX_LINE => return Err(too_large("Line too long")),
                Some(start) if at - start > MAX_HEADER_SECTION => {
                    return Err(too_large("Header section too long"));
                }
                Some(_) => {}
            }
            self.line_start = at + 1;
        }
        self.seen = input.len();
        self.check_unfinished(input).map(|()| None)
    }

    fn bare_line_feed(&self, line: &[u8]) -> Refusal {
        match self.line_end {
            None => line::bad_syntax(line),
            Some(_) => Refusal::new(400, "Bad header: a bare line feed"),
        }
    }

    /// What is wrong already is refused at once: its client may wait for an answer and never send the rest.
    fn check_unfinished(&mut self, input: &[u8]) -> Result<(), Refusal> {
        let unfinished = &input[self.line_start..];
        let Some(end) = self.line_end else {
            return match unfinished.first() {
                _ if unfinished.len() > MAX_LINE + 1 => Err(Refusal::bare(414)),
                // The first byte of TLS, for one.
                Some(&byte) if byte != b'\r' && !in_token(byte) => Err(line::bad_syntax(unfinished)),
                _ => Ok(()),
            };
        };
        if unfinished.len() > MAX_LINE + 1 {
            return Err(too_large("Line too long"));
        }
        if !self.line_is_checked {
            self.line_is_checked = true;
            let line = line::parse(&input[self.skipped..end - 2], self.scheme)?;
            self.is_http_0_9 = line.version == Version::Http09;
        }
        Ok(())
    }

    /// What the head still lacks where `input` is the line of an HTTP/0.9 request and nothing else. Such a request has no
    /// fields, so its client may wait for the answer now.
    pub(crate) fn lacks_of_http_0_9(&self, input: &[u8]) -> Option<&'static [u8]> {
        match &input[self.line_end.filter(|_| self.is_http_0_9)?..] {
            b"" => Some(b"\r\n"),
            b"\r" => Some(b"\n"),
            _ => None,
        }
    }

    /// The request line's bytes so far when no head is complete: for the log and the answer.
    pub(crate) fn line<'a>(&self, input: &'a [u8]) -> Option<&'a [u8]> {
        self.line_end.map(|end| &input[self.skipped..end - 2])
    }
}

fn too_large(message: &str) -> Refusal {
    Refusal { status: 431, message: Some(message.into()), explain: None }
}

/// Takes in a whole head, from the request line's first byte to the blank line, and says how its body ends. On a refusal the
/// head holds what was understood until then: nothing of a bad line, the line if the fields were bad, as in Python. `max_body` is
/// asked for the largest body once it is sure whom the request is for.
pub(crate) fn parse(
    head: &mut RequestHead,
    text: &[u8],
    scheme: Scheme,
    max_body: impl FnOnce(&RequestHead) -> u64,
) -> Result<BodyLength, Refusal> {
    read(head, text, scheme)?;
    judge(head, max_body)
}

/// The line and the fields alone.
pub(super) fn read(head: &mut RequestHead, text: &[u8], scheme: Scheme) -> Result<(), Refusal> {
    let line_end = memchr::memchr(b'\n', text).map_or(text.len(), |at| at.saturating_sub(1));
    head.begin(text, line_end);
    match line::parse(&text[..line_end], scheme) {
        Ok(line) => head.set_line(line),
        Err(refusal) => {
            if refusal.status == 414 {
                // Python's requestline is empty then; it must not reach a log line either.
                head.hide_line();
            }
            return Err(refusal);
        }
    }
    if head.version() == Version::Http09 && head.fields_text() != b"\r\n" {
        // HTTP/0.9 has no fields (RFC 1945, section 4.1): somebody left the version out, and can read an error.
        head.unset_line();
        return Err(line::bad_syntax(&text[..line_end]));
    }
    parse_fields(head, text)
}

/// Says how the body of a head ends that was read, as [`parse`] does.
pub(crate) fn judge(
    head: &mut RequestHead,
    max_body: impl FnOnce(&RequestHead) -> u64,
) -> Result<BodyLength, Refusal> {
    collapse_slashes(head);
    let framing = Framing::of(head, max_body)?;
    head.set_wants(framing.wants);
    Ok(framing.length)
}

/// Keeps a request line that was refused before its head was complete. One of HTTP/0.9 is kept for the log alone: whoever
/// sends more than that has left the version out, and can read an error.
pub(crate) fn keep_line(head: &mut RequestHead, text: &[u8], scheme: Scheme) {
    head.begin(text, text.len());
    if let Ok(parsed) = line::parse(text, scheme)
        && parsed.version != Version::Http09
    {
        head.set_line(parsed);
    }
}

fn parse_fields(head: &mut RequestHead, text: &[u8]) -> Result<(), Refusal> {
    let fields = &text[head.fields_start()..];
    // Nearly all requests fit the small array, and an array costs the time to fill it.
    let mut few = [httparse::EMPTY_HEADER; 24];
    match httparse::parse_headers(fields, &mut few) {
        Ok(httparse::Status::Complete((_, found))) => {
            keep(head, text, found);
            return Ok(());
        }
        Err(httparse::Error::TooManyHeaders) => {}
        Ok(httparse::Status::Partial) => return Err(Refusal::new(400, "Bad header section")),
        Err(error) => return Err(bad_field(fields, error)),
    }
    let mut many = [httparse::EMPTY_HEADER; MAX_FIELDS];
    match httparse::parse_headers(fields, &mut many) {
        Ok(httparse::Status::Complete((_, found))) => {
            keep(head, text, found);
            Ok(())
        }
        Ok(httparse::Status::Partial) => Err(Refusal::new(400, "Bad header section")),
        Err(httparse::Error::TooManyHeaders) => Err(too_large("Too many headers")),
        Err(error) => Err(bad_field(fields, error)),
    }
}

fn bad_field(fields: &[u8], error: httparse::Error) -> Refusal {
    // RFC 9112, sections 2.2, 5.1 and 5.2: bare CR, white space before the colon and obs-fold must not pass.
    let folded =
        memchr::memmem::find(fields, b"\n ").is_some() || memchr::memmem::find(fields, b"\n\t").is_some();
    let message = match error {
        httparse::Error::HeaderName if folded => "Bad header: a folded line",
        httparse::Error::HeaderName => "Bad header name",
        httparse::Error::NewLine => "Bad header: a bare carriage return",
        _ => "Bad header value",
    };
    Refusal::new(400, message)
}

/// A path of `//host/..` would turn a redirect to it into one to another host: CPython issue 87389.
fn collapse_slashes(head: &mut RequestHead) {
    let slashes = head.path().iter().take_while(|&&byte| byte == b'/').count();
    if slashes > 1 {
        head.shorten_target(slashes - 1);
    }
}

fn keep(head: &mut RequestHead, text: &[u8], found: &[httparse::Header<'_>]) {
    let base = text.as_ptr() as usize;
    let place = |part: &[u8]| {
        let start = part.as_ptr() as usize - base;
        (start, start + part.len())
    };
    for field in found {
        // httparse gives an empty value as a static slice, which is no part of the head.
        let value = if field.value.is_empty() { (0, 0) } else { place(field.value.trim_ascii()) };
        head.add_field(place(field.name.as_bytes()), value);
    }
}

#[cfg(test)]
mod tests {
    use doverb_core::latin1;

    use super::*;

    fn parsed(head: &str) -> RequestHead {
        let mut request = RequestHead::default();
        parse(&mut request, head.as_bytes(), Scheme::Http, |_| 0).expect(head);
        request
    }

    fn refused(head: &[u8]) -> (u16, String) {
        let refusal = parse(&mut RequestHead::default(), head, Scheme::Http, |_| 0).expect_err("refused");
        (refusal.status, refusal.message.unwrap_or_default())
    }

    #[test]
    fn line_and_fields_are_as_they_were_sent() {
        let request = parsed("GET /a HTTP/1.1\r\nHost: x\r\nx-A: 1 \r\nX-a:\t2\r\nEmpty:\r\n\r\n");
        assert_eq!(request.requestline(), b"GET /a HTTP/1.1");
        assert_eq!((request.method(), request.path()), (b"GET".as_slice(), b"/a".as_slice()));
        let fields: Vec<_> =
            request.fields().map(|(name, value)| [name, value].map(latin1::decode)).collect();
        assert_eq!(fields, [["Host", "x"], ["x-A", "1"], ["X-a", "2"], ["Empty", ""]]);
        assert_eq!(request.values(b"X-A").collect::<Vec<_>>(), [b"1", b"2"]);
        assert_eq!(request.raw_fields(), b"Host: x\r\nx-A: 1 \r\nX-a:\t2\r\nEmpty:\r\n\r\n");
    }

    #[test]
    fn leading_slashes_are_one() {
        let request = parsed("GET //evil/x HTTP/1.0\r\n\r\n");
        assert_eq!(request.path(), b"/evil/x");
        assert_eq!(request.requestline(), b"GET //evil/x HTTP/1.0");
    }

    #[test]
    fn bad_fields_are_refused_and_the_line_is_kept() {
        for head in [
            "GET / HTTP/1.0\r\nA : b\r\n\r\n",
            "GET / HTTP/1.0\r\nA: b\r\n c\r\n\r\n",
            "GET / HTTP/1.0\r\n A: b\r\n\r\n",
            "GET / HTTP/1.0\r\nA: b\rc\r\n\r\n",
            "GET / HTTP/1.0\r\nA: b\0c\r\n\r\n",
            "GET / HTTP/1.0\r\nA\r\n\r\n",
            "GET / HTTP/1.0\r\n: a\r\n\r\n",
        ] {
            let mut request = RequestHead::default();
            let refusal = parse(&mut request, head.as_bytes(), Scheme::Http, |_| 0).expect_err(head);
            assert_eq!(refusal.status, 400, "{head:?}");
            assert!(request.is_parsed());
            assert_eq!(request.requestline(), b"GET / HTTP/1.0");
        }
    }

    #[test]
    fn a_hundred_fields_pass_and_one_more_is_431() {
        let head = |fields: usize| format!("GET / HTTP/1.0\r\n{}\r\n", "A: b\r\n".repeat(fields));
        assert_eq!(parsed(&head(100)).fields().count(), 100);
        assert_eq!(refused(head(101).as_bytes()), (431, "Too many headers".into()));
    }

    #[test]
    fn the_end_of_the_head_is_found_wherever_the_bytes_are_split() {
        let head = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
        let end = head.len() - 4;
        for cut in 0..=head.len() {
            let mut search = Search::default();
            let first = search.end(&head[..cut]).unwrap();
            assert_eq!(first, (cut >= end).then_some(end), "{cut}");
            if first.is_none() {
                assert_eq!(search.end(head).unwrap(), Some(end), "{cut}");
            }
            assert_eq!(search.skipped, 2);
        }
    }

    #[test]
    fn lines_over_the_bound_are_refused_before_they_end() {
        let mut search = Search::default();
        assert_eq!(search.end(&vec![b'a'; MAX_LINE + 2]).unwrap_err().status, 414);
        let mut input = b"GET / HTTP/1.1\r\n".to_vec();
        input.resize(input.len() + MAX_LINE + 2, b'a');
        assert_eq!(Search::default().end(&input).unwrap_err().status, 431);
        let many =
            [b"GET / HTTP/1.1\r\n".as_slice(), &b"A: b\r\n".repeat(MAX_HEADER_SECTION / 6 + 1)].concat();
        assert_eq!(Search::default().end(&many).unwrap_err().status, 431);
    }

    #[test]
    fn a_line_feed_alone_ends_no_line() {
        for head in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\n",
        ] {
            assert_eq!(Search::default().end(head.as_bytes()).expect_err(head).status, 400);
        }
    }

    #[test]
    fn what_is_wrong_already_is_refused_before_the_head_ends() {
        for (head, status) in [
            ("\x16\x03\x01", 400),
            (" GET", 400),
            ("\r\n\x00", 400),
            ("GET  / HTTP/1.1\r\n", 400),
            ("GET / HTTP/3.0\r\nHo", 505),
        ] {
            assert_eq!(Search::default().end(head.as_bytes()).expect_err(head).status, status, "{head:?}");
        }
        for head in ["", "\r", "\r\n", "G", "GET /\r\n", "GET / HTTP/1.1\r\nHo"] {
            assert_eq!(Search::default().end(head.as_bytes()), Ok(None), "{head:?}");
        }
    }

    #[test]
    fn a_line_of_http_0_9_lacks_its_end_only() {
        for (input, expected) in [
            (&b"GET /\r\n"[..], Some(&b"\r\n"[..])),
            (b"\r\nGET /\r\n\r", Some(b"\n")),
            (b"GET /\r\nH", None),
            (b"GET /", None),
            (b"GET / HTTP/1.0\r\n", None),
        ] {
            let mut search = Search::default();
            assert_eq!(search.end(input), Ok(None));
            assert_eq!(search.lacks_of_http_0_9(input), expected, "{input:?}");
        }
    }

    #[test]
    fn http_0_9_with_bad_fields_is_a_version_left_out_too() {
        let mut request = RequestHead::default();
        for fields in ["Host : a\r\n", "Host\r\n", " a: b\r\n", "\r\r\n"] {
            let text = format!("GET /\r\n{fields}\r\n");
            let refusal = parse(&mut request, text.as_bytes(), Scheme::Http, |_| 0).expect_err("refused");
            assert_eq!((refusal.status, request.is_parsed()), (400, false), "{fields:?}");
        }
        keep_line(&mut request, b"GET /", Scheme::Http);
        assert_eq!((request.requestline(), request.is_parsed()), (b"GET /".as_slice(), false));
        keep_line(&mut request, b"GET / HTTP/1.1", Scheme::Http);
        assert!(request.is_parsed());
    }

    #[test]
    fn http_0_9_with_fields_is_a_version_left_out() {
        let mut request = RequestHead::default();
        let refusal =
            parse(&mut request, b"GET /\r\nHost: a\r\n\r\n", Scheme::Http, |_| 0).expect_err("refused");
        assert_eq!((refusal.status, request.is_parsed()), (400, false));
        assert_eq!(request.requestline(), b"GET /");
        assert_eq!(
            parse(&mut RequestHead::default(), b"GET /\r\n\r\n", Scheme::Http, |_| 0),
            Ok(BodyLength::None)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_head_breaks_the_parser(head: Vec<u8>) {
            let _ = parse(&mut RequestHead::default(), &head, Scheme::Http, |_| 0);
            let whole = [b"GET / HTTP/1.0\r\n".as_slice(), &head, b"\r\n\r\n"].concat();
            let _ = parse(&mut RequestHead::default(), &whole, Scheme::Http, |_| 0);
        }

        #[test]
        fn the_search_finds_the_same_end_however_the_head_comes(
            head in "GET / HTTP/1[.]1\r\n[A:\r\n\t ]{0,20}(\r\n\r\n)?",
            cut in 0usize..50,
        ) {
            let head = head.as_bytes();
            let cut = cut.min(head.len());
            let whole = Search::default().end(head);
            let mut search = Search::default();
            let first = search.end(&head[..cut]);
            match first {
                // An end that was found stays, whatever follows it.
                Ok(Some(end)) => proptest::prop_assert_eq!(whole, Ok(Some(end))),
                Ok(None) => proptest::prop_assert_eq!(
                    search.end(head).map_err(|refusal| refusal.status),
                    whole.map_err(|refusal| refusal.status)
                ),
                Err(refusal) => proptest::prop_assert_eq!(whole.map_err(|refusal| refusal.status), Err(refusal.status)),
            }
        }

        #[test]
        fn fields_that_parse_are_the_lines_that_were_sent(
            fields in proptest::collection::vec(("[A-Za-z!#$%&'*+.^_`|~0-9-]{1,9}", "[!-~]([ -~\t]{0,9}[!-~])?"), 0..9),
        ) {
            let lines: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let mut request = RequestHead::default();
            // A name may be one that the host obeys, with a value that it refuses.
            if parse(&mut request, format!("GET / HTTP/1.0\r\n{lines}\r\n").as_bytes(), Scheme::Http, |_| 0).is_ok() {
                let seen: Vec<_> = request.fields().map(|(name, value)| (latin1::decode(name).into_owned(), latin1::decode(value).into_owned())).collect();
                proptest::prop_assert_eq!(seen, fields);
            }
        }
    }
}
