//! A gigabyte goes through the echo example in constant memory. Heavy: nextest runs one of these at a time.

use std::io::Write;
use std::net::TcpStream;
use std::thread;

use doverb_tests::{Client, LATER, Server, request};

const PIECE: usize = 64 * 1024;
const PIECES: usize = (1 << 30) / PIECE;
const GROWTH: u64 = 64 << 20;

/// No two places near each other look the same, so that a lost, repeated or swapped piece is seen.
fn pattern() -> Vec<u8> {
    (0..PIECE as u32 / 4).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// A server that has served a request, and the memory that it has then.
fn warm_server() -> (Server, u64) {
    // The server under test is not optimised, and what it copies counts as the handler's time.
    let server = Server::with("echo", &["--cpu-time", "120s"]);
    assert_eq!(server.connect().post("/", "warm").text(), "warm");
    let idle = server.memory();
    (server, idle)
}

fn send_all(mut stream: TcpStream, write: impl Fn(&mut TcpStream, &[u8]) -> std::io::Result<()>) {
    let pattern = pattern();
    for piece in 0..PIECES {
        write(&mut stream, &pattern).unwrap_or_else(|error| panic!("piece {piece} was not taken: {error}"));
    }
}

fn expect_growth_below_bound(server: &Server, idle: u64) {
    let growth = server.peak_memory().saturating_sub(idle);
    assert!(growth < GROWTH, "memory grew by {} KiB over the idle {} KiB", growth >> 10, idle >> 10);
}

#[test]
fn a_gibibyte_with_a_length_is_echoed_in_constant_memory() {
    let (server, idle) = warm_server();
    let mut client = server.connect().with_patience(LATER);
    client.send(request("POST", "/", &format!("Content-Length: {}\r\n", 1u64 << 30)));
    let stream = client.writer();
    let sender = thread::spawn(move || send_all(stream, |stream, piece| stream.write_all(piece)));
    assert_eq!(client.read_bodiless().field("Content-Length"), Some("1073741824"));
    let pattern = pattern();
    for piece in 0..PIECES {
        assert!(client.take(PIECE) == pattern, "piece {piece} came back changed");
    }
    sender.join().expect("all was sent");
    expect_growth_below_bound(&server, idle);
    assert_eq!(client.post("/", "after").text(), "after");
}

#[test]
fn a_gibibyte_in_chunks_is_echoed_in_constant_memory() {
    let (server, idle) = warm_server();
    let mut client = server.connect().with_patience(LATER);
    client.send(request("PUT", "/", "Transfer-Encoding: chunked\r\n"));
    let stream = client.writer();
    let sender = thread::spawn(move || {
        let mut last = stream.try_clone().expect("a file descriptor");
        send_all(stream, |stream, piece| {
            stream.write_all(format!("{PIECE:x}\r\n").as_bytes())?;
            stream.write_all(piece)?;
            stream.write_all(b"\r\n")
        });
        last.write_all(b"0\r\n\r\n").expect("the last chunk is taken");
    });
    assert_eq!(client.read_bodiless().field("Transfer-Encoding"), Some("chunked"));
    expect_pieces(&mut client);
    sender.join().expect("all was sent");
    expect_growth_below_bound(&server, idle);
}

/// Chunks come in sizes that the host chose.
fn expect_pieces(client: &mut Client) {
    let pattern = pattern();
    let (mut pieces, mut at) = (0, 0);
    while let Some(chunk) = client.read_chunk() {
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let bytes = rest.len().min(PIECE - at);
            assert!(rest[..bytes] == pattern[at..at + bytes], "piece {pieces} came back changed");
            rest = &rest[bytes..];
            at = (at + bytes) % PIECE;
            pieces += usize::from(at == 0);
        }
    }
    assert_eq!((pieces, at), (PIECES, 0));
}
