//! Where sources of languages other than Rust are built: a folder of ours for each, outside of the sources.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::error::SourceCause;
use crate::fingerprint::Stamp;
use doverb_compile::{Digest, Progress, cache_folder, own_folder};

pub(super) use doverb_wit::{DEPENDENCIES, FILES as CONTRACT};

/// How often a build that waits for another one looks whether that has ended.
const LOCK_TICK: Duration = Duration::from_millis(20);

/// Held while something is made that others may want to make at the same time.
#[derive(Debug)]
pub(super) struct Lock {
    _file: fs::File,
}

impl Lock {
    /// Waits until nobody else holds the one at `path`.
    pub(super) fn take(path: &Path, progress: &dyn Progress) -> Result<Lock, SourceCause> {
        let failed = |error: io::Error| unusable(path, &error);
        let file = File::create(path).map_err(failed)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(fs::TryLockError::WouldBlock) if progress.cancelled() => {
                    return Err(SourceCause::Cancelled);
                }
                Err(fs::TryLockError::WouldBlock) => thread::sleep(LOCK_TICK),
                Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }
}

/// A folder in the cache for what is made of one source.
#[derive(Clone, Debug)]
pub(super) struct BuildDir {
    folder: PathBuf,
}

impl BuildDir {
    /// The folder for the sources at `root`. Made if it is missing.
    pub(super) fn open(root: &Path) -> Result<BuildDir, SourceCause> {
        let name = Digest::of(root.as_os_str().as_bytes()).to_string();
        let folder = cache_folder().unwrap_or_else(|| std::env::temp_dir().join("doverb"));
        let folder = folder.join("builds").join(&name[..16]);
        make(&folder).map_err(|error| unusable(&folder, &error))?;
        Ok(BuildDir { folder })
    }

    /// Waits until no other build is in it: two servers may serve the same sources.
    pub(super) fn lock(&self, progress: &dyn Progress) -> Result<Lock, SourceCause> {
        Lock::take(&self.folder.join("lock"), progress)
    }

    /// Whether the file `name` is there and was made of this: see [`made_of`].
    pub(super) fn is_fresh(&self, name: &str, made_of: &str) -> bool {
        let noted = fs::read_to_string(self.path(&format!("{name}.made-of")));
        self.path(name).is_file() && noted.is_ok_and(|noted| noted == made_of)
    }

    /// Notes what the file `name` was made of, so that it need not be made again.
    pub(super) fn note(&self, name: &str, made_of: &str) -> Result<(), SourceCause> {
        self.write(&self.path(&format!("{name}.made-of")), made_of.as_bytes())
    }

    /// A folder that all sources share, for what tools keep: their libraries, compiled once.
    pub(super) fn shared(&self, name: &str) -> PathBuf {
        self.folder.parent().unwrap_or(&self.folder).join("tools").join(name)
    }

    /// A folder that all sources share, for programs that are run as they are: only we may write to it.
    pub(super) fn programs(&self) -> Result<PathBuf, SourceCause> {
        let builds = self.folder.parent().unwrap_or(&self.folder);
        let programs = builds.join("programs");
        for folder in [builds.parent().unwrap_or(builds), builds, &programs] {
            own_folder(folder).map_err(|error| SourceCause::BuildDir {
                path: folder.to_owned(),
                reason: error.to_string(),
            })?;
        }
        Ok(programs)
    }

    /// Everything in it is made by builds.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Puts `files` into the subfolder `name`, where they may contain slashes. A file that is there
    /// already with the same content is left alone. Others that are there stay.
    pub(super) fn unpack(&self, name: &str, files: &[(&str, &str)]) -> Result<PathBuf, SourceCause> {
        let folder = self.folder.join(name);
        for (file, content) in files {
            self.write(&folder.join(file), content.as_bytes())?;
        }
        Ok(folder)
    }

    /// Writes a file whole, with the folders that it is in, unless it has this content already.
    pub(super) fn write(&self, path: &Path, content: &[u8]) -> Result<(), SourceCause> {
        let write = || {
            if fs::read(path).is_ok_and(|old| old == content) {
                return Ok(());
            }
            let folder = path.parent().unwrap_or(&self.folder);
            make(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            io::Write::write_all(&mut file, content)?;
            file.persist(path).map(drop).map_err(|error| error.error)
        };
        write().map_err(|error| unusable(path, &error))
    }
}

/// What `key` stands for, with sizes and times of the files in `read`.
pub(super) fn made_of(key: &str, read: BTreeSet<PathBuf>) -> String {
    let stamp = format!("{:?}", Stamp::take(read));
    Digest::of(format!("{} {key} {stamp}", env!("CARGO_PKG_VERSION")).as_bytes()).to_string()
}

fn make(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn unusable(path: &Path, error: &io::Error) -> SourceCause {
    SourceCause::BuildDir { path: path.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::{BuildDir, CONTRACT, SourceCause, made_of};
    use doverb_compile::{Progress, Silent};

    struct Cancelled;

    impl Progress for Cancelled {
        fn cancelled(&self) -> bool {
            true
        }
    }

    #[test]
    fn files_are_unpacked_whole_and_left_alone_when_they_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let build_dir = BuildDir { folder: folder.path().to_owned() };
        let wit = build_dir.unpack("wit/deps", CONTRACT).unwrap();
        let world = wit.join("world.wit");
        let written = fs::metadata(&world).unwrap().modified().unwrap();
        build_dir.unpack("wit/deps", CONTRACT).unwrap();
        assert_eq!(fs::metadata(&world).unwrap().modified().unwrap(), written);
        fs::write(&world, "something else").unwrap();
        build_dir.unpack("wit/deps", CONTRACT).unwrap();
        let (_, text) = CONTRACT.iter().find(|(name, _)| *name == "world.wit").unwrap();
        assert_eq!(fs::read_to_string(&world).unwrap(), *text);
    }

    #[test]
    fn what_was_made_is_fresh_until_what_it_was_made_of_changes() {
        let folder = tempfile::tempdir().unwrap();
        let build_dir = BuildDir { folder: folder.path().to_owned() };
        let source = folder.path().join("app.py");
        fs::write(&source, "one").unwrap();
        let now = || made_of("key", BTreeSet::from([source.clone()]));
        let before = now();
        assert!(!build_dir.is_fresh("app.wasm", &before));
        build_dir.note("app.wasm", &before).unwrap();
        assert!(!build_dir.is_fresh("app.wasm", &before), "it is not there");
        fs::write(build_dir.path("app.wasm"), "wasm").unwrap();
        assert!(build_dir.is_fresh("app.wasm", &now()));
        fs::write(&source, "two, and longer").unwrap();
        assert!(!build_dir.is_fresh("app.wasm", &now()));
        assert_ne!(before, made_of("another key", BTreeSet::from([source])));
    }

    #[test]
    fn one_build_at_a_time_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let build_dir = BuildDir { folder: folder.path().to_owned() };
        let lock = build_dir.lock(&Silent).unwrap();
        assert!(matches!(build_dir.lock(&Cancelled), Err(SourceCause::Cancelled)));
        drop(lock);
        build_dir.lock(&Cancelled).unwrap();
    }
}
