//! Folders that go with who asked for them, or, when the process is killed, at the start of the next.

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, flock, openat, renameat, unlinkat};
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

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // The folder itself goes after this, and is empty then.
        let _ = empty(self.folder.path());
    }
}

/// Removes all that is in a folder, however deep it lies: with three descriptors, where the standard library has one for each
/// level, so that folders of a guest's which lie deep would stay where descriptors are few.
fn empty(folder: &Path) -> io::Result<()> {
    let folder = File::open(folder)?;
    let mut moved = 0_u64;
    loop {
        let inner = remove_files(&folder)?;
        if inner.is_empty() {
            return Ok(());
        }
        for name in inner {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let inner = openat(&folder, &name, flags, Mode::empty())?;
            for below in remove_files(&inner)? {
                // Next time they are in the folder itself.
                moved += 1;
                renameat(&inner, below, &folder, format!("{PREFIX}{moved}"))?;
            }
            unlinkat(&folder, name, AtFlags::REMOVEDIR)?;
        }
    }
}

/// Removes the files in a folder, and tells what folders there are.
fn remove_files(folder: impl AsFd) -> io::Result<Vec<CString>> {
    let entries = Dir::read_from(&folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut inner = Vec::new();
    for entry in entries {
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        match unlinkat(&folder, name, AtFlags::empty()) {
            Ok(()) => {}
            Err(_) if matches!(entry.file_type(), FileType::Directory | FileType::Unknown) => {
                inner.push(name.to_owned());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(inner)
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
            let _ = empty(&entry.path()).and_then(|()| fs::remove_dir(entry.path()));
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

    /// `tests/deep_folders.rs` does it with few descriptors.
    #[test]
    fn what_lies_deep_goes_and_what_a_link_leads_to_stays() {
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("file"), "x").unwrap();
        let folder = TemporaryFolder::new().unwrap();
        let path = folder.path().to_owned();
        for branch in ["a", "b"] {
            let deep = path.join(format!("{branch}/").repeat(100));
            fs::create_dir_all(&deep).unwrap();
            fs::write(deep.join("file"), "x").unwrap();
            std::os::unix::fs::symlink(elsewhere.path(), deep.join("link")).unwrap();
            std::os::unix::fs::symlink(elsewhere.path(), path.join(format!("link-{branch}"))).unwrap();
        }
        drop(folder);
        assert!(!path.exists());
        assert!(elsewhere.path().join("file").exists());
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
