//! Folders that are granted, opened so that no guest decides where they are.
//!
//! Where one handler may write, another's folder may lie, or a second one of its own: it could put a link in that one's place,
//! which the server would follow when it opens it for the next instance, the next version or the next start. So what lies in
//! a folder that some handler may write to is opened without following its links.

use std::collections::{HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, readlinkat, statat};
use rustix::path::Arg;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::handler_options::DirGrant;
use crate::one_line::one_line;

/// Links on the way to one folder, as the system allows.
const MAX_LINKS: usize = 40;
/// How deep a folder may lie below one that somebody may write to. Deeper is not looked for, and not opened.
const MAX_DEPTH: usize = 1000;

/// A folder, whatever it is called: its device and its number there.
type Identity = (u64, u64);

/// The folders that handlers of this process may write to. None is forgotten: what was put there stays.
static WRITABLE: RwLock<Option<HashSet<Identity>>> = RwLock::new(None);

/// Notes which of them handlers may write to, for all that is opened from now on.
pub fn note(dirs: &[DirGrant]) {
    let identities: Vec<_> =
        dirs.iter().filter(|dir| !dir.read_only).filter_map(|dir| identity(&dir.host)).collect();
    if !identities.is_empty() {
        let mut writable = WRITABLE.write().unwrap_or_else(PoisonError::into_inner);
        writable.get_or_insert_default().extend(identities);
    }
}

/// Gives a guest its folders. What is wrong is said of the first that cannot be opened.
///
/// # Errors
///
/// When one is no folder, or lies behind a link that a handler may have made.
pub fn grant(dirs: &[DirGrant], wasi: &mut WasiCtxBuilder) -> Result<(), (PathBuf, String)> {
    for dir in dirs {
        let perms = if dir.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        let given = match others_are_writable(&dir.host) {
            false => {
                wasi.preopened_dir(&dir.host, &dir.guest, perms).map(drop).map_err(|error| one_line(&error))
            }
            true => open(&dir.host).map_err(|error| error.to_string()).and_then(|folder| {
                // It is opened by what it is; the first one can be closed then.
                let own = format!("/proc/self/fd/{}", folder.as_raw_fd());
                wasi.preopened_dir(own, &dir.guest, perms).map(drop).map_err(|error| one_line(&error))
            }),
        };
        given.map_err(|why| (dir.host.clone(), why))?;
    }
    Ok(())
}

/// Whether a handler may write to another folder than this one, so that it matters where it lies.
fn others_are_writable(folder: &Path) -> bool {
    let writable = WRITABLE.read().unwrap_or_else(PoisonError::into_inner);
    match writable.as_ref() {
        None => false,
        Some(writable) if writable.len() > 1 => true,
        Some(writable) => identity(folder).is_none_or(|own| !writable.contains(&own)),
    }
}

/// Where the folder at a path is, without a link on the way.
///
/// # Errors
///
/// As [`open`].
pub fn place(folder: &Path) -> io::Result<PathBuf> {
    let opened = open(folder)?;
    match std::fs::read_link(format!("/proc/self/fd/{}", opened.as_raw_fd())) {
        Ok(place) => Ok(place),
        Err(_) => folder.canonicalize(),
    }
}

