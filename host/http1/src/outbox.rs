//! Bytes to be sent: what has left, and what may still be taken back.

use crate::buffers;

/// How much of what has left may stand before the rest, in bytes, until the rest is moved.
const MOVE: usize = 64 * 1024;

/// Bytes to be sent, in order. From its mark on they are a final answer that can be taken back until a byte of it has left.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// How many of them have left.
    left: usize,
    mark: Mark,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mark {
    #[default]
    Unset,
    /// The answer begins here.
    At(usize),
    /// Some of the answer has left.
    Left,
}

impl Outbox {
    /// Where bytes are appended.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(crate) fn unsent(&self) -> &[u8] {
        &self.bytes[self.left..]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left == self.bytes.len()
    }

    /// The next request's answer begins where this ends.
    pub(crate) fn unmark(&mut self) {
        self.mark = Mark::Unset;
    }

    /// A final answer begins here, unless it has begun already.
    pub(crate) fn mark(&mut self) {
        if self.mark == Mark::Unset {
            self.mark = Mark::At(self.bytes.len());
        }
    }

    /// The first `count` unsent bytes have left.
    pub(crate) fn advance(&mut self, count: usize) {
        self.left += count;
        if let Mark::At(at) = self.mark
            && self.left > at
        {
            self.mark = Mark::Left;
        }
        if self.is_empty() {
            self.forget(self.left);
            self.bytes.clear();
        } else if self.left > MOVE {
            self.bytes.drain(..self.left);
            self.forget(self.left);
        }
    }

    /// The first `count` bytes are not there any more.
    fn forget(&mut self, count: usize) {
        self.left = 0;
        if let Mark::At(at) = &mut self.mark {
            *at -= count;
        }
    }

    /// Nothing more can leave.
    pub(crate) fn discard(&mut self) {
        let end = self.bytes.len();
        self.advance(end - self.left);
    }

    /// Whether some of the answer has left.
    pub(crate) fn has_left(&self) -> bool {
        self.mark == Mark::Left
    }

    /// Takes the answer back. False when it is too late.
    pub(crate) fn retract(&mut self) -> bool {
        match self.mark {
            Mark::Left => return false,
            Mark::At(at) => self.bytes.truncate(at),
            Mark::Unset => {}
        }
        self.mark = Mark::Unset;
        true
    }

    /// Puts bytes before the answer, or at the end where there is none. Nothing of it may have left.
    pub(crate) fn insert(&mut self, bytes: &[u8]) {
        match &mut self.mark {
            Mark::At(at) => {
                let here = *at;
                *at += bytes.len();
                self.bytes.splice(here..here, bytes.iter().copied());
            }
            Mark::Unset | Mark::Left => self.bytes.extend_from_slice(bytes),
        }
    }

    /// Gives the buffer back when nothing is in it.
    pub(crate) fn rest(&mut self) {
        if self.is_empty() {
            self.discard();
            buffers::give(std::mem::take(&mut self.bytes));
        }
    }

    /// Takes a buffer before there is something to put into it.
    pub(crate) fn prepare(&mut self) {
        if self.bytes.capacity() == 0 {
            self.bytes = buffers::take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(before: &str, answer: &str) -> Outbox {
        let mut outbox = Outbox::default();
        outbox.bytes().extend_from_slice(before.as_bytes());
        outbox.mark();
        outbox.bytes().extend_from_slice(answer.as_bytes());
        outbox
    }

    #[test]
    fn an_answer_is_taken_back_until_a_byte_of_it_has_left() {
        let mut outbox = outbox("one", "two");
        outbox.advance(3);
        assert!(!outbox.has_left() && outbox.retract());
        assert_eq!(outbox.unsent(), b"");
        outbox.mark();
        outbox.bytes().extend_from_slice(b"three");
        outbox.advance(1);
        assert!(outbox.has_left() && !outbox.retract());
        assert_eq!(outbox.unsent(), b"hree");
    }

    #[test]
    fn a_mark_outlives_all_that_was_before_it() {
        let mut outbox = outbox("one", "");
        outbox.advance(3);
        outbox.bytes().extend_from_slice(b"two");
        assert!(outbox.retract());
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_is_put_before_an_answer_stays_when_it_is_taken_back() {
        let mut outbox = outbox("one", "three");
        outbox.insert(b"two");
        assert_eq!(outbox.unsent(), b"onetwothree");
        assert!(outbox.retract());
        assert_eq!(outbox.unsent(), b"onetwo");
    }

    #[test]
    fn a_slow_client_does_not_make_it_grow() {
        let mut outbox = Outbox::default();
        outbox.bytes().resize(4 * MOVE, b'x');
        outbox.mark();
        outbox.bytes().extend_from_slice(b"answer");
        outbox.advance(2 * MOVE);
        assert_eq!(outbox.bytes().len(), 2 * MOVE + 6);
        assert!(outbox.retract());
        assert_eq!(outbox.unsent().len(), 2 * MOVE);
    }

    #[test]
    fn what_can_not_leave_counts_as_left() {
        let mut outbox = outbox("one", "two");
        outbox.discard();
        assert!(outbox.has_left() && outbox.is_empty());
    }
}
