//! Clients that take their time, take all there is, or go at the worst moment.

use std::io::Write;
use std::thread;
use std::time::Duration;

use doverb_tests::component::{CLOCKS, Component};
use doverb_tests::server::command;
use doverb_tests::{Client, SOON, Server, eventually, request};

/// Requests of others over connections of their own, so that all threads get some.
fn others(server: &Server) {
    for _ in 0..8 {
        assert_eq!(server.connect().get("/buffered").text(), "buffered body");
    }
}

/// So many clients that have begun this request.
fn begin(server: &Server, clients: usize, request: &str) -> Vec<Client> {
    let begin = |_| {
        let mut client = server.connect();
        client.send(request).wait_until_read();
        client
    };
    (0..clients).map(begin).collect()
}

fn sleepers(server: &Server, clients: usize) -> Vec<Client> {
    begin(server, clients, &request("GET", "/slow?ms=600000", ""))
}

/// Instances that connections share, as many as there are by default.
fn shared() -> Server {
    Server::with("probe", &["--isolation", "worker", "--threads", "2"])
}

const ISOLATIONS: [&str; 2] = ["connection", "worker"];

#[test]
fn bodies_a_byte_at_a_time_hold_up_no_shared_instance() {
    let server = shared();
    // One that is gathered before, and one that is not.
    for length in [9_000, 20_000] {
        let head = request("POST", "/body", &format!("Content-Length: {length}\r\n"));
        let mut slow = begin(&server, 16, &(head + "x"));
        for _ in 0..5 {
            others(&server);
            slow.iter_mut().for_each(|client| client.send("x").wait_until_read());
        }
        others(&server);
        for client in &mut slow {
            assert!(!client.has_something());
            let answer = client.send("x".repeat(length - 6)).read_response().text();
            assert!(answer.starts_with(&format!("{length} ")), "{answer}");
        }
    }
}

#[test]
fn chunks_a_byte_at_a_time_hold_up_no_shared_instance() {
    let server = shared();
    let head = request("POST", "/body", "Transfer-Encoding: chunked\r\n");
    let mut slow = begin(&server, 16, &(head + "8\r\nx"));
    for byte in b"xxxxxxx\r\n0\r\n\r" {
        others(&server);
        slow.iter_mut().for_each(|client| client.send([*byte]).wait_until_read());
    }
    for client in &mut slow {
        assert_eq!(client.send("\n").read_response().text(), "8 960 xxxxxxxx");
    }
}

#[test]
fn answers_that_nobody_reads_hold_up_no_shared_instance() {
    let server = shared();
    let mut deaf = begin(&server, 16, &request("POST", "/stop", ""));
    deaf.iter_mut().for_each(|client| assert_eq!(client.read_bodiless().status, 200));
    (0..5).for_each(|_| others(&server));
    drop(deaf);
    others(&server);
}

#[test]
fn handlers_that_sleep_hold_up_no_shared_instance() {
    let server = shared();
    let sleepers = sleepers(&server, 16);
    (0..5).for_each(|_| others(&server));
    assert!(sleepers.iter().all(|client| !client.has_something()));
}

/// Computes until its client has gone, and then waits twice before it answers.
fn waits_twice() -> Component {
    Component::attacking("(call $late)").importing(CLOCKS).with_core(
        "(func $late (local $end i64)
            (local.set $end (i64.add (call $monotonic-clock) (i64.const 200000000)))
            (loop $on (br_if $on (i64.lt_u (call $monotonic-clock) (local.get $end))))
            (call $block (call $sleep (i64.const 1000000)))
            (call $block (call $sleep (i64.const 1000000)))
            (call $answer))",
    )
}

/// An answer waits to be sent with that of a second request, whose handler waits twice when the client has gone.
fn go_behind_an_answer(server: &mut Server) {
    begin(server, 5, &(request("GET", "/", "") + &request("ATTACK", "/", "")))
        .into_iter()
        .for_each(Client::vanish);
    for _ in 0..8 {
        assert_eq!(server.connect().get("/").status, 200);
    }
    assert!(server.stop().success(), "no thread is stuck");
    assert_eq!(server.logged("panicked"), [""; 0]);
    assert_eq!(server.logged("fault of the server"), [""; 0]);
}

