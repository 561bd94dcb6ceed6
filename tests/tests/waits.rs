//! `readiness`: a handler waits for its client and for a clock at once, by the rules of all waits.

use doverb_tests::{Client, SOON, Server, eventually, request};
use rustix::process::Signal;

/// So long that the clock is never first.
const NEVER: &str = "600000";

/// The head of a request whose body is yet to come, and that of its answer, which came while the handler waited.
fn waiting(server: &Server, query: &str, framing: &str) -> Client {
    let mut client = server.connect();
    client.send(request("POST", &format!("/waits/input?ms={query}"), framing));
    client
}

fn begun(server: &Server, query: &str, framing: &str) -> Client {
    let mut client = waiting(server, query, framing);
    assert_eq!(client.read_bodiless().status, 200, "the head leaves before the handler waits");
    client
}

fn comes(client: &mut Client, text: &str) {
    let chunk = client.read_chunk().expect("the answer goes on");
    assert_eq!(String::from_utf8_lossy(&chunk), text);
}

/// What comes up to the answer's end.
fn rest(client: &mut Client) -> Vec<u8> {
    std::iter::from_fn(|| client.read_chunk()).flatten().collect()
}

#[test]
fn the_clock_is_first_while_the_client_is_silent() {
    let server = Server::of("probe");
    let mut client = begun(&server, "20", "Content-Length: 5\r\n");
    for _ in 0..3 {
        comes(&mut client, "tick");
    }
    client.send("hello");
    assert!(rest(&mut client).ends_with(b"helloend"));
}

#[test]
fn the_client_is_first_when_its_bytes_come() {
    let server = Server::of("probe");
    let mut client = begun(&server, NEVER, "Content-Length: 10\r\n");
    client.send("hello");
    comes(&mut client, "hello");
    client.send("world");
    assert_eq!(rest(&mut client), b"worldend");
    // The connection goes on, and so does the pollable.
    let response = client.post(&format!("/waits/input?ms={NEVER}"), "again");
    assert_eq!((response.status, response.text()), (200, "againend".to_owned()));
}

#[test]
fn a_part_of_a_chunks_head_is_nothing_to_be_read() {
    let server = Server::of("probe");
    let mut client = begun(&server, NEVER, "Transfer-Encoding: chunked\r\n");
    client.send("5;a=").wait_until_read();
    client.send("b\r\nhello");
    comes(&mut client, "hello");
    client.send("\r\n0\r\nX: y\r\n").wait_until_read();
    client.send("\r\n");
    assert_eq!(rest(&mut client), b"end");
}

#[test]
fn a_client_that_expects_to_be_told_is_told() {
    let server = Server::of("probe");
    for query in [NEVER, "20&ask"] {
        let mut client = waiting(&server, query, "Content-Length: 5\r\nExpect: 100-continue\r\n");
        assert_eq!(client.read_bodiless().status, 100, "{query}");
        assert_eq!(client.send("hello").read_bodiless().status, 200, "{query}");
        assert!(rest(&mut client).ends_with(b"helloend"), "{query}");
    }
}

#[test]
fn a_handler_that_only_asks_learns_of_its_client_too() {
    let server = Server::of("probe");
    let mut client = begun(&server, "5&ask", "Content-Length: 5\r\n");
    client.send("hello");
    assert!(rest(&mut client).ends_with(b"helloend"));
}

#[test]
fn a_client_that_goes_away_ends_the_wait() {
    let server = Server::of("probe");
    begun(&server, NEVER, "Content-Length: 5\r\n").vanish();
    server.wait_for_log("the wait ended: the client closed the connection");
    let mark = server.log.mark();
    begun(&server, NEVER, "Content-Length: 5\r\n").end_sending();
    server
        .log
        .wait_after(mark, SOON, |line| line.contains("the wait ended: the client closed the connection"));
}

#[test]
fn a_malformed_body_ends_the_wait() {
    let server = Server::of("probe");
    begun(&server, NEVER, "Transfer-Encoding: chunked\r\n").send("no size\r\n");
    server.wait_for_log("the wait ended: malformed body");
}

#[test]
fn a_wait_for_the_client_is_as_long_as_its_timeout() {
    let server = Server::with("probe", &["--client-timeout", "1s"]);
    let mut client = begun(&server, NEVER, "Content-Length: 5\r\n");
    server.wait_for_log("the wait ended: the client took too long");
    client.expect_end_or_reset();
    // And each wait has it anew: the clock's are all shorter.
    let mut client = begun(&server, "100", "Content-Length: 5\r\n");
    for _ in 0..12 {
        comes(&mut client, "tick");
    }
}

#[test]
fn waits_count_as_time_of_the_request_and_not_of_the_processor() {
    let server = Server::with("probe", &["--request-timeout", "400ms", "--cpu-time", "100ms"]);
    let mut client = begun(&server, "20", "Content-Length: 5\r\n");
    client.read_to_end_or_reset();
    server.wait_for_log("did not return within 400ms");
}

