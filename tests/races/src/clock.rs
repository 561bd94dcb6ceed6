//! A stand-in for an instance's clock.

use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Default)]
pub(crate) struct Clock(AtomicBool);

impl Clock {
    /// Whether the handler waits for longer than a moment.
    pub(crate) fn has_waited(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn wait(&self, waits: bool) {
        self.0.store(waits, Ordering::Relaxed);
    }
}
