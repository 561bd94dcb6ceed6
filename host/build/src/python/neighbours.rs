//! The files beside a program, which its component brings along: it may read them, as it does where it was written.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::SourceCause;
use doverb_compile::files::{MAX_BYTES, MAX_FILES};

/// How many files and folders are looked at before that is given up.
const MAX_LOOKS: usize = 2 * MAX_FILES;
const MAX_DEPTH: usize = 16;
/// Folders that hold no files of the program's own.
const FOREIGN: [&str; 3] = ["__pycache__", "node_modules", "site-packages"];

/// The files below a folder, and whether these are all.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    pub(super) files: Vec<PathBuf>,
    bytes: u64,
    looks: usize,
    pub(super) too_many: bool,
}

impl Neighbours {
    /// All that lie below `folder`, but for what is hidden or no part of a program.
    pub(super) fn below(&mut self, folder: &Path) {
        self.walk(folder, MAX_DEPTH);
    }

    /// Those right in `folder`.
    pub(super) fn right_in(&mut self, folder: &Path) {
        self.walk(folder, 0);
    }

    fn walk(&mut self, folder: &Path, depth: usize) {
        let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.looks += 1;
            if self.looks > MAX_LOOKS || self.files.len() >= MAX_FILES || self.bytes > MAX_BYTES {
                self.too_many = true;
                return;
            }
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            // What a link leads to may lie elsewhere, and be secret.
            let Ok(kind) = entry.file_type() else { continue };
            let is_left_out = name.starts_with('.') || name.ends_with('~') || name.ends_with(".pyc");
            if is_left_out || kind.is_symlink() {
                continue;
            }
            if kind.is_dir() && depth > 0 {
                if !FOREIGN.contains(&&*name) && !path.join("pyvenv.cfg").exists() {
                    self.walk(&path, depth - 1);
                }
            } else if kind.is_file() && !name.ends_with(".wasm") {
                self.bytes += entry.metadata().map_or(0, |data| data.len());
                self.files.push(path);
            }
        }
    }

    /// Their contents, with the paths where the program finds them.
    pub(super) fn read(&self, folder: &Path, place: &str) -> Result<Vec<(String, Vec<u8>)>, SourceCause> {
        let mut all = Vec::new();
        for file in &self.files {
            let Some(below) = file.strip_prefix(folder).ok().and_then(Path::to_str) else { continue };
            match fs::read(file) {
                Ok(content) => all.push((format!("{place}/{below}"), content)),
                // One that is not for us is not there for the program either.
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(SourceCause::Read(error)),
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_linked_or_foreign_stays_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, path_text()).unwrap();
        };
        for path in [
            "app.py",
            "static/a.css",
            ".env",
            ".git/config",
            "env/pyvenv.cfg",
            "env/lib.py",
            "__pycache__/x.py",
        ] {
            put(path);
        }
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let mut found = Neighbours::default();
        found.below(folder.path());
        let read = found.read(folder.path(), "app").unwrap();
        let paths: Vec<_> = read.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["app/app.py", "app/static/a.css"]);
        assert!(read.iter().all(|(_, content)| content == path_text().as_bytes()));
        let mut direct = Neighbours::default();
        direct.right_in(folder.path());
        assert_eq!(direct.files, [folder.path().join("app.py")]);
    }

    fn path_text() -> &'static str {
        "text"
    }

    #[test]
    fn a_folder_that_is_too_full_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = fs::File::create(folder.path().join("a.bin")).unwrap();
        file.set_len(MAX_BYTES + 1).unwrap();
        fs::write(folder.path().join("b.py"), "").unwrap();
        let mut found = Neighbours::default();
        found.below(folder.path());
        assert!(found.too_many);
    }
}
