//! The clock that interrupts guests: a tick is when it is looked whether one has computed for too long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::limits::TICK;

/// The time between two interruptions while somebody computes for long: as long as others have to wait for him at most.
pub(crate) const SLICE: Duration = Duration::from_micros(250);
/// Ticks after which somebody who has computed for long is forgotten: a second.
const MEMORY: u64 = 100;

/// How often the clock has ticked. Between two ticks, while somebody computes for long, guests are interrupted more often:
/// so small slices are for him alone, and a tick is the same to all others.
#[derive(Debug, Default)]
pub(crate) struct Ticks {
    count: AtomicU64,
    /// The tick of the last sight of somebody who computes for long, and one more; 0 before the first.
    long_seen: AtomicU64,
}

impl Ticks {
    pub(crate) fn now(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(crate) fn advance(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody computes for long.
    pub(crate) fn note_long(&self) {
        note(&self.long_seen, self.now());
    }

    /// How long until the next interruption.
    pub(crate) fn interval(&self) -> Duration {
        if is_recent(&self.long_seen, self.now()) { SLICE } else { TICK }
    }
}

/// Keeps a tick, so that 0 is none.
pub(crate) fn note(seen: &AtomicU64, now: u64) {
    seen.store(now + 1, Ordering::Relaxed);
}

/// Whether the tick that is kept is not forgotten yet.
pub(crate) fn is_recent(seen: &AtomicU64, now: u64) -> bool {
    let seen = seen.load(Ordering::Relaxed);
    seen != 0 && now < seen + MEMORY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_small_for_a_while_after_somebody_has_computed_for_long() {
        let ticks = Ticks::default();
        assert_eq!(ticks.interval(), TICK);
        ticks.note_long();
        for _ in 0..=MEMORY {
            assert_eq!(ticks.interval(), SLICE);
            ticks.advance();
        }
        assert_eq!(ticks.interval(), TICK);
    }
}
