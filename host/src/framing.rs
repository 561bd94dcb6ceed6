//! What the fields say about the message: how long its body is, and whether the connection goes on after it.
//!
//! Two servers that disagree about where a request ends can be made to see different requests
//! (request smuggling), so every doubt is an error (RFC 9112, section 6.3).

use crate::request::{Request, latin1};
use crate::request_line::{Refusal, Version};

/// How the request's body ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BodyLength {
    #[default]
    None,
    Length(u64),
    Chunked,
}

/// What the client asked for by its Connection field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wish {
    #[default]
    Unsaid,
    Close,
    KeepAlive,
}

/// The fields that the host itself obeys.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Framing {
    pub(crate) length: BodyLength,
    pub(crate) wish: Wish,
    pub(crate) expects_continue: bool,
}

#[derive(Default)]
struct Found {
    hosts: usize,
    length: Option<u64>,
    codings: usize,
    chunked: bool,
    ends_chunked: bool,
    close: bool,
    keep_alive: bool,
    expect: bool,
}

impl Framing {
    pub(crate) fn of(request: &Request, max_body: u64) -> Result<Framing, Refusal> {
        let mut found = Found::default();
        for (name, value) in request.fields() {
            found.take(name, value)?;
        }
        found.judge(request, max_body)
    }
}

impl Found {
    fn take(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        // The length tells nearly all other fields apart at the cost of one comparison.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                self.hosts += 1;
                if !is_host(value) {
                    return Err(Refusal::new(400, "Bad Host field"));
                }
            }
            6 if name.eq_ignore_ascii_case(b"expect") => {
                // Other expectations are ignored, as Python does and RFC 9110 section 10.1.1 allows.
                self.expect = value.eq_ignore_ascii_case(b"100-continue");
            }
            10 if name.eq_ignore_ascii_case(b"connection") => {
                for option in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
                    self.close |= option.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let length = length(value)
                    .ok_or_else(|| Refusal::new(400, format!("Bad Content-Length ('{}')", shown(value))))?;
                if self.length.is_some_and(|other| other != length) {
                    return Err(Refusal::new(400, "Two Content-Length fields that differ"));
                }
                self.length = Some(length);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.codings += 1;
                let mut codings = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).rev();
                let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
                // RFC 9112, section 7.1: chunked is applied once, and last.
                self.ends_chunked = codings.next().is_some_and(is_chunked) && !codings.any(is_chunked);
                self.chunked = is_chunked(value);
            }
            _ => {}
        }
        Ok(())
    }

    fn judge(&self, request: &Request, max_body: u64) -> Result<Framing, Refusal> {
        let version = request.version();
        // RFC 9112, section 3.2.
        if self.hosts > 1 || (self.hosts == 0 && version == Version::Http11) {
            let many = if self.hosts > 1 { "More than one Host field" } else { "No Host field" };
            return Err(Refusal::new(400, many));
        }
        let length = self.body_length(version)?;
        if let BodyLength::Length(bytes) = length
            && max_body > 0
            && bytes > max_body
        {
            return Err(Refusal::bare(413));
        }
        let wish = match (self.close, self.keep_alive) {
            (true, _) => Wish::Close,
            (false, true) => Wish::KeepAlive,
            (false, false) => Wish::Unsaid,
        };
        // RFC 9110, section 10.1.1: an expectation of an HTTP/1.0 client is ignored.
        Ok(Framing { length, wish, expects_continue: self.expect && version == Version::Http11 })
    }

    fn body_length(&self, version: Version) -> Result<BodyLength, Refusal> {
        if self.codings == 0 {
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
        match (self.codings, self.ends_chunked, self.chunked) {
            (1, true, true) => Ok(BodyLength::Chunked),
            (1, true, false) => {
                Err(Refusal::new(501, "Unsupported Transfer-Encoding: only chunked is known"))
            }
            // Nobody can tell where such a body ends: RFC 9112, section 6.3.
            (1, false, _) => Err(Refusal::new(400, "A Transfer-Encoding that does not end with chunked")),
            _ => Err(Refusal::new(400, "More than one Transfer-Encoding field")),
        }
    }
}

/// Digits only: no sign, no blank, no list, nothing beyond 64 bits (RFC 9110, section 8.6).
pub(crate) fn length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn shown(value: &[u8]) -> String {
    latin1(&value[..value.len().min(40)]).into_owned()
}

/// `uri-host [":" port]` of RFC 9110, section 7.2, or nothing: characters that no host has are refused.
fn is_host(value: &[u8]) -> bool {
    let allowed = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.'
                    | b'_'
                    | b'~'
                    | b'%'
                    | b'!'
                    | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b'+'
                    | b';'
                    | b'='
                    | b':'
                    | b'['
                    | b']'
            )
    };
    value.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(fields: &str) -> Result<Framing, Refusal> {
        let mut request = Request::default();
        request.parse(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes(), 1000)?;
        Ok(request.framing)
    }

    #[test]
    fn a_body_ends_where_the_fields_say() {
        assert_eq!(framing("").unwrap().length, BodyLength::None);
        assert_eq!(framing("Content-Length: 5\r\n").unwrap().length, BodyLength::Length(5));
        assert_eq!(
            framing("Content-Length: 5\r\ncontent-length: 5\r\n").unwrap().length,
            BodyLength::Length(5)
        );
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
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: gzip, chunked\r\n", 501),
            ("Transfer-Encoding: chunked, gzip\r\n", 400),
            ("Transfer-Encoding: chunked, chunked\r\n", 400),
            ("Transfer-Encoding: xchunked\r\n", 400),
            ("Transfer-Encoding: \r\n", 400),
            ("Content-Length: 1001\r\n", 413),
            ("Host: b\r\n", 400),
        ] {
            assert_eq!(framing(fields).expect_err(fields).status, status, "{fields:?}");
        }
    }

    #[test]
    fn http_1_1_needs_one_host_and_1_0_none() {
        let parse =
            |head: &str| Request::default().parse(head.as_bytes(), 0).map_err(|refusal| refusal.status);
        assert_eq!(parse("GET / HTTP/1.1\r\n\r\n"), Err(400));
        assert_eq!(parse("GET / HTTP/1.0\r\n\r\n"), Ok(()));
        assert_eq!(parse("GET / HTTP/1.1\r\nHost:\r\n\r\n"), Ok(()));
        assert_eq!(parse("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), Err(400));
        assert_eq!(parse("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), Ok(()));
        assert_eq!(parse("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Err(400));
    }

    #[test]
    fn connection_is_a_list_of_options() {
        assert_eq!(framing("Connection: foo, Close\r\n").unwrap().wish, Wish::Close);
        assert_eq!(framing("Connection: keep-alive\r\n").unwrap().wish, Wish::KeepAlive);
        assert_eq!(framing("Connection: keep-alive\r\nConnection: close\r\n").unwrap().wish, Wish::Close);
        assert_eq!(framing("").unwrap().wish, Wish::Unsaid);
    }
}
