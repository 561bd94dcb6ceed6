//! The end of a server: what is in flight is finished, what is idle is closed, and nobody waits longer than he must.

use doverb_tests::{Client, Server, eventually, request};
use rustix::process::Signal;

const DRAINING: &str = "draining: requests in flight may finish";

/// A request that the handler is busy with.
fn in_flight(server: &Server, path: &str) -> Client {
    let mut client = server.connect();
    client.send(request("GET", path, "")).wait_until_read();
    client
}

#[test]
fn a_request_in_flight_is_finished() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::of("probe");
        let mut client = in_flight(&server, "/slow?ms=500");
        server.signal(signal);
        server.wait_for_log(DRAINING);
        let response = client.read_response();
        assert_eq!(response.text(), "slept");
        assert_eq!(response.field("Connection"), Some("close"), "the client must not send another");
        client.expect_end();
        assert_eq!(server.wait().code(), Some(0));
    }
}

#[test]
fn an_upload_in_flight_is_finished() {
    let mut server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("POST", "/body", "Content-Length: 5\r\n") + "he").wait_until_read();
    server.signal(Signal::TERM);
    server.wait_for_log(DRAINING);
    client.send("llo");
    assert_eq!(client.read_response().text(), "5 532 hello");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn idle_connections_are_closed_at_once() {
    let mut server = Server::of("probe");
    let mut idle = server.connect();
    assert_eq!(idle.get("/buffered").status, 200);
    let mut busy = in_flight(&server, "/slow?ms=1500");
    server.signal(Signal::TERM);
    idle.expect_end();
    assert!(!busy.has_something(), "the other request is still in flight");
    assert_eq!(busy.read_response().text(), "slept");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn nobody_connects_any_more_while_it_drains() {
    let mut server = Server::of("probe");
    let mut client = in_flight(&server, "/slow?ms=3000");
    server.signal(Signal::TERM);
    server.wait_for_log(DRAINING);
    eventually("a connection is refused", || Client::try_connect(server.address()).is_err().then_some(()));
    assert!(!client.has_something(), "the request is still in flight");
    assert_eq!(client.read_response().text(), "slept");
    assert!(server.wait().success());
}

#[test]
fn what_does_not_finish_in_the_grace_time_is_cut() {
    let mut server = Server::with("probe", &["--grace", "200ms"]);
    let mut client = in_flight(&server, "/slow?ms=600000");
    assert_eq!(server.stop().code(), Some(0));
    client.expect_end_or_reset();
    server.wait_for_log("1 unfinished after the grace time: cut");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let mut server = Server::with("probe", &["--grace", "10m"]);
        let mut client = in_flight(&server, "/slow?ms=600000");
        server.signal(Signal::TERM);
        server.wait_for_log(DRAINING);
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(status));
        client.expect_end_or_reset();
    }
}

#[test]
fn an_idle_server_ends_without_an_error() {
    let mut server = Server::of("hello");
    assert_eq!(server.stop().code(), Some(0));
    assert_eq!(server.log.lines().len(), 1, "{:#?}", server.log.lines());
}

#[test]
fn the_address_is_free_again_after_a_kill() {
    let server = Server::of("hello");
    let address = server.address();
    let mut client = server.connect();
    assert_eq!(client.get("/").status, 200);
    // Dropping it sends SIGKILL, with a connection open.
    drop(server);
    let again = Server::with("hello", &["--port", &address.port().to_string()]);
    assert_eq!((again.address(), again.connect().get("/").status), (address, 200));
}
