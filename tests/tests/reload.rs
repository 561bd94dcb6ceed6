//! Hot reload: the answer changes, and no request ever fails on the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use doverb_tests::sources::serve_package;
use doverb_tests::{Client, LATER, Server, guest, repository, request};

const CONNECTIONS: usize = 16;

/// A folder with a copy of a guest, which a test may change.
struct Served {
    folder: tempfile::TempDir,
    server: Server,
}

impl Served {
    fn copy_of(name: &str) -> Served {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("handler.wasm");
        fs::copy(guest(name), &file).expect("the guest");
        let server = Server::start(&file, &["--watch"]);
        Served { folder, server }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("handler.wasm")
    }

    /// What a build tool does: the new content takes the old one's place in one step.
    fn replace(&self, content: &[u8]) {
        let new = self.folder.path().join("new");
        fs::write(&new, content).expect("a file");
        fs::rename(&new, self.file()).expect("a file");
    }

    /// Waits for a line that came after the first `mark` ones.
    fn wait_for_log(&self, mark: usize, text: &str) -> String {
        self.server.log.wait_after(mark, LATER, |line| line.contains(text))
    }
}

fn read(name: &str) -> Vec<u8> {
    fs::read(guest(name)).expect("the guest")
}

/// Asks over [`CONNECTIONS`] connections, without a pause, for as long as `act` lasts. Every answer must be
/// one of `expected`. The connections stay as they are: a reload must not even close one.
fn hammer(server: &Server, expected: &[&str], act: impl FnOnce()) -> Vec<u64> {
    let ends = AtomicBool::new(false);
    let counts: Vec<AtomicU64> = expected.iter().map(|_| AtomicU64::new(0)).collect();
    let ask = || {
        let mut client = server.connect();
        while !ends.load(Ordering::Relaxed) {
            let response = client.get("/");
            assert_eq!(response.status, 200, "{}", response.head());
            let text = response.text();
            let which = expected.iter().position(|answer| *answer == text);
            counts[which.unwrap_or_else(|| panic!("an answer of no version: {text:?}"))]
                .fetch_add(1, Ordering::Relaxed);
        }
        assert!(
            expected.last().is_some_and(|last| client.get("/").text() == *last),
            "the old version still serves"
        );
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(ask)).collect();
        // Whatever happens, the threads must end.
        let acted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        ends.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().expect("no request failed");
        }
        acted.expect("the version was changed");
    });
    counts.into_iter().map(AtomicU64::into_inner).collect()
}

/// Some requests were answered by each version, so the change fell into the middle of them.
fn all_versions_served(counts: &[u64]) {
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

/// A copy of the hello example outside of its workspace, as a user's own package is.
fn copy_of_hello(folder: &Path) -> PathBuf {
    let hello = folder.join("hello");
    fs::create_dir_all(hello.join("src")).expect("a folder");
    let sdk = repository().join("guest/rust");
    let manifest = format!(
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\ndoverb-guest = {{ path = {sdk:?} }}\n\n[workspace]\n"
    );
    fs::write(hello.join("Cargo.toml"), manifest).expect("a file");
    let examples = repository().join("guest/examples");
    fs::copy(examples.join("Cargo.lock"), hello.join("Cargo.lock")).expect("the lock file");
    fs::copy(examples.join("hello/src/lib.rs"), hello.join("src/lib.rs")).expect("the source");
    hello
}

#[test]
fn an_edit_of_the_source_changes_the_answer_and_no_request_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let hello = copy_of_hello(folder.path());
    let source = hello.join("src/lib.rs");
    let text = fs::read_to_string(&source).expect("the source");
    let server = serve_package(&hello, &["--watch", "--quiet"]);
    let counts = hammer(&server, &["Hello, World!", "Hello, Again!"], || {
        let mark = server.log.mark();
        fs::write(&source, text.replace("World", "Again")).expect("the source");
        server.log.wait_after(mark, LATER, |line| line.contains("reloaded hello (version 2)"));
    });
    all_versions_served(&counts);

    // A mistake in it changes nothing but the log.
    let mark = server.log.mark();
    fs::write(&source, text.replace("fn do_GET", "fn do_GET oops")).expect("the source");
    let line = server.log.wait_after(mark, LATER, |line| line.contains("the old version goes on serving"));
    assert!(line.contains("src/lib.rs:10:"), "the compiler's first error: {line}");
    assert_eq!(server.connect().get("/").text(), "Hello, Again!");

    // Its correction is one more version, which a connection that is open already gets too.
    let mut client = server.connect();
    assert_eq!(client.get("/").text(), "Hello, Again!");
    let mark = server.log.mark();
    fs::write(&source, text.replace("World", "Third")).expect("the source");
    server.log.wait_after(mark, LATER, |line| line.contains("reloaded hello (version 3)"));
    assert_eq!(client.get("/").text(), "Hello, Third!");
}

#[test]
fn a_new_file_changes_the_answer_and_no_request_fails() {
    let served = Served::copy_of("hello");
    let counts = hammer(&served.server, &["Hello, World!", "GET"], || {
        served.replace(&read("any"));
        served.wait_for_log(0, "reloaded handler.wasm (version 2)");
    });
    all_versions_served(&counts);
}

#[test]
fn a_file_written_in_place_is_loaded_when_it_is_whole() {
    let served = Served::copy_of("hello");
    let new = read("any");
    hammer(&served.server, &["Hello, World!", "GET"], || {
        fs::write(served.file(), &new[..new.len() / 2]).expect("the file");
        served.wait_for_log(0, "the old version goes on serving");
        fs::write(served.file(), &new).expect("the file");
        served.wait_for_log(0, "reloaded handler.wasm (version 2)");
    });
}

