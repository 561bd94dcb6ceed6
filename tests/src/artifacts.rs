//! Where the things under test are. All of them are built by `tests/run`.

use std::path::{Path, PathBuf};

/// The guests' workspaces and the folder of `target/` that each is built into.
const WORKSPACES: [&str; 2] = ["guest/examples", "tests/guests"];

/// The repository's root.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is a folder of the repository")
}

/// A guest that was built for the tests, by its package's name: `hello`, `probe`.
///
/// # Panics
///
/// When it has not been built.
#[must_use]
pub fn guest(name: &str) -> PathBuf {
    let file = format!("target/wasm32-wasip2/release/{}.wasm", name.replace('-', "_"));
    let places = WORKSPACES.map(|workspace| repository().join(workspace).join(&file));
    let found = places.iter().find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("the guest {name} is not built: run the tests with tests/run")).clone()
}

/// The bytes of such a guest, with a section that nobody reads.
///
/// # Panics
///
/// When it has not been built.
#[must_use]
pub fn padded(name: &str, padding: &[u8]) -> Vec<u8> {
    let mut wasm = std::fs::read(guest(name)).expect("the guest");
    // A custom section: its id, its size as LEB128, and a name of one letter.
    wasm.push(0);
    let mut size = padding.len() + 2;
    while size >= 0x80 {
        wasm.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    wasm.extend([size as u8, 1, b'p']);
    wasm.extend_from_slice(padding);
    wasm
}

/// The `doverb` binary: `DOVERB_BIN`, or the one beside the tests in the target folder.
///
/// # Panics
///
/// When it has not been built.
#[must_use]
pub fn binary() -> PathBuf {
    let path = std::env::var_os("DOVERB_BIN").map_or_else(|| profile_folder().join("doverb"), PathBuf::from);
    assert!(path.is_file(), "{} is not there: run the tests with tests/run", path.display());
    path
}

/// An example of the host's, by its name: built with the tests of the workspace.
///
/// # Panics
///
/// When it has not been built.
#[must_use]
pub fn example(name: &str) -> PathBuf {
    let path = profile_folder().join("examples").join(name);
    assert!(path.is_file(), "{} is not there: run the tests with tests/run", path.display());
    path
}

/// A tool that `tests/run` installs into `target/tools`.
///
/// # Panics
///
/// When it has not been installed.
#[must_use]
pub fn tool(path: &str) -> PathBuf {
    let path = profile_folder().parent().expect("the target folder").join("tools").join(path);
    assert!(path.is_file(), "{} is missing. Install it: tests/run --set-up", path.display());
    path
}

/// The Python environment that holds the tools of other languages.
#[must_use]
pub fn tools() -> PathBuf {
    profile_folder().parent().expect("the target folder").join("tools/python")
}

/// The folder for the compiled code of guests. All tests share it, so that each guest is compiled once.
#[must_use]
pub fn cache() -> PathBuf {
    profile_folder().join("doverb-tests-cache")
}

/// Where Cargo builds packages that tests make. All of them share it, so that what they depend on is compiled once: their names
/// differ, or they are never built at the same time.
#[must_use]
pub fn packages() -> PathBuf {
    profile_folder().join("doverb-tests-packages")
}

/// `target/debug`: a test is `target/debug/deps/<name>-<hash>`.
fn profile_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    test.ancestors().nth(2).expect("a test is in target/<profile>/deps").to_owned()
}
