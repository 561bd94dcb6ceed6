//! A server with several handlers: a folder with a doverb.toml, or of handlers, that a test changes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Client, Outcome, Server, doverb, guest, server};

/// A folder with a doverb.toml, and guests beside it.
#[derive(Debug)]
pub struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    /// With these guests in it.
    ///
    /// # Panics
    ///
    /// When one of them is not built.
    #[must_use]
    pub fn new(guests: &[&str]) -> Site {
        let folder = tempfile::tempdir().expect("a folder");
        for name in guests {
            fs::copy(guest(name), folder.path().join(format!("{name}.wasm"))).expect("the guest");
        }
        Site { folder }
    }

    /// A file in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The new content takes the old one's place in one step.
    ///
    /// # Panics
    ///
    /// When it can't be written.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let new =
            tempfile::NamedTempFile::new_in(self.folder.path().parent().expect("a folder")).expect("a file");
        fs::write(new.path(), content).expect("a file");
        new.persist(self.path(name)).expect("the same file system");
    }

    /// What `doverb check` says of its doverb.toml.
    #[must_use]
    pub fn check(&self) -> Outcome {
        doverb(&[Path::new("check"), &self.path("doverb.toml")])
    }

    /// Serves its doverb.toml.
    #[must_use]
    pub fn serve(&self, more: &[&str]) -> Server {
        let file = self.path("doverb.toml").display().to_string();
        serve(&["--config".into(), file], more)
    }

    /// Serves its doverb.toml at the addresses that stand there.
    #[must_use]
    pub fn serve_where_it_says(&self) -> Server {
        Server::spawn(server::command_as_it_is(&[Path::new("--config"), &self.path("doverb.toml")]))
    }

    /// Serves it as a folder of handlers.
    #[must_use]
    pub fn serve_folder(&self, more: &[&str]) -> Server {
        serve(&[self.folder.path().display().to_string()], more)
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Serves with these arguments, and more.
#[must_use]
pub fn serve(arguments: &[String], more: &[&str]) -> Server {
    let more = more.iter().map(|argument| (*argument).to_owned());
    let all: Vec<String> = arguments.iter().cloned().chain(more).collect();
    Server::spawn(server::command(&all))
}

/// The text of an answer with the status 200.
///
/// # Panics
///
/// When it has another.
pub fn get(client: &mut Client, path: &str) -> String {
    let response = client.get(path);
    assert_eq!(response.status, 200, "{path}: {}", response.head());
    response.text()
}
