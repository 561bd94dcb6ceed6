//! Compiled code on disk. An entry's file is named `KEY-DIGEST.cwasm`: what it was made from, and
//! the SHA-256 of what is in it, so that one rename stores both and a damaged entry shows itself.

use std::env;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{Mode, OFlags};

use super::bounds::MAX_CODE;
use super::digest::Digest;
use super::error::CompileCause;
use super::own_folder::{ours_alone, own_folder};
use super::progress::Progress;

/// What all entries together may take, in bytes.
const BOUND: u64 = 2 << 30;
const SUFFIX: &str = ".cwasm";
/// Files of [`Functions`](super::Functions), which have their digest inside.
const FUNCTIONS: &str = ".functions";
pub(super) const TEMPORARY: &str = "new-";
/// A temporary file this old was left behind by a process that died.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The folder for what is made of other things and can be made anew: the default of
/// [`CompileOptions::cache_dir`](crate::CompileOptions::cache_dir). None where there is no home.
pub fn cache_folder() -> Option<PathBuf> {
    non_empty("DOVERB_CACHE_DIR").or_else(users_folder)
}

/// A folder of compiled code that only we can write.
pub(super) struct Cache {
    folder: PathBuf,
    bound: u64,
}

impl Cache {
    /// The cache in `chosen`, in `$DOVERB_CACHE_DIR`, or in the user's cache folder. Only the last
    /// of these may be missing or unusable: then there is no cache.
    pub(super) fn open(
        chosen: Option<&Path>,
        progress: &mut dyn Progress,
    ) -> Result<Option<Cache>, CompileCause> {
        let named = chosen.map(PathBuf::from).or_else(|| non_empty("DOVERB_CACHE_DIR"));
        if let Some(folder) = named {
            return match own_folder(&folder) {
                Ok(()) => Ok(Some(Cache { folder, bound: BOUND })),
                Err(error) => Err(CompileCause::Cache { path: folder, reason: error.to_string() }),
            };
        }
        let Some(folder) = users_folder() else { return Ok(None) };
        match own_folder(&folder) {
            Ok(()) => Ok(Some(Cache { folder, bound: BOUND })),
            Err(reason) => {
                progress.note(&format!("compiled code is not cached in {}: {reason}", folder.display()));
                Ok(None)
            }
        }
    }

    /// The code stored under `key`, if it is there and whole. Counts as a use of it.
    pub(super) fn get(&self, key: Digest) -> Option<Vec<u8>> {
        let prefix = format!("{key}-");
        for entry in self.entries() {
            let Some(digest) = entry.name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(SUFFIX))
            else {
                continue;
            };
            match read_own(&entry.path) {
                Ok(code) if Digest::of(&code).to_string() == digest => return Some(code),
                _ => remove(&entry.path),
            }
        }
        None
    }

    /// Stores `code`; then removes what was not used for longest until all is within the bound.
    pub(super) fn put(&self, key: Digest, code: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.folder)?;
        file.write_all(code)?;
        // Else a crash could leave a name whose content never reached the disk.
        file.as_file().sync_all()?;
        let name = format!("{key}-{}{SUFFIX}", Digest::of(code));
        file.persist(self.folder.join(name)).map_err(|error| error.error)?;
        self.make_room();
        Ok(())
    }

    /// Where the functions of the components of a language's `runtime` are kept, or of the one that is always at `path`.
    pub(super) fn functions(&self, runtime: Option<&str>, path: &Path) -> PathBuf {
        let name = match runtime {
            Some(runtime) => Digest::of(runtime.as_bytes()),
            None => {
                let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
                Digest::of(absolute.as_os_str().as_encoded_bytes())
            }
        };
        self.folder.join(format!("{name}{FUNCTIONS}"))
    }

    /// Forgets everything stored under `key`.
    pub(super) fn remove(&self, key: Digest) {
        let prefix = format!("{key}-");
        let of_key = self.entries().into_iter().filter(|entry| entry.name.starts_with(&prefix));
        of_key.for_each(|entry| remove(&entry.path));
    }

    fn make_room(&self) {
        let mut entries = self.entries();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.used));
        let mut total = 0_u64;
        for entry in entries {
            let abandoned =
                entry.name.starts_with(TEMPORARY) && entry.used.elapsed().is_ok_and(|age| age > ABANDONED);
            total = total.saturating_add(entry.size);
            if abandoned || (total > self.bound && !entry.name.starts_with(TEMPORARY)) {
                remove(&entry.path);
            }
        }
    }

    /// Our files in the folder; those that vanish while we look are left out.
    fn entries(&self) -> Vec<Entry> {
        let listing = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let ours = listing.filter_map(|item| {
            let name = item.file_name().into_string().ok()?;
            if ![SUFFIX, FUNCTIONS].iter().any(|suffix| name.ends_with(suffix))
                && !name.starts_with(TEMPORARY)
            {
                return None;
            }
            let metadata = item.metadata().ok()?;
            Some(Entry {
                path: item.path(),
                name,
                size: metadata.len(),
                used: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            })
        });
        ours.collect()
    }
}

struct Entry {
    path: PathBuf,
    name: String,
    size: u64,
    /// The time of modification, which `read_own` sets.
    used: SystemTime,
}

