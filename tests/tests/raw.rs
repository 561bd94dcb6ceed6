//! Raw connections: after an upgrade `rfile` and `wfile` are the connection itself, within bounds of their own.

use std::io::Write;
use std::thread;

use doverb_tests::{Client, SOON, Server, eventually, request};
use rustix::process::Signal;

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: echo\r\n";

/// A connection that is raw, its handler as the query says.
fn raw(server: &Server, query: &str) -> Client {
    let mut client = server.connect();
    client.send(request("GET", &format!("/upgrade?{query}"), UPGRADE));
    assert_eq!(client.read_bodiless().status, 101);
    client
}

fn echoes(client: &mut Client, text: &str) {
    assert_eq!(String::from_utf8_lossy(&client.send(text).take(text.len())), text);
}

/// The client sees that it is not an end in good order, and the operator why.
fn is_cut(server: &Server, mut client: Client, reason: &str) {
    client.read_to_reset();
    server.wait_for_log(reason);
    assert_eq!(server.connect().get("/buffered").status, 200, "the server goes on");
}

#[test]
fn a_101_names_the_protocol_that_it_changes_to() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("GET", "/upgrade?says=upgrade", UPGRADE));
    let response = client.read_bodiless();
    assert_eq!((response.status, response.field("Connection")), (101, Some("upgrade")), "the host adds it");
    echoes(&mut client, "more");
    assert_eq!(server.connect().call(request("GET", "/upgrade?says=nothing", UPGRADE)).status, 500);
    server.wait_for_log("Upgrade is missing: a 101 names the protocol");
}

#[test]
fn what_follows_the_head_is_the_handlers() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("GET", "/upgrade", UPGRADE) + "GET / HTTP/1.1\r\n\r\n");
    assert_eq!(client.read_bodiless().status, 101);
    assert_eq!(client.take(18), b"GET / HTTP/1.1\r\n\r\n");
    echoes(&mut client, "more");
    client.end_sending();
    assert_eq!(client.read_to_end(), b"bye");
}

