//! A case over a connection.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use super::{Case, Script, Step};

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

/// A client's connection, of whatever kind. Nothing waits beyond `deadline`.
pub trait Connection {
    /// Sends what the server takes.
    ///
    /// # Errors
    ///
    /// When it takes no more.
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()>;

    /// Waits until the server has read all that was sent.
    ///
    /// # Errors
    ///
    /// When it does not read.
    fn wait_until_read(&mut self, deadline: Instant) -> io::Result<()>;

    /// Ends the sending side.
    ///
    /// # Errors
    ///
    /// When the connection is closed already.
    fn end_sending(&mut self, deadline: Instant) -> io::Result<()>;

    /// Appends what has come; false at the end of the connection in good order.
    ///
    /// # Errors
    ///
    /// When nothing comes, or the connection breaks.
    fn receive(&mut self, received: &mut Vec<u8>, deadline: Instant) -> io::Result<bool>;
}

/// Sends a case over a new connection and reads all that comes back, for at most `patience`.
#[must_use]
pub fn perform<C: Connection>(
    case: &Case,
    connect: impl FnOnce() -> io::Result<C>,
    patience: Duration,
) -> Transcript {
    let mut received = Vec::new();
    let deadline = Instant::now() + patience;
    let conversation = connect().and_then(|mut it| converse(&case.script, &mut it, deadline, &mut received));
    let trouble = conversation.err().map(|error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => format!("not over within {patience:?}"),
        _ => error.to_string(),
    });
    Transcript { sent: case.script.sent(), received, trouble }
}

fn converse(
    script: &Script,
    connection: &mut impl Connection,
    deadline: Instant,
    received: &mut Vec<u8>,
) -> io::Result<()> {
    let mut pending = Vec::new();
    for step in &script.0 {
        if let Step::Send(bytes) = step {
            pending.extend_from_slice(bytes);
            continue;
        }
        send(connection, &mut pending, deadline);
        match step {
            Step::Send(_) => {}
            Step::UntilRead => connection.wait_until_read(deadline)?,
            Step::UntilAnswered => {
                receive(connection, received, deadline)?;
            }
            // The server may have closed already.
            Step::HalfClose => drop(connection.end_sending(deadline)),
        }
    }
    if !script.half_closes() {
        pending.extend_from_slice(SENTINEL);
    }
    send(connection, &mut pending, deadline);
    while receive(connection, received, deadline)? {}
    Ok(())
}

/// A server may refuse and close at any point: what it said is read afterwards.
fn send(connection: &mut impl Connection, bytes: &mut Vec<u8>, deadline: Instant) {
    let _ = connection.send(bytes, deadline);
    bytes.clear();
}

/// False at the connection's end, be it by a reset.
fn receive(connection: &mut impl Connection, received: &mut Vec<u8>, deadline: Instant) -> io::Result<bool> {
    use ErrorKind::{BrokenPipe, ConnectionReset, Interrupted};
    match connection.receive(received, deadline) {
        Err(error) if error.kind() == Interrupted => Ok(true),
        Err(error) if matches!(error.kind(), ConnectionReset | BrokenPipe) => Ok(false),
        result => result,
    }
}
