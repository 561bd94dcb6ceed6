//! What the tests of the languages share: handlers that are served from their sources, in whatever language.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{self, Outcome};
use crate::{Server, artifacts, repository, server};

/// Serves an example from its sources.
#[must_use]
pub fn serve_example(name: &str) -> Server {
    serve(&repository().join("guest/examples").join(name))
}

/// The sources of a guest that the tests have of their own.
#[must_use]
pub fn guest(name: &str) -> PathBuf {
    repository().join("tests/guests").join(name)
}

/// A folder with these files.
///
/// # Panics
///
/// When they cannot be written.
#[must_use]
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// Serves sources as they are.
#[must_use]
pub fn serve(sources: &Path) -> Server {
    Server::start(sources, &["--no-watch", "--cpu-time", "60s"])
}

/// Serves a package of Rust that the test has made.
#[must_use]
pub fn serve_package(package: &Path, arguments: &[&str]) -> Server {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).chain([package.as_os_str()]).collect();
    let mut command = server::command(&arguments);
    command.env("CARGO_TARGET_DIR", artifacts::packages());
    Server::spawn(command)
}

/// A copy of sources that a test may change.
#[derive(Debug)]
pub struct Copy {
    folder: tempfile::TempDir,
    /// Where the file or folder is.
    pub path: PathBuf,
}

impl Copy {
    /// Copies a file, or the files of a folder.
    ///
    /// # Panics
    ///
    /// When it cannot be copied.
    #[must_use]
    pub fn of(sources: &Path) -> Copy {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(sources.file_name().expect("a name"));
        if sources.is_dir() {
            copy_folder(sources, &path);
        } else {
            fs::copy(sources, &path).expect("a file");
        }
        Copy { folder, path }
    }

    /// Replaces a text in one of its files; `name` is seen from the copied folder, or is empty for a copied file.
    ///
    /// # Panics
    ///
    /// When the text is not in it.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let path = if name.is_empty() { self.path.clone() } else { self.path.join(name) };
        let text = fs::read_to_string(&path).expect("the source");
        assert!(text.contains(from), "{from:?} is not in {}", path.display());
        fs::write(&path, text.replace(from, to)).expect("the source");
    }

    /// The folder that holds the copy.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the sources") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("its type").is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a file");
        }
    }
}

/// `doverb build`, its result being thrown away.
///
/// # Panics
///
/// When it cannot be run.
#[must_use]
pub fn build(sources: &Path, environment: &[(&str, &str)]) -> Outcome {
    let out = tempfile::tempdir().expect("a folder");
    let out = out.path().join("out.wasm");
    command::doverb_with(
        &["build".as_ref(), sources.as_os_str(), "-o".as_ref(), out.as_os_str()],
        environment,
    )
}
