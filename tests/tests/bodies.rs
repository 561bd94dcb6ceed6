//! Request bodies: however they come, the handler reads what the client sent and no more.

use doverb_tests::{Client, Server, request};

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

fn posted(client: &mut Client, path: &str, fields: &str, body: &str) -> String {
    let response = client.call(request("POST", path, fields) + body);
    assert_eq!(response.status, 200, "{}", response.head());
    response.text()
}

#[test]
fn a_body_of_a_known_length_is_read_to_its_end() {
    let server = Server::of("probe");
    let mut client = server.connect();
    assert_eq!(posted(&mut client, "/body", "Content-Length: 5\r\n", "hello"), "5 532 hello");
    assert_eq!(posted(&mut client, "/body", "Content-Length: 0\r\n", ""), "0 0 ");
    assert_eq!(posted(&mut client, "/body", "Content-Length: 007\r\n", "leading"), "7 724 leading");
    assert_eq!(posted(&mut client, "/body", "", ""), "0 0 ");
}

#[test]
fn the_same_length_twice_is_refused() {
    let server = Server::of("probe");
    let fields = "Content-Length: 2\r\nContent-Length: 2\r\n";
    let response = server.connect().call(request("POST", "/body", fields) + "ab");
    assert_eq!(response.status_line, "HTTP/1.1 400 More than one Content-Length field");
}

#[test]
fn a_large_body_arrives_whole() {
    let server = Server::of("probe");
    let body = vec![b'z'; 3_000_000];
    let report = server.connect().post("/body", &body).text();
    assert!(report.starts_with(&format!("3000000 {} zzz", 3_000_000 * u64::from(b'z'))), "{report:.100}");
}

#[test]
fn chunks_with_extensions_and_trailers_are_decoded() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let body = "4\r\nWiki\r\n5;a=b;c=\"d;\\\"\\r\"\r\npedia\r\n00e\r\n in\r\n\r\nchunks.\r\n0;last\r\nX-A: 1\r\nX-B:  two \r\n\r\n";
    let report = posted(&mut client, "/trailers", CHUNKED, body);
    assert_eq!(report, "early=true body=Wikipedia in\r\n\r\nchunks. X-A=1 X-B=two");
    assert_eq!(client.get("/count").text(), "1", "the connection goes on behind the trailers");
}

#[test]
fn a_body_without_chunks_has_no_trailers() {
    let server = Server::of("probe");
    let report = posted(&mut server.connect(), "/trailers", "Content-Length: 1\r\n", "a");
    assert_eq!(report, "early=true body=a ");
}

#[test]
fn bad_chunks_fail_in_the_handler_and_are_400() {
    let server = Server::of("probe");
    for body in [
        "g\r\n",
        "\r\n",
        "-1\r\n",
        "0x1\r\n",
        " 1\r\na\r\n0\r\n\r\n",
        "1\na\r\n0\r\n\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "1\r\na0\r\n\r\n",
        "fffffffffffffffff\r\n",
        "1;\u{1}\r\na\r\n",
        "0\r\nX : 1\r\n\r\n",
        "0\r\n folded: 1\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
    ] {
        let mut client = server.connect();
        let mark = server.log.mark();
        client.send_what_it_takes(request("POST", "/body", CHUNKED) + body + &request("GET", "/count", ""));
        let response = client.read_response();
        assert_eq!((response.status, response.field("Connection")), (400, Some("close")), "{body:?}");
        assert!(response.reason().starts_with("Malformed body: "), "{}", response.status_line);
        client.expect_end_or_reset();
        server.log.wait_after(mark, doverb_tests::SOON, |line| {
            line.contains("the body failed after") && line.contains("malformed body: ")
        });
    }
    assert_eq!(server.logged("GET /count"), [""; 0], "nothing behind a malformed body is a request");
}

#[test]
fn bad_chunks_that_the_handler_does_not_read_are_400() {
    let server = Server::of("probe");
    for body in ["g\r\n", "1\r\nab\r\n0\r\n\r\n", "1;\r\na\r\n0\r\n\r\n", "0\r\nX : 1\r\n\r\n"] {
        let mut client = server.connect();
        client.send_what_it_takes(request("POST", "/ignore", CHUNKED) + body);
        let response = client.read_response();
        assert_eq!((response.status, response.field("Connection")), (400, Some("close")), "{body:?}");
        client.expect_end_or_reset();
    }
    // A handler that has said no has said it.
    let mut client = server.connect();
    assert_eq!(client.call(request("POST", "/nowhere", CHUNKED) + "g\r\n").status, 404);
    client.expect_end_or_reset();
}

#[test]
fn a_body_that_ends_too_early_is_400_if_the_handler_does_not_read_it() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("POST", "/ignore", "Content-Length: 10\r\n") + "hello").end_sending();
    assert_eq!(client.read_response().status_line, "HTTP/1.1 400 Incomplete body");
    client.expect_end_or_reset();
}

#[test]
fn a_chunk_over_the_bound_is_413_before_it_is_sent() {
    let server = Server::with("probe", &["--max-body", "10"]);
    for path in ["/body", "/ignore"] {
        let mut client = server.connect();
        client.send(request("POST", path, CHUNKED) + "b\r\n");
        assert_eq!(client.read_response().status_line, "HTTP/1.1 413 Content Too Large");
        client.expect_end_or_reset();
    }
}

#[test]
fn chunk_extensions_are_bounded() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let chunk = format!("1;{}\r\na\r\n", "x".repeat(1_000));
    client.send_what_it_takes(request("POST", "/body", CHUNKED) + &chunk.repeat(100) + "0\r\n\r\n");
    assert!(!String::from_utf8_lossy(&client.read_to_end_or_reset()).contains(" 200 "));
    server.wait_for_log("chunk extensions");
}

