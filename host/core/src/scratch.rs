//! A folder of its own for an instance, at `/tmp`, within a bound; it goes with the instance.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustix::io::Errno;
use tokio::runtime::Handle;

use crate::temporary_folders::TemporaryFolder;

/// Where an instance sees it.
pub(crate) const PLACE: &str = "/tmp";
/// What a program's instances get where nothing is said, in bytes.
pub(crate) const OF_PROGRAM: u64 = 64 << 20;
/// Files and folders in one.
pub(crate) const MAX_ENTRIES: u64 = 1_000;
/// All instances of a handler have so many times what one may have.
pub(crate) const ALL: u64 = 16;

/// What the scratch folders of a handler may hold, one and all. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratches {
    /// Bytes in one; none where nothing was said.
    pub(crate) most: Option<u64>,
    all: Arc<AtomicU64>,
}

/// The folder of one instance.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: Option<TemporaryFolder>,
    /// Which folder it is to the system.
    id: (u64, u64),
    most: u64,
    of_handler: Scratches,
    /// Bytes that were written, and entries that were made, since they were counted last, and what was counted then.
    bytes: AtomicU64,
    entries: AtomicU64,
    /// Whether something may have gone since then.
    has_lost: AtomicBool,
    /// Whether somebody knows that it is full.
    is_told: AtomicBool,
    /// Files of it that the guest has open: one without a name any more counts as long as it is.
    open: Mutex<Vec<Weak<File>>>,
}

/// What lies in a folder.
#[derive(Default)]
struct Found {
    bytes: u64,
    entries: u64,
}

impl Scratches {
    /// What one may hold where it was said; that of a program else.
    pub(crate) fn or_of_program(mut self) -> Scratches {
        self.most.get_or_insert(OF_PROGRAM);
        self
    }

