//! Header fields: Python's bounds, and the rules of RFC 9112 against smuggled requests.

use doverb_tests::{Response, Server};

fn refused(server: &Server, head: &str) -> Response {
    let mut client = server.connect();
    client.send_what_it_takes(head);
    let response = client.read_response();
    assert_eq!(response.field("Connection"), Some("close"), "{head:?}");
    client.expect_end_or_reset();
    response
}

/// Each of these field sections, the Host field apart, must be answered with this status and the connection end.
fn all_refused(status: u16, sections: &[&str]) {
    let mut server = Server::of("probe");
    for section in sections {
        let head = format!("POST /body HTTP/1.1\r\nHost: a\r\n{section}\r\n0\r\n\r\n");
        assert_eq!(refused(&server, &head).status, status, "{section:?}");
    }
    assert!(server.stop().success());
    assert_eq!(server.logged("POST /body").len(), sections.len(), "one log line a request");
}

#[test]
fn a_folded_line_is_refused() {
    all_refused(400, &["A: b\r\n c\r\n", "A: b\r\n\tc\r\n", " A: b\r\n", "A:\r\n b\r\n"]);
}

#[test]
fn white_space_in_or_after_a_name_is_refused() {
    all_refused(400, &["A : b\r\n", "A\t: b\r\n", "A B: c\r\n"]);
}

#[test]
fn a_line_that_is_no_field_is_refused() {
    all_refused(400, &["A\r\n", ": b\r\n", "(A): b\r\n", "A\u{1}: b\r\n"]);
}

#[test]
fn control_characters_in_a_value_are_refused() {
    all_refused(400, &["A: b\rc\r\n", "A: b\0c\r\n", "A: \r\r\n", "A: b\u{7f}\r\n", "A: \u{1b}[31m\r\n"]);
}

#[test]
fn a_content_length_is_digits_and_nothing_else() {
    let bad = ["", "+1", "-1", "0x1", "1,1", "1, 2", "1 1", "1.0", "a", "99999999999999999999", "\u{b2}"];
    let sections = bad.map(|value| format!("Content-Length: {value}\r\n"));
    all_refused(400, &sections.each_ref().map(String::as_str));
}

#[test]
fn content_lengths_that_differ_are_refused() {
    all_refused(
        400,
        &["Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 1\r\nA: b\r\ncontent-length: 0\r\n"],
    );
}

#[test]
fn a_length_beside_a_transfer_encoding_is_refused() {
    all_refused(
        400,
        &[
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        ],
    );
}

#[test]
fn a_transfer_encoding_that_does_not_end_with_chunked_is_400() {
    // RFC 9112, section 6.3: the length of such a body cannot be known.
    all_refused(
        400,
        &[
            "Transfer-Encoding: gzip\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: chunked, gzip\r\n",
            "Transfer-Encoding: \r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked\u{b}\r\n",
        ],
    );
}

#[test]
fn chunked_twice_is_refused() {
    all_refused(
        400,
        &[
            "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        ],
    );
}

#[test]
fn an_unknown_coding_under_chunked_is_501() {
    all_refused(501, &["Transfer-Encoding: gzip, chunked\r\n"]);
}

#[test]
fn chunked_is_not_case_sensitive() {
    let server = Server::of("probe");
    let head = "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n";
    assert_eq!(server.connect().call(head).text(), "1 97 a");
}

#[test]
fn a_transfer_encoding_from_an_http_1_0_client_is_refused() {
    let server = Server::of("probe");
    let head = "POST /body HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(refused(&server, head).status, 400);
}

#[test]
fn http_1_1_needs_one_host() {
    let server = Server::of("hello");
    for fields in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nHost: b\r\n",
        "Host: a b\r\n",
        "Host: a/b\r\n",
        "Host: a@b\r\n",
    ] {
        let response = refused(&server, &format!("GET / HTTP/1.1\r\n{fields}\r\n"));
        assert_eq!(response.status, 400, "{fields:?}");
    }
}

#[test]
fn http_1_0_needs_no_host() {
    let server = Server::of("hello");
    assert_eq!(server.connect().call("GET / HTTP/1.0\r\n\r\n").status, 200);
}

#[test]
fn a_host_may_be_empty_or_have_a_port_or_be_an_address() {
    let server = Server::of("hello");
    for host in ["", "a", "example.org:8000", "127.0.0.1", "[::1]:80", "xn--a_b"] {
        let response = server.connect().call(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(response.status, 200, "{host:?}");
    }
}

#[test]
fn a_hundred_fields_pass_and_one_more_is_431() {
    let server = Server::of("hello");
    let head = |fields: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "A: b\r\n".repeat(fields - 1));
    assert_eq!(server.connect().call(head(100)).status, 200);
    assert_eq!(refused(&server, &head(101)).status_line, "HTTP/1.1 431 Too many headers");
}

#[test]
fn a_line_over_65536_bytes_is_431() {
    let server = Server::of("hello");
    let head = |length: usize| format!("GET / HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n", "b".repeat(length - 3));
    assert_eq!(server.connect().call(head(65_530)).status, 200);
    assert_eq!(refused(&server, &head(65_540)).status_line, "HTTP/1.1 431 Line too long");
}

#[test]
fn fields_without_an_end_are_431_and_bounded() {
    let server = Server::of("hello");
    let before = server.peak_memory();
    let line = format!("A: {}\r\n", "b".repeat(60_000));
    let response = refused(&server, &("GET / HTTP/1.1\r\n".to_owned() + &line.repeat(90)));
    assert_eq!(response.status, 431);
    assert!(server.peak_memory() - before < 16 << 20);
}

#[test]
fn a_smuggled_request_is_never_answered() {
    let server = Server::of("probe");
    for section in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 6\r\nContent-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\u{b}chunked\r\n",
        " Content-Length: 6\r\n",
    ] {
        let smuggled = "0\r\n\r\nGET /count HTTP/1.1\r\nHost: a\r\n\r\n";
        refused(&server, &format!("POST /ignore HTTP/1.1\r\nHost: a\r\n{section}\r\n{smuggled}"));
    }
    assert_eq!(server.logged("GET /count"), [""; 0]);
}