#[test]
fn a_client_that_goes_behind_an_answer_that_waits_costs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = waits_twice().file(folder.path());
    for isolation in ISOLATIONS {
        let arguments = ["--no-watch", "--protocol", "HTTP/1.1", "--threads", "2", "--isolation", isolation];
        let mut server = Server::start(&file, &arguments);
        go_behind_an_answer(&mut server);
        assert!(!server.logged("the client went away").is_empty(), "{isolation}: it saw them go");
    }
}

#[test]
fn neither_does_it_where_nobody_reads_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = waits_twice().file(folder.path());
    let file = file.to_str().expect("a path in UTF-8");
    for isolation in ISOLATIONS {
        let arguments =
            [file, "--no-watch", "--protocol", "HTTP/1.1", "--threads", "2", "--isolation", isolation];
        go_behind_an_answer(&mut Server::spawn_unread(command(&arguments)));
    }
}

#[test]
fn an_unread_body_that_drips_is_given_up_in_all() {
    for isolation in ["connection", "request", "worker"] {
        let arguments = ["--client-timeout", "300ms", "--max-instances", "1", "--threads", "1"];
        let server = Server::with("probe", &[&arguments[..], &["--isolation", isolation]].concat());
        let mut client = server.connect();
        client.send(request("POST", "/ignore", "Content-Length: 262144\r\n"));
        assert_eq!(client.read_response().text(), "ignored", "{isolation}");
        // Each byte is there before the wait for it would be over, and all of them would take an hour.
        eventually("the connection is ended", || {
            let _ = client.writer().write_all(b"x");
            thread::sleep(Duration::from_millis(15));
            client.has_something().then_some(())
        });
        assert_eq!(server.connect().get("/buffered").status, 200, "{isolation}");
    }
}

#[test]
fn idle_connections_keep_no_instance_from_others() {
    let server = Server::with("probe", &["--max-instances", "4"]);
    let mut idle = [(); 12].map(|()| server.connect());
    for round in 0..2 {
        idle.iter_mut().for_each(|client| assert_eq!(client.get("/buffered").status, 200, "{round}"));
        others(&server);
    }
}

/// A client with another address.
fn another_is_served(server: &Server) {
    let mut other = server.connect_from("127.0.0.2");
    for _ in 0..8 {
        assert_eq!(other.get("/buffered").status, 200);
    }
}

#[test]
fn bodies_that_do_not_come_keep_no_instance_from_other_clients() {
    let server = Server::with("probe", &["--max-instances", "4", "--max-client-instances", "3"]);
    let mut slow = begin(&server, 3, &(request("POST", "/body", "Content-Length: 10\r\n") + "x"));
    another_is_served(&server);
    for client in &mut slow {
        assert_eq!(client.send("x".repeat(9)).read_response().text(), "10 1200 xxxxxxxxxx");
    }
}

#[test]
fn one_client_leaves_a_shared_instance_to_others_and_waits_for_its_own() {
    let arguments = ["--isolation", "worker", "--threads", "1", "--max-instances", "4"];
    let server = Server::with("probe", &arguments);
    let head = request("POST", "/body", "Content-Length: 20000\r\n") + "x";
    let mut slow = begin(&server, 3, &head);
    let mut waits = server.connect();
    waits.send(request("GET", "/buffered", "")).wait_until_read();
    another_is_served(&server);
    assert!(!waits.has_something());
    slow[0].send("x".repeat(19_999));
    assert_eq!(waits.read_response().status, 200);
}

/// A raw connection, whose client says nothing. Its handler goes on when it has waited for a while, or does not.
fn silent(server: &Server, path: &str) -> Client {
    let mut client = server.connect();
    client.send(request("GET", path, "Connection: Upgrade\r\nUpgrade: echo\r\n"));
    assert_eq!(client.read_bodiless().status, 101);
    client
}

