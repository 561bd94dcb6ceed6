//! `doverb new`: the beginning of a handler, in the language of one's choice.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::templates;

const AFTER_HELP: &str = "\
Examples:
  doverb new hello                  a folder hello with a handler in Rust
  doverb new hello --lang python    the same in Python; then: doverb serve hello";

/// Begin a handler: a new folder with the smallest one that answers.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct New {
    /// The folder to make; its last part is the handler's name.
    path: PathBuf,
    /// The language to write it in.
    #[arg(short, long, value_enum, default_value_t = Lang::Rust)]
    lang: Lang,
}

/// The languages that `doverb build` knows.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Lang {
    Rust,
    Python,
    Js,
    Ts,
    C,
    Cpp,
    Go,
}

impl New {
    pub(super) fn run(self) -> Result<(), Failure> {
        let name = self.name()?;
        let failed = |path: &Path, error: io::Error| Failure::failed(path.display(), error);
        // Nothing of the user's is ever written over.
        fs::create_dir(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Failure::failed(self.path.display(), "it is there already. Choose another name")
            }
            io::ErrorKind::NotFound => {
                Failure::failed(self.path.display(), "the folder that it would be in is not there")
            }
            _ => failed(&self.path, error),
        })?;
        for (file, content) in templates::files(self.lang, &name) {
            let file = self.path.join(file);
            let folder = file.parent().unwrap_or(&self.path);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&file, content))
                .map_err(|error| failed(&file, error))?;
        }
        let path = self.path.display();
        super::print(&format!("{path}: a handler in {}. Serve it: doverb serve {path}", self.lang.name()));
        Ok(())
    }

    /// A name that every language takes for a module, a package or a crate.
    fn name(&self) -> Result<String, Failure> {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let fits = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        };
        if name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(fits) {
            return Ok(name.to_owned());
        }
        let rule = "a handler's name has small letters, digits and hyphens, and begins with a letter";
        Err(Failure::failed(self.path.display(), rule))
    }
}

impl Lang {
    fn name(self) -> &'static str {
        match self {
            Lang::Rust => "Rust",
            Lang::Python => "Python",
            Lang::Js => "JavaScript",
            Lang::Ts => "TypeScript",
            Lang::Go => "Go",
            Lang::C => "C",
            Lang::Cpp => "C++",
        }
    }
}
