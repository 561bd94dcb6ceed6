//! The languages that handlers are built from. A further one is an entry of the table, and a module with its [`Sources`].

use std::io::Read;
use std::path::{Path, PathBuf};

use doverb_compile::{Progress, regular_file};

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
    /// What a file of it says that is a handler by itself; Rust has none, whose files are a package.
    handlers_say: &'static [u8],
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
        handlers_say: b"",
        open: cargo::open,
    },
    Language {
        name: "Go",
        extensions: &["go"],
        markers: &["go.mod"],
        without_marker: false,
        handlers_say: b"\"doverb\"",
        open: go::open,
    },
    Language {
        name: "JavaScript",
        extensions: &["ts", "mts", "tsx", "js", "mjs", "jsx", "cjs", "cts"],
        markers: &JAVASCRIPT_MARKERS,
        without_marker: false,
        handlers_say: b"BaseHTTPRequestHandler",
        open: open_javascript,
    },
    Language {
        name: "Python",
        extensions: &["py"],
        markers: &python::MAIN_FILES,
        without_marker: true,
        handlers_say: b"HTTPRequestHandler",
        open: python::open,
    },
    Language {
        name: "C",
        extensions: &c::EXTENSIONS,
        markers: &[],
        without_marker: true,
        handlers_say: b"doverb.h",
        open: c::open,
    },
];

#[cfg(not(feature = "javascript"))]
fn open_javascript(
    _path: PathBuf,
    _options: &SourceOptions,
    _progress: &mut dyn Progress,
) -> Result<Box<dyn Sources>, SourceCause> {
    Err(SourceCause::Refused("this server was built without JavaScript and TypeScript".into()))
}

/// The language of a file; none when it is no source.
pub(super) fn of_file(file: &Path) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| has_extension(file, language.extensions))
}

/// The language of a file that has no ending, by its first line: `#!/usr/bin/env python3`. Only who names such a file means it.
pub(super) fn of_script(file: &Path) -> Option<&'static Language> {
    if file.extension().is_some() {
        return None;
    }
    let text = regular_file::text(file, MAX_LOOK).ok()?;
    let command = text.lines().next()?.strip_prefix("#!")?;
    let words = command.split_whitespace().filter_map(|word| word.rsplit('/').next());
    let is_python = words.take(3).any(|word| word.starts_with("python"));
    LANGUAGES.iter().find(|language| is_python && language.name == "Python")
}

/// The folder that a file stands for, and its language: a package is named by its manifest too, which is no source itself.
pub(super) fn of_manifest(file: &Path) -> Option<(&Path, &'static Language)> {
    let is_marker = |language: &&Language| language.markers.iter().any(|marker| file.ends_with(marker));
    let language = LANGUAGES.iter().find(is_marker).filter(|_| of_file(file).is_none())?;
    Some((file.parent()?, language))
}

impl Language {
    /// Whether a file alone can be a handler.
    pub(super) fn is_served_from_a_file(&self) -> bool {
        self.name != "Rust"
    }
}

/// Whether a file marks a folder. The scripts of a site are for its pages.
fn marks(folder: &Path, name: &str) -> bool {
    let file = folder.join(name);
    let has_page_or_handler =
        || folder.join("index.html").is_file() || !files_in(folder, &["wasm"]).is_empty();
    file.is_file() && !(is_for_browsers(&file) && has_page_or_handler())
}

/// What a script has that is a handler.
const WORDS_OF_HANDLERS: [&[u8]; 5] =
    [b"doverb", b"BaseHTTPRequestHandler", b"export default", b"as default", b"module.exports"];
/// So much of a script is looked at.
const MAX_LOOK: u64 = 1 << 20;

/// Whether a file is a script that no server could serve with, and a page may want.
pub(super) fn is_for_browsers(file: &Path) -> bool {
    if !has_extension(file, &["js", "mjs"]) {
        return false;
    }
    says(file, &WORDS_OF_HANDLERS) == Some(false)
}

/// Whether one of these words stands in a file; none where that can't be read.
fn says(file: &Path, words: &[&[u8]]) -> Option<bool> {
    let mut text = Vec::new();
    regular_file::open(file).and_then(|file| file.take(MAX_LOOK).read_to_end(&mut text)).ok()?;
    let has = |word: &&[u8]| !word.is_empty() && text.windows(word.len()).any(|part| part == *word);
    Some(words.iter().any(has))
}

