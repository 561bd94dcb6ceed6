//! The files that a component brings along, unpacked.

use std::fs;
use std::io::{self, Write};

use doverb_core::component::Files;
use doverb_core::files::read;
use doverb_core::temporary_folders::TemporaryFolder;

use super::error::CompileCause;

pub use doverb_core::files::{File, MAX_BYTES, MAX_FILES, MAX_FOLDERS, SECTION, folders, pack};

/// Puts the files into a folder of their own, which goes with the last component that has them.
pub(super) fn unpack(section: &[u8]) -> Result<Files, CompileCause> {
    let folder = TemporaryFolder::new().map_err(failed)?;
    let files = read(section).ok_or_else(|| failed(io::Error::other("they are damaged: build it again")))?;
    for file in files {
        let is_folder = file.path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let path = folder.path().join(file.path);
        let write = || {
            if is_folder {
                return fs::create_dir_all(&path);
            }
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            // What is there already has the same path in other letters, or is a folder: no file takes another's place.
            let mut made = fs::File::create_new(&path)?;
            made.write_all(file.content)?;
            file.modified.map_or(Ok(()), |time| made.set_modified(time))
        };
        write().map_err(failed)?;
    }
    Ok(Files::new(folder.path().to_owned(), folder))
}

fn failed(cause: io::Error) -> CompileCause {
    CompileCause::Files { folder: std::env::temp_dir(), cause }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

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
    fn what_is_damaged_or_twice_there_is_refused() {
        let packed = pack(&[file("app/a", b"1")]);
        // The beginning alone is a section without files.
        let whole = |end: &usize| *end != pack(&[]).len();
        (0..packed.len()).filter(whole).for_each(|end| assert!(unpack(&packed[..end]).is_err(), "{end}"));
        assert!(unpack(&pack(&[file("app/a", b"1"), file("app/a", b"2")])).is_err());
        assert!(unpack(&pack(&[file("app/a", b"1"), file("app/a/b", b"2")])).is_err());
    }
}
