//! Folders that go with who asked for them, or, when the process is killed, at the start of the next.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

/// What all of them begin with.
const PREFIX: &str = "doverb-temporary-";

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub struct TemporaryFolder {
    folder: TempDir,
    /// Goes with the last that is in it.
    _of_process: Arc<OfProcess>,
}

/// What holds those of this process.
#[derive(Debug)]
struct OfProcess {
    folder: TempDir,
    /// The lock lasts as long as the process, however it ends.
    _lock: File,
}

static OF_PROCESS: Mutex<Weak<OfProcess>> = Mutex::new(Weak::new());

impl TemporaryFolder {
    /// A new folder, empty, where the system keeps temporary files.
    ///
    /// # Errors
    ///
    /// When none can be made there.
    pub fn new() -> io::Result<TemporaryFolder> {
        let of_process = OfProcess::get()?;
        Ok(TemporaryFolder {
            folder: tempfile::tempdir_in(of_process.folder.path())?,
            _of_process: of_process,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl OfProcess {
    fn get() -> io::Result<Arc<OfProcess>> {
        let mut known = OF_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody who tidies up may have removed it.
        if let Some(of_process) = known.upgrade().filter(|of_process| of_process.folder.path().exists()) {
            return Ok(of_process);
        }
        let place = std::env::temp_dir();
        remove_left_behind(&place);
        let of_process = loop {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&place)?;
            let lock = File::open(folder.path())?;
            let is_locked = flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
            // Another process may have taken it for one that was left behind.
            if is_locked && folder.path().exists() {
                break Arc::new(OfProcess { folder, _lock: lock });
            }
        };
        *known = Arc::downgrade(&of_process);
        Ok(of_process)
    }
}

/// Removes those of processes that are no more: the system took their locks.
fn remove_left_behind(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        // What is another user's can't be removed, and need not be.
        if is_ours
            && let Ok(folder) = File::open(entry.path())
            && flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_removed_and_what_lives_stays() {
        let place = tempfile::tempdir().unwrap();
        let [dead, alive, other] = [format!("{PREFIX}dead"), format!("{PREFIX}alive"), "doverb-else".into()]
            .map(|name| place.path().join(name));
        for folder in [&dead, &alive, &other] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("file"), "x").unwrap();
        }
        let lock = File::open(&alive).unwrap();
        flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
        remove_left_behind(place.path());
        assert_eq!([dead, alive, other].map(|folder| folder.exists()), [false, true, true]);
    }

    #[test]
    fn a_folder_is_there_until_it_is_dropped() {
        let folder = TemporaryFolder::new().unwrap();
        let path = folder.path().to_owned();
        fs::write(path.join("file"), "x").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
