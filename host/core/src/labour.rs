//! Which mounts compute for long.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::ticks::{Ticks, is_recent, note};

/// When a call of a mount was last seen to compute for long. Clones are of the same mount.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labour(Arc<AtomicU64>);

impl Labour {
    /// What tells mounts apart.
    pub(crate) fn mount(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// One of its calls computes for long.
    pub(crate) fn note_long(&self, ticks: &Ticks) {
        ticks.note_long();
        note(&self.0, ticks.now());
    }

    /// Whether one of its calls did so shortly before this tick.
    pub(crate) fn is_long(&self, now: u64) -> bool {
        is_recent(&self.0, now)
    }
}
