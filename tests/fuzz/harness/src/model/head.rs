//! A request's head, from all of the connection's bytes.

use super::{field, is_token, take_line, target};

/// Bytes of blank lines before a request.
const MAX_BLANK: usize = 8;
/// Fields of a request.
const MAX_FIELDS: usize = 100;
/// Bytes of a line, and of all fields: inputs are shorter, or the model does not judge them.
pub const MAX_INPUT: usize = 65_536;

/// How the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// It has so many bytes.
    Length(u64),
    /// Its last chunk ends it.
    Chunked,
}

/// A request as its head has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Vec<u8>,
    /// The target as it was sent.
    pub target: Vec<u8>,
    /// 9, 0 or 1, for HTTP/0.9, 1.0 and 1.1.
    pub minor: u8,
    /// The fields in order.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// How its body ends.
    pub body: Body,
    /// Bytes of the input up to its body.
    pub length: usize,
}

/// What the bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub enum Head {
    /// A request's head.
    Whole(Request),
    /// The beginning of one, or what may be one.
    Unfinished,
    /// What must be refused, whatever follows.
    Refused,
}

impl Request {
    /// The values of a field.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |field: &&(Vec<u8>, Vec<u8>)| field.0.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(named).map(|(_, value)| value.as_slice())
    }

    /// Whether a field that is a list has this member.
    #[must_use]
    pub fn lists(&self, name: &str, member: &str) -> bool {
        let is_it = |other: &[u8]| super::trimmed(other).eq_ignore_ascii_case(member.as_bytes());
        self.values(name).any(|value| value.split(|&byte| byte == b',').any(is_it))
    }

    /// Whether the client wants the connection to go on (RFC 9112, section 9.3).
    #[must_use]
    pub fn persists(&self) -> bool {
        match self.minor {
            1 => !self.lists("Connection", "close"),
            0 => self.lists("Connection", "keep-alive") && !self.lists("Connection", "close"),
            _ => false,
        }
    }
}

/// Reads what `input` begins with. `is_end` says that nothing will follow it.
#[must_use]
pub fn read(input: &[u8], is_secure: bool, is_end: bool) -> Head {
    let mut rest = input;
    while let Some(behind) = rest.strip_prefix(b"\r\n") {
        rest = behind;
    }
    if input.len() - rest.len() > MAX_BLANK {
        return Head::Refused;
    }
    let line = match take_line(&mut rest) {
        None => return Head::Unfinished,
        Some(None) => return Head::Refused,
        Some(Some(line)) => line,
    };
    let Some(mut request) = request_line(line, is_secure) else {
        return Head::Refused;
    };
    if request.minor == 9 && is_end && matches!(rest, b"" | b"\r") {
        // A client of HTTP/0.9 may end its side instead of sending a blank line.
        request.length = input.len();
        return Head::Whole(request);
    }
    let mut is_bad = false;
    loop {
        match take_line(&mut rest) {
            None => return Head::Unfinished,
            Some(None) => return Head::Refused,
            Some(Some([])) => break,
            Some(Some(line)) => match field(line) {
                Some((name, value)) => request.fields.push((name.to_vec(), value.to_vec())),
                // It is said when the head has ended, if nothing worse comes.
                None => is_bad = true,
            },
        }
    }
    request.length = input.len() - rest.len();
    if is_bad || request.fields.len() > MAX_FIELDS || (request.minor == 9 && !request.fields.is_empty()) {
        return Head::Refused;
    }
    match body(&request) {
        Some(body) => Head::Whole(Request { body, ..request }),
        None => Head::Refused,
    }
}

fn request_line(line: &[u8], is_secure: bool) -> Option<Request> {
    let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    let (method, target, minor) = match words[..] {
        [method, target] if method == b"GET" => (method, target, 9),
        [method, target, [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'0'..=b'9']] => {
            (method, target, (*minor - b'0').min(1))
        }
        _ => return None,
    };
    let is_good = is_token(method) && target::judge(method, target, is_secure).is_ok();
    let (method, target) = (method.to_vec(), target.to_vec());
    is_good.then(|| Request { method, target, minor, fields: Vec::new(), body: Body::None, length: 0 })
}

/// RFC 9112, sections 3.2 and 6.3, every doubt being a refusal.
fn body(request: &Request) -> Option<Body> {
    let hosts: Vec<_> = request.values("Host").collect();
    let is_hosted = match hosts[..] {
        [] => request.minor != 1,
        [host] => target::authority(host).is_some(),
        _ => false,
    };
    if !is_hosted {
        return None;
    }
    let lengths: Vec<_> = request.values("Content-Length").collect();
    let codings: Vec<_> = request.values("Transfer-Encoding").collect();
    match (&lengths[..], &codings[..]) {
        ([], []) => Some(Body::None),
        ([length], []) if !length.is_empty() && length.iter().all(u8::is_ascii_digit) => {
            match std::str::from_utf8(length).ok()?.parse().ok()? {
                0 => Some(Body::None),
                length => Some(Body::Length(length)),
            }
        }
        ([], [coding]) if request.minor == 1 && coding.eq_ignore_ascii_case(b"chunked") => {
            Some(Body::Chunked)
        }
        _ => None,
    }
}
