//! Which files a build reads: found by walking folders, and from the list that the compiler leaves.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// How many files one source may have; a folder with more is watched in part.
const MAX_FILES: usize = 10_000;
/// Bytes of a compiler's list of what it has read.
pub(super) const MAX_DEP_INFO: u64 = 16 << 20;
/// How deep folders are followed.
const MAX_DEPTH: usize = 32;
/// How many symbolic links one path may go through, as in Linux.
const MAX_LINKS: usize = 40;

/// The files that a build reads, and the folders whose entries matter.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) files: BTreeSet<PathBuf>,
    pub(super) folders: BTreeSet<PathBuf>,
}

impl Inputs {
    /// Adds a file, or every file below a folder except for what is in `skipped`.
    pub(super) fn add(&mut self, path: &Path, skipped: &Path) {
        self.walk(path, skipped, MAX_DEPTH);
    }

    fn walk(&mut self, path: &Path, skipped: &Path, depth: usize) {
        if path == skipped || self.files.len() >= MAX_FILES {
            return;
        }
        if !path.is_dir() {
            self.files.insert(path.to_owned());
            return;
        }
        // A link that leads back up is a folder seen before, or too deep.
        if depth == 0 || !self.folders.insert(path.to_owned()) {
            return;
        }
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            if !is_editors(&entry.file_name()) {
                self.walk(&entry.path(), skipped, depth - 1);
            }
        }
    }
}

/// Swap files, backups and the like come and go while one types; version control writes at will.
fn is_editors(name: &OsString) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") || name.starts_with(b"#") || name.ends_with(b"~") || name == b"4913"
}

/// The inputs in a dep-info file as rustc and Cargo write it: `OUTPUT: INPUT INPUT ...`, with
/// spaces in names escaped by a backslash.
pub(super) fn from_dep_info(text: &str) -> Vec<PathBuf> {
    let mut inputs = Vec::new();
    // Further lines are phony rules for each input, environment variables and checksums.
    let Some((_, list)) = text.lines().next().and_then(|line| line.split_once(": ")) else { return inputs };
    let mut name = String::new();
    let mut characters = list.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&' ') => name.extend(characters.next()),
            ' ' => inputs.push(PathBuf::from(std::mem::take(&mut name))),
            other => name.push(other),
        }
    }
    inputs.push(PathBuf::from(name));
    inputs.retain(|path| !path.as_os_str().is_empty());
    inputs
}

/// The folders in which `path`, or a symbolic link that it goes through, can be replaced. Where
/// the way ends early, the last folder that exists.
pub(super) fn on_the_way(path: &Path) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    let mut here = PathBuf::from("/");
    let mut steps: VecDeque<OsString> = steps_of(path).collect();
    let mut links = 0;
    while let Some(step) = steps.pop_front() {
        if step == ".." {
            here.pop();
            continue;
        }
        let next = here.join(&step);
        match fs::read_link(&next) {
            Ok(target) if links < MAX_LINKS => {
                links += 1;
                folders.insert(here.clone());
                if target.is_absolute() {
                    here = PathBuf::from("/");
                }
                steps_of(&target)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .for_each(|step| steps.push_front(step));
            }
            _ if steps.is_empty() || !next.exists() => {
                folders.insert(here);
                break;
            }
            _ => here = next,
        }
    }
    folders
}

fn steps_of(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::{Inputs, from_dep_info, on_the_way};

    #[test]
    fn dep_info_names_its_inputs() {
        let text = "/t/hello.wasm: /a/src/lib.rs /b\\ c/x.wit /d\\e\n\n/a/src/lib.rs:\n";
        let expected: Vec<PathBuf> = ["/a/src/lib.rs", "/b c/x.wit", "/d\\e"].map(PathBuf::from).into();
        assert_eq!(from_dep_info(text), expected);
        assert!(from_dep_info("/t/hello.wasm:").is_empty());
        assert!(from_dep_info("").is_empty());
    }

    #[test]
    fn folders_are_walked_without_what_was_built_and_what_editors_leave() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["src/a.rs", "src/deep/b.rs", "src/.a.rs.swp", "src/a.rs~", "target/x.rs"] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        symlink(root, root.join("src/loop")).unwrap();
        let mut inputs = Inputs::default();
        inputs.add(&root.join("src"), &root.join("target"));
        let below = |path: &PathBuf| path.strip_prefix(root).unwrap().components().count() < 4;
        let files: BTreeSet<PathBuf> = inputs.files.iter().filter(|path| below(path)).cloned().collect();
        assert!(files.contains(&root.join("src/a.rs")), "{files:?}");
        assert!(files.contains(&root.join("src/deep/b.rs")), "{files:?}");
        assert!(
            !files.iter().any(|path| path.ends_with("a.rs~") || path.ends_with(".a.rs.swp")),
            "{files:?}"
        );
        let mut all = Inputs::default();
        all.add(root, &root.join("target"));
        assert!(!all.files.contains(&root.join("target/x.rs")));
    }

    #[test]
    fn links_on_the_way_are_watched_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("releases/1")).unwrap();
        fs::write(root.join("releases/1/hello.wasm"), "").unwrap();
        fs::create_dir(root.join("app")).unwrap();
        symlink("../releases/1", root.join("app/current")).unwrap();
        let watched = on_the_way(&root.join("app/current/hello.wasm"));
        assert_eq!(watched, BTreeSet::from([root.join("app"), root.join("releases/1")]));
    }

    #[test]
    fn the_last_folder_that_exists_is_watched() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        assert_eq!(on_the_way(&root.join("not/yet/hello.wasm")), BTreeSet::from([root.clone()]));
        assert_eq!(on_the_way(&root.join("hello.wasm")), BTreeSet::from([root]));
        assert_eq!(on_the_way(Path::new("/")), BTreeSet::new());
    }

    #[test]
    fn links_in_a_circle_end() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        symlink(root.join("b"), root.join("a")).unwrap();
        symlink(root.join("a"), root.join("b")).unwrap();
        assert!(on_the_way(&root.join("a/hello.wasm")).contains(&root));
    }
}
