//! Files that a component brings along, and its instances may read: unpacked to a folder that lives as long as it does.

use std::any::Any;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder with one for each place where the handler sees its files: what is in `app` is at `/app`. Clones share it.
#[derive(Clone)]
pub struct Files {
    folder: PathBuf,
    /// What removes it at last.
    _owner: Arc<dyn Any + Send + Sync>,
}

impl Files {
    /// The files in `folder`, which `owner` removes when it is dropped.
    pub fn new(folder: PathBuf, owner: impl Any + Send + Sync) -> Files {
        Files { folder, _owner: Arc::new(owner) }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Files").field(&self.folder).finish()
    }
}
