//! A case over a real connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::{Case, Script, Step};
use crate::socket_queue;

/// Sent behind every case that keeps its side open: whether it is answered tells whether the connection persisted, and
/// where the server saw the end of what came before.
const SENTINEL: &[u8] = b"GET /sentinel HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// What was sent and what came back.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// Every byte that was sent, the sentinel left out.
    pub sent: Vec<u8>,
    /// Every byte that came until the connection's end.
    pub received: Vec<u8>,
    /// Why that is not all: the server did not end the connection in time, or could not be reached.
    pub trouble: Option<String>,
}

/// Sends a case to a server and reads all that comes back, for at most `patience`.
#[must_use]
pub fn perform(case: &Case, server: SocketAddr, patience: Duration) -> Transcript {
    let mut received = Vec::new();
    let trouble = converse(&case.script, server, Instant::now() + patience, &mut received).err();
    let trouble = trouble.map(|error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => format!("not over within {patience:?}"),
        _ => error.to_string(),
    });
    Transcript { sent: case.script.sent(), received, trouble }
}

fn converse(
    script: &Script,
    server: SocketAddr,
    deadline: Instant,
    received: &mut Vec<u8>,
) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(deadline.saturating_duration_since(Instant::now())))?;
    let mut pending = Vec::new();
    for step in &script.0 {
        match step {
            Step::Send(bytes) => pending.extend_from_slice(bytes),
            Step::UntilRead => {
                send(&mut stream, &mut pending);
                wait_until_read(&stream, server, deadline)?;
            }
            Step::UntilAnswered => {
                send(&mut stream, &mut pending);
                read(&mut stream, deadline, received)?;
            }
            Step::HalfClose => {
                send(&mut stream, &mut pending);
                // The server may have closed already.
                let _ = stream.shutdown(Shutdown::Write);
            }
        }
    }
    if !script.half_closes() {
        pending.extend_from_slice(SENTINEL);
    }
    send(&mut stream, &mut pending);
    while read(&mut stream, deadline, received)? {}
    Ok(())
}

/// A server may refuse and close at any point: what it said is read afterwards.
fn send(stream: &mut TcpStream, bytes: &mut Vec<u8>) {
    let _ = stream.write_all(bytes);
    bytes.clear();
}

fn wait_until_read(stream: &TcpStream, server: SocketAddr, deadline: Instant) -> std::io::Result<()> {
    let local = stream.local_addr()?;
    while socket_queue::waiting_bytes(server, local) > 0 {
        if Instant::now() > deadline {
            return Err(ErrorKind::TimedOut.into());
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// False at the connection's end, be it by a reset.
fn read(stream: &mut TcpStream, deadline: Instant, received: &mut Vec<u8>) -> std::io::Result<bool> {
    let left = deadline.saturating_duration_since(Instant::now());
    stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
    let mut piece = [0; 16 * 1024];
    match stream.read(&mut piece) {
        Ok(bytes) => {
            received.extend_from_slice(&piece[..bytes]);
            Ok(bytes > 0)
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Ok(false),
        Err(error) => Err(error),
    }
}
