//! The answer: a state machine whose every call is legal in named states only, and the
//! framing of the body, which is the host's business (RFC 9112, section 6).

use crate::chunked::{Decoder, Step};
use crate::failure::Failure;
use crate::field::{self, Known};
use crate::limits::{MAX_RESPONSE_HEAD, PIECE};

mod status_line;

pub(crate) use status_line::{Stamp, StatusLine};

/// What the answer must know of the request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Peer {
    /// HTTP/0.9: an answer is its body alone.
    pub(crate) wants_head: bool,
    /// Chunks and informational answers are for HTTP/1.1 only.
    pub(crate) is_1_1: bool,
    pub(crate) is_head: bool,
    pub(crate) is_connect: bool,
    pub(crate) may_upgrade: bool,
}

#[derive(Debug, Default)]
enum Phase {
    /// No answer yet, or informational ones only.
    #[default]
    Start,
    /// A status line is there and fields may follow.
    Head(Kind),
    /// `end-headers` was called.
    Body(Framing),
    /// The body's last byte is in the buffer.
    Done,
    /// The connection is the handler's.
    Raw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Informational,
    Final,
}

/// How the body ends on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// Not known yet: the body is held back until it is complete or must go out.
    Undecided,
    Length(u64),
    Chunked,
    UntilClose,
    None,
}

/// How an answer ended when its handler returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Complete,
    /// The handler called nothing that begins an answer.
    NoResponse,
    /// `end-headers` is missing.
    NoEndHeaders,
    /// This many bytes of the declared length are missing.
    Short(u64),
    /// The handler's own chunks have no last one.
    OpenChunks,
}

/// The answer to one request. It writes to the connection's buffer, behind what is there.
#[derive(Debug, Default)]
pub(crate) struct Response {
    phase: Phase,
    peer: Peer,
    status: u16,
    is_status_1_1: bool,
    /// Where in the buffer the head begins that may still be taken back.
    head_at: usize,
    /// Whether a byte of the final answer has left.
    sent: bool,
    /// Body whose framing is undecided, or the chunk being gathered.
    held: Vec<u8>,
    declared: Option<u64>,
    own_chunks: Option<Box<Decoder>>,
    says_close: bool,
    /// Whether an Upgrade field names a protocol, and the Connection field says that there is one.
    names_upgrade: bool,
    says_upgrade: bool,
    says_keep_alive: bool,
    /// Body bytes that the handler wrote.
    written: u64,
}

impl Response {
    /// Ready for the next request; the buffer of a large body is given back.
    pub(crate) fn clear(&mut self, peer: Peer) {
        let mut held = std::mem::take(&mut self.held);
        if held.capacity() > PIECE / 4 {
            held = Vec::new();
        }
        held.clear();
        *self = Response { held, peer, ..Response::default() };
    }

    /// The status code of the answer that was begun last.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Whether a byte of the final answer has left, so that it can't be taken back.
    pub(crate) fn has_left(&self) -> bool {
        self.sent
    }

    /// Whether a final answer was begun.
    pub(crate) fn is_begun(&self) -> bool {
        !matches!(self.phase, Phase::Start | Phase::Head(Kind::Informational))
    }

    /// Whether no answer is open, so that one can begin.
    pub(crate) fn is_at_start(&self) -> bool {
        matches!(self.phase, Phase::Start)
    }

    /// Whether the last answer begun is `100 Continue`.
    pub(crate) fn is_continue(&self) -> bool {
        self.status == 100
    }

    pub(crate) fn is_raw(&self) -> bool {
        matches!(self.phase, Phase::Raw)
    }

    /// Whether the head has ended, so that `wfile` takes bytes.
    pub(crate) fn has_head(&self) -> bool {
        matches!(self.phase, Phase::Body(_) | Phase::Done | Phase::Raw)
    }

    /// Whether the answer says that the connection closes after it.
    pub(crate) fn says_close(&self) -> bool {
        self.says_close
    }