/// The languages in which a folder is a handler by itself, each with the file that says so. More than one leaves a choice, which
/// is the user's; none is left where what lies there may be handlers of their own, as `a.py` and `b.py` are.
pub(super) fn claims(folder: &Path) -> Vec<(&'static str, String)> {
    let marker = |language: &Language, weak: bool| {
        let is_weak = |name: &str| name.starts_with("index.");
        let marks = |name: &&&str| is_weak(name) == weak && marks(folder, name);
        language.markers.iter().find(marks).map(|name| (language.name, (*name).to_owned()))
    };
    let strong: Vec<_> = LANGUAGES.iter().filter_map(|language| marker(language, false)).collect();
    let index: Vec<_> = LANGUAGES.iter().filter_map(|language| marker(language, true)).collect();
    let is_other = |name: &str| strong.iter().all(|(language, _)| *language != name);
    if !strong.is_empty() {
        let mut all = strong.clone();
        all.extend(index.into_iter().filter(|(name, _)| is_other(name)));
        if let [(name, marker)] = &all[..]
            && of_file(Path::new(marker)).is_some()
        {
            // A manifest makes a package, with whatever scripts; a source is one handler, and may lie beside others.
            all.extend(handler_besides(folder, name));
        }
        return all;
    }
    // What is there without a marker, with the first file of each.
    let loose: Vec<_> = LANGUAGES
        .iter()
        .filter(|language| language.without_marker)
        .filter_map(|language| {
            let files = files_in(folder, language.extensions);
            let name = files.first()?.file_name()?.to_string_lossy().into_owned();
            Some(((language.name, name), files.len()))
        })
        .collect();
    if !index.is_empty() {
        return index.into_iter().chain(loose.into_iter().map(|(claim, _)| claim)).collect();
    }
    match &loose[..] {
        // Several programs in Python are several handlers; several files in C are one.
        [(claim, count)] if (claim.0 == "C" || *count == 1) && is_alone(folder, claim.0) => {
            vec![claim.clone()]
        }
        _ => Vec::new(),
    }
}

/// A file in a folder that is a handler, and not of this language.
fn handler_besides(folder: &Path, language: &str) -> Option<(&'static str, String)> {
    LANGUAGES.iter().filter(|other| other.name != language).find_map(|other| {
        let says_so = |file: &&PathBuf| says(file, &[other.handlers_say]) == Some(true);
        let files = files_in(folder, other.extensions);
        Some((other.name, files.iter().find(says_so)?.file_name()?.to_string_lossy().into_owned()))
    })
}

/// Whether nothing but sources of this language could be a handler there.
fn is_alone(folder: &Path, language: &str) -> bool {
    let others = LANGUAGES.iter().filter(|other| other.name != language && other.is_served_from_a_file());
    let has_others = others
        .flat_map(|other| other.extensions)
        .chain(&["wasm"])
        .any(|extension| !files_in(folder, &[extension]).is_empty());
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_hidden = |path: &Path| {
        path.file_name().is_some_and(|name| matches!(name.as_encoded_bytes().first(), Some(b'.' | b'_')))
    };
    let is_one =
        |path: &Path| LANGUAGES.iter().any(|other| other.markers.iter().any(|marker| marks(path, marker)));
    !has_others && !entries.into_iter().any(|path| path.is_dir() && !is_hidden(&path) && is_one(&path))
}

/// The language of a folder.
pub(super) fn of_folder(folder: &Path) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| {
        let is_marked = language.markers.iter().any(|marker| marks(folder, marker));
        is_marked || (language.without_marker && !files_in(folder, language.extensions).is_empty())
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{claims, is_for_browsers, of_file, of_folder, of_manifest};

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
    fn a_script_of_a_page_makes_no_handler_of_a_site() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("app.js");
        fs::write(&script, "document.title = 'x';").unwrap();
        assert!(is_for_browsers(&script));
        assert_eq!(claims(folder.path()).len(), 1, "who has no page is told what a handler is");
        fs::write(folder.path().join("index.html"), "").unwrap();
        assert_eq!(claims(folder.path()), []);
        fs::write(&script, "import 'doverb';").unwrap();
        assert_eq!(claims(folder.path()).len(), 1);
    }

    #[test]
    fn a_handler_beside_one_of_another_language_leaves_a_choice() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let names = || claims(folder.path()).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        put("app.py", "from http.server import BaseHTTPRequestHandler");
        for (name, text, is_handler) in [
            ("main.go", "package main\nimport \"doverb\"", true),
            ("tool.go", "package main\nimport \"fmt\"", false),
            ("fast.c", "#include <Python.h>", false),
            ("shop.c", "#include \"doverb.h\"", true),
            ("page.js", "export default 1", false),
            ("shop.js", "import { BaseHTTPRequestHandler } from 'doverb'", true),
            ("other.py", "import http.server", false),
            ("lib.rs", "", false),
        ] {
            put(name, text);
            let expected = if is_handler { vec!["app.py", name] } else { vec!["app.py"] };
            assert_eq!(names(), expected);
            fs::remove_file(folder.path().join(name)).unwrap();
        }
        // A package may have scripts.
        put("Cargo.toml", "");
        fs::rename(folder.path().join("app.py"), folder.path().join("try.py")).unwrap();
        assert_eq!(names(), ["Cargo.toml"]);
    }

    #[test]
    fn a_manifest_stands_for_its_folder() {
        for name in ["/h/Cargo.toml", "/h/go.mod", "/h/package.json"] {
            assert_eq!(
                of_manifest(Path::new(name)).map(|(folder, _)| folder),
                Some(Path::new("/h")),
                "{name}"
            );
        }
        for name in ["/h/app.py", "/h/index.ts", "/h/hello.wasm"] {
            assert!(of_manifest(Path::new(name)).is_none(), "{name}");
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
