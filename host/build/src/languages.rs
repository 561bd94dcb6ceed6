//! The languages that handlers are built from. A further one is an entry of the table, and a module with its [`Sources`].

use std::path::{Path, PathBuf};

use doverb_compile::Progress;

use super::error::SourceCause;
use super::javascript_markers::JAVASCRIPT_MARKERS;
use super::options::SourceOptions;
use super::sources::{Sources, files_in, has_extension};
use super::{c, cargo, go, python};

#[cfg(feature = "javascript")]
use super::javascript::open as open_javascript;

/// How sources in a language are known, and what takes them up.
pub(super) struct Language {
    /// As its users call it.
    pub(super) name: &'static str,
    /// A file with one of these is a source.
    extensions: &'static [&'static str],
    /// A folder with a file of one of these names holds sources, and the file stands for the folder.
    markers: &'static [&'static str],
    /// Whether any file with one of the extensions makes a folder one of this language.
    without_marker: bool,
    /// Takes a file or a folder, as an absolute path.
    pub(super) open: Open,
}

type Open = fn(PathBuf, &SourceOptions, &mut dyn Progress) -> Result<Box<dyn Sources>, SourceCause>;

/// In the order in which folders are looked at.
const LANGUAGES: [Language; 5] = [
    Language {
        name: "Rust",
        extensions: &["rs"],
        markers: &["Cargo.toml"],
        without_marker: false,
        open: cargo::open,
    },
    Language { name: "Go", extensions: &["go"], markers: &["go.mod"], without_marker: false, open: go::open },
    Language {
        name: "JavaScript",
        extensions: &["ts", "mts", "tsx", "js", "mjs", "jsx", "cjs", "cts"],
        markers: &JAVASCRIPT_MARKERS,
        without_marker: false,
        open: open_javascript,
    },
    Language {
        name: "Python",
        extensions: &["py"],
        markers: &python::MAIN_FILES,
        without_marker: true,
        open: python::open,
    },
    Language { name: "C", extensions: &c::EXTENSIONS, markers: &[], without_marker: true, open: c::open },
];

#[cfg(not(feature = "javascript"))]
fn open_javascript(
    _path: PathBuf,
    _options: &SourceOptions,
    _progress: &mut dyn Progress,
) -> Result<Box<dyn Sources>, SourceCause> {
    Err(SourceCause::UnknownLanguage)
}

/// The language of a file; none when it is no source.
pub(super) fn of_file(file: &Path) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| has_extension(file, language.extensions))
}

/// The folder that a file stands for: a package is named by its manifest too, which is no source itself.
pub(super) fn of_manifest(file: &Path) -> Option<&Path> {
    let is_marker = |language: &Language| language.markers.iter().any(|marker| file.ends_with(marker));
    let is_manifest = of_file(file).is_none() && LANGUAGES.iter().any(is_marker);
    file.parent().filter(|_| is_manifest)
}

/// The language of a folder.
pub(super) fn of_folder(folder: &Path) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| {
        let is_marked = language.markers.iter().any(|marker| folder.join(marker).is_file());
        is_marked || (language.without_marker && !files_in(folder, language.extensions).is_empty())
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{of_file, of_folder, of_manifest};

    #[test]
    fn a_file_is_known_by_its_extension() {
        for (name, language) in
            [("lib.rs", "Rust"), ("a.go", "Go"), ("b.mts", "JavaScript"), ("app.py", "Python"), ("x.cc", "C")]
        {
            assert_eq!(of_file(Path::new(name)).map(|it| it.name), Some(language), "{name}");
        }
        for name in ["hello.wasm", "Makefile", "a.h", ".py"] {
            assert!(of_file(Path::new(name)).is_none(), "{name}");
        }
    }

    #[test]
    fn a_manifest_stands_for_its_folder() {
        for name in ["/h/Cargo.toml", "/h/go.mod", "/h/package.json"] {
            assert_eq!(of_manifest(Path::new(name)), Some(Path::new("/h")), "{name}");
        }
        for name in ["/h/app.py", "/h/index.ts", "/h/hello.wasm"] {
            assert_eq!(of_manifest(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn a_folder_is_known_by_the_first_marker_and_else_by_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let name = || of_folder(folder.path()).map(|language| language.name);
        assert_eq!(name(), None);
        for (file, language) in [
            ("hidden.h", None),
            (".hidden.c", None),
            ("lib.rs", None),
            ("a.go", None),
            ("a.c", Some("C")),
            ("a.py", Some("Python")),
            ("app.ts", Some("JavaScript")),
            ("go.mod", Some("Go")),
            ("Cargo.toml", Some("Rust")),
        ] {
            fs::write(folder.path().join(file), "").unwrap();
            assert_eq!(name(), language, "{file}");
        }
    }
}
