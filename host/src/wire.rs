//! The socket of one connection with its buffers: bytes in, bytes out, every wait with a deadline.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_util::io::poll_read_buf;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::limits::PIECE;

/// What is kept of a buffer between requests; the rest goes back to the allocator.
const KEEP: usize = 8 * 1024;

/// Why a wait for bytes ended without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The client closed its side, or the connection broke.
    Closed,
    /// The deadline came first.
    TimedOut,
    /// The server drains, and nothing of a request was there.
    Draining,
}

impl From<End> for Failure {
    fn from(end: End) -> Failure {
        match end {
            End::TimedOut => Failure::TimedOut,
            End::Closed | End::Draining => Failure::Closed,
        }
    }
}

/// A connection's socket, what was read of it and not yet used, and what is yet to be sent.
pub(crate) struct Wire {
    stream: TcpStream,
    input: Vec<u8>,
    used: usize,
    pub(crate) out: Vec<u8>,
    timer: Timer,
    /// How many bytes of `out` have left it.
    left: usize,
    /// Why nothing can be read any more. A client that has closed its sending side may still read.
    broken: Option<End>,
    unwritable: bool,
    /// How long one read or write may wait: Python's `timeout`.
    pub(crate) patience: Duration,
    /// Bytes that the system has taken, for the log.
    pub(crate) sent: u64,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Wire {
        Wire {
            stream,
            input: Vec::with_capacity(KEEP),
            used: 0,
            out: Vec::with_capacity(KEEP),
            timer: Timer::default(),
            left: 0,
            broken: None,
            unwritable: false,
            patience,
            sent: 0,
        }
    }

