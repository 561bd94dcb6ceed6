//! The files beside a program, which its component brings along: it may read them, as it does where it was written.
//!
//! While it is built it sees a copy of them, in which it may write.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::SourceCause;
use doverb_compile::files::{File, MAX_BYTES, MAX_FILES};
use doverb_compile::regular_file;

const MAX_DEPTH: usize = 16;
/// Folders and files beside a program that are no part of it: installed packages, and what version control, environments, tools,
/// editors and systems leave.
const FOREIGN: [&str; 36] = [
    "__pycache__",
    "node_modules",
    "site-packages",
    ".git",
    ".hg",
    ".svn",
    ".bzr",
    ".jj",
    ".venv",
    ".direnv",
    ".tox",
    ".nox",
    ".eggs",
    ".pixi",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".pytype",
    ".pyre",
    ".hypothesis",
    ".coverage",
    ".ipynb_checkpoints",
    ".python_history",
    ".idea",
    ".vscode",
    ".vs",
    ".history",
    ".ropeproject",
    ".spyderproject",
    ".spyproject",
    ".settings",
    ".DS_Store",
    ".AppleDouble",
    ".Spotlight-V100",
    ".Trashes",
    ".directory",
];

/// How much may lie in the folder that a program is started in, so that it sees all of it.
const MAX_AT_START: (usize, u64) = (1_000, 16 << 20);

/// Whether a program that is started in a folder above its own sees all that lies there, as it does under Python. Where that is
/// much, or somebody's home, it is not meant.
pub(super) fn may_be_seen(start: &Path) -> bool {
    let mut all = Neighbours { most: MAX_AT_START, ..Neighbours::default() };
    all.below(start);
    let is_home = std::env::home_dir().is_some_and(|home| home == start);
    !is_home && !all.too_many
}

/// Whether something of this name is no part of a program, as what an editor keeps beside a file for as long as it is open.
fn is_foreign(name: &str) -> bool {
    let is_editors = || [".swp", ".swo", ".swx"].iter().any(|end| name.ends_with(end));
    let is_half_written =
        || [".doverb-", ".nfs", ".#", ".~lock."].iter().any(|begin| name.starts_with(begin));
    FOREIGN.contains(&name)
        || name.ends_with('~')
        || name.ends_with(".pyc")
        || (name.starts_with('.') && (is_editors() || is_half_written()))
}

/// Whether a file is a component, as builds leave them beside their sources. A page's own modules of WebAssembly are none.
fn is_component(file: &Path) -> bool {
    regular_file::read_up_to(file, 8).is_ok_and(|head| matches!(head[..], [0, b'a', b's', b'm', _, _, 1, 0]))
}

/// The files below a folder, and whether these are all.
#[derive(Debug)]
pub(super) struct Neighbours {
    pub(super) files: Vec<PathBuf>,
    /// The folders that these are in, and those that are empty.
    folders: Vec<PathBuf>,
    /// Folders that are looked into by nobody.
    without: Vec<PathBuf>,
    /// Files that are somebody else's, whatever they are called here.
    others: BTreeSet<(u64, u64)>,
    bytes: u64,
    /// How many files and folders were looked at: twice as many as there may be files, before that is given up.
    looks: usize,
    /// How many files there may be, and how many bytes.
    most: (usize, u64),
    pub(super) too_many: bool,
}

impl Default for Neighbours {
    fn default() -> Neighbours {
        Neighbours {
            files: Vec::new(),
            folders: Vec::new(),
            without: Vec::new(),
            others: BTreeSet::new(),
            bytes: 0,
            looks: 0,
            most: (MAX_FILES, MAX_BYTES),
            too_many: false,
        }
    }
}

impl Neighbours {
    /// None yet, and none of those in these folders: they are others' to change.
    pub(super) fn without(folders: Vec<PathBuf>) -> Neighbours {
        Neighbours { without: folders, ..Neighbours::default() }
    }

