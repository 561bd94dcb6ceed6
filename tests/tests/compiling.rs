//! Compiling a large component: what is kept for its next version, and what somebody at a terminal sees of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use doverb_tests::artifacts::binary;
use doverb_tests::command::run;
use doverb_tests::{LATER, padded};

/// The files of a cache with this extension.
fn of_kind(cache: &Path, kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache).expect("the cache").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == kind)).collect()
}

#[test]
fn the_functions_of_a_large_component_are_kept_for_its_next_version_and_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (wasm, cache) = (folder.path().join("large.wasm"), folder.path().join("cache"));
    let build = |padding: u8| {
        fs::write(&wasm, padded("hello", &vec![padding; 2 << 20])).expect("a file");
        let mut command = Command::new(binary());
        command.arg("build").arg(&wasm).arg("-o").arg(&wasm).env("DOVERB_CACHE_DIR", &cache);
        let outcome = run(command, LATER);
        assert_eq!((outcome.code, outcome.stderr.len()), (Some(0), 0), "{outcome:#?}");
    };
    build(1);
    let [functions] = &of_kind(&cache, "functions")[..] else { panic!("not one file") };
    let read = || fs::read(functions).expect("the file");
    let first = read();
    assert!(first.starts_with(b"doverb functions 1\n"));
    build(2);
    fs::write(functions, &first[..first.len() / 2]).expect("it is ours");
    build(3);
    assert!(read().len() > first.len() * 9 / 10, "a damaged one is made anew");
    assert_eq!(of_kind(&cache, "cwasm").len(), 3, "each version was compiled");
    assert_eq!(of_kind(&cache, "functions").len(), 1);
    // The code is the same with and without them.
    let mut code = of_kind(&cache, "cwasm").into_iter().map(|path| fs::read(path).expect("the code"));
    let one = code.next().expect("three versions");
    assert!(code.all(|other| other == one));
}

#[test]
fn compiling_shows_on_a_terminal_how_far_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let wasm = folder.path().join("large.wasm");
    fs::write(&wasm, padded("probe", &vec![0; 2 << 20])).expect("a file");
    let mut command = Command::new("python3");
    command.args(["-c", "import pty, sys; pty.spawn(sys.argv[1:])"]);
    command.arg(binary()).arg("build").arg(&wasm).arg("-o").arg(&wasm);
    command.env("DOVERB_CACHE_DIR", folder.path().join("cache")).env("TERM", "xterm");
    let outcome = run(command, LATER);
    let shown = outcome.stdout.join("\n");
    assert!(shown.contains("Compiling large.wasm [") && shown.contains(" % "), "{shown:?}");
}
