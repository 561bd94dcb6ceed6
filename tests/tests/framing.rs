//! How an answer's end is marked is the host's job (RFC 9112, section 6).

use doverb_tests::{Server, request};

const GET_1_0: &str = "GET /stream HTTP/1.0\r\n\r\n";

#[test]
fn a_body_that_is_there_at_the_end_gets_its_length() {
    let server = Server::of("probe");
    let response = server.connect().get("/buffered");
    assert_eq!(response.names(), ["Server", "Date", "Content-Type", "Content-Length"]);
    assert_eq!(response.field("Content-Length"), Some("13"));
    assert_eq!(response.text(), "buffered body");
    assert_eq!(response.chunks, None);
}

#[test]
fn a_streamed_body_is_chunked_for_http_1_1() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/stream");
    assert_eq!(response.field("Transfer-Encoding"), Some("chunked"));
    assert_eq!(response.field("Content-Length"), None);
    assert_eq!(response.chunks.unwrap(), [&b"one,"[..], b"two,", b"three"]);
    assert_eq!(client.get("/count").text(), "2", "the connection goes on");
}

#[test]
fn a_streamed_body_ends_with_the_connection_for_http_1_0() {
    let server = Server::of("probe");
    for head in [GET_1_0, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"] {
        let mut client = server.connect();
        let response = client.call(head);
        assert_eq!(response.values("Transfer-Encoding"), [""; 0]);
        assert_eq!(response.values("Content-Length"), [""; 0]);
        assert_ne!(response.field("Connection"), Some("keep-alive"));
        assert_eq!(response.text(), "one,two,three");
    }
}

#[test]
fn a_large_body_is_streamed_whole() {
    let server = Server::of("probe");
    for bytes in [1, 65_535, 65_536, 65_537, 1_000_000] {
        let response = server.connect().get(&format!("/big?n={bytes}"));
        assert_eq!(response.body.len(), bytes);
        assert!(response.body.iter().all(|&byte| byte == b'x'));
    }
}

#[test]
fn a_body_to_head_is_never_sent() {
    let server = Server::of("probe");
    let mut client = server.connect();
    for path in ["/buffered", "/stream", "/big?n=100000", "/chunked-self", "/error?code=404"] {
        let mut client = server.connect();
        let response = client.call(request("HEAD", path, "Connection: close\r\n"));
        assert_eq!(response.status, if path.starts_with("/error") { 404 } else { 200 }, "{path}");
        client.expect_end();
    }
    assert_eq!(client.call(request("HEAD", "/buffered", "")).status, 200);
    assert_eq!(client.get("/count").text(), "2", "the connection goes on");
}

#[test]
fn head_is_told_what_get_is_told() {
    let server = Server::of("probe");
    for path in ["/buffered", "/stream", "/big?n=1000", "/204", "/error?code=404"] {
        let of_get = server.connect().get(path);
        let of_head = server.connect().call(request("HEAD", path, ""));
        assert_eq!(of_head.names(), of_get.names(), "{path}");
        for name in ["Content-Length", "Transfer-Encoding"] {
            assert_eq!(of_head.field(name), of_get.field(name), "{path}");
        }
    }
    // Nothing was written, and nobody knows what it would have been.
    let response = server.connect().call(request("HEAD", "/status?code=200", ""));
    assert_eq!(response.field("Content-Length"), None);
}

#[test]
fn an_error_to_head_keeps_its_length() {
    let server = Server::of("probe");
    let of_get = server.connect().get("/error?code=404").body.len().to_string();
    let response = server.connect().call(request("HEAD", "/error?code=404", ""));
    assert_eq!(response.field("Content-Length"), Some(of_get.as_str()));
}

#[test]
fn no_content_and_not_modified_never_carry_a_body() {
    let server = Server::of("probe");
    let mut client = server.connect();
    for path in ["/204", "/304"] {
        let response = client.get(path);
        assert_eq!(response.status.to_string(), path[1..]);
        assert_eq!(response.names(), ["Server", "Date"], "{path}");
    }
    assert_eq!(client.get("/count").text(), "3", "the connection goes on");
}

#[test]
fn reset_content_has_a_length_of_zero() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/205");
    assert_eq!((response.status, response.field("Content-Length")), (205, Some("0")));
    assert_eq!(client.get("/count").text(), "2", "the connection goes on");
}

#[test]
fn an_empty_body_has_a_length_of_zero() {
    let server = Server::of("probe");
    let response = server.connect().get("/status?code=200");
    assert_eq!(response.field("Content-Length"), Some("0"));
}