/// Opens the folder at a path, as the system does, but for links that lie in a folder that some handler may write to.
///
/// # Errors
///
/// When there is none, and when such a link is on the way.
pub fn open(folder: &Path) -> io::Result<File> {
    let mut here = pass(CWD, if folder.is_absolute() { "/" } else { "." })?;
    let mut left: VecDeque<OsString> = names(folder);
    let mut links = 0;
    while let Some(name) = left.pop_front() {
        if FileType::from_raw_mode(statat(&here, &name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode)
            != FileType::Symlink
        {
            here = pass(&here, &name)?;
            continue;
        }
        if is_in_writable(&here)? {
            return Err(io::Error::other(format!(
                "{} is a link in a folder that a handler may write to, and is not followed",
                name.display()
            )));
        }
        links += 1;
        if links > MAX_LINKS {
            return Err(rustix::io::Errno::LOOP.into());
        }
        let target = PathBuf::from(OsString::from_vec(readlinkat(&here, &name, Vec::new())?.into_bytes()));
        if target.is_absolute() {
            here = pass(CWD, "/")?;
        }
        for name in names(&target).into_iter().rev() {
            left.push_front(name);
        }
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(File::from(openat(&here, ".", flags, Mode::empty())?))
}

/// The steps of a path. `..` is one: it leads to where the folder lies by then.
fn names(path: &Path) -> VecDeque<OsString> {
    let named = |component| match component {
        Component::Normal(_) | Component::ParentDir => Some(AsRef::<OsStr>::as_ref(&component).to_owned()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(named).collect()
}

/// A folder, and no link to one. Nobody need be allowed to read it to pass through it.
fn pass(place: impl AsFd, name: impl Arg) -> io::Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    let access = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    let access = OFlags::RDONLY;
    Ok(openat(place, name, access | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?)
}

/// Whether it is a folder that some handler may write to, or lies in one.
fn is_in_writable(folder: &OwnedFd) -> io::Result<bool> {
    let mut here = pass(folder, ".")?;
    for _ in 0..MAX_DEPTH {
        let own = identity_of(&here)?;
        let writable = WRITABLE.read().unwrap_or_else(PoisonError::into_inner);
        if writable.as_ref().is_some_and(|writable| writable.contains(&own)) {
            return Ok(true);
        }
        drop(writable);
        let above = pass(&here, "..")?;
        if identity_of(&above)? == own {
            return Ok(false);
        }
        here = above;
    }
    Ok(true)
}

fn identity(path: &Path) -> Option<Identity> {
    let stat = rustix::fs::stat(path).ok()?;
    Some((stat.st_dev, stat.st_ino))
}

fn identity_of(folder: &OwnedFd) -> io::Result<Identity> {
    let stat = fstat(folder)?;
    Ok((stat.st_dev, stat.st_ino))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    fn dir(host: PathBuf, read_only: bool) -> DirGrant {
        DirGrant { host, guest: "/data".into(), read_only }
    }

    #[test]
    fn links_are_followed_but_for_those_that_a_handler_may_have_made() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        for folder in ["site/data", "other/deep"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        symlink("site", at("link")).unwrap();
        symlink("other/../link/data", at("long")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("../../other", at("site/data/out")).unwrap();
        let leads_to = |name: &str, there: &str| {
            let opened = open(&at(name)).unwrap().metadata().unwrap();
            assert_eq!(opened.ino(), at(there).metadata().unwrap().ino(), "{name}");
        };
        leads_to("link/data", "site/data");
        leads_to("long", "site/data");
        leads_to("long/out/./deep/..", "other");
        assert_eq!(
            open(&at("loop")).unwrap_err().raw_os_error(),
            Some(rustix::io::Errno::LOOP.raw_os_error())
        );
        assert_eq!(open(&at("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(at("file"), "").unwrap();
        assert_eq!(open(&at("file")).unwrap_err().kind(), io::ErrorKind::NotADirectory);

        note(&[dir(at("other"), true), dir(at("link"), false)]);
        leads_to("long", "site/data");
        leads_to("link", "site");
        for name in ["site/data/out", "long/out/deep"] {
            let error = open(&at(name)).unwrap_err();
            assert!(
                error.to_string().starts_with("out is a link in a folder that a handler may write to"),
                "{error}"
            );
        }
        assert!(others_are_writable(&at("site/data")));
        assert!(grant(&[dir(at("long"), true)], &mut WasiCtxBuilder::new()).is_ok());
        let (path, _) = grant(&[dir(at("long/out"), true)], &mut WasiCtxBuilder::new()).unwrap_err();
        assert_eq!(path, at("long/out"));
    }
}
