//! Opens places, each once.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use doverb_core::keyvalue::{Memory, Store};
use doverb_core::log::Log;

use crate::file::{self, File};
use crate::place::{Place, Whereabouts};
use crate::server::{self, Server};

/// The stores that are open. Clones have them together; one that nobody uses any more is closed.
#[derive(Clone)]
pub struct Stores {
    open: Arc<Mutex<Open>>,
    log: Log,
}

#[derive(Default)]
struct Open {
    files: HashMap<PathBuf, Weak<File>>,
    servers: HashMap<(String, Option<PathBuf>), Weak<Server>>,
    memories: HashMap<String, Weak<Memory>>,
}

/// Why a place can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct OpenError {
    cause: String,
}

/// They tell nobody what becomes of their files.
impl Default for Stores {
    fn default() -> Stores {
        Stores::telling(Log::discard())
    }
}

impl Stores {
    /// The log is told when a file is emptied, or another one takes its place, while it is open.
    #[must_use]
    pub fn telling(log: Log) -> Stores {
        Stores { open: Arc::default(), log }
    }

    /// The values that are kept at a place under the name that it says, or else under `namespace`, within `max` bytes of keys and
    /// values. Who is at the same place under the same name has the same values.
    ///
    /// A Redis is not connected to before it is asked.
    ///
    /// # Errors
    ///
    /// When the file can't be opened, or the one that a Redis is to be known by can't be read.
    pub fn open(&self, place: &Place, namespace: &str, max: u64) -> Result<Arc<dyn Store>, OpenError> {
        // What is made under the lock is whole.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let name: Arc<str> = place.namespace().unwrap_or(namespace).into();
        Ok(match place.whereabouts() {
            Whereabouts::Memory => kept(&mut open.memories, name.to_string(), || Ok(Memory::new(max)))?,
            Whereabouts::File(path) => {
                let file = kept(&mut open.files, whole(path), || File::open(path, &self.log))?;
                Arc::new(file::Namespace { file, name, max })
            }
            Whereabouts::Redis(url) => {
                let called = (url.clone(), place.authority().map(Path::to_owned));
                let server = kept(&mut open.servers, called, || Server::at(url, place))?;
                Arc::new(server::Namespace { server, name, max })
            }
        })
    }
}

impl Stores {
    /// The files that are open.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let files = open.files.iter().filter(|(_, file)| file.strong_count() > 0);
        files.map(|(path, _)| path.clone()).collect()
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}

/// What is open under this name, or is opened now.
fn kept<N: Hash + Eq, T>(
    all: &mut HashMap<N, Weak<T>>,
    name: N,
    open: impl FnOnce() -> Result<T, String>,
) -> Result<Arc<T>, OpenError> {
    all.retain(|_, one| one.strong_count() > 0);
    if let Some(one) = all.get(&name).and_then(Weak::upgrade) {
        return Ok(one);
    }
    let one = Arc::new(open().map_err(|cause| OpenError { cause })?);
    all.insert(name, Arc::downgrade(&one));
    Ok(one)
}

/// The one name of a file, however it is written.
fn whole(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (path.canonicalize(), folder.canonicalize(), path.file_name()) {
        (Ok(whole), _, _) => whole,
        (_, Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
