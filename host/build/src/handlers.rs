//! Folders of handlers: each file or folder in it that is a handler has a path of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{SourceCause, SourceError};
use super::languages;
use super::sources::has_extension;

/// What a folder of handlers holds.
///
/// `shop.wasm`, `shop.py` and `shop/` are served at `/shop/`, a file or folder called `index` at `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandlerFolder {
    /// The handlers, in the order of their paths.
    pub handlers: Vec<InFolder>,
    /// All that is visible besides, in order: plain files, and folders without a handler.
    pub others: Vec<PathBuf>,
}

/// A handler in such a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InFolder {
    /// Where it is served: `/shop/`.
    pub path: String,
    /// The file or folder.
    pub source: PathBuf,
}

impl HandlerFolder {
    /// Looks into a folder; none where it is a handler itself, or no folder.
    ///
    /// # Errors
    ///
    /// When it can't be read, when it might be a handler in several languages, or when two handlers have the same path.
    pub fn look(folder: &Path) -> Result<Option<HandlerFolder>, SourceError> {
        let failed = |cause| SourceError { path: folder.to_owned(), cause };
        if !folder.is_dir() {
            return Ok(None);
        }
        match languages::claims(folder)[..] {
            [] => {}
            [_] => return Ok(None),
            [(_, ref one), (_, ref other), ..] => {
                return Err(failed(SourceCause::SeveralLanguages(one.clone(), other.clone())));
            }
        }
        HandlerFolder::of(folder).map(Some)
    }

    /// What is in a folder of which it is decided that it is one of handlers.
    ///
    /// # Errors
    ///
    /// When it can't be read, or when two handlers have the same path.
    pub fn of(folder: &Path) -> Result<HandlerFolder, SourceError> {
        HandlerFolder::read(folder).map_err(|cause| SourceError { path: folder.to_owned(), cause })
    }

    fn read(folder: &Path) -> Result<HandlerFolder, SourceCause> {
        let mut found = HandlerFolder::default();
        for entry in fs::read_dir(folder).map_err(SourceCause::Read)? {
            let path = entry.map_err(SourceCause::Read)?.path();
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            if name.starts_with(b".") || name.starts_with(b"_") {
                continue;
            }
            match is_handler(&path)? {
                true => found.handlers.push(InFolder { path: place(&path), source: path }),
                // Pipes, sockets and devices are nobody's to read.
                false if path.is_file() || path.is_dir() => found.others.push(path),
                false => {}
            }
        }
        found.handlers.sort();
        found.others.sort();
        let twice = found.handlers.windows(2).find(|pair| pair[0].path == pair[1].path);
        if let Some([one, other]) = twice {
            return Err(SourceCause::SamePath {
                path: one.path.clone(),
                sources: [file_name(&one.source), file_name(&other.source)],
            });
        }
        Ok(found)
    }
}

fn is_handler(path: &Path) -> Result<bool, SourceCause> {
    if path.is_dir() {
        return match languages::claims(path)[..] {
            // One that is known by what is in it, whatever its files are called.
            [] => Ok(languages::of_folder(path).is_some()),
            [_] => Ok(true),
            [(_, ref one), (_, ref other), ..] => {
                let name = file_name(path);
                Err(SourceCause::SeveralLanguages(format!("{name}/{one}"), format!("{name}/{other}")))
            }
        };
    }
    let is_source = languages::of_file(path).is_some_and(|language| language.is_served_from_a_file());
    let is_declaration = file_name(path).ends_with(".d.ts") || file_name(path).ends_with(".d.mts");
    let is_plain = is_declaration || languages::is_for_browsers(path);
    Ok(has_extension(path, &["wasm"]) || (is_source && !is_plain))
}

/// The path of a file or folder, by its name without what tells its kind.
fn place(path: &Path) -> String {
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let name = name.unwrap_or_default().as_encoded_bytes();
    if name == b"index" {
        return "/".into();
    }
    encoded(name)
}

/// The path of a plain file or folder, by its whole name: `/style.css/`.
pub fn place_of(name: &OsStr) -> String {
    encoded(name.as_encoded_bytes())
}

fn encoded(name: &[u8]) -> String {
    let mut place = String::from("/");
    for &byte in name {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                place.push(char::from(byte))
            }
            _ => place.push_str(&format!("%{byte:02X}")),
        }
    }
    place.push('/');
    place
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "// doverb").unwrap();
        }
        folder
    }

    fn paths(files: &[&str]) -> Vec<(String, String)> {
        let folder = folder(files);
        let found = HandlerFolder::look(folder.path()).unwrap().expect("a folder of handlers");
        found.handlers.iter().map(|it| (it.path.clone(), file_name(&it.source))).collect()
    }

    #[test]
    fn each_handler_has_the_path_of_its_name() {
        let found = paths(&[
            "shop.py",
            "index.wasm",
            "a b.js",
            "todo/package.json",
            "cart/main.c",
            "x/Cargo.toml",
            "style.css",
            "doverb.d.ts",
            "lib.rs",
            ".hidden.py",
            "_part.py",
            "pictures/a.png",
        ]);
        let expected = [
            ("/", "index.wasm"),
            ("/a%20b/", "a b.js"),
            ("/cart/", "cart"),
            ("/shop/", "shop.py"),
            ("/todo/", "todo"),
            ("/x/", "x"),
        ];
        assert_eq!(found, expected.map(|(path, name)| (path.to_owned(), name.to_owned())));
        let folder = folder(&["a.wasm", "style.css", "pictures/a.png"]);
        let others = HandlerFolder::look(folder.path()).unwrap().unwrap().others;
        assert_eq!(others, [folder.path().join("pictures"), folder.path().join("style.css")]);
    }

    #[test]
    fn a_folder_that_is_a_handler_itself_is_none() {
        for files in [
            &["app.py", "app.css", "lib.js"][..],
            &["only.py"],
            &["a.c", "b.c", "a.h"],
            &["index.js", "lib.js"],
            &["package.json", "build.py", "pictures/x.png"],
            &["Cargo.toml", "src/lib.rs", "main.py"],
        ] {
            let folder = folder(files);
            match HandlerFolder::look(folder.path()) {
                Ok(None) => {}
                // Two that would be one each are for the user to choose from.
                Err(error) => assert!(
                    matches!(error.cause, SourceCause::SeveralLanguages(..)) && files[0] == "Cargo.toml",
                    "{files:?}: {error}"
                ),
                other => panic!("{files:?}: {other:?}"),
            }
        }
        assert_eq!(HandlerFolder::look(Path::new("/nonexistent")).unwrap(), None);
    }

    #[test]
    fn two_languages_and_two_of_one_name_are_refused_by_name() {
        let refusal =
            |files: &[&str]| HandlerFolder::look(folder(files).path()).unwrap_err().cause.to_string();
        let text = refusal(&["app.py", "index.js"]);
        assert!(text.contains("app.py") && text.contains("index.js"), "{text}");
        let text = refusal(&["shop.py", "shop.wasm"]);
        assert!(text.contains("shop.py") && text.contains("shop.wasm") && text.contains("/shop/"), "{text}");
        let text = refusal(&["a.wasm", "two/go.mod", "two/main.py"]);
        assert!(text.contains("two/go.mod") && text.contains("two/main.py"), "{text}");
        let text = refusal(&["index.js", "shop.py", "cart.py"]);
        assert!(text.contains("index.js") && text.contains("cart.py"), "{text}");
    }
}