    /// Whether only the end of the connection ends the body.
    pub(crate) fn ends_by_close(&self) -> bool {
        matches!(self.phase, Phase::Body(Framing::UntilClose))
    }

    pub(crate) fn begin(
        &mut self,
        out: &mut Vec<u8>,
        call: &str,
        line: &StatusLine<'_>,
    ) -> Result<(), Failure> {
        if !matches!(self.phase, Phase::Start) {
            return Err(Failure::out_of_order(call, "an answer to this request has begun already"));
        }
        if !(100..=999).contains(&line.code) {
            return Err(Failure::InvalidStatus(line.code));
        }
        if line.phrase.len() > MAX_RESPONSE_HEAD {
            return Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
        }
        if line.code == 101 && !self.peer.may_upgrade {
            // RFC 9110, section 7.8: only a protocol that the client named.
            return Err(Failure::out_of_order(
                call,
                "101 answers an HTTP/1.1 request with Upgrade and Connection: upgrade only",
            ));
        }
        let informational = line.code < 200 && line.code != 101;
        self.phase = Phase::Head(if informational { Kind::Informational } else { Kind::Final });
        self.status = line.code;
        self.is_status_1_1 = line.protocol == "HTTP/1.1";
        self.head_at = out.len();
        if self.peer.wants_head {
            line.append(out);
        }
        Ok(())
    }

    /// Puts an informational answer before what is there of the head. False when some of that has left.
    pub(crate) fn interject(&mut self, out: &mut Vec<u8>, answer: &[u8]) -> bool {
        match self.phase {
            Phase::Start => out.extend_from_slice(answer),
            Phase::Head(_) | Phase::Body(_) if !self.sent => {
                out.splice(self.head_at..self.head_at, answer.iter().copied());
                self.head_at += answer.len();
            }
            _ => return false,
        }
        true
    }