#[test]
fn silent_raw_connections_do_not_keep_their_instances() {
    for isolation in ISOLATIONS {
        let arguments = ["--max-instances", "3", "--threads", "1", "--raw-timeout", "500ms"];
        let server = Server::with("probe", &[&arguments[..], &["--isolation", isolation]].concat());
        let mut silent = [(); 2].map(|()| silent(&server, "/upgrade?timeout=100"));
        silent.iter_mut().for_each(|client| drop(client.read_to_any_end()));
        others(&server);
    }
}

#[test]
fn a_silent_raw_connection_ends_by_itself_however_long_a_read_may_wait() {
    // Its handler waits for the client by a read, and by a pollable among others.
    for path in ["/upgrade", "/waits/raw?ms=600000"] {
        let server = Server::with("probe", &["--client-timeout", "10m", "--raw-timeout", "500ms"]);
        let mut silent = silent(&server, path);
        drop(silent.read_to_any_end());
    }
}

#[test]
fn one_client_leaves_an_instance_to_others_however_few_there_are() {
    for (instances, of_one) in [("2", 1), ("4", 3), ("16", 14)] {
        let server = Server::with("probe", &["--max-instances", instances]);
        let head = request("POST", "/body", "Content-Length: 10\r\n") + "x";
        let mut slow = begin(&server, of_one, &head);
        assert_eq!(server.connect().call(head.as_str()).status, 503, "{instances}");
        another_is_served(&server);
        for client in &mut slow {
            assert_eq!(client.send("x".repeat(9)).read_response().text(), "10 1200 xxxxxxxxxx");
        }
    }
}

#[test]
fn raw_connections_keep_no_instance_from_other_clients() {
    let server = Server::with("probe", &["--max-instances", "4", "--max-client-instances", "3"]);
    let _silent = [(); 3].map(|()| silent(&server, "/upgrade"));
    let mut more = server.connect();
    assert_eq!(more.get("/buffered").status, 503);
    another_is_served(&server);
}

#[test]
fn connections_of_one_client_leave_room_for_others_and_a_trusted_proxy_has_all() {
    let server = Server::with("probe", &["--max-connections", "8", "--max-client-connections", "6"]);
    let mut idle = [(); 6].map(|()| server.connect());
    idle.iter_mut().for_each(|client| assert_eq!(client.get("/buffered").status, 200));
    assert_eq!(server.connect().read_response().status, 503);
    assert_eq!(server.connect_from("127.0.0.2").get("/buffered").status, 200);
    let server = Server::with(
        "probe",
        &["--max-connections", "8", "--max-client-connections", "1", "--trusted-proxy", "127.0.0.1"],
    );
    let mut all = [(); 8].map(|()| server.connect());
    all.iter_mut().for_each(|client| assert_eq!(client.get("/buffered").status, 200));
}

#[test]
fn connections_that_are_turned_away_take_no_room_from_others() {
    let server = Server::with("probe", &["--max-connections", "80", "--max-client-connections", "60"]);
    // Those beyond what one client may have read nothing of why, and stay.
    let attackers: Vec<_> = (0..100).map(|_| server.connect_from("127.0.0.2")).collect();
    server.wait_for_log("all 60 connections");
    for _ in 0..20 {
        assert_eq!(server.connect().get("/buffered").status, 200);
    }
    drop(attackers);
}

#[test]
fn a_client_that_resets_frees_the_instance_of_a_handler_that_sleeps() {
    for isolation in ["connection", "request"] {
        let server = Server::with("probe", &["--max-instances", "8", "--isolation", isolation]);
        for _ in 0..5 {
            sleepers(&server, 8).into_iter().for_each(Client::vanish);
            eventually("others are served", || {
                (server.connect().get("/buffered").status == 200).then_some(())
            });
        }
    }
}

#[test]
fn a_client_that_resets_ends_a_wait_for_it_in_an_instance_that_others_know() {
    let server = Server::with("probe", &["--isolation", "worker", "--threads", "1", "--max-instances", "1"]);
    let mut other = server.connect();
    assert_eq!(other.get("/count").text(), "1");
    // A small body would be gathered before.
    let waits = request("POST", "/waits/input?ms=600000", "Content-Length: 20000\r\n");
    let mut client = begin(&server, 1, &waits).remove(0);
    assert_eq!(client.read_bodiless().status, 200);
    client.vanish();
    server.wait_for_log("the wait ended");
    assert_eq!(other.get("/count").text(), "2", "its instance went on");
}

