//! A stand-in for a version of a handler.

use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Default)]
pub(crate) struct Handler(AtomicBool);

impl Handler {
    pub(crate) fn supersede(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_superseded(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
