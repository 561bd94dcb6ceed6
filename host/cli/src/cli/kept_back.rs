//! The files that are the server's own, or the operator's: no client reads them where they lie among files that are served.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Those that one server has come upon, of all its mounts. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct KeptBack(Arc<Mutex<BTreeSet<PathBuf>>>);

impl KeptBack {
    /// More of them. What is named once stays kept back: it holds the same words when nothing names it any more.
    pub(super) fn add(&self, files: impl IntoIterator<Item = PathBuf>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(files);
    }

    /// All that there are by now.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
