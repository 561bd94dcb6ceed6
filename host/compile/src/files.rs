//! The files that a component brings along: a custom section with the path and the content of each.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use doverb_core::component::Files;
use doverb_core::temporary_folders::TemporaryFolder;

use super::error::CompileCause;

/// The name of the custom section.
pub const SECTION: &str = "doverb:files";
/// How much all files of a component may hold, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;
/// How many there may be.
pub const MAX_FILES: usize = 10_000;
/// How long a path may be, in bytes, and how many folders deep.
const MAX_PATH: usize = 1_000;
const MAX_DEPTH: usize = 32;

/// What a section begins with: the path that no file has, and the version.
const BEGINNING: [u8; 5] = [0, 0, 0, 0, 2];

/// A file that a component brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its first part is where the handler sees it: `app/page.html` is `/app/page.html`. One that ends in a slash is a folder's,
    /// and has no content.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
    /// When it was changed: what its handler says of it to clients.
    pub modified: Option<SystemTime>,
}

/// The content of a section with these files.
pub fn pack(files: &[File]) -> Vec<u8> {
    let mut section = BEGINNING.to_vec();
    for File { path, content, modified } in files {
        let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let time = since.map_or(Vec::new(), |since| {
            [&since.as_secs().to_le_bytes()[..], &since.subsec_nanos().to_le_bytes()].concat()
        });
        for part in [path.as_bytes(), &time, content] {
            section.extend_from_slice(&(part.len() as u32).to_le_bytes());
            section.extend_from_slice(part);
        }
    }
    section
}

/// Puts the files into a folder of their own, which goes with the last component that has them.
pub(super) fn unpack(section: &[u8]) -> Result<Files, CompileCause> {
    let folder = TemporaryFolder::new().map_err(failed)?;
    let files = read(section).ok_or_else(|| failed(io::Error::other("they are damaged: build it again")))?;
    for Packed { path, content, modified } in files {
        let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let path = folder.path().join(path);
        let write = || {
            if is_folder {
                return fs::create_dir_all(&path);
            }
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            // What is there already has the same path in other letters, or is a folder: no file takes another's place.
            let mut file = fs::File::create_new(&path)?;
            file.write_all(content)?;
            modified.map_or(Ok(()), |time| file.set_modified(time))
        };
        write().map_err(failed)?;
    }
    Ok(Files::new(folder.path().to_owned(), folder))
}

fn failed(cause: io::Error) -> CompileCause {
    CompileCause::Files { folder: std::env::temp_dir(), cause }
}

/// A file of a section.
struct Packed<'a> {
    path: PathBuf,
    content: &'a [u8],
    modified: Option<SystemTime>,
}

/// The files of a section; none when it is damaged, or has more than there may be.
fn read(section: &[u8]) -> Option<Vec<Packed<'_>>> {
    if section.len() as u64 > MAX_BYTES + (MAX_FILES * MAX_PATH) as u64 {
        return None;
    }
    let mut section = section.strip_prefix(&BEGINNING)?;
    let mut files = Vec::new();
    while !section.is_empty() {
        let path = own_path(part(&mut section)?)?;
        let modified = time(part(&mut section)?)?;
        files.push(Packed { path, content: part(&mut section)?, modified });
        if files.len() > MAX_FILES {
            return None;
        }
    }
    Some(files)
}

/// A time of a section, which may have none; none of both when it is damaged.
fn time(part: &[u8]) -> Option<Option<SystemTime>> {
    if part.is_empty() {
        return Some(None);
    }
    let (seconds, rest) = part.split_first_chunk::<8>()?;
    let nanos = u32::from_le_bytes(rest.try_into().ok()?);
    let since =
        Duration::new(u64::from_le_bytes(*seconds), 0).checked_add(Duration::from_nanos(nanos.into()))?;
    Some(Some(SystemTime::UNIX_EPOCH.checked_add(since)?))
}

fn part<'a>(section: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = section.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *section = rest;
    Some(part)
}

/// A path that stays below the folder that it is joined to, at least one folder deep.
fn own_path(path: &[u8]) -> Option<PathBuf> {
    let path = Path::new(str::from_utf8(path).ok()?);
    let depth = path.components().count();
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_one = is_plain && (2..=MAX_DEPTH).contains(&depth) && path.as_os_str().len() <= MAX_PATH;
    is_one.then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &[u8]) -> File {
        let modified = Some(SystemTime::UNIX_EPOCH + Duration::new(784_111_777, 500_000_000));
        File { path: path.to_owned(), content: content.to_vec(), modified }
    }

    #[test]
    fn what_is_packed_is_unpacked_and_goes_with_its_owner() {
        let packed = pack(&[
            file("app/empty/", b""),
            file("app/page.html", b"<p>"),
            file("app/a/b.bin", &[0; 70_000]),
        ]);
        let files = unpack(&packed).unwrap();
        let folder = files.folder().to_owned();
        assert!(folder.join("app/empty").is_dir());
        assert_eq!(fs::read(folder.join("app/page.html")).unwrap(), b"<p>");
        assert_eq!(fs::read(folder.join("app/a/b.bin")).unwrap().len(), 70_000);
        let modified = fs::metadata(folder.join("app/page.html")).unwrap().modified().unwrap();
        assert_eq!(Some(modified), file("", b"").modified, "it is as old as it was");
        let clone = files.clone();
        drop(files);
        assert!(folder.exists());
        drop(clone);
        assert!(!folder.exists());
    }

    #[test]
    fn no_path_leads_out() {
        for path in ["app/../../x", "/etc/passwd", "../x", "x", "", "app/./x", &"a/".repeat(40)] {
            let is_taken = own_path(path.as_bytes()).is_some();
            // What Rust makes of `.` in the middle of a path is nothing.
            assert_eq!(is_taken, path == "app/./x", "{path}");
        }
        assert!(own_path(b"app/\xff").is_none());
    }

    #[test]
    fn what_is_damaged_or_twice_there_is_refused() {
        let packed = pack(&[file("app/a", b"1")]);
        let whole = |end: &usize| *end != BEGINNING.len();
        (0..packed.len()).filter(whole).for_each(|end| assert!(unpack(&packed[..end]).is_err(), "{end}"));
        assert!(unpack(&pack(&[file("app/a", b"1"), file("app/a", b"2")])).is_err());
        assert!(unpack(&pack(&[file("app/a", b"1"), file("app/a/b", b"2")])).is_err());
        let many: Vec<_> = (0..=MAX_FILES).map(|number| file(&format!("app/{number}"), b"")).collect();
        assert!(read(&pack(&many)).is_none());
        assert!(read(&pack(&many[1..])).is_some());
    }
}
