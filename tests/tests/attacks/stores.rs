//! Handlers that fill their stores, and files of stores that something else takes away.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use doverb_tests::Server;

/// Bytes that the stores may have.
const SIZE: u64 = 2 << 20;

fn serve(folder: &Path) -> Server {
    let store = format!("default={}/data.redb", folder.display());
    Server::with("powers", &["--keyvalue", &store, "--keyvalue-size", "2MiB", "--cpu-time", "60s"])
}

/// Fills the store with entries of this kind, so many at a time, until it takes no more.
fn fill(server: &Server, count: u64, value: &str) -> u64 {
    let mut client = server.connect();
    for page in 0.. {
        let set = client.get(&format!("/set-many?key={page:x}.&count={count}&value={value}")).text();
        if set != "set" {
            assert!(set.starts_with("the store is full"), "{set}");
            return page * count;
        }
    }
    unreachable!("it is full at some time")
}

#[test]
fn a_file_of_very_many_tiny_entries_is_as_bounded_as_any() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let entries = fill(&server, 1000, "");
    assert!(entries > 0 && entries * 128 < SIZE, "{entries}");
    let file = fs::metadata(folder.path().join("data.redb")).expect("the file");
    assert!(file.size() <= 4 * SIZE, "{} bytes for {entries} entries", file.size());
}

#[test]
fn a_file_of_values_that_fill_its_pages_badly_is_bounded_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    fill(&server, 50, &"v".repeat(2_100));
    let file = fs::metadata(folder.path().join("data.redb")).expect("the file");
    assert!(file.size() <= 4 * SIZE, "{} bytes", file.size());
}

#[test]
fn a_file_that_is_removed_while_it_is_served_loses_nothing_in_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data.redb");
    let server = serve(folder.path());
    assert_eq!(server.text("/increment?key=n"), "1");
    fs::remove_file(&file).expect("the file");
    for path in ["/increment?key=n", "/get?key=n"] {
        assert_eq!(server.text(path), "the store cannot be used", "{path}");
    }
    let line = server.wait_for_log("it was removed while it was served");
    let (_, rest) = line.split_once("it is ").expect("where its values are");
    let kept = rest.split_once(')').expect("the end of a path").0;
    assert!(kept.starts_with("/proc/") && line.contains("Put it back"), "{line}");
    // As the line says.
    fs::copy(kept, &file).expect("its values are there");
    assert_eq!(server.text("/increment?key=n"), "2");
    server.wait_for_log("another file has taken its place");
    assert_eq!(server.logged("it was removed").len(), 1);
}

#[test]
fn a_file_that_takes_the_place_of_a_store_is_served_and_one_that_is_none_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let server = serve(folder.path());
    assert_eq!(server.text("/increment?key=n"), "1");
    fs::copy(at("data.redb"), at("older")).expect("a copy");
    assert_eq!(server.text("/increment?key=n"), "2");
    fs::write(at("text"), "no store").expect("a file");
    fs::rename(at("text"), at("data.redb")).expect("another file");
    assert_eq!(server.text("/increment?key=n"), "the store cannot be used");
    let line = server.wait_for_log("cannot be used");
    assert!(line.contains("a file of another kind, which has taken the place"), "{line}");
    assert_eq!(fs::read(at("data.redb")).expect("the file"), b"no store", "it is left as it is");
    fs::rename(at("older"), at("data.redb")).expect("another file");
    assert_eq!(server.text("/increment?key=n"), "2");
    server.wait_for_log("another file has taken its place");
}

#[test]
fn a_file_that_is_emptied_while_it_is_served_begins_anew_and_the_log_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    assert_eq!(server.text("/increment?key=n&delta=5"), "5");
    fs::write(folder.path().join("data.redb"), "").expect("the file");
    assert_eq!(server.text("/get?key=n"), "none");
    server.wait_for_log("it was emptied while it was served: its values are lost");
    assert_eq!(server.text("/increment?key=n"), "1");
    assert_eq!(server.logged("emptied").len(), 1);
}