    /// A new one; none where none is granted.
    pub(crate) fn make(&self) -> io::Result<Option<Arc<Scratch>>> {
        let Some(most @ 1..) = self.most else { return Ok(None) };
        let folder = TemporaryFolder::new()?;
        let metadata = fs::metadata(folder.path())?;
        Ok(Some(Arc::new(Scratch {
            id: (metadata.dev(), metadata.ino()),
            folder: Some(folder),
            most,
            of_handler: self.clone(),
            bytes: AtomicU64::new(0),
            entries: AtomicU64::new(0),
            has_lost: AtomicBool::new(false),
            is_told: AtomicBool::new(false),
            open: Mutex::default(),
        })))
    }
}

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        self.folder.as_ref().expect("it is there until it is dropped").path()
    }

    /// Whether this is the folder itself.
    fn is(&self, folder: &File) -> bool {
        folder.metadata().is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == self.id)
    }

    /// How many bytes it may hold.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// True once.
    pub(crate) fn is_full_at_last(&self) -> bool {
        !self.is_told.swap(true, Ordering::Relaxed)
    }

    /// The guest has opened this in it.
    pub(crate) fn opens(&self, file: &Arc<File>) {
        let mut open = self.open();
        open.retain(|file| file.strong_count() > 0);
        open.push(Arc::downgrade(file));
    }

    fn open(&self) -> MutexGuard<'_, Vec<Weak<File>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is a file or folder in it that the guest has open.
    pub(crate) fn has(&self, file: &Arc<File>) -> bool {
        self.open().iter().any(|open| std::ptr::eq(open.as_ptr(), Arc::as_ptr(file))) || self.is(file)
    }

    /// Room for so many bytes more.
    pub(crate) fn take_bytes(&self, bytes: u64) -> Result<(), Errno> {
        let fits = |scratch: &Scratch| {
            let others = scratch.of_handler.all.load(Ordering::Relaxed);
            let most = scratch.most.saturating_mul(ALL);
            scratch.bytes.load(Ordering::Relaxed).saturating_add(bytes) <= scratch.most
                && others.saturating_add(bytes) <= most
        };
        if !fits(self) && self.has_lost.swap(false, Ordering::Relaxed) {
            self.count();
        }
        if !fits(self) {
            return Err(Errno::NOSPC);
        }
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.of_handler.all.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Room for one file or folder more.
    pub(crate) fn take_entry(&self) -> Result<(), Errno> {
        if self.entries.load(Ordering::Relaxed) >= MAX_ENTRIES && self.has_lost.swap(false, Ordering::Relaxed)
        {
            self.count();
        }
        if self.entries.load(Ordering::Relaxed) >= MAX_ENTRIES {
            return Err(Errno::NOSPC);
        }
        self.entries.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Something was removed, cut or replaced: it is worth counting again.
    pub(crate) fn may_have_lost(&self) {
        self.has_lost.store(true, Ordering::Relaxed);
    }

    /// Counts what is there. No more can be there than may be, so this ends soon.
    fn count(&self) {
        let mut found = Found::default();
        count_in(self.path(), &mut found);
        let open = self.open().iter().filter_map(Weak::upgrade).collect::<Vec<_>>();
        let nameless = open.iter().filter_map(|file| file.metadata().ok()).filter(|file| file.nlink() == 0);
        let bytes = found.bytes.saturating_add(nameless.map(|file| on_disk(&file)).sum());
        self.entries.store(found.entries, Ordering::Relaxed);
        let bytes = bytes.min(self.most);
        let before = self.bytes.swap(bytes, Ordering::Relaxed);
        let all = &self.of_handler.all;
        all.fetch_add(bytes, Ordering::Relaxed);
        all.fetch_sub(before, Ordering::Relaxed);
    }
}

/// One folder after the other: a descriptor for each level would be one too many where they lie deep.
fn count_in(folder: &Path, found: &mut Found) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else {
            // What can't be counted is as much as there may be: folders may lie too deep to be named.
            *found = Found { bytes: u64::MAX / 4, entries: MAX_ENTRIES };
            return;
        };
        for entry in entries.flatten() {
            found.entries += 1;
            let Ok(metadata) = entry.metadata() else { continue };
            found.bytes = found.bytes.saturating_add(on_disk(&metadata));
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
}

/// What it takes on the disk: holes take nothing.
fn on_disk(metadata: &fs::Metadata) -> u64 {
    if metadata.is_file() { metadata.blocks() * 512 } else { 0 }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.of_handler.all.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
        let folder = self.folder.take();
        // Removing what is in it may take a while, and others are served by this thread.
        match Handle::try_current() {
            Ok(runtime) if *self.entries.get_mut() > 0 => drop(runtime.spawn_blocking(move || drop(folder))),
            _ => drop(folder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(most: u64) -> Arc<Scratch> {
        let scratches = Scratches { most: Some(most), ..Scratches::default() };
        scratches.make().unwrap().expect("one is granted")
    }

    #[test]
    fn it_holds_what_it_may_and_what_was_removed_makes_room() {
        let scratch = scratch(1 << 20);
        fs::write(scratch.path().join("a"), vec![1; 1 << 19]).unwrap();
        fs::create_dir(scratch.path().join("b")).unwrap();
        fs::write(scratch.path().join("b/c"), vec![1; 1 << 19]).unwrap();
        scratch.take_bytes(1 << 20).unwrap();
        assert_eq!(scratch.take_bytes(1), Err(Errno::NOSPC));
        scratch.may_have_lost();
        assert_eq!(scratch.take_bytes(1), Err(Errno::NOSPC), "nothing has gone");
        fs::remove_file(scratch.path().join("b/c")).unwrap();
        assert_eq!(scratch.take_bytes(1), Err(Errno::NOSPC), "nobody has said so");
        scratch.may_have_lost();
        scratch.take_bytes(1 << 19).unwrap();
        assert_eq!(scratch.take_bytes(1), Err(Errno::NOSPC));
    }

    #[test]
    fn a_file_without_a_name_counts_while_it_is_open() {
        let scratch = scratch(1 << 20);
        let path = scratch.path().join("a");
        fs::write(&path, vec![1; 1 << 20]).unwrap();
        scratch.take_bytes(1 << 20).unwrap();
        let open = Arc::new(File::open(&path).unwrap());
        scratch.opens(&open);
        fs::remove_file(&path).unwrap();
        scratch.may_have_lost();
        assert_eq!(scratch.take_bytes(1), Err(Errno::NOSPC));
        drop(open);
        scratch.may_have_lost();
        scratch.take_bytes(1).unwrap();
    }

    #[test]
    fn all_of_a_handler_have_a_bound_and_what_is_dropped_makes_room() {
        let scratches = Scratches { most: Some(1_000), ..Scratches::default() };
        let full: Vec<_> = (0..ALL).map(|_| scratches.make().unwrap().unwrap()).collect();
        full.iter().for_each(|scratch| scratch.take_bytes(1_000).unwrap());
        let another = scratches.make().unwrap().unwrap();
        assert_eq!(another.take_bytes(1), Err(Errno::NOSPC));
        let folder = full[0].path().to_owned();
        drop(full);
        assert!(!folder.exists());
        another.take_bytes(1_000).unwrap();
    }

    #[test]
    fn so_many_entries_and_no_more() {
        let scratch = scratch(1 << 20);
        (0..MAX_ENTRIES).for_each(|_| scratch.take_entry().unwrap());
        assert_eq!(scratch.take_entry(), Err(Errno::NOSPC));
        scratch.may_have_lost();
        scratch.take_entry().expect("none of them is there");
    }

    #[test]
    fn none_is_made_where_none_is_granted() {
        assert!(Scratches::default().make().unwrap().is_none());
        assert!(
            Scratches { most: Some(0), ..Scratches::default() }.or_of_program().make().unwrap().is_none()
        );
        assert!(Scratches::default().or_of_program().make().unwrap().is_some());
    }
}
