//! What a file's path says of it.

use std::path::{Path, PathBuf};

use super::finder::package;

/// Whether a file is of the package of this name.
pub(super) fn is_package(path: &Path, name: &str) -> bool {
    package_of(path).as_deref() == Some(name)
}

/// The package that a file is of.
pub(super) fn package_of(path: &Path) -> Option<String> {
    let text = path.display().to_string();
    let (_, inner) = text.rsplit_once("node_modules/")?;
    package(inner).map(str::to_owned)
}

/// The folder of the package that a file is of.
pub(super) fn folder_of(path: &Path) -> Option<PathBuf> {
    let text = path.to_str()?;
    let (outer, inner) = text.rsplit_once("node_modules/")?;
    package(inner).map(|name| Path::new(&format!("{outer}node_modules")).join(name))
}

/// A path without `.` and `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{folder_of, normal};

    #[test]
    fn a_package_has_its_folder() {
        let found = folder_of(Path::new("/a/node_modules/@b/c/d/e.js"));
        assert_eq!(found, Some(PathBuf::from("/a/node_modules/@b/c")));
        assert_eq!(folder_of(Path::new("/a/b.js")), None);
    }

    #[test]
    fn paths_lose_their_detours() {
        assert_eq!(normal(Path::new("/a/./b/../c")), PathBuf::from("/a/c"));
    }
}
