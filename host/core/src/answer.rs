//! The answer: a state machine whose every call is legal in named states only.
//!
//! It knows what an answer is, not how it goes over a wire. What it promises: a body that is whole when its handler returns
//! has a length; no more than the declared length is ever sent; where no body may be, none is.

mod body;
mod page_end;

use std::sync::Arc;

use crate::answer_head::{AnswerHead, BodyPlan};
use crate::attributes::Protocol;
use crate::chunked::Decoder;
use crate::downstream::Downstream;
use crate::failure::Failure;
use crate::field::{self, ConnectionOptions, Known};
use crate::head::RequestHead;
use crate::limits::{MAX_RESPONSE_HEAD, PIECE};

/// What the answer must know of the request.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    is_head: bool,
    is_connect: bool,
    may_upgrade: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum Phase {
    /// No answer yet, or informational ones only.
    #[default]
    Start,
    /// A status line is there and fields may follow.
    Head(Kind),
    /// `end-headers` was called.
    Body(Body),
    /// The body has ended.
    Done,
    /// The connection is the handler's.
    Raw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Informational,
    Final,
}

/// The body of an answer whose head has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    /// Held back with its head until it is complete or must go out.
    Held,
    /// So many bytes are to come.
    Length(u64),
    /// It goes out as it comes.
    Streamed,
    /// Nothing of it goes out.
    None,
}

/// How an answer ended when its handler returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It is whole.
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

/// How an answer begins.
pub struct Beginning<'a> {
    /// The call that begins it, for its errors.
    pub call: &'a str,
    /// The version that it is given in.
    pub protocol: Protocol,
    /// Its status.
    pub status: u16,
    /// In ISO-8859-1.
    pub phrase: &'a [u8],
}

/// The answer to one request.
#[derive(Debug, Default)]
pub struct Answer {
    phase: Phase,
    asked: Asked,
    head: AnswerHead,
    /// Body that waits for its head.
    held: Vec<u8>,
    declared: Option<u64>,
    own_chunks: Option<Box<Decoder>>,
    /// Whether an Upgrade field names a protocol.
    names_upgrade: bool,
    /// Body bytes that the handler wrote.
    written: u64,
    /// What is added to a page of HTML, while somebody develops it.
    tail: Option<Arc<[u8]>>,
}

impl Answer {
    /// Ready for a request; the buffer of a large body is given back.
    pub fn prepare(&mut self, request: &RequestHead) {
        self.asked = Asked {
            is_head: request.is_head(),
            is_connect: request.is_connect(),
            may_upgrade: request.wants().may_upgrade,
        };
        self.clear();
    }

    fn clear(&mut self) {
        self.held.clear();
        if self.held.capacity() > PIECE / 4 {
            self.held = Vec::new();
        }
        self.phase = Phase::Start;
        self.head.clear();
        self.declared = None;
        self.own_chunks = None;
        self.names_upgrade = false;
        self.written = 0;
        self.tail = None;
    }

    /// The status code of the answer that was begun last, 0 before any.
    pub fn status(&self) -> u16 {
        self.head.status()
    }

    /// Whether a final answer was begun.
    pub fn is_begun(&self) -> bool {
        !matches!(self.phase, Phase::Start | Phase::Head(Kind::Informational))
    }

    /// Whether no answer is open, so that one can begin.
    pub fn is_at_start(&self) -> bool {
        matches!(self.phase, Phase::Start)
    }

    /// Whether the connection is the handler's.
    pub fn is_raw(&self) -> bool {
        matches!(self.phase, Phase::Raw)
    }

    /// Whether the head has ended, so that `wfile` takes bytes.
    pub(crate) fn has_head(&self) -> bool {
        matches!(self.phase, Phase::Body(_) | Phase::Done | Phase::Raw)
    }

    /// Whether the final answer says that the connection closes after it, by a field of the handler's or of the host's. Once
    /// it is said it stands, whatever the handler wishes later.
    pub fn says_close(&self) -> bool {
        let host_says = self.head.closes() && self.head.protocol() == Protocol::Http11;
        host_says || self.head.connection().close
    }

