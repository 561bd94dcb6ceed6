//! The entries of a folder, read as the guest asks for them: a folder may have millions, and a guest may read many folders at once.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, RawDirEntry, openat, statat};
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorType, DirectoryEntry, ErrorCode};
use wasmtime_wasi::p2::{FsError, FsResult};

/// What the system is asked for at once. What is made of it takes some three times as much.
const PORTION: usize = 16 * 1024;

/// A folder whose entries are being read.
pub(super) struct Folder {
    file: Arc<File>,
    found: VecDeque<Result<DirectoryEntry, ErrorCode>>,
    has_ended: bool,
}

/// Some of its entries. None are left where it is empty.
pub(super) type Found = Vec<Result<DirectoryEntry, ErrorCode>>;

impl Folder {
    pub(super) fn new(file: Arc<File>) -> Folder {
        Folder { file, found: VecDeque::new(), has_ended: false }
    }

    /// What more is to be read from, before the next entry is known.
    pub(super) fn lacks(&self) -> Option<Arc<File>> {
        (self.found.is_empty() && !self.has_ended).then(|| Arc::clone(&self.file))
    }

    /// More was read.
    pub(super) fn found(&mut self, found: Found) {
        self.has_ended = found.is_empty();
        self.found = found.into();
    }

    /// The next entry that was read.
    pub(super) fn next(&mut self) -> FsResult<Option<DirectoryEntry>> {
        Ok(self.found.pop_front().transpose()?)
    }
}

/// Opens a folder once more, so that it is read from its beginning.
pub(super) async fn open(folder: Arc<File>) -> FsResult<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    aside(move || Ok(openat(&*folder, ".", flags, Mode::empty())?.into())).await
}

/// Reads on.
pub(super) async fn read(folder: Arc<File>) -> FsResult<Found> {
    aside(move || {
        let mut buffer = vec![MaybeUninit::uninit(); PORTION];
        let mut entries = RawDir::new(&*folder, &mut buffer);
        let mut found = Vec::new();
        while let Some(entry) = entries.next() {
            let entry = entry?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                found.push(told(&folder, &entry));
            }
            // Those two alone are no end.
            if entries.is_buffer_empty() && !found.is_empty() {
                break;
            }
        }
        Ok(found)
    })
    .await
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> FsResult<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(FsError::trap)?;
    Ok(done?)
}

fn told(folder: &File, entry: &RawDirEntry<'_>) -> Result<DirectoryEntry, ErrorCode> {
    let kind = match entry.file_type() {
        // Not every file system says it there.
        FileType::Unknown => statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
            .map(|stat| FileType::from_raw_mode(stat.st_mode))
            .map_err(io::Error::from)?,
        kind => kind,
    };
    let name = entry.file_name().to_str().map_err(|_| ErrorCode::IllegalByteSequence)?;
    Ok(DirectoryEntry { type_: descriptor_type(kind), name: name.to_owned() })
}

/// As wasmtime-wasi has it: pipes and sockets are none of WASI's.
fn descriptor_type(kind: FileType) -> DescriptorType {
    match kind {
        FileType::RegularFile => DescriptorType::RegularFile,
        FileType::Directory => DescriptorType::Directory,
        FileType::Symlink => DescriptorType::SymbolicLink,
        FileType::CharacterDevice => DescriptorType::CharacterDevice,
        FileType::BlockDevice => DescriptorType::BlockDevice,
        _ => DescriptorType::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_entries_are_told_once_however_many_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut names: Vec<_> = (0..3000).map(|number| format!("{number:04}")).collect();
        names.iter().for_each(|name| std::fs::write(folder.path().join(name), "").expect("a file"));
        names.push("in".into());
        std::fs::create_dir(folder.path().join("in")).expect("a folder");
        let file = Arc::new(File::open(folder.path()).expect("it"));
        let opened = open(file).await.unwrap_or_else(|_| panic!("it is there"));
        let mut folder = Folder::new(Arc::new(opened));
        let (mut told, mut portions) = (Vec::new(), 0);
        loop {
            if let Some(file) = folder.lacks() {
                let found = read(file).await.unwrap_or_else(|_| panic!("it can be read"));
                assert!(found.len() < 1000);
                folder.found(found);
                portions += 1;
            }
            let Ok(Some(entry)) = folder.next() else { break };
            assert_eq!(entry.type_ == DescriptorType::Directory, entry.name == "in");
            told.push(entry.name);
        }
        told.sort();
        assert_eq!(told, names);
        assert!(portions > 3);
    }
}
