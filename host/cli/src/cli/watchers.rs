//! All that watches for changes, as far as a signal concerns it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doverb::reload::Watcher;

/// What watches for changes. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Watchers(Arc<Mutex<All>>);

#[derive(Default)]
struct All {
    watchers: Vec<Arc<Watcher>>,
    is_stopped: bool,
}

impl Watchers {
    /// One more. It is stopped at once where all are.
    pub(super) fn add(&self, watcher: &Arc<Watcher>) {
        let mut all = self.lock();
        if all.is_stopped {
            watcher.stop();
        }
        all.watchers.push(Arc::clone(watcher));
    }

    /// One less. It has been stopped when this returns, and ends with the last who holds it.
    pub(super) fn remove(&self, watcher: &Arc<Watcher>) {
        watcher.stop();
        self.lock().watchers.retain(|other| !Arc::ptr_eq(other, watcher));
    }

    /// Has all of them look at once.
    pub(super) fn look_again(&self) {
        self.lock().watchers.iter().for_each(|watcher| watcher.look_again());
    }

    /// Begins to end all of them, and those that come.
    pub(super) fn stop(&self) {
        let mut all = self.lock();
        all.is_stopped = true;
        all.watchers.iter().for_each(|watcher| watcher.stop());
    }

    /// Ends all of them.
    pub(super) fn end(&self) {
        self.stop();
        // Ending takes a moment, in which nobody is to wait for the list.
        let watchers = std::mem::take(&mut self.lock().watchers);
        Watcher::end_all(&watchers);
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