#[test]
fn trailers_are_bounded() {
    let server = Server::of("probe");
    for trailer in ["A: b\r\n".repeat(101), format!("A: {}\r\n", "b".repeat(70_000))] {
        let mut client = server.connect();
        client.send_what_it_takes(request("POST", "/body", CHUNKED) + "0\r\n" + &trailer + "\r\n");
        assert!(!String::from_utf8_lossy(&client.read_to_end_or_reset()).contains(" 200 "));
    }
}

#[test]
fn lines_are_read_one_by_one() {
    let server = Server::of("probe");
    let body = format!("a\n\nbc\r\n{}\nend", "x".repeat(200_000));
    let report = server.connect().post("/lines", body).text();
    assert_eq!(report, "1,0,3,200000,3");
}

#[test]
fn an_unread_body_is_drained_and_the_connection_goes_on() {
    let server = Server::of("probe");
    let mut client = server.connect();
    for bytes in [1, 1_000, 200_000] {
        assert_eq!(client.post("/ignore", "x".repeat(bytes)).text(), "ignored");
    }
    let chunks = "5\r\nhello\r\n".repeat(100) + "0\r\n\r\n";
    assert_eq!(posted(&mut client, "/ignore", CHUNKED, &chunks), "ignored");
    assert_eq!(client.get("/count").text(), "1");
}

#[test]
fn a_body_read_in_part_is_drained_and_the_connection_goes_on() {
    let server = Server::of("probe");
    let mut client = server.connect();
    assert_eq!(client.post("/partial", "0123456789 and the rest").text(), "0123456789");
    assert_eq!(client.get("/count").text(), "1");
}

#[test]
fn an_unread_body_that_is_too_long_to_drain_closes_the_connection() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("POST", "/ignore", "Content-Length: 100000000\r\n"));
    let response = client.read_response();
    assert_eq!((response.text().as_str(), response.field("Connection")), ("ignored", Some("close")));
    client.expect_end_or_reset();
}

#[test]
fn an_announced_body_over_the_bound_is_413_before_it_is_sent() {
    let server = Server::with("probe", &["--max-body", "10"]);
    let mut client = server.connect();
    client.send(request("POST", "/body", "Content-Length: 11\r\n"));
    assert_eq!(client.read_response().status_line, "HTTP/1.1 413 Content Too Large");
    client.expect_end_or_reset();
    assert_eq!(server.connect().post("/body", "0123456789").status, 200);
}

#[test]
fn a_chunked_body_over_the_bound_fails_in_the_handler() {
    let server = Server::with("probe", &["--max-body", "10"]);
    let mut client = server.connect();
    client.send(request("POST", "/body", CHUNKED) + "8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n");
    assert!(client.read_response().status >= 400);
    server.wait_for_log("the body failed after 8 bytes: over the bound of 10 bytes");
    let report = posted(&mut server.connect(), "/body", CHUNKED, "a\r\n0123456789\r\n0\r\n\r\n");
    assert_eq!(report, "10 525 0123456789");
}

#[test]
fn a_client_that_expects_100_is_told_to_continue() {
    let server = Server::of("probe");
    let mut client = server.connect();
    for _ in 0..2 {
        client.send(request("POST", "/body", "Content-Length: 3\r\nExpect: 100-Continue\r\n"));
        let interim = client.read_response();
        assert_eq!((interim.status_line.as_str(), interim.fields.len()), ("HTTP/1.1 100 Continue", 0));
        client.send("abc");
        assert_eq!(client.read_response().text(), "3 294 abc");
    }
}

#[test]
fn an_expectation_is_ignored_where_python_and_the_rfc_ignore_it() {
    let server = Server::of("probe");
    let mut client = server.connect();
    // No body to wait for; another expectation; a client of HTTP/1.0.
    assert_eq!(client.call(request("GET", "/buffered", "Expect: 100-continue\r\n")).status, 200);
    assert_eq!(posted(&mut client, "/body", "Content-Length: 1\r\nExpect: magic\r\n", "a"), "1 97 a");
    let old = "POST /body HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na";
    assert_eq!(server.connect().call(old).text(), "1 97 a");
}

#[test]
fn a_body_is_echoed_while_it_is_still_coming() {
    let server = Server::of("echo");
    let mut client = server.connect();
    client.send(request("POST", "/", "Content-Type: x/y\r\nContent-Length: 10\r\n") + "first");
    let response = client.read_bodiless();
    assert_eq!((response.status, response.field("Content-Type")), (200, Some("x/y")));
    assert_eq!(client.take(5), b"first", "it is sent when the handler waits for more");
    client.send("later");
    assert_eq!(client.take(5), b"later");
    assert_eq!(client.call(request("PUT", "/", "Content-Length: 1\r\n") + "a").text(), "a");
}

#[test]
fn a_chunked_body_is_echoed_in_chunks_while_it_is_still_coming() {
    let server = Server::of("echo");
    let mut client = server.connect();
    client.send(request("POST", "/", CHUNKED) + "5\r\nfirst\r\n");
    assert_eq!(client.read_bodiless().field("Transfer-Encoding"), Some("chunked"));
    assert_eq!(client.read_chunk().as_deref(), Some(&b"first"[..]));
    client.send("5\r\nlater\r\n");
    assert_eq!(client.read_chunk().as_deref(), Some(&b"later"[..]));
    client.send("0\r\n\r\n");
    assert_eq!(client.read_chunk(), None);
}