/// Another process may have been quicker; whatever is left is tried again next time.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

pub(super) fn read_own(path: &Path) -> io::Result<Vec<u8>> {
    // Neither a link is followed nor a pipe waited for: what is there may be anybody's until it is looked at.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = file.metadata()?;
    if !metadata.is_file() || !ours_alone(&metadata) || metadata.len() > MAX_CODE {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut code = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    (&file).take(MAX_CODE).read_to_end(&mut code)?;
    // A cache that cannot be written, as in an image, can still be read.
    let _ = file.set_modified(SystemTime::now());
    Ok(code)
}

fn users_folder() -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
    let xdg = non_empty("XDG_CACHE_HOME").filter(|path| path.is_absolute());
    let home = || env::home_dir().filter(|path| path.is_absolute()).map(|path| path.join(".cache"));
    xdg.or_else(home).map(|path| path.join("doverb"))
}

fn non_empty(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::{Cache, TEMPORARY};
    use crate::{CompileCause, Digest, Silent};

    fn cache(folder: &Path) -> Cache {
        Cache::open(Some(folder), &mut Silent).unwrap().unwrap()
    }

    fn only_file(folder: &Path) -> std::path::PathBuf {
        let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.into_iter().next().unwrap()
    }

    fn used_long_ago(path: &Path, seconds: u64) {
        let then = SystemTime::now() - Duration::from_secs(seconds);
        File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    }

    #[test]
    fn what_is_put_comes_back_under_its_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        cache.put(Digest::of(b"key"), b"code").unwrap();
        assert_eq!(cache.get(Digest::of(b"key")).unwrap(), b"code");
        assert_eq!(cache.get(Digest::of(b"another")), None);
        let mode = only_file(folder.path()).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_or_truncated_entry_is_forgotten() {
        for damage in [&b"c0de"[..], b"cod", b"", b"code and more"] {
            let folder = tempfile::tempdir().unwrap();
            let cache = cache(folder.path());
            cache.put(Digest::of(b"key"), b"code").unwrap();
            fs::write(only_file(folder.path()), damage).unwrap();
            assert_eq!(cache.get(Digest::of(b"key")), None);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_pipe_or_a_link_in_an_entrys_place_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        for hostile in [true, false] {
            cache.put(Digest::of(b"key"), b"code").unwrap();
            let entry = only_file(folder.path());
            let elsewhere = tempfile::tempdir().unwrap();
            let moved = elsewhere.path().join("entry");
            fs::rename(&entry, &moved).unwrap();
            match hostile {
                true => rustix::fs::mknodat(
                    rustix::fs::CWD,
                    &entry,
                    rustix::fs::FileType::Fifo,
                    rustix::fs::Mode::from_raw_mode(0o600),
                    0,
                )
                .unwrap(),
                false => std::os::unix::fs::symlink(&moved, &entry).unwrap(),
            }
            assert_eq!(cache.get(Digest::of(b"key")), None, "{hostile}");
            let _ = fs::remove_file(&entry);
        }
    }

    #[test]
    fn an_entry_that_others_may_write_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        cache.put(Digest::of(b"key"), b"code").unwrap();
        fs::set_permissions(only_file(folder.path()), Permissions::from_mode(0o666)).unwrap();
        assert_eq!(cache.get(Digest::of(b"key")), None);
    }

    #[test]
    fn a_folder_that_others_may_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o777, 0o770, 0o702] {
            fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            let refused = Cache::open(Some(folder.path()), &mut Silent).err();
            assert!(matches!(refused, Some(CompileCause::Cache { .. })), "{mode:o}: {refused:?}");
        }
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        cache(folder.path());
    }

    #[test]
    fn a_folder_of_ours_is_made_for_us_alone() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/doverb");
        cache(&deep);
        assert_eq!(deep.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_file_in_the_folders_place_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache");
        fs::write(&file, "").unwrap();
        let error = Cache::open(Some(&file), &mut Silent).err().unwrap().to_string();
        assert!(error.contains("not a folder"), "{error}");
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { bound: 10, ..cache(folder.path()) };
        let keys = [b"a", b"b", b"c"].map(|key| Digest::of(key));
        cache.put(keys[0], b"12345").unwrap();
        used_long_ago(&only_file(folder.path()), 100);
        cache.put(keys[1], b"67890").unwrap();
        // Reading the older of the two makes it the one used last.
        let others = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        others.filter(|path| fs::read(path).unwrap() == b"67890").for_each(|path| used_long_ago(&path, 50));
        assert!(cache.get(keys[0]).is_some());
        cache.put(keys[2], b"abcde").unwrap();
        assert!(cache.get(keys[0]).is_some());
        assert!(cache.get(keys[1]).is_none());
        assert!(cache.get(keys[2]).is_some());
    }

    #[test]
    fn what_a_dead_process_left_behind_is_removed_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let (old, fresh) =
            (folder.path().join(format!("{TEMPORARY}old")), folder.path().join(format!("{TEMPORARY}x")));
        fs::write(&old, "half").unwrap();
        fs::write(&fresh, "half").unwrap();
        used_long_ago(&old, 7200);
        cache.put(Digest::of(b"key"), b"code").unwrap();
        assert!(!old.exists());
        assert!(fresh.exists());
    }
}
