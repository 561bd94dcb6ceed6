//! Files that a component brings along, and its instances may read: a custom section with the path and the content of each, unpacked
//! to a folder that lives as long as it does.

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The name of the custom section.
pub const SECTION: &str = "doverb:files";
/// How much all files of a component may hold, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;
/// How many there may be.
pub const MAX_FILES: usize = 10_000;
/// How many folders they may be in: each costs the disk as much as a small file.
pub const MAX_FOLDERS: usize = 10_000;
/// How long a path may be, in bytes, and how many folders deep.
const MAX_PATH: usize = 1_000;
const MAX_DEPTH: usize = 32;

/// What a section begins with: the path that no file has, and the version.
const BEGINNING: [u8; 5] = [0, 0, 0, 0, 2];

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

/// A file of a section, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed<'a> {
    /// As [`File::path`]: it leads nowhere but below the folder that it is joined to.
    pub path: &'a Path,
    /// What is in it.
    pub content: &'a [u8],
    /// When it was changed.
    pub modified: Option<SystemTime>,
}

/// The files of a section; none when it is damaged, or has more than there may be.
pub fn read(section: &[u8]) -> Option<Vec<Packed<'_>>> {
    if section.len() as u64 > MAX_BYTES + (MAX_FILES * MAX_PATH) as u64 {
        return None;
    }
    let mut section = section.strip_prefix(&BEGINNING)?;
    let mut files = Vec::new();
    let mut folders = HashSet::new();
    while !section.is_empty() {
        let path = own_path(part(&mut section)?)?;
        let modified = time(part(&mut section)?)?;
        files.push(Packed { path, content: part(&mut section)?, modified });
        add_folders(path, &mut folders);
        if files.len() > MAX_FILES || folders.len() > MAX_FOLDERS {
            return None;
        }
    }
    Some(files)
}

/// How many folders these paths are in.
pub fn folders<'a>(paths: impl Iterator<Item = &'a str>) -> usize {
    let mut folders = HashSet::new();
    paths.for_each(|path| add_folders(Path::new(path), &mut folders));
    folders.len()
}

fn add_folders<'a>(path: &'a Path, folders: &mut HashSet<&'a Path>) {
    // Whose folder is known has the folders above it known as well.
    let _ = path.ancestors().skip(1).take_while(|folder| folders.insert(folder)).count();
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
fn own_path(path: &[u8]) -> Option<&Path> {
    let path = Path::new(str::from_utf8(path).ok()?);
    let depth = path.components().count();
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_one = is_plain && (2..=MAX_DEPTH).contains(&depth) && path.as_os_str().len() <= MAX_PATH;
    is_one.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &[u8]) -> File {
        let modified = Some(SystemTime::UNIX_EPOCH + Duration::new(784_111_777, 500_000_000));
        File { path: path.to_owned(), content: content.to_vec(), modified }
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
    fn files_are_bounded_and_the_folders_that_they_are_in() {
        let many: Vec<_> = (0..=MAX_FILES).map(|number| file(&format!("app/{number}"), b"")).collect();
        assert!(read(&pack(&many)).is_none());
        assert!(read(&pack(&many[1..])).is_some());
        let deep = |number: usize| file(&format!("app/{number}/{}f", "a/".repeat(24)), b"");
        let deep: Vec<_> = (0..MAX_FOLDERS / 25).map(deep).collect();
        assert!(read(&pack(&deep)).is_none());
        let fewer = &deep[..deep.len() - 1];
        assert!(folders(fewer.iter().map(|file| &*file.path)) <= MAX_FOLDERS);
        assert!(read(&pack(fewer)).is_some());
    }
}
