//! Handlers that have the server hold much for them, where it is not in their own memory.

use doverb_tests::component::{CLOCKS, Component, FOLDER, HTTP, POLL, TEXT, TEXT_LENGTH};
use doverb_tests::{Client, Server, eventually, request};

use super::{attack, serve};

const BOUNDS: [&str; 4] = ["--max-memory", "64MiB", "--max-total-memory", "256MiB"];

/// So many of them at once, of which each keeps what it has for a while, take no more memory than all may have.
fn is_within_bounds(component: &Component, clients: usize, arguments: &[&str]) {
    let server = serve(component, &[&BOUNDS[..], arguments].concat());
    let before = server.memory();
    let mut attackers = attack(&server, clients);
    for client in &mut attackers {
        let status = client.read_response().status;
        assert!(matches!(status, 200 | 500 | 503), "{status}");
    }
    let most = server.peak_memory().saturating_sub(before);
    assert!(most < 320 << 20, "{} MiB", most >> 20);
    drop(attackers);
    eventually("others are served", || (server.connect().get("/").status == 200).then_some(()));
}

const REST: &str = "(call $block (call $sleep (i64.const 1500000000))) (call $answer)";

/// One that does this so many times, and then rests.
fn greedy(times: u32, text: &str) -> Component {
    let repeat = format!(
        "(func $greedy (local $i i32)
            (loop $again {text}
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $i) (i32.const {times})))))"
    );
    Component::attacking(format!("(call $greedy) {REST}")).with_core(&repeat).importing(CLOCKS)
}

#[test]
fn the_texts_of_requests_to_other_servers_are_memory() {
    for (set, case) in [("method", 9), ("authority", 1)] {
        let text = format!(
            "(drop (call $set-{set} (call $request (call $fields))
                (i32.const {case}) (i32.const {TEXT}) (i32.const {TEXT_LENGTH})))"
        );
        is_within_bounds(&greedy(100, &text).importing(HTTP), 4, &[]);
    }
}

#[test]
fn the_fields_of_requests_to_other_servers_are_memory() {
    let greedy = greedy(
        500,
        &format!(
            "(call $append (call $fields) (i32.const {TEXT}) (i32.const 1) (i32.const {TEXT}) (i32.const 130000) (i32.const 8))"
        ),
    );
    let greedy = greedy.importing(HTTP);
    is_within_bounds(&greedy, 20, &[]);
}

#[test]
fn tables_are_memory_of_all() {
    let modules = "(core module $full
            (table $t0 90000 funcref) (table $t1 90000 funcref) (table $t2 90000 funcref) (table $t3 90000 funcref)
            (func $f) (elem declare func $f)
            (func $start
                (table.fill $t0 (i32.const 0) (ref.func $f) (i32.const 90000))
                (table.fill $t1 (i32.const 0) (ref.func $f) (i32.const 90000))
                (table.fill $t2 (i32.const 0) (ref.func $f) (i32.const 90000))
                (table.fill $t3 (i32.const 0) (ref.func $f) (i32.const 90000)))
            (start $start))"
        .to_owned()
        + &"(core instance (instantiate $full))".repeat(7);
    let greedy = Component::attacking(REST).importing(CLOCKS).with_exports(&modules);
    is_within_bounds(&greedy, 60, &[]);
}

#[test]
fn what_a_poll_waits_for_is_bounded() {
    let core = "(func $greedy (local $p i32) (local $i i32)
         (local.set $p (call $sleep (i64.const 1500000000)))
         (loop $again
            (i32.store (i32.add (i32.const 65536) (i32.shl (local.get $i) (i32.const 2))) (local.get $p))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 100000))))
         (call $poll (i32.const 65536) (i32.const 90000) (i32.const 8)))";
    let greedy = Component::attacking("(call $greedy) (call $answer)").with_core(core).importing(POLL);
    is_within_bounds(&greedy, 100, &[]);
    let server = serve(&greedy, &[]);
    assert_eq!(attack(&server, 1)[0].read_response().status, 500);
}

#[test]
fn the_entries_of_a_folder_are_read_as_they_are_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..20_000 {
        std::fs::write(folder.path().join(format!("{number}{}", "x".repeat(200))), "").expect("a file");
    }
    let grant = format!("{}::/data", folder.path().display());
    // The folder is the first thing that it has a handle of.
    let core = "(func $open (call $directories (i32.const 8)))
        (func $list (call $read-directory (i32.const 1) (i32.const 8)))";
    let greedy = greedy(40, "(if (i32.eqz (local.get $i)) (then (call $open))) (call $list)");
    is_within_bounds(&greedy.with_core(core).importing(FOLDER), 4, &["--dir", &grant]);
}

/// Clients who have each read the head of an answer and no more, and the memory that it took.
fn clients_of_heads(server: &Server, path: &str, number: usize) -> (Vec<Client>, u64) {
    let before = server.memory();
    let begin = |_| {
        let mut client = server.connect();
        client.send(request("GET", path, ""));
        client
    };
    let mut clients: Vec<_> = (0..number).map(begin).collect();
    for client in &mut clients {
        assert_eq!(client.read_bodiless().status, 200);
    }
    (clients, server.peak_memory().saturating_sub(before))
}

#[test]
fn files_that_nobody_reads_are_held_in_small_pieces() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("large"), vec![b'x'; 16 << 20]).expect("a file");
    let server = Server::start(folder.path(), &["--no-watch"]);
    let (mut clients, most) = clients_of_heads(&server, "/large", 600);
    assert!(most < 200 << 20, "{} MiB", most >> 20);
    assert_eq!(clients[0].take(16 << 20), vec![b'x'; 16 << 20], "who reads gets all of it");
}

#[test]
fn a_listing_of_very_many_names_is_made_once_for_all_and_held_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..30_000 {
        std::fs::write(folder.path().join(format!("{number}{}", "x".repeat(60))), "").expect("a file");
    }
    let server = Server::start(folder.path(), &["--no-watch"]);
    let (_clients, most) = clients_of_heads(&server, "/", 300);
    assert!(most < 150 << 20, "{} MiB", most >> 20);
    assert_eq!(server.connect().get("/none").status, 404, "others are served");
    let page = server.connect().get("/").text();
    assert!(page.contains("<p>and 20000 more, which are not listed</p>"), "{}", page.len());
    assert!(page.ends_with("</html>\n"));
}
