//! What the fields say about the message: how long its body is, and whether the connection goes on after it.
//!
//! Two servers that disagree about where a request ends can be made to see different requests
//! (request smuggling), so every doubt is an error (RFC 9112, section 6.3).

use doverb_core::field::{ConnectionOptions, length};
use doverb_core::grammar::{is_same, is_token};
use doverb_core::head::{RequestHead, Version, Wants, Wish};
use doverb_core::latin1;
use doverb_core::refusal::Refusal;

use super::authority::Authority;

/// How the request's body ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BodyLength {
    #[default]
    None,
    Length(u64),
    Chunked,
}

/// The fields that the host itself obeys.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Framing {
    pub(crate) length: BodyLength,
    pub(crate) wants: Wants,
}

#[derive(Default)]
struct Found {
    hosts: usize,
    length: Option<u64>,
    codings: Codings,
    connection: ConnectionOptions,
    upgrades: bool,
    expect: bool,
}

/// The transfer codings so far: those of all fields are one list (RFC 9110, section 5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Codings {
    #[default]
    None,
    Chunked,
    /// Names that nobody here knows.
    Unknown,
    /// The same, and chunked at the end.
    UnknownChunked,
    /// What no list of codings may be.
    Bad,
}

impl Codings {
    fn then(self, coding: &[u8]) -> Codings {
        let chunked = coding.eq_ignore_ascii_case(b"chunked");
        match self {
            // RFC 9112, section 7: chunked has no parameters, and is applied once and last.
            Codings::None if chunked => Codings::Chunked,
            Codings::Unknown if chunked => Codings::UnknownChunked,
            Codings::None | Codings::Unknown if is_token(coding) => Codings::Unknown,
            _ => Codings::Bad,
        }
    }
}

impl Framing {
    pub(crate) fn of(
        request: &RequestHead,
        max_body: impl FnOnce(&RequestHead) -> u64,
    ) -> Result<Framing, Refusal> {
        let mut found = Found::default();
        for (name, value) in request.fields() {
            found.take(name, value)?;
        }
        found.judge(request, max_body)
    }
}

impl Found {
    fn take(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        // Length and first letter tell nearly all other fields apart.
        match (name.len(), name.first().map(|first| first | 0x20)) {
            (4, Some(b'h')) if is_same(name, b"host") => {
                self.hosts += 1;
                if Authority::parse(value).is_none() {
                    return Err(Refusal::new(400, "Bad Host field"));
                }
            }
            (6, Some(b'e')) if is_same(name, b"expect") => {
                // Other expectations are ignored, as Python does and RFC 9110 section 10.1.1 allows.
                self.expect |= list(value).any(|member| member.eq_ignore_ascii_case(b"100-continue"));
            }
            (10, Some(b'c')) if is_same(name, b"connection") => {
                self.connection = self.connection.and(ConnectionOptions::of(value));
            }
            (7, Some(b'u')) if is_same(name, b"upgrade") => self.upgrades = true,
            (14, Some(b'c')) if is_same(name, b"content-length") => {
                let length = length(value)
                    .ok_or_else(|| Refusal::new(400, format!("Bad Content-Length ('{}')", shown(value))))?;
                // RFC 9110, section 8.6: equal ones may be taken for one, or refused. Who sends two is not to be trusted.
                if self.length.replace(length).is_some() {
                    return Err(Refusal::new(400, "More than one Content-Length field"));
                }
            }
            (17, Some(b't')) if is_same(name, b"transfer-encoding") => {
                self.codings = list(value).fold(self.codings, Codings::then);
            }
            _ => {}
        }
        Ok(())
    }

