//! A client that goes away: an error to the handler, one line to the operator, nothing to anybody else.

use doverb_tests::{Client, SOON, Server, eventually, request};

const LOST: &str = "the client went away in the middle of the";

/// What the client does to the connection.
type Leave = fn(Client);

const WAYS: [Leave; 2] = [
    |client| client.vanish(),
    // Closed in good order, but before the end.
    drop,
];

fn ends_with_one_lost_client(mut server: Server, half: &str) {
    server.wait_for_log(&format!("{LOST} {half}"));
    assert_eq!(server.connect().get("/buffered").text(), "buffered body", "the server goes on");
    assert!(server.stop().success());
    assert_eq!(server.logged(LOST).len(), 1, "{:#?}", server.log.lines());
}

#[test]
fn a_client_that_vanishes_while_it_sends_is_an_error_to_the_handler() {
    for leave in WAYS {
        let server = Server::of("probe");
        let mut client = server.connect();
        client
            .send(request("POST", "/body", "Content-Length: 100000\r\n") + &"x".repeat(1_000))
            .wait_until_read();
        leave(client);
        server.wait_for_log("the body failed after 1000 bytes: the client closed the connection");
        ends_with_one_lost_client(server, "request");
    }
}

#[test]
fn a_client_that_vanishes_in_the_middle_of_a_chunk_is_an_error_to_the_handler() {
    for leave in WAYS {
        let server = Server::of("probe");
        let mut client = server.connect();
        client
            .send(request("POST", "/body", "Transfer-Encoding: chunked\r\n") + "a\r\n12345")
            .wait_until_read();
        leave(client);
        server.wait_for_log("the body failed after 5 bytes: the client closed the connection");
        ends_with_one_lost_client(server, "request");
    }
}

#[test]
fn a_client_that_ends_its_side_before_its_body_ends_is_not_answered_as_if_it_had() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("POST", "/body", "Content-Length: 10\r\n") + "12345").end_sending();
    let answer = client.read_to_end_or_reset();
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    server.wait_for_log("the body failed after 5 bytes: the client closed the connection");
}

#[test]
fn a_client_that_vanishes_while_it_is_answered_is_an_error_to_the_handler() {
    for leave in WAYS {
        let server = Server::of("probe");
        let mut client = server.connect();
        client.send(request("POST", "/stop", ""));
        assert_eq!(client.read_bodiless().status, 200);
        client.take(100_000);
        leave(client);
        server.wait_for_log("the answer failed: the client closed the connection after some true");
        ends_with_one_lost_client(server, "answer");
    }
}

#[test]
fn a_client_that_takes_nothing_is_given_up() {
    let server = Server::with("probe", &["--client-timeout", "300ms"]);
    let mut client = server.connect();
    client.send(request("POST", "/stop", ""));
    assert_eq!(client.read_bodiless().status, 200);
    server.wait_for_log("the answer failed: the client took too long");
    assert_eq!(server.connect().get("/buffered").status, 200, "the server goes on");
}

#[test]
fn a_client_that_sends_nothing_more_is_given_up() {
    let server = Server::with("probe", &["--client-timeout", "300ms"]);
    let mut client = server.connect();
    client.send(request("POST", "/body", "Content-Length: 10\r\n") + "12345");
    server.wait_for_log("the body failed after 5 bytes: the client took too long");
    let answer = client.read_to_end_or_reset();
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn many_clients_that_vanish_leave_nothing_behind() {
    let server = Server::with("probe", &["--max-connections", "3", "--max-instances", "3"]);
    for _ in 0..100 {
        let mark = server.log.mark();
        let mut client = eventually_served(&server);
        client.send(request("POST", "/body", "Content-Length: 10\r\n") + "12345").wait_until_read();
        client.vanish();
        server.log.wait_after(mark, SOON, |line| line.contains("the body failed after 5 bytes"));
    }
}

/// A client that has gone is noticed soon, not at once: the next may come a moment too early.
fn eventually_served(server: &Server) -> Client {
    eventually("a client is served again", || {
        let mut client = server.connect();
        (client.get("/buffered").status == 200).then_some(client)
    })
}
