//! What each language's module makes of its sources, and how files and folders of any language are taken up.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use super::depfiles::Inputs;
use super::error::SourceCause;
use doverb_compile::Progress;

/// Sources of one language, at one place.
pub(super) trait Sources: Debug + Send {
    /// The name of the `.wasm` file: `hello.wasm`.
    fn wasm_name(&self) -> String;

    /// The file or folder that the user named, absolute, symbolic links as they are.
    fn root(&self) -> &Path;

    /// What brings most of the component's code, where that is not the sources.
    fn runtime(&self) -> Option<&str> {
        None
    }

    /// Makes the component, and says where it is. What is wrong with the sources goes to `progress`.
    fn build(&mut self, progress: &mut dyn Progress) -> Result<PathBuf, SourceCause>;

    /// What the last build has read, and what the next one will.
    fn inputs(&self) -> Inputs;
}

/// The visible files right in a folder that have one of the extensions, in the order of their names.
pub(super) fn files_in(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_hidden =
        |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let is_one = |path: &PathBuf| has_extension(path, extensions) && !is_hidden(path) && path.is_file();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_one).collect();
    files.sort();
    files
}

pub(super) fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.contains(&extension))
}

/// The folder that sources are in, and the only file of them unless a folder was named.
pub(super) fn folder_and_file(path: &Path) -> (PathBuf, Option<PathBuf>) {
    if path.is_dir() {
        return (path.to_owned(), None);
    }
    (path.parent().unwrap_or(path).to_owned(), Some(path.to_owned()))
}

/// The name of the `.wasm` file for sources at `root`.
pub(super) fn named_after(root: &Path, is_folder: bool) -> String {
    let name = if is_folder { root.file_name() } else { root.file_stem() };
    format!("{}.wasm", name.unwrap_or("handler".as_ref()).display())
}
