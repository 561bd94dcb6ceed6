//! Handlers that fill their stores.

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
