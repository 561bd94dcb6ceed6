//! A process with few descriptors removes temporary folders that lie deeper than it has descriptors. In a file of its own, as the
//! bound on them is the whole process's.

use std::fs::File;
use std::path::Path;

use doverb_core::temporary_folders::TemporaryFolder;
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn nest(folder: &Path, depth: usize) {
    let mut folder = File::open(folder).expect("it is there");
    for _ in 0..depth {
        mkdirat(&folder, "a-name-of-some-length", Mode::RWXU).expect("a folder");
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let inner: File = openat(&folder, "a-name-of-some-length", flags, Mode::empty()).expect("it").into();
        let flags = OFlags::CREATE | OFlags::WRONLY;
        openat(&folder, "file", flags, Mode::RWXU).expect("a file");
        folder = inner;
    }
}

#[test]
fn folders_that_lie_deeper_than_there_are_descriptors_are_removed() {
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), ..before }).expect("fewer are allowed");
    let folder = TemporaryFolder::new().expect("a folder");
    let path = folder.path().to_owned();
    nest(&path, 1000);
    drop(folder);
    assert!(!path.exists());
}
