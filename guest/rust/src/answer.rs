//! The answer while it is gathered, so that it is one call of the server's. Python keeps its head in `_headers_buffer`.
//!
//! What is gathered is what the server would take without a word: all else goes to the server at once, behind what was
//! gathered before it, so that each failure comes from the call that caused it.

use std::cell::{Cell, RefCell};

use crate::bindings::response::{self, Opening};
use crate::bindings::wfile;
use crate::error::{Failure, done};
use crate::field::{self, FRAME};
use crate::words;

/// Bytes of fields, and of a body, that are gathered; what is more goes to the server.
const BOUND: usize = 4096;
/// Bytes that are copied as words: to copy more of them is a call of the machine's own.
const FEW: usize = 64;
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
    /// Nothing of it was said.
    Unbegun,
    /// Fields may follow. `length` is what a Content-Length among them says.
    Head { code: u16, length: Option<u64> },
    /// The head has ended. `left` is what its Content-Length leaves room for.
    Body { code: u16, left: Option<u64> },
}

struct Answer {
    state: State,
    one_by_one: bool,
    /// Checked, so that it is ASCII.
    fields: Gathered,
    body: Gathered,
}

/// Room that is there from the start, so that nothing is asked of an allocator. It is all zeros, which cost a component nothing.
struct Gathered {
    used: usize,
    bytes: [u8; BOUND + FRAME],
}

impl Gathered {
    const fn new() -> Gathered {
        Gathered { used: 0, bytes: [0; BOUND + FRAME] }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }

    /// Where so many bytes more can be put, if they can.
    fn room(&mut self, size: usize) -> Option<&mut [u8]> {
        self.bytes.get_mut(self.used..)?.get_mut(..size)
    }
}

impl Answer {
    const fn new() -> Answer {
        Answer { state: State::AtServer, one_by_one: false, fields: Gathered::new(), body: Gathered::new() }
    }

    fn begin_request(&mut self, is_gathered: bool) {
        self.fields.used = 0;
        self.body.used = 0;
        self.state = if is_gathered && !self.one_by_one { State::Unbegun } else { State::AtServer };
    }

    /// Gives the server what was gathered.
    fn hand_over(&mut self) -> Result<(), Failure> {
        match std::mem::replace(&mut self.state, State::AtServer) {
            State::AtServer | State::Unbegun => Ok(()),
            State::Head { code, .. } => {
                // Rare, and so by the calls that are there anyway: each import costs an instance something.
                done(response::send_response(code, None))?;
                self.each_field(|name, value| done(response::send_header(name, value)))
            }
            State::Body { code, .. } => {
                done(response::answer(Opening::Response, code, None, self.fields.bytes(), self.body.bytes()))
            }
        }
    }

    fn each_field(&self, mut give: impl FnMut(&str, &str) -> Result<(), Failure>) -> Result<(), Failure> {
        let lines = self.fields.bytes().split_inclusive(|&byte| byte == b'\n');
        lines
            .filter_map(|line| std::str::from_utf8(line).ok()?.strip_suffix("\r\n")?.split_once(": "))
            .try_for_each(|(name, value)| give(name, value))
    }

    /// Whether a field was gathered.
    fn field(&mut self, name: &str, value: &str) -> bool {
        let State::Head { length, .. } = &mut self.state else { return false };
        // Told first, so that it is known below that lengths do not overflow.
        if name.len() > BOUND || value.len() > BOUND {
            return false;
        }
        let size = name.len() + value.len() + FRAME;
        let Some(line) = self.fields.room(size) else { return false };
        match field::write(line, name, value) {
            field::Kind::Plain => {}
            field::Kind::Length(given) if length.is_none() => *length = Some(given),
            field::Kind::Length(_) | field::Kind::Other => return false,
        }
        self.fields.used += size;
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
        if self.body.used == 0 && size > BOUND / 4 && size <= WITH_HEAD {
            self.state = State::AtServer;
            return Some(done(response::answer(Opening::Response, code, None, self.fields.bytes(), bytes)));
        }
        match self.body.room(size)? {
            room if size > FEW => room.copy_from_slice(bytes),
            room => _ = words::copy(room, bytes, |_| 0),
        }
        self.body.used += size;
        self.state = State::Body { code, left };
        Some(Ok(()))
    }
}

/// A request begins. What is called behind it may be gathered until [`end_request`], but for CONNECT: a 2xx to that makes a
/// tunnel of the connection, which has rules of its own.
pub(crate) fn begin_request(is_gathered: bool) {
    ANSWER.with_borrow_mut(|answer| answer.begin_request(is_gathered));
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
        State::Unbegun if message.is_none() && (200..=999).contains(&code) => {
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
    match ANSWER.with_borrow_mut(|answer| answer.field(name, value)) {
        true => Ok(()),
        false => send_ungathered(name, value),
    }
}

#[cold]
fn send_ungathered(name: &str, value: &str) -> Result<(), Failure> {
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