    /// Adds a field. Name and value are checked; framing fields are obeyed.
    pub(crate) fn field(&mut self, out: &mut Vec<u8>, name: &[u8], value: &[u8]) -> Result<(), Failure> {
        let Phase::Head(kind) = self.phase else {
            let rule =
                if self.has_head() { "the head has ended already" } else { "call send-response first" };
            return Err(Failure::out_of_order("send-header", rule));
        };
        field::check_name(name)?;
        let value = field::check_value(name, value)?;
        if out.len() - self.head_at + name.len() + value.len() + 4 > MAX_RESPONSE_HEAD {
            return Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
        }
        let in_place = match Known::of(name) {
            Known::Other => true,
            Known::ContentLength => self.content_length(value, kind)?,
            Known::TransferEncoding => self.transfer_encoding(value, kind)?,
            Known::Connection => self.connection(value, kind),
            Known::Upgrade => {
                self.names_upgrade |= !value.is_empty();
                true
            }
        };
        if in_place && self.peer.wants_head {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        Ok(())
    }

    /// True when the field goes out where it stands.
    fn content_length(&mut self, value: &[u8], kind: Kind) -> Result<bool, Failure> {
        let Some(length) = crate::framing::length(value) else {
            return Err(field::invalid("Content-Length", "is not a number"));
        };
        if self.declared.is_some() {
            return Err(field::invalid("Content-Length", "was sent already"));
        }
        if self.own_chunks.is_some() {
            return Err(field::invalid(
                "Content-Length",
                "contradicts Transfer-Encoding, which was sent already",
            ));
        }
        if kind == Kind::Informational || self.is_tunnel() || matches!(self.status, 101 | 204 | 205) {
            // RFC 9110, section 8.6: none in 1xx, 204 and 2xx to CONNECT; a 205's is 0.
            return Ok(false);
        }
        self.declared = Some(length);
        Ok(true)
    }

    fn transfer_encoding(&mut self, value: &[u8], kind: Kind) -> Result<bool, Failure> {
        if !value.eq_ignore_ascii_case(b"chunked") {
            return Err(field::invalid("Transfer-Encoding", "may only be chunked"));
        }
        if self.own_chunks.is_some() {
            return Err(field::invalid("Transfer-Encoding", "was sent already"));
        }
        if self.declared.is_some() {
            return Err(field::invalid(
                "Transfer-Encoding",
                "contradicts Content-Length, which was sent already",
            ));
        }
        if kind == Kind::Final && !self.is_tunnel() {
            self.own_chunks = Some(Box::default());
        }
        Ok(false)
    }

    fn connection(&mut self, value: &[u8], kind: Kind) -> bool {
        if kind == Kind::Informational {
            return false;
        }
        if value.eq_ignore_ascii_case(b"keep-alive") {
            // Goes out with the end of the head, when it is known to be true.
            self.says_keep_alive = true;
            return false;
        }
        self.says_upgrade |= field::has_option(value, b"upgrade");
        let again = self.says_close;
        let close = field::has_option(value, b"close");
        self.says_close |= close;
        !(again && close)
    }

    /// Ends the head. True when the connection becomes the handler's.
    pub(crate) fn end_headers(&mut self, out: &mut Vec<u8>, closes: bool) -> Result<bool, Failure> {
        let Phase::Head(kind) = self.phase else {
            let rule =
                if self.has_head() { "the head has ended already" } else { "call send-response first" };
            return Err(Failure::out_of_order("end-headers", rule));
        };
        if kind == Kind::Informational {
            self.end_informational(out);
            return Ok(false);
        }
        if self.would_upgrade(self.status) {
            self.end_upgrade(out)?;
            self.phase = Phase::Raw;
            return Ok(true);
        }
        let framing = self.framing();
        self.phase = Phase::Body(framing);
        if framing != Framing::Undecided {
            self.end_head(out, framing, closes);
        }
        Ok(false)
    }

    /// RFC 9110, section 7.8: a 101 names the protocol, and Connection says that the field is for this hop.
    fn end_upgrade(&self, out: &mut Vec<u8>) -> Result<(), Failure> {
        if self.status == 101 && !self.names_upgrade {
            return Err(field::invalid("Upgrade", "is missing: a 101 names the protocol that it changes to"));
        }
        if self.status == 101 && !self.says_upgrade {
            out.extend_from_slice(b"Connection: upgrade\r\n");
        }
        if self.peer.wants_head {
            out.extend_from_slice(b"\r\n");
        }
        Ok(())
    }

    fn end_informational(&mut self, out: &mut Vec<u8>) {
        if self.peer.is_1_1 {
            out.extend_from_slice(b"\r\n");
        } else {
            // RFC 9110, section 15.2: never to an HTTP/1.0 client.
            out.truncate(self.head_at);
        }
        self.phase = Phase::Start;
        self.says_close = false;
    }

    fn framing(&self) -> Framing {
        if matches!(self.status, 204 | 205 | 304) {
            return Framing::None;
        }
        match (self.declared, &self.own_chunks) {
            // What a GET would have been told of its body is told here too: RFC 9110, section 9.3.2.
            (None, None) => Framing::Undecided,
            _ if self.peer.is_head => Framing::None,
            (Some(length), _) => Framing::Length(length),
            (None, Some(_)) => self.streamed(),
        }
    }

    /// The framing of a body whose end is not known yet.
    fn streamed(&self) -> Framing {
        if self.takes_chunks() { Framing::Chunked } else { Framing::UntilClose }
    }

    /// RFC 9112, section 6.1: neither to an HTTP/1.0 client nor in an answer that calls itself HTTP/1.0, which
    /// its receiver must take for broken.
    fn takes_chunks(&self) -> bool {
        self.peer.is_1_1 && self.is_status_1_1
    }

    /// Appends what the host adds to the fields, and the blank line.
    fn end_head(&mut self, out: &mut Vec<u8>, framing: Framing, closes: bool) {
        if !self.peer.wants_head {
            return;
        }
        match framing {
            Framing::Length(length) if self.declared.is_none() => append_length(out, length),
            Framing::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            Framing::None if self.status == 205 => append_length(out, 0),
            _ => {}
        }
        let closes = closes || framing == Framing::UntilClose;
        if closes && !self.says_close && self.is_status_1_1 {
            out.extend_from_slice(b"Connection: close\r\n");
            self.says_close = true;
        } else if !closes && (self.says_keep_alive || !self.takes_chunks()) {
            // RFC 9112, section 9.3: where either side speaks HTTP/1.0 nobody takes it for granted.
            out.extend_from_slice(b"Connection: keep-alive\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }

    /// A 2xx answer to CONNECT turns the connection into a tunnel (RFC 9110, section 9.3.6).
    fn is_tunnel(&self) -> bool {
        self.status != 101 && self.would_upgrade(self.status)
    }

    /// Whether an answer with this status makes the connection the handler's.
    pub(crate) fn would_upgrade(&self, status: u16) -> bool {
        status == 101 || (self.peer.is_connect && (200..300).contains(&status))
    }

    /// Takes body bytes. All of `data` or, on a failure, none of it.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, data: &[u8]) -> Result<(), Failure> {
        match self.phase {
            Phase::Start | Phase::Head(_) => {
                return Err(Failure::out_of_order("write", "call send-response and end-headers first"));
            }
            Phase::Raw => {
                out.extend_from_slice(data);
                return Ok(());
            }
            Phase::Done => {
                return Err(Failure::out_of_order("write", "the body has ended already"));
            }
            Phase::Body(_) => {}
        }
        match self.own_chunks.take() {
            None => self.write_body(out, data)?,
            Some(mut decoder) => {
                let result = self.write_own_chunks(out, &mut decoder, data);
                self.own_chunks = Some(decoder);
                result?;
            }
        }
        Ok(())
    }

    /// Whether `bytes` more fit the declared length.
    pub(crate) fn expect_room(&self, bytes: u64) -> Result<(), Failure> {
        match self.phase {
            Phase::Body(Framing::Length(left)) if left < bytes => {
                Err(Failure::TooLarge(self.declared.unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    fn write_body(&mut self, out: &mut Vec<u8>, data: &[u8]) -> Result<(), Failure> {
        self.expect_room(data.len() as u64)?;
        let Phase::Body(framing) = &mut self.phase else { unreachable!("checked by write") };
        match framing {
            Framing::Undecided if self.peer.is_head => {}
            Framing::Undecided | Framing::Chunked => self.held.extend_from_slice(data),
            Framing::UntilClose => out.extend_from_slice(data),
            Framing::None => {}
            Framing::Length(left) => {
                *left -= data.len() as u64;
                out.extend_from_slice(data);
            }
        }
        self.written += data.len() as u64;
        Ok(())
    }

    /// The handler frames the body itself, as it would have to in Python. Its chunks are decoded and
    /// framed anew, so that nothing malformed reaches the wire.
    fn write_own_chunks(
        &mut self,
        out: &mut Vec<u8>,
        decoder: &mut Decoder,
        data: &[u8],
    ) -> Result<(), Failure> {
        let mut at = 0;
        while at < data.len() {
            let step = decoder.peek(&data[at..], PIECE).map_err(|why| Failure::Malformed(why.into()))?;
            match step {
                Step::Data { skip, bytes } => {
                    decoder.took(bytes);
                    self.write_body(out, &data[at + skip..at + skip + bytes])?;
                    at += skip + bytes;
                }
                Step::More { .. } => break,
                Step::End { skip } if at + skip < data.len() => {
                    return Err(Failure::Malformed("bytes after the last chunk".into()));
                }
                Step::End { .. } => break,
            }
        }
        Ok(())
    }

    /// Bytes of the body that wait for their framing.
    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }

    /// Puts all that may leave now into the buffer, and says how much of the buffer that is.
    pub(crate) fn release(&mut self, out: &mut Vec<u8>, closes: bool) -> usize {
        match self.phase {
            Phase::Head(_) => return self.head_at,
            Phase::Body(Framing::Undecided) if self.peer.is_head => {
                let framing = if self.takes_chunks() { Framing::Chunked } else { Framing::None };
                self.phase = Phase::Body(Framing::None);
                self.end_head(out, framing, closes);
            }
            Phase::Body(Framing::Undecided) => {
                let framing = self.streamed();
                self.phase = Phase::Body(framing);
                self.end_head(out, framing, closes);
            }
            _ => {}
        }
        self.move_held(out);
        out.len()
    }

    fn move_held(&mut self, out: &mut Vec<u8>) {
        if self.held.is_empty() {
            return;
        }
        if matches!(self.phase, Phase::Body(Framing::Chunked)) {
            append_hex(out, self.held.len());
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(&self.held);
            out.extend_from_slice(b"\r\n");
        } else {
            out.extend_from_slice(&self.held);
        }
        self.held.clear();
    }

    /// Notes that the first `bytes` of the buffer have left it.
    pub(crate) fn left(&mut self, bytes: usize) {
        if self.is_begun() && bytes > self.head_at {
            self.sent = true;
        }
        self.head_at = self.head_at.saturating_sub(bytes);
    }

    /// Lets the fields so far of an open head leave: `flush-headers`. An informational head leaves as a whole, as
    /// until its end it can still be dropped.
    pub(crate) fn release_head(&mut self, out: &mut Vec<u8>, closes: bool) -> usize {
        match self.phase {
            Phase::Head(Kind::Final) => out.len(),
            _ => self.release(out, closes),
        }
    }

    /// The handler has returned: ends the body.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>, closes: bool) -> Finish {
        if self.own_chunks.as_ref().is_some_and(|decoder| !decoder.is_done()) && !self.peer.is_head {
            self.release(out, closes);
            return Finish::OpenChunks;
        }
        match self.phase {
            Phase::Start => return Finish::NoResponse,
            Phase::Head(_) => return Finish::NoEndHeaders,
            Phase::Body(Framing::Undecided) if self.peer.is_head => {
                // A handler that wrote nothing to HEAD has not said that there is nothing (RFC 9110, section 8.6).
                let framing = if self.written > 0 { Framing::Length(self.written) } else { Framing::None };
                self.end_head(out, framing, closes);
            }
            Phase::Body(Framing::Undecided) => {
                let framing = Framing::Length(self.held.len() as u64);
                self.end_head(out, framing, closes);
                self.move_held(out);
            }
            Phase::Body(Framing::Chunked) => {
                self.move_held(out);
                out.extend_from_slice(b"0\r\n\r\n");
            }
            Phase::Body(Framing::Length(left)) if left > 0 => return Finish::Short(left),
            // The phase stays, so that the connection is known to end the body.
            Phase::Body(Framing::UntilClose) | Phase::Raw => return Finish::Complete,
            Phase::Body(Framing::Length(_) | Framing::None) | Phase::Done => {}
        }
        self.phase = Phase::Done;
        Finish::Complete
    }

    /// Takes back what was written of the answer, if none of it has left. False when it is too late.
    pub(crate) fn take_back(&mut self, out: &mut Vec<u8>) -> bool {
        if self.sent || self.is_raw() {
            return false;
        }
        if !matches!(self.phase, Phase::Start) {
            out.truncate(self.head_at);
        }
        let peer = self.peer;
        self.clear(peer);
        true
    }
}

fn append_length(out: &mut Vec<u8>, length: u64) {
    use std::io::Write as _;
    let _ = write!(out, "Content-Length: {length}\r\n");
}

fn append_hex(out: &mut Vec<u8>, number: usize) {
    use std::io::Write as _;
    let _ = write!(out, "{number:x}");
}

#[cfg(test)]
mod tests;
