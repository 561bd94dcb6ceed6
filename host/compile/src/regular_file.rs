//! Files that somebody else names: what is no file would be waited for, and one without an end read for ever.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Opens a file to read it. A pipe is refused, and nobody waits for its writer.
///
/// # Errors
///
/// When it can't be opened, or is a folder, a pipe or a device.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no regular file")) }
}

/// What a file begins with: at most so many bytes.
///
/// # Errors
///
/// As of [`open`].
pub fn read_up_to(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open(path)?.take(most).read_to_end(&mut content)?;
    Ok(content)
}

/// All that is in a file of at most so many bytes.
///
/// # Errors
///
/// As of [`open`], and when there is more in it.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let content = read_up_to(path, most + 1)?;
    if content.len() as u64 > most {
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    Ok(content)
}

/// The same of a text in UTF-8.
///
/// # Errors
///
/// As of [`read`], and when it is no text.
pub fn text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    #[test]
    fn what_is_no_file_or_has_no_end_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        mknodat(CWD, path("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        fs::write(path("ten"), "0123456789").unwrap();
        fs::write(path("latin"), b"\xff").unwrap();
        for bad in [path("pipe"), folder.path().to_owned(), "/dev/zero".into(), path("none")] {
            assert!(read(&bad, 10).is_err(), "{}", bad.display());
        }
        assert_eq!(text(&path("ten"), 10).unwrap(), "0123456789");
        assert!(text(&path("ten"), 9).is_err());
        assert_eq!(text(&path("latin"), 9).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
