//! When a connection stays open, and in which order it is answered (RFC 9112, section 9).

use doverb_tests::{Server, request};

#[test]
fn http_1_1_keeps_the_connection() {
    let server = Server::of("hello");
    let mut client = server.connect();
    for _ in 0..3 {
        let response = client.get("/");
        assert_eq!(response.status_line, "HTTP/1.1 200 OK");
        assert_eq!(response.text(), "Hello, World!");
        assert_eq!(response.field("Connection"), None);
        assert_eq!(response.field("Content-Length"), Some("13"));
        assert_eq!(response.field("Content-Type"), Some("text/plain"));
    }
}

#[test]
fn http_1_1_closes_when_the_client_asks_for_it() {
    let server = Server::of("hello");
    for value in ["close", "Close", "foo, close", "close, keep-alive"] {
        let mut client = server.connect();
        let response = client.call(request("GET", "/", &format!("Connection: {value}\r\n")));
        assert_eq!(response.status, 200, "{value}");
        assert_eq!(response.field("Connection"), Some("close"), "{value}");
        client.expect_end();
    }
}

#[test]
fn http_1_0_closes_after_one_answer() {
    let server = Server::of("hello");
    let mut client = server.connect();
    let response = client.call("GET / HTTP/1.0\r\n\r\n");
    assert_eq!((response.status, response.text().as_str()), (200, "Hello, World!"));
    assert_ne!(response.field("Connection"), Some("keep-alive"));
    client.expect_end();
}

#[test]
fn http_1_0_keeps_the_connection_when_the_client_asks_for_it() {
    let server = Server::of("hello");
    let mut client = server.connect();
    for _ in 0..3 {
        let response = client.call("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
        assert_eq!((response.status, response.text().as_str()), (200, "Hello, World!"));
        assert_eq!(response.field("Connection"), Some("keep-alive"));
    }
    let last = client.call("GET / HTTP/1.0\r\n\r\n");
    assert_eq!(last.status, 200);
    client.expect_end();
}

#[test]
fn a_later_1_x_is_answered_as_1_1() {
    let server = Server::of("hello");
    let mut client = server.connect();
    for _ in 0..2 {
        let response = client.call("GET / HTTP/1.9\r\nHost: a\r\n\r\n");
        assert_eq!(response.status_line, "HTTP/1.1 200 OK");
    }
}

#[test]
fn http_0_9_gets_a_body_and_no_head() {
    let server = Server::of("hello");
    let mut client = server.connect();
    client.send("GET /\r\n\r\n");
    assert_eq!(client.read_to_end(), b"Hello, World!");
}

#[test]
fn http_0_9_is_answered_at_its_first_line_end() {
    let server = Server::of("hello");
    for line in ["GET /\r\n", "\r\nGET /\r\n"] {
        let mut client = server.connect();
        client.send(line);
        assert_eq!(client.read_to_end(), b"Hello, World!", "{line:?}");
    }
    let mut client = server.connect();
    client.send("GET /\r\nHost: a\r\n\r\n");
    assert_eq!(client.read_response().status, 400, "who sends a field has left the version out");
}

#[test]
fn http_0_9_may_end_its_side_after_the_request_line() {
    let server = Server::of("hello");
    let mut client = server.connect();
    client.send("GET /\r\n").end_sending();
    assert_eq!(client.read_to_end(), b"Hello, World!");
}

#[test]
fn a_client_may_end_its_side_after_a_request_and_is_answered() {
    let server = Server::of("hello");
    let mut client = server.connect();
    client.send(request("GET", "/", "")).end_sending();
    assert_eq!(client.read_response().text(), "Hello, World!");
    client.expect_end();
}

#[test]
fn several_requests_in_one_packet_are_answered_in_order() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let paths = ["/count", "/buffered", "/count", "/stream", "/204", "/count"];
    client.send(paths.map(|path| request("GET", path, "")).concat());
    let bodies = paths.map(|_| client.read_response().text());
    assert_eq!(bodies, ["1", "buffered body", "3", "one,two,three", "", "6"]);
}

#[test]
fn requests_with_bodies_in_one_packet_do_not_run_into_each_other() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let fixed = request("POST", "/body", "Content-Length: 3\r\n") + "abc";
    let chunked = request("POST", "/body", "Transfer-Encoding: chunked\r\n") + "2\r\nab\r\n0\r\n\r\n";
    let unread = request("POST", "/ignore", "Content-Length: 9\r\n") + "GET / HTT";
    client.send([fixed.as_str(), &chunked, &unread, &request("GET", "/count", "")].concat());
    let bodies = [(); 4].map(|()| client.read_response().text());
    assert_eq!(bodies, ["3 294 abc", "2 195 ab", "ignored", "1"]);
}

#[test]
fn nothing_after_a_request_that_closes_is_answered() {
    let server = Server::of("hello");
    let mut client = server.connect();
    client.send(request("GET", "/", "Connection: close\r\n") + &request("GET", "/", ""));
    assert_eq!(client.read_response().status, 200);
    client.expect_end_or_reset();
}

#[test]
fn a_handler_may_close_the_connection() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/close");
    assert_eq!((response.status, response.text().as_str()), (200, "closing"));
    assert_eq!(response.field("Connection"), Some("close"));
    client.expect_end();
}

#[test]
fn a_handler_sees_whether_the_connection_will_close() {
    let server = Server::of("probe");
    let seen = |fields: &str| server.connect().call(request("GET", "/connection", fields)).text();
    assert_eq!(seen(""), "close_connection: false");
    assert_eq!(seen("Connection: close\r\n"), "close_connection: true");
}

#[test]
fn an_instance_lives_as_long_as_its_connection() {
    let server = Server::of("probe");
    for _ in 0..2 {
        let mut client = server.connect();
        let counts = [(); 3].map(|()| client.get("/count").text());
        assert_eq!(counts, ["1", "2", "3"]);
    }
}

#[test]
fn an_instance_lives_for_one_request_when_isolated_so() {
    let server = Server::with("probe", &["--isolation", "request"]);
    let mut client = server.connect();
    let counts = [(); 3].map(|()| client.get("/count").text());
    assert_eq!(counts, ["1", "1", "1"]);
}

#[test]
fn blank_lines_before_a_request_are_skipped() {
    let server = Server::of("hello");
    let mut client = server.connect();
    for _ in 0..2 {
        assert_eq!(client.call("\r\n".to_owned() + &request("GET", "/", "")).status, 200);
    }
}

#[test]
fn a_connection_that_sends_nothing_ends_without_an_answer() {
    let server = Server::of("hello");
    for sent in ["", "\r\n", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut client = server.connect();
        client.send(sent).end_sending();
        client.expect_end();
    }
}