    /// Body bytes that wait for their head.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Body bytes that the handler wrote.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Whether an answer with this status makes the connection the handler's: a 101, and a 2xx to CONNECT (RFC 9110,
    /// sections 7.8 and 9.3.6).
    pub fn would_upgrade(&self, status: u16) -> bool {
        status == 101 || (self.asked.is_connect && (200..300).contains(&status))
    }

    fn is_tunnel(&self) -> bool {
        self.status() != 101 && self.would_upgrade(self.status())
    }

    // The head.

    /// Begins an answer.
    ///
    /// # Errors
    ///
    /// As `response.send-response` of the contract.
    pub fn begin(&mut self, beginning: &Beginning<'_>) -> Result<(), Failure> {
        let &Beginning { call, protocol, status, phrase } = beginning;
        if !matches!(self.phase, Phase::Start) {
            return Err(Failure::out_of_order(call, "an answer to this request has begun already"));
        }
        if !(100..=999).contains(&status) {
            return Err(Failure::InvalidStatus(status));
        }
        if phrase.len() > MAX_RESPONSE_HEAD {
            return Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
        }
        if status == 101 && !self.asked.may_upgrade {
            // RFC 9110, section 7.8: only a protocol that the client named.
            return Err(Failure::out_of_order(
                call,
                "101 answers an HTTP/1.1 request with Upgrade and Connection: upgrade only",
            ));
        }
        let informational = status < 200 && status != 101;
        self.phase = Phase::Head(if informational { Kind::Informational } else { Kind::Final });
        self.head.begin(protocol, status, phrase);
        Ok(())
    }

    /// Whether nothing is to be said for it that its reader can do without.
    pub(crate) fn set_bare(&mut self, is_bare: bool) {
        self.head.set_bare(is_bare);
    }

    /// The fields `Server` and `Date` that `send-response` writes. `date` appends the value.
    pub fn stamp(&mut self, server: &[u8], date: impl FnOnce(&mut Vec<u8>)) {
        self.head.push(b"Server", server);
        self.head.push_with(b"Date", date);
    }

    /// Adds a field. Name and value are checked; framing fields are obeyed.
    pub fn field(&mut self, name: &[u8], value: &[u8]) -> Result<Option<ConnectionOptions>, Failure> {
        self.check_field(name, value)?;
        self.checked_field(name, value.trim_ascii(), Known::of(name))
    }

    /// Whether the field can go out.
    pub(crate) fn check_field(&self, name: &[u8], value: &[u8]) -> Result<(), Failure> {
        self.open_head("send-header")?;
        // Before it is looked through, which takes time.
        if !self.has_room(name.len() + value.len() + 4) {
            return Err(Failure::TooLarge(MAX_RESPONSE_HEAD as u64));
        }
        field::check_name(name)?;
        field::check_value(name, value)?;
        Ok(())
    }

    /// Adds a field that was checked, and has no white space around its value.
    pub(crate) fn checked_field(
        &mut self,
        name: &[u8],
        value: &[u8],
        known: Known,
    ) -> Result<Option<ConnectionOptions>, Failure> {
        let kind = self.open_head("send-header")?;
        let mut connection = None;
        let in_place = match known {
            Known::Other => true,
            Known::ContentLength => self.content_length(value, kind)?,
            Known::TransferEncoding => self.transfer_encoding(value, kind)?,
            Known::Connection => {
                let options = *connection.insert(ConnectionOptions::of(value));
                self.connection(value, options, kind)
            }
            Known::Upgrade => {
                self.names_upgrade |= !value.is_empty();
                true
            }
        };
        if in_place {
            self.head.push(name, value);
        }
        Ok(connection)
    }