    fn judge(
        &self,
        request: &RequestHead,
        max_body: impl FnOnce(&RequestHead) -> u64,
    ) -> Result<Framing, Refusal> {
        let version = request.version();
        // RFC 9112, section 3.2.
        if self.hosts > 1 || (self.hosts == 0 && version == Version::Http11) {
            let many = if self.hosts > 1 { "More than one Host field" } else { "No Host field" };
            return Err(Refusal::new(400, many));
        }
        let length = self.body_length(version)?;
        let max_body = max_body(request);
        if let BodyLength::Length(bytes) = length
            && max_body > 0
            && bytes > max_body
        {
            return Err(Refusal::bare(413));
        }
        let wish = match (self.connection.close, self.connection.keep_alive) {
            (true, _) => Wish::Close,
            (false, true) => Wish::KeepAlive,
            (false, false) => Wish::Unsaid,
        };
        // RFC 9110, section 10.1.1: an expectation of an HTTP/1.0 client is ignored.
        let is_1_1 = version == Version::Http11;
        let wants = Wants {
            connection: wish,
            expects_continue: self.expect && is_1_1,
            may_upgrade: self.connection.upgrade && self.upgrades && is_1_1,
        };
        Ok(Framing { length, wants })
    }

    fn body_length(&self, version: Version) -> Result<BodyLength, Refusal> {
        if self.codings == Codings::None {
            return Ok(match self.length {
                None | Some(0) => BodyLength::None,
                Some(bytes) => BodyLength::Length(bytes),
            });
        }
        if self.length.is_some() {
            return Err(Refusal::new(400, "Both Content-Length and Transfer-Encoding"));
        }
        // RFC 9112, section 6.1: such a message has passed a server that does not know the field.
        if version < Version::Http11 {
            return Err(Refusal::new(400, "Transfer-Encoding in an HTTP/1.0 request"));
        }
        match self.codings {
            Codings::None | Codings::Chunked => Ok(BodyLength::Chunked),
            Codings::UnknownChunked => {
                Err(Refusal::new(501, "Unsupported Transfer-Encoding: only chunked is known"))
            }
            // Nobody can tell where such a body ends: RFC 9112, section 6.3.
            Codings::Unknown => Err(Refusal::new(400, "A Transfer-Encoding that does not end with chunked")),
            Codings::Bad => Err(Refusal::new(400, "Bad Transfer-Encoding")),
        }
    }
}

/// The members of a list, empty ones included (RFC 9110, section 5.6.1).
fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

fn shown(value: &[u8]) -> String {
    latin1::decode(&value[..value.len().min(40)]).into_owned()
}

#[cfg(test)]
mod tests {
    use crate::parse::head;

    use super::*;
    use crate::parse::target::Scheme;

    fn framing(fields: &str) -> Result<Framing, Refusal> {
        let mut request = RequestHead::default();
        let text = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let length = head::parse(&mut request, text.as_bytes(), Scheme::Http, |_| 1000)?;
        Ok(Framing { length, wants: *request.wants() })
    }

    #[test]
    fn a_body_ends_where_the_fields_say() {
        assert_eq!(framing("").unwrap().length, BodyLength::None);
        assert_eq!(framing("Content-Length: 5\r\n").unwrap().length, BodyLength::Length(5));
        assert_eq!(framing("Content-Length: 005\r\n").unwrap().length, BodyLength::Length(5));
        assert_eq!(framing("Transfer-Encoding: Chunked\r\n").unwrap().length, BodyLength::Chunked);
    }

