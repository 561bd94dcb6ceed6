//! Takes all native code out of packages: a component holds none but its own.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::neighbours::Neighbours;
use super::packages::Stripped;
use doverb_compile::regular_file;

/// Takes all native code out of a folder of packages: those that can do without have Python's in its place. Where the rest is
/// more than a component may bring along, they are left out as a whole.
pub(super) fn strip(folder: &Path) -> io::Result<Vec<Stripped>> {
    let mut all = Vec::new();
    for (info, record) in records(folder) {
        let (native, others): (Vec<_>, Vec<_>) = record.into_iter().partition(|file| is_native(file));
        if native.is_empty() {
            continue;
        }
        native.iter().try_for_each(|file| remove(&folder.join(file)))?;
        let top = |file: &PathBuf| {
            let first = file.iter().next()?.to_str()?;
            (!first.ends_with(".dist-info")).then(|| first.trim_end_matches(".py").to_owned())
        };
        let mut parts: Vec<String> = native.iter().chain(&others).filter_map(top).collect();
        parts.sort_unstable();
        parts.dedup();
        let name = info.split('-').next().unwrap_or_default().to_owned();
        all.push((Stripped { name, parts, absent: None }, others));
    }
    let mut rest = Neighbours::default();
    rest.below(folder);
    if rest.too_many {
        all.iter().flat_map(|(_, files)| files).try_for_each(|file| remove(&folder.join(file)))?;
    }
    Ok(all.into_iter().map(|(package, _)| package).collect())
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_native(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    [".so", ".pyd", ".dylib"].iter().any(|end| name.ends_with(end)) || name.contains(".so.")
}

/// Bytes of a distribution's list of its files.
const MAX_RECORD: u64 = 16 << 20;

/// The distributions in a folder, with the files of each that lie in it.
fn records(folder: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut infos: Vec<_> = names.filter(|name| name.ends_with(".dist-info")).collect();
    infos.sort_unstable();
    let files = |info: &String| {
        let record = regular_file::text(&folder.join(info).join("RECORD"), MAX_RECORD).unwrap_or_default();
        let path = |line: &str| PathBuf::from(line.split(',').next().unwrap_or_default());
        let is_here = |path: &PathBuf| path.components().all(|part| matches!(part, Component::Normal(_)));
        record.lines().map(path).filter(is_here).collect()
    };
    infos.into_iter().map(|info| (info.clone(), files(&info))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_stripped_of_native_code() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, files: &[&str]| {
            for file in files {
                let path = folder.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
            let info = folder.path().join(name);
            fs::create_dir_all(&info).unwrap();
            let lines: String = files.iter().map(|file| format!("{file},sha256=x,1\n")).collect();
            fs::write(info.join("RECORD"), lines + "../../bin/tool,,\n").unwrap();
        };
        put("fast-1.0.dist-info", &["fast/__init__.py", "fast/_speed.cpython-311.so", "fast.libs/libc.so.6"]);
        put("pure-2.0.dist-info", &["pure.py"]);
        let stripped = strip(folder.path()).unwrap();
        let parts = ["fast", "fast.libs"].map(str::to_owned).to_vec();
        assert_eq!(stripped, [Stripped { name: "fast".into(), parts, absent: None }]);
        assert!(folder.path().join("fast/__init__.py").exists());
        assert!(!folder.path().join("fast/_speed.cpython-311.so").exists());
    }
}