#[test]
fn what_cannot_serve_changes_nothing_but_the_log() {
    let served = Served::copy_of("hello");
    let whole = read("any");
    let mut client = served.server.connect();
    assert_eq!(client.get("/").text(), "Hello, World!");
    for (content, reason) in [
        (&whole[..whole.len() / 2], "it is cut off in the middle"),
        (b"", "it is empty"),
        (b"no WebAssembly at all", "it is not WebAssembly"),
        (&wat::parse_str("(component)").expect("it is valid"), "it exports no do-* function"),
    ] {
        let mark = served.server.log.mark();
        served.replace(content);
        let line = served.wait_for_log(mark, "the old version goes on serving");
        assert!(line.contains(reason), "{line}");
        assert_eq!(client.get("/").text(), "Hello, World!", "on the same connection");
        assert_eq!(served.server.connect().get("/").text(), "Hello, World!");
    }
    let mark = served.server.log.mark();
    fs::remove_file(served.file()).expect("the file");
    assert!(served.wait_for_log(mark, "goes on serving").contains("there is no such file"));
    assert_eq!(client.get("/").text(), "Hello, World!");
    served.replace(&whole);
    served.wait_for_log(mark, "reloaded handler.wasm (version 2)");
    assert_eq!(client.get("/").text(), "GET");
}

#[test]
fn a_request_in_flight_ends_on_the_version_that_it_began_on() {
    let served = Served::copy_of("probe");
    let mut client = served.server.connect();
    client.send(request("POST", "/body", "Content-Length: 5\r\n") + "he").wait_until_read();
    served.replace(&read("any"));
    served.wait_for_log(0, "reloaded handler.wasm (version 2)");
    assert_eq!(served.server.connect().get("/").text(), "GET");
    client.send("llo");
    assert_eq!(client.read_response().text(), "5 532 hello");
    assert_eq!(client.get("/").text(), "GET", "the same connection's next request is for the new version");
}

/// A connection that is the handler's own, on the version that serves now.
fn raw(served: &Served) -> Client {
    let mut client = served.server.connect();
    client.send(request("GET", "/upgrade", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
    assert_eq!(client.read_bodiless().status, 101);
    client
}

#[test]
fn a_raw_connection_lives_on_on_its_old_version() {
    let served = Served::copy_of("probe");
    let mut client = raw(&served);
    served.replace(&read("any"));
    served.wait_for_log(0, "reloaded handler.wasm (version 2)");
    assert_eq!(served.server.connect().get("/").text(), "GET");
    assert_eq!(client.send("hello").take(5), b"hello");
    client.end_sending();
    assert_eq!(client.read_to_end(), b"bye");
}

#[test]
fn old_versions_go_with_their_last_raw_connection() {
    let served = Served::copy_of("probe");
    let (probe, any) = (read("probe"), read("any"));
    let mut version = 1;
    let mut round = || {
        let mut client = raw(&served);
        for content in [&any, &probe] {
            version += 1;
            served.replace(content);
            served.wait_for_log(0, &format!("(version {version})"));
        }
        assert_eq!(client.send("hello").take(5), b"hello", "two versions later");
        client.end_sending();
        assert_eq!(client.read_to_end(), b"bye");
    };
    (0..3).for_each(|_| round());
    let before = served.server.memory();
    (0..10).for_each(|_| round());
    let growth = served.server.memory().saturating_sub(before);
    assert!(growth < 16 << 20, "{} KiB for 20 versions", growth >> 10);
}

#[test]
fn an_old_versions_connections_are_finished_and_the_new_ones_set_up() {
    let served = Served::copy_of("overrides");
    let mut client = served.server.connect();
    assert_eq!(client.get("/").text(), "setups: 1");
    served.replace(&read("any"));
    served.wait_for_log(0, "reloaded handler.wasm (version 2)");
    assert_eq!(client.get("/").text(), "GET");
    served.wait_for_log(0, "finish was called");
    served.replace(&read("overrides"));
    served.wait_for_log(0, "reloaded handler.wasm (version 3)");
    assert_eq!(client.get("/").text(), "setups: 1");
}

#[test]
fn the_same_bytes_are_no_new_version() {
    let served = Served::copy_of("probe");
    let mut client = served.server.connect();
    assert_eq!(client.get("/count").text(), "1");
    served.replace(&read("probe"));
    served.replace(&read("any"));
    served.wait_for_log(0, "reloaded handler.wasm (version 2)");
    assert_eq!(served.server.logged("reloaded").len(), 1);
    assert_eq!(client.get("/").text(), "GET");
}

#[test]
fn no_watch_serves_what_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("handler.wasm");
    fs::copy(guest("hello"), &file).expect("the guest");
    let mut server = Server::start(&file, &["--no-watch"]);
    fs::copy(guest("any"), &file).expect("the guest");
    assert_eq!(server.connect().get("/").text(), "Hello, World!");
    assert!(server.stop().success());
    assert_eq!(server.logged("reload"), [""; 0]);
}

#[test]
fn many_versions_do_not_pile_up() {
    let served = Served::copy_of("hello");
    let (hello, any) = (read("hello"), read("any"));
    let reload = |version: usize| {
        served.replace(if version.is_multiple_of(2) { &any } else { &hello });
        served.wait_for_log(0, &format!("(version {version})"));
        assert_eq!(served.server.connect().get("/").status, 200);
    };
    (2..=6).for_each(reload);
    let before = served.server.memory();
    (7..=26).for_each(reload);
    let growth = served.server.memory().saturating_sub(before);
    assert!(growth < 16 << 20, "{} KiB for 20 versions", growth >> 10);
}
