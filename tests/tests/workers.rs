//! Instances that connections share: each has a handler of its own in them, and nobody pays for another's fault.

use std::fs;
use std::path::PathBuf;

use doverb_tests::component::{Component, LOG};
use doverb_tests::server::command;
use doverb_tests::{Client, LATER, Server, doverb, eventually, guest, padded, request};

/// One instance for all, so that whatever is not kept apart meets.
const ONE: [&str; 6] = ["--isolation", "worker", "--threads", "1", "--workers", "1"];

/// Two, which a test may have all by itself.
const TWO: [&str; 4] = ["--max-instances", "2", "--max-client-instances", "2"];

/// There is no other to make up for one that is kept waiting, unless more are allowed.
fn shared(name: &str, arguments: &[&str]) -> Server {
    let only = if arguments.contains(&"--max-instances") { &[][..] } else { &["--max-instances", "1"] };
    Server::with(name, &[&ONE[..], only, arguments].concat())
}

/// Begins a request whose handler waits for its body: the read buffer would not hold it.
fn occupy(server: &Server) -> Client {
    let mut client = server.connect();
    client.send(request("POST", "/body", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n");
    client.wait_until_read();
    client
}

fn release(client: &mut Client) {
    assert_eq!(client.send("0\r\n\r\n").read_response().text(), "5 532 hello");
}

/// Sends a request that has to wait.
fn queue(server: &Server, path: &str) -> Client {
    let mut client = server.connect();
    client.send(request("GET", path, "")).wait_until_read();
    client
}

/// A guest that counts as large.
fn large(name: &str, folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("large.wasm");
    fs::write(&path, padded(name, &vec![0; 5 << 20])).expect("a file");
    path
}

#[test]
fn each_connection_has_its_own_handler_in_a_shared_instance() {
    let server = shared("probe", &["--max-instances", "1"]);
    let mut clients = [(); 3].map(|()| server.connect());
    for count in ["1", "2", "3"] {
        for client in &mut clients {
            assert_eq!(client.get("/count").text(), count);
        }
    }
}

#[test]
fn connections_spread_over_the_workers() {
    let arguments = ["--isolation", "worker", "--threads", "1", "--workers", "2"];
    let server = Server::with("probe", &[&arguments[..], &TWO].concat());
    let mut holders = [occupy(&server), occupy(&server)];
    let mut third = queue(&server, "/count");
    release(&mut holders[1]);
    assert_eq!(third.read_response().text(), "1", "whichever is free first serves it");
    release(&mut holders[0]);
}

#[test]
fn one_that_is_kept_waiting_does_not_count() {
    let server = shared("probe", &["--max-instances", "8"]);
    let mut holders: Vec<_> = (0..6).map(|_| occupy(&server)).collect();
    let mut sleeper = queue(&server, "/slow?ms=2000");
    assert_eq!(server.connect().get("/count").text(), "1", "another instance serves it");
    holders.iter_mut().for_each(release);
    assert_eq!(sleeper.read_response().text(), "slept");
}

#[test]
fn setup_and_finish_come_in_pairs_for_who_had_to_move() {
    let mut server = shared("overrides", &TWO);
    let mut client = server.connect();
    assert_eq!(client.get("/").text(), "setups: 1");
    let mut holder = server.connect();
    holder.send(request("POST", "/", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n").wait_until_read();
    assert_eq!(client.get("/").text(), "setups: 1", "in another instance");
    assert_eq!(holder.send("0\r\n\r\n").read_response().text(), "hello");
    drop((client, holder));
    assert!(server.stop().success());
    assert_eq!(server.logged("in setup").len(), 3);
    assert_eq!(server.logged("finish was called").len(), 3);
}

#[test]
fn attributes_are_the_connections() {
    let server = shared("probe", &[]);
    let (mut one, mut other) = (server.connect(), server.connect());
    assert_eq!(other.get("/count").field("Server"), Some("Doverb/0.1.0"));
    assert_eq!(one.get("/attrs").status, 200);
    assert_eq!(other.get("/count").field("Server"), Some("Doverb/0.1.0"));
    assert_eq!(one.get("/count").field("Server"), Some("Probe/1 Wasm/2"));
    assert_eq!(server.connect().get("/nothing").field("Content-Type"), Some("text/html;charset=utf-8"));
}

#[test]
fn setup_and_finish_are_called_once_for_each_connection() {
    let mut server = shared("overrides", &["--max-instances", "1"]);
    let mut clients = [server.connect(), server.connect()];
    for _ in 0..2 {
        for client in &mut clients {
            assert_eq!(client.get("/").text(), "setups: 1");
        }
    }
    assert_eq!(server.logged("finish was called"), [""; 0]);
    let [one, mut other] = clients;
    drop(one);
    server.wait_for_log("finish was called");
    assert_eq!(other.get("/").text(), "setups: 1");
    // The end of the server is the end of the other one.
    assert!(server.stop().success());
    assert_eq!(server.logged("in setup").len(), 2);
    assert_eq!(server.logged("finish was called").len(), 2);
}

#[test]
fn requests_wait_in_order() {
    let server = shared("probe", &[]);
    let mut holder = occupy(&server);
    let paths = ["/count?a", "/count?b", "/count?c"];
    let mut clients = paths.map(|path| queue(&server, path));
    assert_eq!(server.logged("/count"), [""; 0]);
    release(&mut holder);
    clients.iter_mut().for_each(|client| assert_eq!(client.read_response().status, 200));
    server.wait_for_log(paths[2]);
    let lines = server.logged("/count");
    assert!(lines.iter().zip(paths).all(|(line, path)| line.contains(path)), "{lines:#?}");
}

#[test]
fn a_small_body_is_awaited_before_a_worker_is_taken() {
    let server = shared("probe", &[]);
    let mut slow = server.connect();
    slow.send(request("POST", "/body", "Content-Length: 5\r\n") + "he").wait_until_read();
    assert_eq!(server.connect().get("/count").text(), "1");
    assert_eq!(slow.send("llo").read_response().text(), "5 532 hello");
}

#[test]
fn a_small_body_that_does_not_come_fails_as_any_other() {
    let server = shared("probe", &["--client-timeout", "100ms"]);
    let mut slow = server.connect();
    slow.send(request("POST", "/body", "Content-Length: 5\r\n") + "he");
    assert_eq!(slow.read_response().status, 408);
    server.wait_for_log("the body failed after 2 bytes");
    let mut cut = server.connect();
    cut.send(request("POST", "/body", "Content-Length: 5\r\n") + "hel").end_sending();
    cut.expect_end();
    server.wait_for_log("the body failed after 3 bytes");
}

#[test]
fn a_request_that_waits_too_long_is_told_to_come_again() {
    let server = shared("probe", &["--request-timeout", "2s"]);
    assert_eq!(server.connect().get("/count").status, 200);
    let (mut first, mut second) = (occupy(&server), occupy(&server));
    let mut third = queue(&server, "/count");
    // The second one's turn comes when the first one's time is over, and the third one's time is over before the second's.
    assert_eq!(first.read_response().status, 504);
    let response = third.read_response();
    assert_eq!((response.status, response.field("Retry-After")), (503, Some("1")));
    assert_eq!(second.read_response().status, 504);
    server.wait_for_log("no instance was free within 2s");
    assert_eq!(server.connect().get("/count").text(), "1", "and it goes on");
}

#[test]
fn who_goes_away_while_waiting_leaves_the_queue() {
    let server = shared("probe", &[]);
    let mut holder = occupy(&server);
    let gone = queue(&server, "/count?gone");
    let mut patient = queue(&server, "/count?patient");
    gone.vanish();
    server.wait_for_log("the client went away");
    release(&mut holder);
    assert_eq!(patient.read_response().text(), "1");
    assert_eq!(server.logged("GET /count?gone HTTP/1.1\" 200"), [""; 0]);
}

#[test]
fn who_waits_may_have_ended_its_side() {
    let server = shared("probe", &[]);
    let mut holder = occupy(&server);
    let mut half = queue(&server, "/count");
    half.end_sending();
    release(&mut holder);
    assert_eq!(half.read_response().text(), "1");
    half.expect_end();
}

#[test]
fn an_end_is_seen_though_finish_waits_for_its_turn() {
    let server = shared("overrides", &[]);
    let mut client = server.connect();
    assert_eq!(client.get("/").status, 200);
    let mut holder = server.connect();
    holder.send(request("POST", "/", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n").wait_until_read();
    client.end_sending().expect_end();
    assert_eq!(server.logged("finish was called"), [""; 0]);
    assert_eq!(holder.send("0\r\n\r\n").read_response().text(), "hello");
    server.wait_for_log("finish was called");
}

#[test]
fn a_failure_is_nobody_elses() {
    for (path, status) in [("/trap", 500), ("/loop", 504), ("/bomb", 503)] {
        let server =
            shared("probe", &["--max-instances", "1", "--cpu-time", "200ms", "--max-memory", "16MiB"]);
        let mut other = server.connect();
        assert_eq!(other.get("/count").text(), "1");
        assert_eq!(other.get("/count").text(), "2");
        let mut holder = occupy(&server);
        let mut failing = queue(&server, path);
        other.send(request("GET", "/count", "")).wait_until_read();
        release(&mut holder);
        assert_eq!(failing.read_response().status, status, "{path}");
        assert_eq!(other.read_response().text(), "1", "{path}: a fresh one, without what the old one knew");
        assert_eq!(holder.get("/count").text(), "1", "{path}");
        assert_eq!(other.get("/count").text(), "2", "{path}");
    }
}

#[test]
fn a_wait_that_is_given_up_ends_the_instance() {
    let server = shared("probe", &["--request-timeout", "1s"]);
    let mut other = server.connect();
    assert_eq!(other.get("/count").text(), "1");
    assert_eq!(occupy(&server).read_response().status, 504);
    assert_eq!(other.get("/count").text(), "1");
}

#[test]
fn a_call_that_the_servers_end_cuts_off_leaves_nothing_behind() {
    let mut server = shared("probe", &["--grace", "0"]);
    let mut holder = occupy(&server);
    let mut waiting = queue(&server, "/count");
    assert!(server.stop().success());
    holder.expect_end_or_reset();
    waiting.expect_end_or_reset();
    assert_eq!(server.logged("2 unfinished after the grace time").len(), 1);
    assert_eq!(server.logged("panicked"), [""; 0]);
}

#[test]
fn a_raw_connection_takes_its_worker_along() {
    let server = shared("probe", &TWO);
    let mut other = server.connect();
    assert_eq!(other.get("/count").text(), "1");
    let mut holder = occupy(&server);
    let mut raw = queue_upgrade(&server);
    assert_eq!(raw.read_bodiless().status, 101);
    other.send(request("GET", "/count", "")).wait_until_read();
    release(&mut holder);
    assert_eq!(other.read_response().text(), "2", "the raw one has another instance");
    assert_eq!(holder.get("/count").text(), "1");
    raw.send("still here");
    assert_eq!(raw.take(10), b"still here");
    assert_eq!(server.connect().get("/count").text(), "1");
    assert_eq!(raw.end_sending().read_to_end(), b"bye");
    // Its instance has gone with it, so there is room for another raw one.
    let mut second = queue_upgrade(&server);
    assert_eq!(second.read_bodiless().status, 101);
    assert_eq!(other.get("/count").text(), "1");
}

fn queue_upgrade(server: &Server) -> Client {
    let mut client = server.connect();
    client.send(request("GET", "/upgrade", "Connection: Upgrade\r\nUpgrade: echo\r\n")).wait_until_read();
    client
}

#[test]
fn a_new_version_means_new_workers() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("handler.wasm");
    let replace = |name: &str| {
        let new = folder.path().join("new");
        fs::copy(guest(name), &new).expect("the guest");
        fs::rename(&new, &file).expect("a file");
    };
    replace("overrides");
    let server = Server::start(&file, &[&ONE[..], &TWO, &["--watch"]].concat());
    let mut clients = [server.connect(), server.connect()];
    clients.iter_mut().for_each(|client| assert_eq!(client.get("/").text(), "setups: 1"));
    replace("any");
    server.log.wait_for(LATER, |line| line.contains("(version 2)"));
    assert_eq!(server.logged("finish was called"), [""; 0]);
    for (number, client) in (1..).zip(&mut clients) {
        assert_eq!(client.get("/").text(), "GET");
        let finished = || (server.logged("finish was called").len() == number).then_some(());
        eventually("finish in the old version", finished);
    }
    // The first version's worker has gone with its last connection: there is room for a third version's.
    replace("overrides");
    server.log.wait_for(LATER, |line| line.contains("(version 3)"));
    clients.iter_mut().for_each(|client| assert_eq!(client.get("/").text(), "setups: 1"));
}

#[test]
fn a_version_in_flight_ends_on_its_worker() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("handler.wasm");
    fs::copy(guest("probe"), &file).expect("the guest");
    let server = Server::start(&file, &[&ONE[..], &["--watch"]].concat());
    let mut holder = occupy(&server);
    let new = folder.path().join("new");
    fs::copy(guest("any"), &new).expect("the guest");
    fs::rename(&new, &file).expect("a file");
    server.log.wait_for(LATER, |line| line.contains("(version 2)"));
    assert_eq!(server.connect().get("/").text(), "GET", "it does not wait for the old version's worker");
    release(&mut holder);
    assert_eq!(holder.get("/").text(), "GET");
}

#[test]
fn a_large_component_is_shared_unless_told_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = large("probe", &folder);
    let two = |server: &Server| {
        let mut clients = [server.connect(), server.connect()];
        clients.each_mut().map(|client| client.get("/count").status)
    };
    let only_one = ["--max-instances", "1", "--threads", "1", "--no-watch"];
    let server = Server::start(&file, &only_one);
    assert_eq!(two(&server), [200, 200]);
    let line = server.wait_for_log("--isolation worker");
    assert!(line.contains("large: its component has 5."), "{line}");
    assert_eq!(server.logged("--isolation"), [line], "once");
    for (file, arguments) in [(file, &["--isolation", "connection"][..]), (guest("probe"), &[])] {
        let server = Server::start(&file, &[&only_one[..], arguments].concat());
        // Each has its own, and the second one's makes the first one go.
        assert_eq!(two(&server), [200, 200]);
        assert_eq!(server.logged("--isolation worker"), [""; 0]);
    }
}

#[test]
fn a_thousand_connections_to_a_large_component_fit_in_half_a_gigabyte() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = large("probe", &folder);
    let server = Server::start(&file, &["--threads", "2", "--max-instances", "8", "--no-watch", "--quiet"]);
    let mut clients: Vec<_> = (0..1_000).map(|_| server.connect()).collect();
    clients.iter_mut().for_each(|client| {
        client.send(request("GET", "/count", ""));
    });
    clients.iter_mut().for_each(|client| assert_eq!(client.read_response().text(), "1"));
    clients.iter_mut().for_each(|client| assert_eq!(client.get("/count").text(), "2"));
    let peak = server.peak_memory();
    assert!(peak < 512 << 20, "{} MiB", peak >> 20);
}

#[test]
fn a_component_that_means_something_else_by_the_export_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("other.wasm");
    let text = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (export "do-GET" (func $f))
        (export "switch-connection" (func $f)))"#;
    fs::write(&file, wat::parse_str(text).expect("it is valid")).expect("a file");
    let outcome = doverb(&["build".as_ref(), file.as_os_str(), "-o".as_ref(), file.as_os_str()]);
    let said = outcome.stderr.join("\n");
    assert_eq!(outcome.code, Some(1), "{said}");
    assert!(
        said.contains("it exports switch-connection with the wrong type: it must be func(u64)"),
        "{said}"
    );
}