#[test]
fn a_client_that_resets_ends_a_handler_that_computes() {
    for isolation in ["connection", "request"] {
        let limits = [
            "--isolation",
            isolation,
            "--cpu-time",
            "600s",
            "--request-timeout",
            "600s",
            "--max-instances",
            "8",
        ];
        let server = Server::with("probe", &limits);
        for _ in 0..3 {
            begin(&server, 8, &request("GET", "/loop", "")).into_iter().for_each(Client::vanish);
            eventually("others are served", || {
                (server.connect().get("/buffered").status == 200).then_some(())
            });
        }
    }
}

#[test]
fn a_client_that_resets_a_raw_connection_ends_what_it_has_a_handler_compute() {
    let upgrade = request("GET", "/upgrade?burn=600000", "Connection: Upgrade\r\nUpgrade: echo\r\n");
    for isolation in ["connection", "worker"] {
        let server =
            Server::with("probe", &["--isolation", isolation, "--cpu-time", "600s", "--threads", "1"]);
        // Those who have a part in the workers, too, which then are the attackers' own.
        let mut known: Vec<_> = (0..8).map(|_| server.connect()).collect();
        known.iter_mut().for_each(|client| assert_eq!(client.get("/buffered").status, 200));
        let mut attackers = begin(&server, 16, &upgrade);
        for client in &mut attackers {
            assert_eq!(client.read_bodiless().status, 101);
            client.send("x").wait_until_read();
        }
        let mark = server.log.mark();
        attackers.into_iter().for_each(Client::vanish);
        for _ in 0..16 {
            server.log.wait_after(mark, SOON, |line| line.contains("the client went away"));
        }
        eventually("nobody computes any more", || {
            let before = server.processor_time();
            thread::sleep(Duration::from_millis(200));
            (server.processor_time() - before < Duration::from_millis(100)).then_some(())
        });
        known.iter_mut().for_each(|client| assert_eq!(client.get("/buffered").status, 200));
    }
}

#[test]
fn a_client_that_only_ends_its_side_is_answered_when_its_handler_has_slept() {
    for isolation in ["connection", "request", "worker"] {
        let server = Server::with("probe", &["--isolation", isolation]);
        let mut client = server.connect();
        client.send(request("GET", "/slow?ms=500", "")).end_sending();
        assert_eq!(client.read_response().text(), "slept", "{isolation}");
        client.expect_end();
    }
}

#[test]
fn clients_that_reset_leave_nothing_behind() {
    let server = Server::with("probe", &["--quiet"]);
    others(&server);
    let before = server.memory();
    for _ in 0..5 {
        sleepers(&server, 50).into_iter().for_each(Client::vanish);
    }
    others(&server);
    let growth = server.memory().saturating_sub(before);
    assert!(growth < 128 << 20, "{} MiB", growth >> 20);
}

#[test]
fn long_heads_of_very_many_connections_have_a_bound_together() {
    let server = Server::with("probe", &["--quiet"]);
    let before = server.memory();
    let head = request("GET", "/buffered", &format!("A: {}\r\n", "x".repeat(60_000)).repeat(4));
    let (begun, _) = head.split_at(head.len() - 4);
    let mut attackers = begin(&server, 700, begun);
    let refused = attackers.iter().filter(|client| client.has_something()).count();
    // Less than the machine's bound is a sixteenth of its memory.
    assert!(refused > 100, "{refused}");
    let most = server.peak_memory().saturating_sub(before);
    assert!(most < 400 << 20, "{} MiB", most >> 20);
    server.wait_for_log("requests with long heads are refused");
    others(&server);
    // Who has room goes on.
    assert_eq!(attackers[0].send("\r\n\r\n").read_response().text(), "buffered body");
    let told = attackers.iter_mut().find(|client| client.has_something()).expect("one of them");
    assert_eq!(told.read_response().status, 503);
    drop(attackers);
    let all = || (server.connect().call(&head).status == 200).then_some(());
    eventually("there is room again", all);
}
