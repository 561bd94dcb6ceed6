//! How many requests a mount serves at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lets so many through at a time. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    most: usize,
    inside: AtomicUsize,
}

/// One who was let through. Dropped, he has left.
#[derive(Debug)]
pub(crate) struct Inside(Gate);

impl Gate {
    pub(crate) fn new(most: usize) -> Gate {
        Gate(Arc::new(Counts { most, inside: AtomicUsize::new(0) }))
    }

    /// None when there are as many inside as may be.
    pub(crate) fn enter(&self) -> Option<Inside> {
        let one_more = |inside: usize| (inside < self.0.most).then_some(inside + 1);
        let entered = self.0.inside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        entered.is_ok().then(|| Inside(self.clone()))
    }

    pub(crate) fn most(&self) -> usize {
        self.0.most
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_makes_room_for_one() {
        let gate = Gate::new(2);
        let (first, second) = (gate.enter(), gate.enter());
        assert!(first.is_some() && second.is_some() && gate.enter().is_none());
        drop(first);
        let third = gate.enter();
        assert!(third.is_some() && gate.clone().enter().is_none());
    }
}