/// A component that says by whom it was called, and for which connection.
fn told() -> Component {
    let core = r#"
        (data (i32.const 32) "told ")
        (func $say (param i32 i64)
            (i32.store8 (i32.const 37) (local.get 0))
            (i32.store8 (i32.const 38) (i32.add (i32.const 48) (i32.wrap_i64 (local.get 1))))
            (call $log-message (i32.const 32) (i32.const 7)))
        (func (export "setup") (param i64) (call $say (i32.const 98) (local.get 0)))
        (func (export "post") (param i64) (call $say (i32.const 112) (local.get 0)) (call $answer))
        (func (export "switch") (param i64) (call $say (i32.const 115) (local.get 0)))"#;
    let export = |name, function| {
        format!(r#"(func (export "{name}") (param "id" u64) (canon lift (core func $module "{function}")))"#)
    };
    let exports = [("setup", "setup"), ("do-POST", "post"), ("switch-connection", "switch")];
    let exports: String = exports.into_iter().map(|(name, function)| export(name, function)).collect();
    Component::attacking("").importing(LOG).with_core(core).with_exports(&exports)
}

/// Sends what one client and then another asks, and gives what the handler was told up to the first one's end.
fn told_of_two(isolation: &str, at_the_end: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = told().file(folder.path());
    let file = file.to_str().expect("a path in UTF-8");
    let server =
        Server::spawn(command(&[file, "--threads", "1", "--workers", "1", "--isolation", isolation]));
    let mut clients = [server.connect(), server.connect()];
    for _ in 0..2 {
        for client in &mut clients {
            assert_eq!(client.call(request("POST", "/", "Content-Length: 0\r\n")).status, 200);
        }
    }
    let [mut one, other] = clients;
    assert_eq!(one.get("/").status, 200);
    drop(other);
    server.wait_for_log(at_the_end);
    let lines = server.logged("told ");
    lines.iter().filter_map(|line| Some(line.split_once("told ")?.1.to_owned())).collect()
}

#[test]
fn a_method_and_setup_can_be_told_the_connection_by_their_own_call() {
    // `do-GET` takes nothing: before it there is a call of `switch-connection`.
    let expected = ["b1", "p1", "b2", "p2", "p1", "p2", "s1", "s2", "s0"];
    assert_eq!(told_of_two("worker", "told s0"), expected);
}

#[test]
fn where_nobody_shares_an_instance_the_connection_that_is_told_is_0() {
    assert_eq!(told_of_two("connection", "GET / "), ["b0", "p0", "b0", "p0", "p0", "p0"]);
}
