//! The place in which versions of a handler follow each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use crate::handler::Handler;

/// Where the current version of a handler stands. Swapping is atomic: a request in flight ends on the version
/// that it began on, the next one takes the new.
pub struct Slot {
    current: ArcSwap<Handler>,
    versions: AtomicU64,
    refused: AtomicU64,
}

impl Slot {
    /// A slot with its first version.
    pub fn new(handler: Handler) -> Arc<Slot> {
        Arc::new(Slot {
            current: ArcSwap::from_pointee(handler.with_version(1)),
            versions: AtomicU64::new(1),
            refused: AtomicU64::new(0),
        })
    }

    /// Puts a new version in the place of the current one, and returns its number.
    pub fn swap(&self, handler: Handler) -> u64 {
        let version = self.versions.fetch_add(1, Ordering::Relaxed) + 1;
        let old = self.current.swap(Arc::new(handler.with_version(version)));
        old.supersede();
        version
    }

    /// A new version could not be built, or is not fit to serve: the current one stays.
    pub fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// How many new versions came to nothing.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The number of the current version, from 1.
    pub fn version(&self) -> u64 {
        self.current.load().version()
    }

    /// The current version.
    pub fn handler(&self) -> Arc<Handler> {
        self.current.load_full()
    }

    pub(crate) fn load(&self) -> arc_swap::Guard<Arc<Handler>> {
        self.current.load()
    }
}