    /// Whether the head has room for so many bytes of fields.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.head.phrase().len() + self.head.fields_text().len() + bytes <= MAX_RESPONSE_HEAD
    }

    /// Adds lines of fields that were checked, and mean nothing to the host, to an open head.
    pub(crate) fn plain_fields(&mut self, lines: &[u8]) -> Result<(), Failure> {
        self.open_head("send-header")?;
        self.head.push_lines(lines);
        Ok(())
    }

    fn open_head(&self, call: &str) -> Result<Kind, Failure> {
        match self.phase {
            Phase::Head(kind) => Ok(kind),
            _ if self.has_head() => Err(Failure::out_of_order(call, "the head has ended already")),
            _ => Err(Failure::out_of_order(call, "call send-response first")),
        }
    }

    /// True when the field goes out where it stands.
    fn content_length(&mut self, value: &[u8], kind: Kind) -> Result<bool, Failure> {
        let Some(length) = field::length(value) else {
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
        if kind == Kind::Informational || self.is_tunnel() || matches!(self.status(), 101 | 204 | 205) {
            // RFC 9110, section 8.6: none in 1xx, 204 and 2xx to CONNECT; a 205's is 0.
            return Ok(false);
        }
        self.declared = Some(length);
        self.head.note_length();
        // With more to come it goes out when the head ends.
        Ok(self.tail.is_none())
    }

    /// The length of a page that the host makes itself.
    pub fn declare_length(&mut self, length: u64) {
        self.declared = Some(length);
        self.head.note_length();
        if self.tail.is_none() {
            self.push_length(length);
        }
    }

    fn push_length(&mut self, length: u64) {
        self.head.push_with(b"Content-Length", |value| field::append_number(value, length));
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
        // RFC 9112, section 6.1: none in 1xx and 2xx to CONNECT.
        if kind == Kind::Final && !self.would_upgrade(self.status()) {
            self.own_chunks = Some(Box::default());
        }
        Ok(false)
    }

    fn connection(&mut self, value: &[u8], options: ConnectionOptions, kind: Kind) -> bool {
        if kind == Kind::Informational {
            return false;
        }
        let says_close_again = options.close && self.head.connection().close;
        // `keep-alive` alone goes out with the end of the head, when it is known to be true.
        let keep_alive = value.eq_ignore_ascii_case(b"keep-alive");
        self.head.note_connection(ConnectionOptions { keep_alive, ..options });
        !says_close_again && !keep_alive
    }

    /// Ends the head.
    pub fn end_headers(&mut self, down: &mut dyn Downstream, closes: bool) -> Result<Ended, Failure> {
        if self.open_head("end-headers")? == Kind::Informational {
            self.phase = Phase::Start;
            down.informational(&self.head);
            return Ok(Ended::Informational(self.status()));
        }
        if self.would_upgrade(self.status()) {
            // RFC 9110, section 7.8: a 101 names the protocol.
            if self.status() == 101 && !self.names_upgrade {
                return Err(field::invalid(
                    "Upgrade",
                    "is missing: a 101 names the protocol that it changes to",
                ));
            }
            self.phase = Phase::Raw;
            down.upgrade(&self.head);
            return Ok(Ended::Upgrade);
        }
        if self.tail.is_some() {
            self.settle_tail();
        }
        match self.body() {
            Body::Held => self.phase = Phase::Body(Body::Held),
            body => self.pass_head(down, body, closes),
        }
        Ok(Ended::Final)
    }

    /// What becomes of the body, now that the head is complete.
    fn body(&self) -> Body {
        if matches!(self.status(), 204 | 205 | 304) {
            return Body::None;
        }
        match (self.declared, &self.own_chunks) {
            (None, None) => Body::Held,
            // What a GET would have been told of its body is told here too: RFC 9110, section 9.3.2.
            _ if self.asked.is_head => Body::None,
            (Some(length), _) => Body::Length(length),
            (None, Some(_)) => Body::Streamed,
        }
    }

    /// Hands the final head on.
    fn pass_head(&mut self, down: &mut dyn Downstream, body: Body, closes: bool) {
        let plan = match body {
            Body::Length(length) => BodyPlan::Length(length + self.tail_length()),
            Body::Held | Body::Streamed => BodyPlan::Streamed,
            Body::None => BodyPlan::None,
        };
        self.pass_head_with(down, plan, body, closes);
    }

    fn pass_head_with(&mut self, down: &mut dyn Downstream, plan: BodyPlan, body: Body, closes: bool) {
        self.head.set_closes(closes);
        down.head(&self.head, plan);
        self.phase = Phase::Body(body);
    }

    // The body.

    /// Hands on all that may leave now: a held body goes out without its length.
    pub fn release(&mut self, down: &mut dyn Downstream, closes: bool) {
        if !matches!(self.phase, Phase::Body(Body::Held)) {
            return;
        }
        if self.asked.is_head {
            self.pass_head_with(down, BodyPlan::Streamed, Body::None, closes);
        } else {
            self.pass_head(down, Body::Streamed, closes);
            self.pass_held(down);
        }
    }

    fn pass_held(&mut self, down: &mut dyn Downstream) {
        if !self.held.is_empty() {
            down.data(&self.held);
            self.held.clear();
        }
    }

    /// Lets the fields so far of an open head leave: `flush-headers`. An informational head leaves as a whole, as
    /// until its end it can still be dropped.
    pub fn release_head(&mut self, down: &mut dyn Downstream, closes: bool) {
        match self.phase {
            Phase::Head(Kind::Final) => {
                if down.head_so_far(&self.head) {
                    self.head.forget_fields();
                }
            }
            _ => self.release(down, closes),
        }
    }

    /// Whether a body is under way whose end only the end of the handler is. A handler's own chunks say where they end.
    pub(crate) fn is_open_ended(&self) -> bool {
        matches!(self.phase, Phase::Body(Body::Streamed)) && self.own_chunks.is_none()
    }

    /// The handler has returned: ends the body.
    pub fn finish(&mut self, down: &mut dyn Downstream, closes: bool) -> Finish {
        if self.own_chunks.as_ref().is_some_and(|decoder| !decoder.is_done()) && !self.asked.is_head {
            self.release(down, closes);
            return Finish::OpenChunks;
        }
        match self.phase {
            Phase::Start => return Finish::NoResponse,
            Phase::Head(_) => return Finish::NoEndHeaders,
            Phase::Body(Body::Held) if self.asked.is_head => {
                // A handler that wrote nothing to HEAD has not said that there is nothing (RFC 9110, section 8.6).
                let length = self.written + self.tail_length();
                let plan = if self.written > 0 { BodyPlan::Length(length) } else { BodyPlan::None };
                self.pass_head_with(down, plan, Body::None, closes);
            }
            Phase::Body(Body::Held) => {
                self.pass_head(down, Body::Length(self.held.len() as u64), closes);
                self.pass_held(down);
                self.pass_tail(down);
            }
            Phase::Body(Body::Streamed) => {
                self.pass_tail(down);
                down.end();
            }
            Phase::Body(Body::Length(0)) => self.pass_tail(down),
            Phase::Body(Body::Length(left)) if left > 0 => return Finish::Short(left),
            Phase::Raw => return Finish::Complete,
            Phase::Body(Body::Length(_) | Body::None) | Phase::Done => {}
        }
        self.phase = Phase::Done;
        Finish::Complete
    }

    /// Takes back what was said of the final answer, if none of it has left. False when it is too late.
    pub fn retract(&mut self, down: &mut dyn Downstream) -> bool {
        // A head that was not handed on has not left, but fields of it may have.
        let is_back = !self.is_raw() && !down.has_left() && (!self.is_begun() || down.retract());
        if is_back {
            self.clear();
        }
        is_back
    }
}

/// What the end of a head has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// An informational answer with this status: others follow.
    Informational(u16),
    /// The head of the answer.
    Final,
    /// The request: the connection is the handler's.
    Upgrade,
}
