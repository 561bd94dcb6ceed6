//! The answer while it is gathered, so that it is one call of the server's. Python keeps its head in `_headers_buffer`.
//!
//! What is gathered is what the server would take without a word: all else goes to the server at once, behind what was
//! gathered before it, so that each failure comes from the call that caused it.

use std::cell::{Cell, RefCell};

use crate::bindings::response::{self, Opening};
use crate::bindings::wfile;
use crate::error::{Failure, done};
use crate::field;
use crate::request;

/// Bytes of fields, and of a body, that are gathered; what is more goes to the server.
const BOUND: usize = 4096;
/// Bytes of a body that go with their head in one call, without being gathered.
const WITH_HEAD: usize = 32 * 1024;

std::thread_local! {
    static ANSWER: RefCell<Answer> = const { RefCell::new(Answer::new()) };
    /// Whether the server has said that nothing is late that waits for the end of `do_*`.
    static CAN_GATHER: Cell<Option<bool>> = const { Cell::new(None) };
}

/// How far the answer to this request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The server knows of it, or there is no request: calls go there as they are made.
    AtServer,
    /// Nothing of it was said. With CONNECT an answer may be more than one.
    Unbegun { may_be_connect: bool },
    /// Fields may follow. `length` is what a Content-Length among them says.
    Head { code: u16, length: Option<u64> },
    /// The head has ended. `left` is what its Content-Length leaves room for.
    Body { code: u16, left: Option<u64> },
}

struct Answer {
    state: State,
    one_by_one: bool,
    /// Checked, so that it is ASCII.
    fields: Vec<u8>,
    body: Vec<u8>,
}

impl Answer {
    const fn new() -> Answer {
        Answer { state: State::AtServer, one_by_one: false, fields: Vec::new(), body: Vec::new() }
    }

    fn begin_request(&mut self, may_be_connect: bool) {
        self.fields.clear();
        self.body.clear();
        self.state = if self.one_by_one { State::AtServer } else { State::Unbegun { may_be_connect } };
    }

    /// Gives the server what was gathered.
    fn hand_over(&mut self) -> Result<(), Failure> {
        match std::mem::replace(&mut self.state, State::AtServer) {
            State::AtServer | State::Unbegun { .. } => Ok(()),
            State::Head { code, .. } => {
                let fields = String::from_utf8_lossy(&self.fields);
                done(response::begin(Opening::Response, code, None, &fields))
            }
            State::Body { code, .. } => {
                done(response::answer(Opening::Response, code, None, &self.fields, &self.body))
            }
        }
    }

    /// Whether a field was gathered.
    fn field(&mut self, name: &str, value: &str) -> bool {
        let State::Head { code, length } = self.state else { return false };
        if self.fields.len() + name.len() + value.len() > BOUND {
            return false;
        }
        let before = self.fields.len();
        let length = match field::append(&mut self.fields, name, value) {
            field::Kind::Plain => length,
            field::Kind::Length(given) if length.is_none() => Some(given),
            field::Kind::Length(_) | field::Kind::Other => {
                self.fields.truncate(before);
                return false;
            }
        };
        self.state = State::Head { code, length };
        true
    }

    /// Whether bytes of the body were gathered, or given to the server together with all that was.
    fn body(&mut self, bytes: &[u8]) -> Option<Result<(), Failure>> {
        let State::Body { code, left } = self.state else { return None };
        let size = bytes.len();
        let left = match left {
            None => None,
            Some(left) => Some(left.checked_sub(size as u64)?),
        };
        if self.body.is_empty() && size > BOUND / 4 && size <= WITH_HEAD {
            self.state = State::AtServer;
            return Some(done(response::answer(Opening::Response, code, None, &self.fields, bytes)));
        }
        if self.body.len() + size > BOUND {
            return None;
        }
        self.state = State::Body { code, left };
        self.body.extend_from_slice(bytes);
        Some(Ok(()))
    }
}

/// A request begins. What is called behind it may be gathered until [`end_request`].
pub(crate) fn begin_request(may_be_connect: bool) {
    ANSWER.with_borrow_mut(|answer| answer.begin_request(may_be_connect));
}

/// Nothing is gathered from now on.
pub(crate) fn call_one_by_one() {
    ANSWER.with_borrow_mut(|answer| answer.one_by_one = true);
}

/// Its method has returned.
pub(crate) fn end_request() -> Result<(), Failure> {
    hand_over()
}

/// Gives the server what was gathered: before it is asked for what depends on it, and before all that may wait.
pub(crate) fn hand_over() -> Result<(), Failure> {
    ANSWER.with_borrow_mut(Answer::hand_over)
}

/// The same before calls that can't fail. A failure is kept by the server: it can only be that the client has gone.
pub(crate) fn settle() {
    let _ = hand_over();
}

fn can_gather() -> bool {
    CAN_GATHER.get().unwrap_or_else(|| {
        let can = response::can_gather();
        CAN_GATHER.set(Some(can));
        can
    })
}

pub(crate) fn send_response(code: u16, message: Option<&str>) -> Result<(), Failure> {
    let is_gathered = ANSWER.with_borrow_mut(|answer| match answer.state {
        State::Unbegun { may_be_connect } if message.is_none() && (200..=999).contains(&code) => {
            // A 2xx to CONNECT makes a tunnel of the connection, which has rules of its own.
            if may_be_connect && code < 300 && request::method_is("CONNECT") {
                return false;
            }
            answer.state = State::Head { code, length: None };
            true
        }
        _ => false,
    });
    if is_gathered {
        return Ok(());
    }
    hand_over()?;
    // An informational answer is followed by another, which is not gathered any more.
    done(response::send_response(code, message))
}

pub(crate) fn send_header(name: &str, value: &str) -> Result<(), Failure> {
    if ANSWER.with_borrow_mut(|answer| answer.field(name, value)) {
        return Ok(());
    }
    hand_over()?;
    done(response::send_header(name, value))
}

pub(crate) fn end_headers() -> Result<(), Failure> {
    let ended = ANSWER.with_borrow_mut(|answer| {
        let State::Head { code, length } = answer.state else { return None };
        answer.state = State::Body { code, left: length };
        Some(if can_gather() { Ok(()) } else { answer.hand_over() })
    });
    ended.unwrap_or_else(|| done(response::end_headers()))
}

pub(crate) fn write(bytes: &[u8]) -> Result<(), Failure> {
    if let Some(written) = ANSWER.with_borrow_mut(|answer| answer.body(bytes)) {
        return written;
    }
    hand_over()?;
    done(wfile::write(bytes))
}

pub(crate) fn write_text(text: &str) -> Result<(), Failure> {
    if text.is_ascii()
        && let Some(written) = ANSWER.with_borrow_mut(|answer| answer.body(text.as_bytes()))
    {
        return written;
    }
    hand_over()?;
    done(wfile::write_text(text))
}
