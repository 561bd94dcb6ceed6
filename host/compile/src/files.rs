//! The files that a component brings along: a custom section with the path and the content of each.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

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

/// The content of a section with these files; the first part of each path is where the handler sees it: `app/page.html` is
/// `/app/page.html`. One that ends in a slash is a folder's, and has no content.
pub fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut section = Vec::new();
    for (path, content) in files {
        for part in [path.as_bytes(), content] {
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
    for (path, content) in files {
        let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let path = folder.path().join(path);
        let write = || {
            if is_folder {
                return fs::create_dir_all(&path);
            }
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            // What is there already has the same path in other letters, or is a folder: no file takes another's place.
            fs::File::create_new(&path)?.write_all(content)
        };
        write().map_err(failed)?;
    }
    Ok(Files::new(folder.path().to_owned(), folder))
}

fn failed(cause: io::Error) -> CompileCause {
    CompileCause::Files { folder: std::env::temp_dir(), cause }
}

/// The files of a section; none when it is damaged, or has more than there may be.
fn read(mut section: &[u8]) -> Option<Vec<(PathBuf, &[u8])>> {
    if section.len() as u64 > MAX_BYTES + (MAX_FILES * MAX_PATH) as u64 {
        return None;
    }
    let mut files = Vec::new();
    while !section.is_empty() {
        let path = part(&mut section)?;
        let content = part(&mut section)?;
        files.push((own_path(path)?, content));
        if files.len() > MAX_FILES {
            return None;
        }
    }
    Some(files)
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

    fn file(path: &str, content: &[u8]) -> (String, Vec<u8>) {
        (path.to_owned(), content.to_vec())
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
        (1..packed.len()).for_each(|end| assert!(unpack(&packed[..end]).is_err(), "{end}"));
        assert!(unpack(&pack(&[file("app/a", b"1"), file("app/a", b"2")])).is_err());
        assert!(unpack(&pack(&[file("app/a", b"1"), file("app/a/b", b"2")])).is_err());
        let many: Vec<_> = (0..=MAX_FILES).map(|number| file(&format!("app/{number}"), b"")).collect();
        assert!(read(&pack(&many)).is_none());
        assert!(read(&pack(&many[1..])).is_some());
    }
}