    /// What was read and not yet consumed.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.input[self.used..]
    }

    pub(crate) fn consume(&mut self, bytes: usize) {
        self.used += bytes;
        debug_assert!(self.used <= self.input.len());
        if self.used == self.input.len() {
            self.input.clear();
            self.used = 0;
        }
    }

    /// Reads at least one byte until `deadline`. With `draining`, a drain of the server ends the wait.
    pub(crate) async fn read(
        &mut self,
        room: usize,
        deadline: Instant,
        draining: Option<&CancellationToken>,
    ) -> Result<(), End> {
        if let Some(end) = self.broken {
            return Err(end);
        }
        self.make_room(room);
        let Wire { stream, input, timer, .. } = self;
        let mut drained = pin!(draining.map(CancellationToken::cancelled));
        let result = poll_fn(|context| {
            match poll_read_buf(Pin::new(&mut *stream), context, input) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(End::Closed)),
                Poll::Ready(Ok(_)) => return Poll::Ready(Ok(())),
                Poll::Pending => {}
            }
            if let Some(drained) = drained.as_mut().as_pin_mut()
                && drained.poll(context).is_ready()
            {
                return Poll::Ready(Err(End::Draining));
            }
            timer.poll_until(deadline, context).map(|()| Err(End::TimedOut))
        })
        .await;
        // A drain leaves the connection whole: the caller decides. What the client did is final.
        if let Err(end @ (End::Closed | End::TimedOut)) = result {
            self.broken = Some(end);
        }
        result
    }

    /// Acts as if the client had sent these bytes too, once it has closed its side. False when it has not.
    pub(crate) fn supply(&mut self, bytes: &[u8]) -> bool {
        self.input.extend_from_slice(bytes);
        self.broken == Some(End::Closed)
    }

    /// Reads at least one byte more, within [`Wire::patience`].
    pub(crate) async fn fill(&mut self, room: usize) -> Result<(), End> {
        let deadline = Instant::now() + self.patience;
        self.read(room, deadline, None).await
    }

    /// Reads what the system has of the client's bytes, without waiting for the client. False when there is nothing.
    pub(crate) async fn read_what_is_there(&mut self, room: usize) -> Result<bool, End> {
        if let Some(end) = self.broken {
            return Err(end);
        }
        // The runtime looks at its sockets when it gets a turn, and this one is not asked before it has.
        tokio::task::yield_now().await;
        self.make_room(room);
        match self.stream.try_read_buf(&mut self.input) {
            Ok(read) if read > 0 => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(false),
            Ok(_) | Err(_) => {
                self.broken = Some(End::Closed);
                Err(End::Closed)
            }
        }
    }

    /// Sends all of `out`; each wait may last [`Wire::patience`].
    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        let result = self.flush_first(self.out.len()).await;
        self.take_progress();
        result
    }

    /// Sends the first `bytes` of `out`. The caller asks [`Wire::take_progress`] afterwards what has left, also
    /// when this future was dropped before its end.
    pub(crate) async fn flush_first(&mut self, bytes: usize) -> Result<(), End> {
        let mut deadline = None;
        while self.left < bytes {
            let Wire { stream, out, left, timer, patience, .. } = self;
            let written =
                poll_fn(|context| match Pin::new(&mut *stream).poll_write(context, &out[*left..bytes]) {
                    Poll::Ready(Ok(written)) if written > 0 => Poll::Ready(Ok(written)),
                    Poll::Ready(_) => Poll::Ready(Err(End::Closed)),
                    Poll::Pending => {
                        let deadline = *deadline.get_or_insert_with(|| Instant::now() + *patience);
                        timer.poll_until(deadline, context).map(|()| Err(End::TimedOut))
                    }
                })
                .await;
            deadline = None;
            match written {
                Ok(written) => {
                    self.left += written;
                    self.sent += written as u64;
                }
                Err(end) => {
                    self.broken = Some(end);
                    self.unwritable = true;
                    return Err(end);
                }
            }
        }
        Ok(())
    }

    /// Takes what has left out of the buffer, and says how much that was. After a failure nothing more can leave.
    pub(crate) fn take_progress(&mut self) -> usize {
        let left = std::mem::take(&mut self.left);
        if self.unwritable || left == self.out.len() {
            self.out.clear();
        } else if left > 0 {
            self.out.drain(..left);
        }
        left
    }

    /// Sends what the system takes without waiting: for informational answers, whose call must not wait.
    pub(crate) fn flush_now(&mut self) {
        while self.left < self.out.len() {
            match self.stream.try_write(&self.out[self.left..]) {
                Ok(written) if written > 0 => {
                    self.sent += written as u64;
                    self.left += written;
                }
                _ => return,
            }
        }
    }

    /// Whether nothing can be sent any more.
    pub(crate) fn is_unwritable(&self) -> bool {
        self.unwritable
    }

    /// Gives the memory of large messages back when the connection falls idle.
    pub(crate) fn rest(&mut self) {
        if self.input.capacity() > KEEP && self.input.len() - self.used <= KEEP / 2 {
            let mut input = Vec::with_capacity(KEEP);
            input.extend_from_slice(self.unread());
            self.input = input;
            self.used = 0;
        }
        if self.out.capacity() > 2 * KEEP && self.out.is_empty() {
            self.out = Vec::with_capacity(KEEP);
        }
    }

    /// Closes so that the client reads all that was sent, even if it is still sending: closing a socket with
    /// unread bytes makes the system throw away what the client has not read yet (RFC 9112, section 9.6).
    pub(crate) async fn close(mut self, linger: Option<Duration>) {
        let flushed = self.flush().await;
        let Some(linger) = linger.filter(|_| flushed.is_ok() && self.broken.is_none()) else {
            return;
        };
        let _ = poll_fn(|context| Pin::new(&mut self.stream).poll_shutdown(context)).await;
        let deadline = Instant::now() + linger;
        let mut thrown_away = self.unread().len();
        while thrown_away < 4 * PIECE {
            self.consume(self.unread().len());
            if self.read(KEEP, deadline, None).await.is_err() {
                return;
            }
            thrown_away += self.unread().len();
        }
    }

    /// Closes so that the client can tell that the answer is not complete, whatever its framing.
    pub(crate) fn cut(self) {
        let _ = self.stream.set_zero_linger();
    }

    fn make_room(&mut self, room: usize) {
        if self.input.capacity() - self.input.len() >= room.min(KEEP / 2) && self.input.capacity() >= room {
            return;
        }
        self.input.drain(..self.used);
        self.used = 0;
        self.input.reserve(room);
    }
}

/// One timer a connection, set anew only when it fires too early: most waits end long before their deadline.
#[derive(Default)]
struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    fn poll_until(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
        if sleep.deadline() > deadline.into() {
            sleep.as_mut().reset(deadline.into());
        }
        loop {
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline.into());
        }
    }
}
