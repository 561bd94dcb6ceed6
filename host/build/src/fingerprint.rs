//! What the inputs were at one moment, to tell whether anything really changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use doverb_compile::{Digest, MAX_WASM, regular_file};

/// How much earlier than the clock says a file may seem to have been written: file systems round.
const CLOCK_SLACK: Duration = Duration::from_millis(100);

/// Bytes that are read of all inputs together: what is behind that is known by its size and times. Reading goes on at a gigabyte a
/// second, and cannot be interrupted.
const MAX_READ: u64 = 1 << 30;

/// The content of each input at one moment.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    taken: SystemTime,
    files: BTreeMap<PathBuf, Content>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Missing,
    Unreadable,
    Whole(Digest),
    /// It was too much to be read.
    Large(FileStamp),
}

impl Fingerprint {
    pub(super) fn take(files: BTreeSet<PathBuf>) -> Fingerprint {
        Fingerprint::take_reading(files, MAX_READ)
    }

    fn take_reading(files: BTreeSet<PathBuf>, most: u64) -> Fingerprint {
        let (taken, mut left) = (SystemTime::now(), most);
        let files = files.into_iter().map(|path| {
            let content = Content::of(&path, &mut left);
            (path, content)
        });
        Fingerprint { taken, files: files.collect() }
    }

    /// The inputs that have another content than in `earlier`.
    ///
    /// A build may find inputs that were not known before it; one of these counts only if it was
    /// written after `earlier` was taken.
    pub fn changes_since(&self, earlier: &Fingerprint) -> BTreeSet<PathBuf> {
        let new_or_other = self.files.iter().filter(|(path, content)| match earlier.files.get(*path) {
            Some(before) => before != *content,
            None => written_since(path, earlier.taken),
        });
        let gone = earlier.files.keys().filter(|path| !self.files.contains_key(*path));
        new_or_other.map(|(path, _)| path).chain(gone).cloned().collect()
    }

    /// Takes over the content of these inputs from `later`: their change is accounted for.
    pub fn accept(&mut self, later: &Fingerprint, paths: &BTreeSet<PathBuf>) {
        for path in paths {
            match later.files.get(path) {
                Some(content) => self.files.insert(path.clone(), content.clone()),
                None => self.files.remove(path),
            };
        }
    }
}

impl Content {
    fn of(path: &Path, left: &mut u64) -> Content {
        match Content::read(path, left) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Content::Missing,
            Err(_) => Content::Unreadable,
        }
    }

    fn read(path: &Path, left: &mut u64) -> io::Result<Content> {
        let file = regular_file::open(path)?;
        let stamp = FileStamp::of(&file.metadata()?);
        let Some(rest) = left.checked_sub(stamp.size) else { return Ok(Content::Large(stamp)) };
        *left = rest;
        let mut hasher = Sha256::new();
        io::copy(&mut file.take(MAX_WASM + 1), &mut hasher)?;
        Ok(Content::Whole(Digest::from(hasher)))
    }
}

fn written_since(path: &Path, then: SystemTime) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    written.is_ok_and(|written| written + CLOCK_SLACK >= then)
}

/// Sizes, times and identities of the inputs at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(Vec<(PathBuf, Option<FileStamp>)>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct FileStamp {
    identity: (u64, u64),
    size: u64,
    modified: (i64, i64),
    /// Sees what keeps size and time of modification: `cp -p`, a rename.
    changed: (i64, i64),
}

impl FileStamp {
    fn of(metadata: &fs::Metadata) -> FileStamp {
        FileStamp {
            identity: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Stamp {
    /// Of these files and folders, as they are now.
    pub fn take(files: BTreeSet<PathBuf>) -> Stamp {
        let stamped = files.into_iter().map(|path| {
            let stamp = fs::metadata(&path).ok().map(|metadata| FileStamp::of(&metadata));
            (path, stamp)
        });
        Stamp(stamped.collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::{self, File};
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    use super::{Fingerprint, Stamp};

    fn long_ago(path: &PathBuf) {
        let then = SystemTime::now() - Duration::from_secs(3600);
        File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    }

    #[test]
    fn content_counts_and_time_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let files = BTreeSet::from([path.clone()]);
        let take = || Fingerprint::take(files.clone());
        let missing = take();
        fs::write(&path, "one").unwrap();
        let (first, stamp) = (take(), Stamp::take(files.clone()));
        assert_eq!(first.changes_since(&missing), files);
        long_ago(&path);
        assert_ne!(Stamp::take(files.clone()), stamp);
        assert!(take().changes_since(&first).is_empty());
        fs::write(&path, "two").unwrap();
        assert_eq!(take().changes_since(&first), files);
        fs::remove_file(&path).unwrap();
        assert_eq!(take().changes_since(&first), files);
        assert!(take().changes_since(&missing).is_empty());
    }

    #[test]
    fn what_is_too_much_to_be_read_is_known_by_its_size_and_times() {
        let folder = tempfile::tempdir().unwrap();
        let (small, large) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&small, "one").unwrap();
        // It has an end that nobody would live to see.
        File::create(&large).unwrap().set_len(1 << 42).unwrap();
        let take = || Fingerprint::take(BTreeSet::from([small.clone(), large.clone()]));
        let first = take();
        assert!(take().changes_since(&first).is_empty());
        long_ago(&small);
        assert!(take().changes_since(&first).is_empty());
        long_ago(&large);
        assert_eq!(take().changes_since(&first), BTreeSet::from([large.clone()]));
    }

    #[test]
    fn an_input_first_heard_of_counts_if_it_was_written_since() {
        let folder = tempfile::tempdir().unwrap();
        let (old, fresh) = (folder.path().join("old"), folder.path().join("fresh"));
        fs::write(&old, "").unwrap();
        long_ago(&old);
        let before = Fingerprint::take(BTreeSet::new());
        fs::write(&fresh, "").unwrap();
        let after = Fingerprint::take(BTreeSet::from([old, fresh.clone()]));
        assert_eq!(after.changes_since(&before), BTreeSet::from([fresh]));
    }

    #[test]
    fn an_accepted_change_is_none_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let files = BTreeSet::from([one.clone(), two.clone()]);
        let mut seen = Fingerprint::take(files.clone());
        fs::write(&one, "").unwrap();
        fs::write(&two, "").unwrap();
        let later = Fingerprint::take(files);
        seen.accept(&later, &BTreeSet::from([one]));
        assert_eq!(later.changes_since(&seen), BTreeSet::from([two]));
    }

    #[test]
    fn a_file_put_in_anothers_place_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "one").unwrap();
        fs::write(&other, "two").unwrap();
        let files = BTreeSet::from([path.clone()]);
        let before = Stamp::take(files.clone());
        assert_eq!(Stamp::take(files.clone()), before);
        fs::rename(&other, &path).unwrap();
        assert_ne!(Stamp::take(files), before);
    }
}