    #[test]
    fn every_doubt_about_the_body_is_refused() {
        for (fields, status) in [
            ("Content-Length: +5\r\n", 400),
            ("Content-Length: -5\r\n", 400),
            ("Content-Length: 5, 5\r\n", 400),
            ("Content-Length: 0x5\r\n", 400),
            ("Content-Length: 5 5\r\n", 400),
            ("Content-Length:\r\n", 400),
            ("Content-Length: 99999999999999999999\r\n", 400),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
            ("Content-Length: 5\r\ncontent-length: 5\r\n", 400),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: gzip, chunked\r\n", 501),
            ("Transfer-Encoding: chunked, gzip\r\n", 400),
            ("Transfer-Encoding: chunked, chunked\r\n", 400),
            ("Transfer-Encoding: xchunked\r\n", 400),
            ("Transfer-Encoding: chunked;a=b\r\n", 400),
            ("Transfer-Encoding: \"chunked\"\r\n", 400),
            ("Transfer-Encoding: chunked,\r\n", 400),
            ("Transfer-Encoding: , chunked\r\n", 400),
            ("Transfer-Encoding: gzip;q=1, chunked\r\n", 400),
            ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 501),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", 400),
            ("Transfer-Encoding: \r\n", 400),
            ("Content-Length: 1001\r\n", 413),
            ("Host: b\r\n", 400),
        ] {
            assert_eq!(framing(fields).expect_err(fields).status, status, "{fields:?}");
        }
    }

    #[test]
    fn http_1_1_needs_one_host_and_1_0_none() {
        let parse = |text: &str| {
            let parsed = head::parse(&mut RequestHead::default(), text.as_bytes(), Scheme::Http, |_| 0);
            parsed.map_err(|refusal| refusal.status)
        };
        assert_eq!(parse("GET / HTTP/1.1\r\n\r\n"), Err(400));
        assert_eq!(parse("GET / HTTP/1.0\r\n\r\n"), Ok(BodyLength::None));
        assert_eq!(parse("GET / HTTP/1.1\r\nHost:\r\n\r\n"), Ok(BodyLength::None));
        assert_eq!(parse("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), Err(400));
        assert_eq!(parse("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), Ok(BodyLength::None));
        assert_eq!(parse("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Err(400));
    }

    #[test]
    fn connection_is_a_list_of_options() {
        let wish = |fields| framing(fields).unwrap().wants.connection;
        assert_eq!(wish("Connection: foo, Close\r\n"), Wish::Close);
        assert_eq!(wish("Connection: keep-alive\r\n"), Wish::KeepAlive);
        assert_eq!(wish("Connection: keep-alive\r\nConnection: close\r\n"), Wish::Close);
        assert_eq!(wish(""), Wish::Unsaid);
    }

    #[test]
    fn an_upgrade_is_named_by_connection_too() {
        for (fields, may_upgrade) in [
            ("Connection: keep-alive, Upgrade\r\nUpgrade: a\r\n", true),
            ("Upgrade: a\r\n", false),
            ("Connection: upgrade\r\n", false),
        ] {
            assert_eq!(framing(fields).unwrap().wants.may_upgrade, may_upgrade, "{fields:?}");
        }
    }

    #[test]
    fn an_expectation_is_a_member_of_a_list() {
        for (fields, expected) in [
            ("Expect: 100-Continue\r\n", true),
            ("Expect: other, 100-continue\r\n", true),
            ("Expect: 100-continue\r\nExpect: other\r\n", true),
            ("Expect: 100-continued\r\n", false),
        ] {
            assert_eq!(framing(fields).unwrap().wants.expects_continue, expected, "{fields:?}");
        }
    }

    proptest::proptest! {
        /// Whatever the fields are, a body has one end or the request is refused.
        #[test]
        fn a_body_is_chunked_or_has_a_length_and_never_both(
            fields in proptest::collection::vec(
                proptest::sample::select(&[
                    "Content-Length: 5\r\n",
                    "Content-Length: 6\r\n",
                    "Transfer-Encoding: chunked\r\n",
                    "Transfer-Encoding: gzip\r\n",
                    "Transfer-Encoding:\r\n",
                    "X: y\r\n",
                ][..]),
                0..4,
            ),
        ) {
            let count = |name| fields.iter().filter(|field| field.starts_with(name)).count();
            let sound = match (count("Content-Length"), count("Transfer-Encoding")) {
                (0, 0) => Some(BodyLength::None),
                (1, 0) => Some(BodyLength::Length(if fields.contains(&"Content-Length: 5\r\n") { 5 } else { 6 })),
                (0, 1) if fields.contains(&"Transfer-Encoding: chunked\r\n") => Some(BodyLength::Chunked),
                _ => None,
            };
            proptest::prop_assert_eq!(framing(&fields.concat()).ok().map(|framing| framing.length), sound);
        }
    }
}