#[test]
fn what_is_known_already_needs_no_wait_and_no_flush() {
    let server = Server::of("probe");
    let mut client = server.connect();
    for (of, ready) in [("", "[1]"), ("twice", "[0, 2, 3, 4]"), ("now", "[0, 1]")] {
        let response = client.get(&format!("/waits/known?of={of}"));
        assert_eq!(response.text(), format!("{ready} true false true"), "{of:?}");
        assert!(response.field("Content-Length").is_some(), "nothing has left before its end");
    }
}

#[test]
fn an_empty_list_traps_as_in_wasi() {
    let server = Server::of("probe");
    assert_eq!(server.connect().get("/waits/known?of=nothing").status, 500);
    server.wait_for_log("empty poll list");
}

#[test]
fn writes_wait_no_more_once_there_is_room() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("GET", "/waits/output?ms=300", ""));
    server.wait_for_log("there is no room");
    assert_eq!(server.logged("there is room again").len(), 0);
    assert_eq!(client.read_bodiless().status, 200);
    let all = rest(&mut client);
    assert!(all.len() > 60_000 && all.ends_with(b"xend"));
    server.wait_for_log("there is room again");
    assert_eq!(server.logged("a write has waited").len(), 0);
}

#[test]
fn a_client_that_takes_nothing_is_given_up() {
    let server = Server::with("probe", &["--client-timeout", "1s"]);
    let mut client = server.connect();
    client.send(request("GET", "/waits/output?ms=300", ""));
    server.wait_for_log("there is no room");
    server.wait_for_log("the write failed: ");
    drop(client);
}

#[test]
fn a_client_that_resets_leaves_no_handler_behind() {
    let server = Server::with("probe", &["--max-instances", "1"]);
    let mut client = server.connect();
    client.send(request("GET", "/waits/output?ms=300", ""));
    server.wait_for_log("there is no room");
    client.vanish();
    // It is told, or is ended where it computes by then.
    server.log.wait_for(SOON, |line| {
        line.contains("the write failed: the client closed the connection")
            || line.contains("the client went away")
    });
    eventually("there is room for others", || (server.connect().get("/count").status == 200).then_some(()));
}

/// A raw connection whose handler waits for it and for a clock.
fn raw(server: &Server, query: &str) -> Client {
    let mut client = server.connect();
    let fields = "Connection: Upgrade\r\nUpgrade: echo\r\n";
    client.send(request("GET", &format!("/waits/raw?ms={query}"), fields));
    assert_eq!(client.read_bodiless().status, 101);
    client
}

#[test]
fn a_raw_connection_outlives_the_time_of_a_request_by_its_waits() {
    let server = Server::with("probe", &["--request-timeout", "1s"]);
    for query in ["50", "50&timeout=500"] {
        let mut client = raw(&server, query);
        assert_eq!(client.take(96), b"tick".repeat(24), "more than the time of a request");
        client.send("hello").read_until(b"hello");
        client.end_sending();
        assert!(client.read_to_end().ends_with(b"bye"));
    }
    assert_eq!(server.logged("did not").len(), 0);
}

#[test]
fn a_raw_connections_client_gives_time_anew_to_a_handler_that_only_asks() {
    let server = Server::with("probe", &["--request-timeout", "2s"]);
    let (mut client, mut clock) = (raw(&server, "5&ask"), raw(&server, "100"));
    for _ in 0..6 {
        assert_eq!(clock.take(16), b"tick".repeat(4), "in all it is longer than the time of a request");
        assert_eq!(client.send("hello").take(5), b"hello");
    }
    server.wait_for_log("the handler did not come back to its client within 2s");
}

#[test]
fn a_raw_connections_read_says_at_once_that_the_wait_took_too_long() {
    let server = Server::of("probe");
    let mut client = raw(&server, &format!("{NEVER}&timeout=1000"));
    assert_eq!(client.take(14), b"silencesilence", "nothing is lost, and the next wait is a new one");
    assert_eq!(client.send("hello").take(5), b"hello");
}

#[test]
fn a_handler_cannot_live_by_waiting_for_a_clock_and_computing_much() {
    let server = Server::with("probe", &["--cpu-time", "300ms"]);
    raw(&server, "1&burn=100").read_to_reset();
    server.wait_for_log("the handler computed for more than 300ms");
}

#[test]
fn a_drain_ends_the_wait_after_the_grace_time() {
    let mut server = Server::with("probe", &["--grace", "200ms"]);
    let mut client = raw(&server, NEVER);
    server.signal(Signal::TERM);
    server.wait_for_log("1 unfinished after the grace time: cut");
    client.expect_end_or_reset();
    assert_eq!(server.wait().code(), Some(0));
}
