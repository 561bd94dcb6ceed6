//! The stores that one handler was granted, and what of it the log has been told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Store;

/// Names that were asked for in vain, of which the log is told.
const MAX_TOLD: usize = 16;
/// How often it is told that a store has failed, and that it still does for the same cause.
const PAUSE: Duration = Duration::from_secs(1);
const LONG_PAUSE: Duration = Duration::from_secs(60);

/// Clones remember together what the log was told.
#[derive(Clone, Default)]
pub(crate) struct StoreGrants {
    granted: BTreeMap<String, Arc<dyn Store>>,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    denied: BTreeSet<String>,
    /// When it was last told of a failure, and of which.
    failed: Option<(Instant, String)>,
}

impl StoreGrants {
    pub(crate) fn add(&mut self, name: String, store: Arc<dyn Store>) {
        self.granted.insert(name, store);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<dyn Store>> {
        self.granted.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.granted.keys().map(|name| &name[..])
    }

    /// Whether the log is to be told that a name was asked for in vain: once.
    pub(crate) fn tells_denial(&self, name: &str) -> bool {
        let denied = &mut self.told().denied;
        denied.len() < MAX_TOLD && denied.insert(name.to_owned())
    }

    /// Whether the log is to be told that a store has failed: now and then, and more seldom while the cause is the same.
    pub(crate) fn tells_failure(&self, cause: &str) -> bool {
        let (failed, now) = (&mut self.told().failed, Instant::now());
        let is_due = failed.as_ref().is_none_or(|(last, told)| {
            let pause = if told == cause { LONG_PAUSE } else { PAUSE };
            now.saturating_duration_since(*last) >= pause
        });
        if is_due {
            *failed = Some((now, cause.to_owned()));
        }
        is_due
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for StoreGrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.granted.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_once_of_each_name_and_not_of_too_many() {
        let grants = StoreGrants::default();
        assert!(grants.tells_denial("a") && !grants.clone().tells_denial("a"));
        assert_eq!((0..100).filter(|number| grants.tells_denial(&number.to_string())).count(), MAX_TOLD - 1);
        assert!(grants.tells_failure("a") && !grants.tells_failure("a") && !grants.tells_failure("b"));
    }
}
