//! A request may come in any pieces: the answer is the same.

use doverb_tests::{Client, Response, Server, request};

const CHUNKED: &str = "POST /trailers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                       3;a=\"b;\\\"\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 7\r\nY: z\r\n\r\n";

fn sample_requests() -> [String; 4] {
    [
        request("GET", "/buffered?a=b", "Accept: text/plain\r\nX: y\r\n"),
        request("POST", "/body", "Content-Length: 12\r\n") + "twelve bytes",
        request("POST", "/ignore", "Content-Length: 12\r\n") + "twelve bytes",
        CHUNKED.to_owned(),
    ]
}

fn what_counts(response: &Response) -> (u16, Vec<String>, String) {
    let names = response.names().into_iter().map(str::to_owned).collect();
    (response.status, names, response.text())
}

fn send_in_two(client: &mut Client, bytes: &[u8], cut: usize) {
    client.send(&bytes[..cut]).wait_until_read();
    client.send(&bytes[cut..]);
}

#[test]
fn a_request_split_at_any_byte_is_answered_alike() {
    let server = Server::of("probe");
    for sample in sample_requests() {
        let mut client = server.connect();
        let whole = what_counts(&client.call(&sample));
        assert_eq!(whole.0, 200, "{sample}");
        for cut in 1..sample.len() {
            send_in_two(&mut client, sample.as_bytes(), cut);
            assert_eq!(what_counts(&client.read_response()), whole, "cut before byte {cut} of {sample:?}");
        }
    }
}

#[test]
fn a_request_that_comes_byte_by_byte_is_answered_alike() {
    let server = Server::of("probe");
    for sample in sample_requests() {
        let mut client = server.connect();
        let whole = what_counts(&client.call(&sample));
        for byte in sample.as_bytes() {
            client.send([*byte]).wait_until_read();
        }
        assert_eq!(what_counts(&client.read_response()), whole, "{sample:?}");
    }
}

#[test]
fn pipelined_requests_split_at_any_byte_are_answered_in_order() {
    let server = Server::of("probe");
    let both = request("POST", "/body", "Content-Length: 4\r\n") + "body" + &request("GET", "/buffered", "");
    let mut client = server.connect();
    for cut in 1..both.len() {
        send_in_two(&mut client, both.as_bytes(), cut);
        let bodies = [(); 2].map(|()| client.read_response().text());
        assert_eq!(bodies, ["4 430 body", "buffered body"], "cut before byte {cut}");
    }
}

#[test]
fn a_bad_request_is_refused_wherever_it_is_split() {
    let server = Server::of("probe");
    let bad = "GET / HTTP/1.1\r\nHost: a\r\nFolded: a\r\n b\r\n\r\n";
    for cut in 1..bad.len() {
        let mut client = server.connect();
        client.send(&bad[..cut]).wait_until_read();
        client.send_what_it_takes(&bad[cut..]);
        assert_eq!(client.read_response().status, 400, "cut before byte {cut}");
        client.expect_end_or_reset();
    }
}

#[test]
fn trailers_are_read_after_the_body_and_only_then() {
    let server = Server::of("probe");
    let text = server.connect().call(CHUNKED).text();
    assert_eq!(text, "early=true body=abc0123456789 X-Sum=7 Y=z");
}
