//! What the server holds for an instance, as a capability counts it.

use crate::limits::PIECE;

/// A count of it. As going over all that an instance has costs something, it is counted anew when [`PIECE`] bytes may have come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    counted: usize,
    more: usize,
}

impl Held {
    /// So many bytes have come. True when all of it should be counted.
    pub fn grows(&mut self, bytes: usize) -> bool {
        self.more = self.more.saturating_add(bytes);
        self.more >= PIECE
    }

    /// It was counted: for [`State::hold`](crate::state::State::hold), what it was before and what it is now.
    pub fn counts(&mut self, now: usize) -> (usize, usize) {
        self.more = 0;
        (std::mem::replace(&mut self.counted, now), now)
    }
}
