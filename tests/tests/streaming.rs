//! Output is buffered, but never late.

use doverb_tests::{Server, request};

#[test]
fn events_arrive_one_by_one_without_a_flush() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("GET", "/sse", ""));
    let head = client.read_bodiless();
    assert_eq!(head.field("Content-Type"), Some("text/event-stream"));
    assert_eq!(head.field("Transfer-Encoding"), Some("chunked"));
    // A chunk is what was sent at a time.
    for number in 0..3 {
        assert_eq!(client.read_chunk().unwrap(), format!("data: {number}\n\n").into_bytes());
    }
    assert_eq!(client.read_chunk(), None);
}

#[test]
fn events_arrive_without_a_flush_for_http_1_0_too() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send("GET /sse HTTP/1.0\r\n\r\n");
    assert_eq!(client.read_bodiless().status, 200);
    assert_eq!(client.read_to_end(), b"data: 0\n\ndata: 1\n\ndata: 2\n\n");
}

#[test]
fn the_first_event_arrives_before_the_last_is_made() {
    // The request runs into its time limit between two events: what came before it has left.
    let server = Server::with("probe", &["--request-timeout", "150ms"]);
    let mut client = server.connect();
    client.send(request("GET", "/sse", ""));
    assert_eq!(client.read_bodiless().status, 200);
    assert_eq!(client.read_chunk().as_deref(), Some(&b"data: 0\n\n"[..]));
    let rest = client.read_to_end_or_reset();
    assert!(!rest.ends_with(b"0\r\n\r\n"), "it ended as if it were whole");
}