#[test]
fn the_requests_body_comes_first() {
    let server = Server::of("probe");
    for (framing, body) in
        [("Content-Length: 5", "hello"), ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    {
        let send = |path| {
            let mut client = server.connect();
            client.send(request("GET", path, &format!("{UPGRADE}{framing}\r\n")) + body + "raw");
            client
        };
        let mark = server.log.mark();
        assert_eq!(send("/upgrade").read_bodiless().status, 500, "{framing}");
        server.log.wait_after(mark, SOON, |line| line.contains("read the request's body to its end before"));
        let mut client = send("/upgrade?body");
        assert_eq!(client.read_bodiless().status, 101, "{framing}");
        assert_eq!(client.take(3), b"raw", "{framing}");
    }
}

#[test]
fn it_outlives_the_time_of_a_request_as_long_as_the_handler_looks_after_its_client() {
    let server = Server::with("probe", &["--request-timeout", "400ms"]);
    let mut client = raw(&server, "timeout=100");
    // Twice the time of a request, and nothing is lost by a read that timed out.
    assert_eq!(client.take(32), b"tick".repeat(8));
    client.send("hello");
    client.read_until(b"hello");
    client.end_sending();
    assert!(client.read_to_end().ends_with(b"bye"));
    assert_eq!(server.logged("did not").len(), 0);
}

#[test]
fn a_timeout_is_at_most_the_time_of_a_request() {
    let server = Server::with("probe", &["--request-timeout", "200ms"]);
    let mut client = raw(&server, "timeout=600000");
    assert_eq!(client.take(8), b"ticktick");
}

#[test]
fn without_a_timeout_of_its_own_the_servers_applies() {
    let server = Server::with("probe", &["--client-timeout", "200ms"]);
    is_cut(&server, raw(&server, ""), "the connection failed: the client took too long");
}

#[test]
fn a_handler_that_leaves_its_client_alone_is_ended() {
    let server = Server::with("probe", &["--request-timeout", "300ms"]);
    let mut client = server.connect();
    client.send(request("GET", "/upgrade?sleep=600000", UPGRADE));
    is_cut(&server, client, "the handler did not come back to its client within 300ms");
}

#[test]
fn each_message_has_a_cpu_time_of_its_own() {
    let server = Server::with("probe", &["--cpu-time", "1s"]);
    let mut client = raw(&server, "burn=400");
    for number in 0..5 {
        echoes(&mut client, &format!("message {number}"));
    }
}

#[test]
fn a_message_that_takes_more_ends_it() {
    let server = Server::with("probe", &["--cpu-time", "300ms", "--threads", "1"]);
    let mut other = raw(&server, "");
    let mut client = raw(&server, "burn=600000");
    client.send("x");
    echoes(&mut other, "meanwhile");
    is_cut(&server, client, "the handler computed for more than 300ms");
    echoes(&mut other, "afterwards");
}

#[test]
fn a_handler_cannot_live_by_waiting_a_little_and_computing_much() {
    let server = Server::with("probe", &["--cpu-time", "300ms"]);
    is_cut(&server, raw(&server, "timeout=1&burn=100"), "the handler computed for more than 300ms");
}

#[test]
fn each_side_ends_when_it_likes() {
    let server = Server::of("probe");
    // The client's end comes first; it still gets all that the handler writes.
    let mut client = raw(&server, "flood=4194304");
    client.end_sending();
    let all = client.read_to_end();
    assert_eq!((all.len(), &all[all.len() - 3..]), (4_194_304 + 3, &b"bye"[..]));
    // The handler's end comes first, though the client goes on sending: no reset makes the last bytes unreadable.
    let mut client = raw(&server, "most=5");
    client.send("12345").send_what_it_takes([b'x'; 100_000]);
    assert_eq!(client.read_to_end()[..5], *b"12345");
    assert_eq!(server.logged("went away").len(), 0);
}

#[test]
fn a_client_that_vanishes_is_told_apart_from_one_that_ends() {
    let server = Server::with("probe", &["--max-instances", "1"]);
    let client = raw(&server, "");
    client.vanish();
    server.wait_for_log("the connection failed: the client closed the connection");
    server.wait_for_log("the client went away in the middle of the raw connection");
    // Nothing is left of it.
    eventually("there is room again", || (server.connect().get("/count").status == 200).then_some(()));
}

#[test]
fn the_system_watches_for_a_dead_client() {
    let server = Server::of("probe");
    let mut plain = server.connect();
    assert_eq!(plain.get("/buffered").status, 200);
    let mut client = raw(&server, "");
    echoes(&mut client, "x");
    eventually("the timer is set", || client.is_kept_alive().then_some(()));
    assert!(!plain.is_kept_alive(), "others have the keep-alive timeout");
}

#[test]
fn both_directions_flow_at_once() {
    const BYTES: usize = 8 << 20;
    let server = Server::of("probe");
    let mut client = raw(&server, "");
    let mut writer = client.writer();
    let sent: Vec<u8> = (0..BYTES).map(|number| (number % 251) as u8).collect();
    let received = thread::scope(|scope| {
        scope.spawn(|| writer.write_all(&sent).expect("the server takes what is sent"));
        client.take(BYTES)
    });
    assert!(received == sent, "the same bytes in the same order");
}

#[test]
fn a_client_that_sends_and_never_reads_is_given_up() {
    let server = Server::with("probe", &["--client-timeout", "300ms", "--max-instances", "1"]);
    let client = raw(&server, "");
    let mut writer = client.writer();
    let piece = [b'x'; 65_536];
    // Its echo fills the buffers of both systems; then the handler waits, and reads no more.
    while writer.write_all(&piece).is_ok() {}
    server.wait_for_log("the client went away in the middle of the raw connection");
    eventually("there is room again", || (server.connect().get("/count").status == 200).then_some(()));
    drop(client);
}

#[test]
fn a_handler_that_writes_to_one_who_does_not_read_is_given_up() {
    let server = Server::with("probe", &["--client-timeout", "300ms"]);
    let client = raw(&server, "flood=1000000000");
    server.wait_for_log("the flood failed: the client took too long");
    drop(client);
}

#[test]
fn a_drain_gives_it_the_grace_time() {
    let mut server = Server::of("probe");
    let mut client = raw(&server, "");
    server.signal(Signal::TERM);
    server.wait_for_log("draining: requests in flight may finish");
    echoes(&mut client, "still here");
    client.end_sending();
    assert_eq!(client.read_to_end(), b"bye");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn after_the_grace_time_it_is_cut() {
    let mut server = Server::with("probe", &["--grace", "200ms"]);
    let mut client = raw(&server, "");
    echoes(&mut client, "hello");
    assert_eq!(server.stop().code(), Some(0));
    client.expect_end_or_reset();
    server.wait_for_log("1 unfinished after the grace time: cut");
}

fn connect(authority: &str) -> String {
    format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n")
}

#[test]
fn a_success_to_connect_makes_a_tunnel_and_no_other_answer_does() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(connect("example.org:443") + "\x16\x03\x01");
    let response = client.read_bodiless();
    assert_eq!((response.status, response.values("Connection")), (200, vec![]));
    assert_eq!(client.take(3), b"\x16\x03\x01");
    client.end_sending();
    assert_eq!(client.read_to_end(), b"bye");

    let mut client = server.connect();
    client.send(connect("forbidden.example.org:443") + "\x16\x03\x01");
    let response = client.read_response();
    assert_eq!((response.status, response.field("Connection")), (403, Some("close")));
    assert!(response.text().contains("403"), "an answer like any other: {}", response.text());
    client.expect_end_or_reset();
    assert_eq!(server.logged("\" 400 ").len(), 0, "what followed is no request");
}
