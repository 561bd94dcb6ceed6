//! One large body up and back.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::answer::Answer;

const PIECE: usize = 64 * 1024;
/// Neither side may stand still for longer.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
pub(crate) enum Framing {
    Length,
    Chunked,
}

fn send(mut stream: TcpStream, bytes: usize, framing: Framing) -> Result<()> {
    let length = match framing {
        Framing::Length => format!("Content-Length: {bytes}"),
        Framing::Chunked => "Transfer-Encoding: chunked".into(),
    };
    let head = format!("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    let piece = vec![b'x'; PIECE];
    let chunk = [format!("{PIECE:x}\r\n").as_bytes(), &piece, b"\r\n"].concat();
    for _ in 0..bytes / PIECE {
        match framing {
            Framing::Length => stream.write_all(&piece)?,
            Framing::Chunked => stream.write_all(&chunk)?,
        }
    }
    if matches!(framing, Framing::Chunked) {
        stream.write_all(b"0\r\n\r\n")?;
    }
    Ok(())
}

/// Reads to the end of the connection; `keep` are the first bytes and `last` the last ones.
struct Received {
    head: Vec<u8>,
    tail: Vec<u8>,
    bytes: usize,
}

fn receive(mut stream: TcpStream) -> Result<Received> {
    let mut received = Received { head: Vec::new(), tail: Vec::new(), bytes: 0 };
    let mut piece = vec![0; 2 * PIECE];
    loop {
        let bytes = stream.read(&mut piece).context("while the body comes back")?;
        if bytes == 0 {
            return Ok(received);
        }
        if received.head.len() < 4096 {
            received.head.extend_from_slice(&piece[..bytes]);
        }
        received.tail.extend_from_slice(&piece[bytes.saturating_sub(5)..bytes]);
        received.tail.drain(..received.tail.len().saturating_sub(5));
        received.bytes += bytes;
    }
}

/// Says how long it took.
pub(crate) fn run(address: SocketAddr, bytes: usize, framing: Framing) -> Result<Value> {
    ensure!(bytes.is_multiple_of(PIECE), "BYTES must be a multiple of {PIECE}");
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let start = Instant::now();
    let sending = stream.try_clone()?;
    let sender = thread::spawn(move || send(sending, bytes, framing));
    let received = receive(stream)?;
    let took = start.elapsed().as_secs_f64();
    sender.join().ok().context("the sender panicked")??;
    let answer = Answer::parse(&received.head)?.context("the head is not whole")?;
    let body = received.bytes - answer.head;
    match framing {
        Framing::Length if answer.body == Some(bytes) && body == bytes => {}
        Framing::Chunked if answer.body.is_none() && body > bytes && received.tail == b"0\r\n\r\n" => {}
        _ => bail!("{body} bytes came back, announced were {:?}", answer.body),
    }
    Ok(json!({ "bytes": bytes, "seconds": took }))
}