#[test]
fn more_body_than_declared_is_an_error_to_the_handler_and_never_sent() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/long");
    assert_eq!((response.field("Content-Length"), response.text().as_str()), (Some("5"), "large"));
    assert_eq!(client.get("/count").text(), "2", "the connection goes on");
}

#[test]
fn less_body_than_declared_is_never_taken_for_whole() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("GET", "/short", ""));
    assert_eq!(client.read_bodiless().field("Content-Length"), Some("10"));
    assert_eq!(client.read_to_end_or_reset(), b"12345", "as in Python; the length tells that it is not all");
    server.wait_for_log("5 bytes less than its Content-Length");
}

#[test]
fn a_handlers_own_chunks_reach_the_client() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/chunked-self");
    assert_eq!(response.field("Transfer-Encoding"), Some("chunked"));
    assert_eq!(response.text(), "abcde");
    assert_eq!(client.get("/count").text(), "2", "the connection goes on");
}

#[test]
fn a_handlers_own_chunks_are_decoded_for_http_1_0() {
    let server = Server::of("probe");
    let response = server.connect().call("GET /chunked-self HTTP/1.0\r\n\r\n");
    assert_eq!((response.field("Transfer-Encoding"), response.text().as_str()), (None, "abcde"));
}

#[test]
fn a_handlers_own_bad_chunks_never_reach_the_client() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/chunked-self-bad");
    assert_eq!(response.status, 500);
    client.expect_end_or_reset();
}

#[test]
fn early_hints_come_before_the_answer() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let hints = client.get("/early-hints");
    assert_eq!(hints.status_line, "HTTP/1.1 103 Early Hints");
    assert_eq!(hints.names(), ["Link"]);
    let response = client.read_response();
    assert_eq!((response.status, response.text().as_str()), (200, "after the hints"));
    assert_eq!(client.get("/count").text(), "2", "the connection goes on");
}

#[test]
fn an_http_1_0_client_gets_no_informational_answer() {
    let server = Server::of("probe");
    let response = server.connect().call("GET /early-hints HTTP/1.0\r\n\r\n");
    assert_eq!((response.status, response.text().as_str()), (200, "after the hints"));
}

#[test]
fn calls_out_of_order_fail_and_say_what_must_come_first() {
    let server = Server::of("probe");
    let report = server.connect().get("/order").text();
    let lines: Vec<_> = report.lines().map(|line| line.split_once(": ").expect("a name")).collect();
    assert_eq!(lines.len(), 13, "{report}");
    for (call, failure) in lines {
        let expected = match call {
            "status 99" => "99 is no status code",
            "status 1000" => "1000 is no status code",
            "message" => "invalid field: message",
            _ => "out of order: ",
        };
        assert!(failure.contains(expected), "{call}: {failure}");
    }
}

#[test]
fn any_status_from_100_to_999_is_sent() {
    let server = Server::of("probe");
    for (query, line) in [
        ("code=200", "HTTP/1.1 200 OK"),
        ("code=200&message=Fine+by+me", "HTTP/1.1 200 Fine by me"),
        ("code=299", "HTTP/1.1 299 "),
        ("code=999", "HTTP/1.1 999 "),
        ("code=413", "HTTP/1.1 413 Content Too Large"),
        ("code=422", "HTTP/1.1 422 Unprocessable Content"),
    ] {
        let response = server.connect().get(&format!("/status?{query}"));
        assert_eq!(response.status_line, line);
    }
}

#[test]
fn an_upgraded_connection_is_the_handlers() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("GET", "/upgrade", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
    let response = client.read_bodiless();
    assert_eq!((response.status, response.field("Upgrade")), (101, Some("echo")));
    for piece in ["ping", "\r\n\0\u{ff}", "GET / HTTP/1.1\r\n\r\n"] {
        client.send(piece);
        assert_eq!(client.take(piece.len()), piece.as_bytes());
    }
    client.end_sending();
    assert_eq!(client.read_to_end(), b"bye");
}

#[test]
fn no_connection_is_upgraded_unless_the_client_asks() {
    let server = Server::of("probe");
    assert_eq!(server.connect().get("/upgrade").status, 500);
}

#[test]
fn a_success_to_connect_makes_a_tunnel() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
    let response = client.read_bodiless();
    assert_eq!(response.status, 200);
    assert_eq!(response.values("Content-Length"), [""; 0]);
    assert_eq!(response.values("Transfer-Encoding"), [""; 0]);
    client.send("tunnelled");
    assert_eq!(client.take(9), b"tunnelled");
    client.end_sending();
    assert_eq!(client.read_to_end(), b"bye");
}
