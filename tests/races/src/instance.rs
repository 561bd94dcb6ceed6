//! A stand-in for an instance, which counts those that live and notices when two use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use shuttle::thread::yield_now;

use crate::clock::Clock;

/// How many instances live, and how many ever did at a time.
#[derive(Default)]
pub(crate) struct Census {
    alive: AtomicUsize,
    most: AtomicUsize,
    served: AtomicUsize,
}

impl Census {
    pub(crate) fn alive(&self) -> usize {
        self.alive.load(Ordering::Relaxed)
    }

    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// Requests that an instance has served.
    pub(crate) fn served(&self) -> usize {
        self.served.load(Ordering::Relaxed)
    }
}

pub(crate) struct Instance {
    census: Arc<Census>,
    clock: Arc<Clock>,
    is_in_use: AtomicBool,
    is_broken: bool,
}

impl Instance {
    pub(crate) fn start(census: &Arc<Census>) -> Instance {
        let alive = census.alive.fetch_add(1, Ordering::Relaxed) + 1;
        census.most.fetch_max(alive, Ordering::Relaxed);
        Instance {
            census: Arc::clone(census),
            clock: Arc::default(),
            is_in_use: AtomicBool::new(false),
            is_broken: false,
        }
    }

    /// Serves a request; others get their turn meanwhile.
    pub(crate) fn serve(&self) {
        assert!(!self.is_in_use.swap(true, Ordering::Relaxed), "two use one instance");
        yield_now();
        self.census.served.fetch_add(1, Ordering::Relaxed);
        assert!(self.is_in_use.swap(false, Ordering::Relaxed));
    }

    /// It traps, and can serve nobody any more.
    pub(crate) fn trap(&mut self) {
        self.is_broken = true;
    }

    pub(crate) fn depart(self) {}

    pub(crate) fn is_reusable(&self) -> bool {
        !self.is_broken
    }

    pub(crate) fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        assert!(!self.is_in_use.load(Ordering::Relaxed), "it is dropped while it serves");
        self.census.alive.fetch_sub(1, Ordering::Relaxed);
    }
}
