//! What the examples of every language must do.

use std::io::Write;
use std::thread;

use crate::{Client, LATER, SOON, Server, request};

const PIECE: usize = 64 * 1024;
const PIECES: usize = 1024;
const GROWTH: u64 = 24 << 20;

/// `hello`, the yardstick: the same answer to the byte in every language.
///
/// # Panics
///
/// When it is not.
pub fn expect_hello(server: &Server) {
    let mut client = server.connect();
    for path in ["/", "/any/path?at=all"] {
        let response = client.get(path);
        assert_eq!(response.status_line, "HTTP/1.1 200 OK");
        assert_eq!(response.names(), ["Server", "Date", "Content-Type", "Content-Length"]);
        assert_eq!(response.field("Content-Type"), Some("text/plain"));
        assert_eq!(response.field("Content-Length"), Some("13"));
        assert_eq!(response.text(), "Hello, World!");
    }
    let refused = client.call(request("POST", "/", "Content-Length: 0\r\n"));
    assert_eq!(refused.status_line, "HTTP/1.1 501 Unsupported method ('POST')");
}

/// `echo`: small bodies with their type, and 64 MiB both ways in constant memory, with a length and in chunks.
///
/// # Panics
///
/// When something else comes back, or the server grows.
pub fn expect_echo(server: &Server) {
    let mut client = server.connect();
    let typed = client.call(request("PUT", "/", "Content-Type: a/b\r\nContent-Length: 5\r\n") + "typed");
    assert_eq!((typed.status, typed.text()), (200, "typed".to_owned()));
    assert_eq!((typed.field("Content-Type"), typed.field("Content-Length")), (Some("a/b"), Some("5")));
    let untyped = client.post("/", "");
    assert_eq!(untyped.field("Content-Type"), Some("application/octet-stream"));
    // The first of many pieces makes the buffers that it then stays with.
    echo_with_a_length(server, 16);
    let before = server.peak_memory();
    echo_with_a_length(server, PIECES);
    echo_in_chunks(server, PIECES);
    let growth = server.peak_memory().saturating_sub(before);
    assert!(growth < GROWTH, "memory grew by {} KiB", growth >> 10);
}

/// Each path fails: the client gets a 500, the log a line with the text and one with the place, and the next request is
/// served.
///
/// # Panics
///
/// When something else happens.
pub fn expect_failures(server: &Server, failures: &[(&str, &str, &str)]) {
    for (path, text, place) in failures {
        let mark = server.log.mark();
        assert_eq!(server.connect().get(path).status, 500, "{path}");
        server.log.wait_after(mark, SOON, |line| line.contains(text));
        server.log.wait_after(mark, SOON, |line| line.contains(place));
        assert_eq!(server.connect().get("/").text(), "good morning");
    }
}

/// `/upgrade` of the probes: lines come back in capitals, and `tick` whenever the client was silent for 50 ms.
///
/// # Panics
///
/// When they do not.
pub fn expect_shouts(server: &Server, tick: &[u8]) {
    let mut client = server.connect();
    client.send(request("GET", "/upgrade", "Connection: Upgrade\r\nUpgrade: shout\r\n"));
    assert_eq!(client.read_bodiless().status, 101);
    client.send("hello\n");
    let until = |client: &mut Client, wanted: &[u8]| while client.read_until(b"\n") != wanted {};
    until(&mut client, b"HELLO\n");
    until(&mut client, tick);
    client.send("again\n");
    until(&mut client, b"AGAIN\n");
    client.end_sending();
    client.read_to_end();
}

/// No two places near each other look the same, so that a lost, repeated or swapped piece is seen.
fn pattern() -> Vec<u8> {
    (0..PIECE as u32 / 4).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn echo_with_a_length(server: &Server, pieces: usize) {
    let mut client = server.connect().with_patience(LATER);
    client.send(request("POST", "/", &format!("Content-Length: {}\r\n", pieces * PIECE)));
    let sender = send(&client, pieces, |piece| piece.to_vec());
    assert_eq!(client.read_bodiless().field("Content-Length"), Some(&*(pieces * PIECE).to_string()));
    for number in 0..pieces {
        assert!(client.take(PIECE) == pattern(), "piece {number} came back changed");
    }
    sender.join().expect("all was sent");
}

fn echo_in_chunks(server: &Server, pieces: usize) {
    let mut client = server.connect().with_patience(LATER);
    client.send(request("PUT", "/", "Transfer-Encoding: chunked\r\n"));
    let sender =
        send(&client, pieces, |piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
    assert_eq!(client.read_bodiless().field("Transfer-Encoding"), Some("chunked"));
    let (pattern, mut at, mut total) = (pattern(), 0, 0);
    while total < pieces * PIECE {
        let chunk = client.read_chunk().expect("not all has come back");
        for byte in &chunk {
            assert_eq!(*byte, pattern[at], "byte {total} came back changed");
            at = (at + 1) % PIECE;
            total += 1;
        }
    }
    let mut last = sender.join().expect("all was sent");
    last.write_all(b"0\r\n\r\n").expect("the last chunk is taken");
    assert_eq!(client.read_chunk(), None);
}

fn send(
    client: &Client,
    pieces: usize,
    framed: impl Fn(&[u8]) -> Vec<u8> + Send + 'static,
) -> thread::JoinHandle<std::net::TcpStream> {
    let mut stream = client.writer();
    thread::spawn(move || {
        let framed = framed(&pattern());
        for number in 0..pieces {
            stream.write_all(&framed).unwrap_or_else(|error| panic!("piece {number} was not taken: {error}"));
        }
        stream
    })
}
