//! A request's head from bytes, for the fuzzer in `tests/fuzz`: the parser itself is private.

use doverb_core::head::{RequestHead, Version};
use doverb_core::refusal::Refusal;

use crate::parse::framing::BodyLength;
use crate::parse::head::{self, Search};
use crate::parse::plain;
use crate::parse::target::Scheme;

/// How a request's body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// It has so many bytes.
    Length(u64),
    /// Its last chunk ends it.
    Chunked,
}

/// A head that was understood.
#[derive(Debug)]
pub struct Head {
    /// Bytes of the input up to the end of the head.
    pub end: usize,
    /// What is in it.
    pub request: RequestHead,
    /// How its body ends.
    pub body: Body,
}

/// What has become of a head.
#[derive(Debug)]
pub enum Outcome {
    /// It was understood.
    Whole(Box<Head>),
    /// More bytes are needed.
    Unfinished,
    /// It is answered with this status, and what was understood of it is kept for the log.
    Refused(u16, Box<RequestHead>),
}

/// Reads a head as a connection does that gets `input` in pieces of `piece` bytes, the last of which may be smaller.
pub fn read_head(input: &[u8], piece: usize, is_secure: bool, max_body: u64) -> Outcome {
    let scheme = if is_secure { Scheme::Https } else { Scheme::Http };
    let mut search = Search::new(scheme);
    let mut request = Box::<RequestHead>::default();
    let mut come = 0;
    let mut is_first = true;
    loop {
        // As a connection does with what comes first.
        if come > 0
            && std::mem::take(&mut is_first)
            && let Some(end) = plain::take(&mut request, &input[..come])
        {
            return judged(head::judge(&mut request, |_| max_body), end, request);
        }
        match search.end(&input[..come]) {
            Ok(Some(end)) => {
                let text = &input[search.skipped..end];
                return judged(head::parse(&mut request, text, scheme, |_| max_body), end, request);
            }
            Ok(None) if come == input.len() => return Outcome::Unfinished,
            Ok(None) => come = (come + piece.max(1)).min(input.len()),
            Err(refusal) => {
                if let Some(line) = search.line(&input[..come]) {
                    head::keep_line(&mut request, line, scheme);
                }
                return Outcome::Refused(refusal.status, request);
            }
        }
    }
}

fn judged(length: Result<BodyLength, Refusal>, end: usize, request: Box<RequestHead>) -> Outcome {
    match length {
        Ok(length) => Outcome::Whole(Box::new(Head { end, request: *request, body: body(length) })),
        Err(refusal) => Outcome::Refused(refusal.status, request),
    }
}

fn body(length: BodyLength) -> Body {
    match length {
        BodyLength::None => Body::None,
        BodyLength::Length(bytes) => Body::Length(bytes),
        BodyLength::Chunked => Body::Chunked,
    }
}

/// Whether the version is HTTP/0.9, 1.0 or 1.1, as its second digit.
pub fn minor(request: &RequestHead) -> u8 {
    match request.version() {
        Version::Http09 => 9,
        Version::Http10 => 0,
        Version::Http11 => 1,
    }
}