    /// Without these files either, by whatever name they lie there.
    pub(super) fn without_files(mut self, files: &[PathBuf]) -> Neighbours {
        let identity = |file: &PathBuf| fs::metadata(file).ok().map(|data| (data.dev(), data.ino()));
        self.others = files.iter().filter_map(identity).collect();
        self
    }

    /// All that lie below `folder`, but for what is no part of a program.
    pub(super) fn below(&mut self, folder: &Path) {
        self.walk(folder, MAX_DEPTH);
    }

    /// Those of a folder of packages that are in parts of these names, and what is told of the packages.
    pub(super) fn parts(&mut self, folder: &Path, names: &[String]) {
        let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let is_wanted = names.contains(&name) || name.ends_with(".dist-info");
            let Some(kind) = entry.file_type().ok().filter(|_| is_wanted) else { continue };
            if kind.is_dir() {
                self.walk(&path, MAX_DEPTH - 1);
                self.folders.push(path);
            } else if kind.is_file() {
                self.files.push(path);
            }
        }
    }

    /// Those right in `folder`.
    pub(super) fn right_in(&mut self, folder: &Path) {
        self.walk(folder, 0);
    }

    fn walk(&mut self, folder: &Path, depth: usize) {
        if self.without.iter().any(|other| other == folder) {
            return;
        }
        let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.looks += 1;
            let (files, bytes) = self.most;
            if self.looks > 2 * files || self.files.len() >= files || self.bytes > bytes {
                self.too_many = true;
                return;
            }
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            // What a link leads to may lie elsewhere, and be secret.
            let Ok(kind) = entry.file_type() else { continue };
            // It shows in a listing, as under Python, which makes it.
            if name == "__pycache__" && kind.is_dir() {
                self.folders.push(path);
                continue;
            }
            if is_foreign(&name) || kind.is_symlink() {
                continue;
            }
            if kind.is_dir() && depth > 0 {
                if !path.join("pyvenv.cfg").exists() {
                    self.walk(&path, depth - 1);
                    self.folders.push(path);
                }
            } else if kind.is_file() && !(name.ends_with(".wasm") && is_component(&path)) {
                let data = entry.metadata().ok();
                if data.as_ref().is_some_and(|data| self.others.contains(&(data.dev(), data.ino()))) {
                    continue;
                }
                self.bytes += data.map_or(0, |data| data.len());
                self.files.push(path);
            }
        }
        self.too_many |= self.bytes > self.most.1;
    }

    /// Puts copies of them into another folder.
    pub(super) fn copy(&self, folder: &Path, to: &Path) -> io::Result<()> {
        let place = |path: &Path| path.strip_prefix(folder).ok().map(|below| to.join(below));
        for path in self.folders.iter().filter_map(|path| place(path)) {
            fs::create_dir_all(path)?;
        }
        for (file, copy) in self.files.iter().filter_map(|file| Some((file, place(file)?))) {
            if let Some(above) = copy.parent() {
                fs::create_dir_all(above)?;
            }
            match fs::copy(file, &copy) {
                Ok(_) => {}
                // One that is not for us is not there for the program either.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound) =>
                {
                    continue;
                }
                Err(error) => return Err(error),
            }
            let changed = fs::File::options().write(true).open(&copy);
            if let (Ok(copy), Ok(time)) = (changed, fs::metadata(file).and_then(|data| data.modified())) {
                copy.set_modified(time)?;
            }
        }
        Ok(())
    }

    /// Their contents, with the paths where the program finds them; the empty one of a path that ends in a slash is a folder's.
    pub(super) fn read(&self, folder: &Path, place: &str) -> Result<Vec<File>, SourceCause> {
        let below = |path: &Path| Some(path.strip_prefix(folder).ok()?.to_str()?.to_owned());
        let folders = self.folders.iter().filter_map(|path| below(path));
        let folders = folders.map(|below| format!("{place}/{below}/"));
        let mut all: Vec<_> =
            folders.map(|path| File { path, content: Vec::new(), modified: None }).collect();
        // More than there may be in all is refused whoever reads on.
        let mut room = MAX_BYTES + 1;
        for file in &self.files {
            if room == 0 {
                break;
            }
            let Some(below) = file.strip_prefix(folder).ok().and_then(Path::to_str) else { continue };
            match regular_file::read_up_to(file, room) {
                Ok(content) => {
                    room -= content.len() as u64;
                    let modified = fs::metadata(file).and_then(|data| data.modified()).ok();
                    all.push(File { path: format!("{place}/{below}"), content, modified });
                }
                // One that is not for us is not there for the program either.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
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
    fn what_is_linked_or_foreign_stays_where_it_is() {
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
            ".well-known/security.txt",
            ".git/config",
            ".venv/lib.py",
            ".mypy_cache/x.json",
            "static/.DS_Store",
            ".app.py.swp",
            ".a.txt",
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
        let paths: Vec<_> = read.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "app/.well-known/",
                "app/__pycache__/",
                "app/static/",
                "app/.a.txt",
                "app/.env",
                "app/.well-known/security.txt",
                "app/app.py",
                "app/static/a.css"
            ]
        );
        assert!(
            read[3..].iter().all(|file| file.content == path_text().as_bytes() && file.modified.is_some())
        );
        let mut parts = Neighbours::default();
        parts.parts(folder.path(), &["static".to_owned(), "other".to_owned()]);
        let parts = parts.read(folder.path(), "app").unwrap();
        assert_eq!(
            parts.iter().map(|file| &*file.path).collect::<Vec<_>>(),
            ["app/static/", "app/static/a.css"]
        );
        let mut direct = Neighbours::default();
        direct.right_in(folder.path());
        assert_eq!(direct.files, [".a.txt", ".env", "app.py"].map(|name| folder.path().join(name)));
    }

    #[test]
    fn a_copy_has_what_is_hidden_and_empty_but_not_what_is_anothers() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["empty", "data", ".git"] {
            fs::create_dir(folder.path().join(path)).unwrap();
        }
        for path in [".env", "data/rows", ".git/config"] {
            fs::write(folder.path().join(path), "text").unwrap();
        }
        let mut found = Neighbours::without(vec![folder.path().join("data")]);
        found.below(folder.path());
        let copy = tempfile::tempdir().unwrap();
        found.copy(folder.path(), copy.path()).unwrap();
        let there = |path: &str| copy.path().join(path).exists();
        assert!(there(".env") && there("empty") && !there("data/rows") && !there(".git"));
        let time = |folder: &Path| fs::metadata(folder.join(".env")).unwrap().modified().unwrap();
        assert_eq!(time(folder.path()), time(copy.path()));
    }

    #[test]
    fn what_the_server_writes_is_no_neighbour_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["app.py", "data.redb", "log"] {
            fs::write(folder.path().join(path), "text").unwrap();
        }
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(folder.path().join("log"), elsewhere.path().join("stderr")).unwrap();
        let others = [folder.path().join("./data.redb"), elsewhere.path().join("stderr"), "/none".into()];
        let mut found = Neighbours::default().without_files(&others);
        found.below(folder.path());
        assert_eq!(found.files, [folder.path().join("app.py")]);
    }

    fn path_text() -> &'static str {
        "text"
    }

    #[test]
    fn a_program_sees_where_it_is_started_unless_that_is_full() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/app.py"), "").unwrap();
        assert!(may_be_seen(folder.path()));
        let large = fs::File::create(folder.path().join("large")).unwrap();
        large.set_len(MAX_AT_START.1 + 1).unwrap();
        assert!(!may_be_seen(folder.path()));
        large.set_len(0).unwrap();
        (0..MAX_AT_START.0).for_each(|file| fs::write(folder.path().join(file.to_string()), "").unwrap());
        assert!(!may_be_seen(folder.path()));
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
