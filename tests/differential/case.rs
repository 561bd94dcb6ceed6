//! A case: what is sent over one connection.

use super::request::Request;

/// Which pair of servers a case goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// `protocol_version` is HTTP/1.0, the default of both.
    Http10,
    Http11,
    /// HTTP/1.1, and the handler's `setup` sets the attributes of error pages and of the Server field.
    OwnAttributes,
}

impl Variant {
    pub const ALL: [Variant; 3] = [Variant::Http10, Variant::Http11, Variant::OwnAttributes];

    pub fn protocol(self) -> &'static str {
        match self {
            Variant::Http10 => "HTTP/1.0",
            Variant::Http11 | Variant::OwnAttributes => "HTTP/1.1",
        }
    }
}

/// What one connection carries. The client sends all of it, ends its side, and reads to the end.
#[derive(Clone, Debug)]
pub struct Case {
    /// With the seed it says all about the case.
    pub number: usize,
    /// What the generator was asked for.
    pub kind: &'static str,
    pub variant: Variant,
    pub requests: Vec<Request>,
    /// Whether a last request shows that the connection persists.
    pub has_sentinel: bool,
    /// Bytes that are not sent of the end.
    pub missing: usize,
}

impl Case {
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.requests.iter().for_each(|request| request.append(&mut bytes));
        if self.has_sentinel {
            Request::new("GET", "/sentinel", "HTTP/1.1").with("Connection: close").append(&mut bytes);
        }
        bytes.truncate(bytes.len() - self.missing);
        bytes
    }

    /// The request that the answer in this place is for, if every request before it was answered once.
    pub fn request(&self, place: usize) -> Option<&Request> {
        self.requests.get(place)
    }

    /// Whether the answer in this place is one to HEAD. It is not where a body has eaten the beginning of the request.
    pub fn is_head(&self, place: usize) -> bool {
        let is_whole = self.requests.iter().take(place).all(|request| !request.declares_too_much());
        is_whole && self.request(place).is_some_and(Request::is_head)
    }
}
