//! The socket of one connection with its buffers: bytes in, bytes out, every wait with a deadline.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_util::io::poll_read_buf;
use tokio_util::sync::CancellationToken;

use crate::buffers;
use crate::drain::Drain;
use crate::failure::Failure;
use crate::limits::PIECE;

/// What is kept of a buffer between requests; the rest goes back to the allocator.
const KEEP: usize = buffers::SIZE;
/// The system asks a client that has been silent for a minute, and takes it for dead after a second one.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 4;

/// Why a wait for bytes ended without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The client closed its side in good order.
    Closed,
    /// The connection was reset, or is dead.
    Broken,
    /// The deadline came first.
    TimedOut,
    /// The server drains, and nothing of a request was there.
    Draining,
}

impl From<End> for Failure {
    fn from(end: End) -> Failure {
        match end {
            End::TimedOut => Failure::TimedOut,
            End::Closed | End::Broken | End::Draining => Failure::Closed,
        }
    }
}

/// How a wait ends early when the server drains.
pub(crate) struct Draining<'a> {
    /// Set when it begins to drain, before `token` is cancelled.
    pub(crate) begun: &'a AtomicBool,
    pub(crate) token: &'a CancellationToken,
}

/// A connection's socket, what was read of it and not yet used, and what is yet to be sent.
pub(crate) struct Wire {
    stream: TcpStream,
    input: Vec<u8>,
    used: usize,
    pub(crate) out: Vec<u8>,
    timer: Timer,
    drain: Drain,
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
            input: Vec::new(),
            used: 0,
            out: Vec::new(),
            timer: Timer::default(),
            drain: Drain::default(),
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

    /// Reads at least one byte until `deadline`. With `draining`, a drain of the server ends the wait. A wait
    /// that begins with nothing unread holds no buffer.
    pub(crate) async fn read(
        &mut self,
        room: usize,
        deadline: Instant,
        draining: Option<Draining<'_>>,
    ) -> Result<(), End> {
        if let Some(end) = self.broken {
            return Err(end);
        }
        let result = poll_fn(|context| {
            if self.stream.poll_read_ready(context).is_ready() {
                self.make_room(room);
                match poll_read_buf(Pin::new(&mut self.stream), context, &mut self.input) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(End::Closed)),
                    Poll::Ready(Err(_)) => return Poll::Ready(Err(End::Broken)),
                    Poll::Ready(Ok(_)) => return Poll::Ready(Ok(())),
                    // A new socket is said to be ready before its client has sent anything.
                    Poll::Pending => self.rest(),
                }
            }
            if let Some(Draining { begun, token }) = &draining
                && self.drain.poll(begun, token, context).is_ready()
            {
                return Poll::Ready(Err(End::Draining));
            }
            self.timer.poll_until(deadline, context).map(|()| Err(End::TimedOut))
        })
        .await;
        // A drain leaves the connection whole: the caller decides. What the client did is final.
        if let Err(end @ (End::Closed | End::Broken | End::TimedOut)) = result {
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

    /// Nothing is lost when a read times out: on a raw connection the next one waits anew.
    pub(crate) fn outlive_timeout(&mut self) {
        if self.broken == Some(End::TimedOut) && !self.unwritable {
            self.broken = None;
        }
    }

    /// A raw connection may rest for as long as both sides like. So the system asks now and then whether the client's
    /// machine is still there; when it is not, the next read says so.
    pub(crate) fn watch_for_a_dead_client(&self) {
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL)
            .with_retries(KEEPALIVE_RETRIES);
        // Without it a dead client is found at the next write.
        let _ = SockRef::from(&self.stream).set_tcp_keepalive(&keepalive);
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
            Ok(_) => Err(*self.broken.insert(End::Closed)),
            Err(_) => Err(*self.broken.insert(End::Broken)),
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
                    Poll::Ready(_) => Poll::Ready(Err(End::Broken)),
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

    /// Ends when the client resets the connection. What it sends meanwhile stays where it is; that it sends no more means
    /// nothing, as it may still read.
    pub(crate) async fn is_reset(&self) {
        // An error of the runtime's is the connection's end too.
        let _ = self.stream.ready(Interest::ERROR).await;
    }

    /// The client is known to have gone.
    pub(crate) fn lose(&mut self) {
        self.broken = Some(End::Broken);
        self.unwritable = true;
    }

    /// Sends what is left and the end, so that the client sees both before the connection is done with.
    pub(crate) async fn end_sending(&mut self) {
        if self.flush().await.is_ok() {
            let _ = poll_fn(|context| Pin::new(&mut self.stream).poll_shutdown(context)).await;
        }
    }

    /// Gives the buffers back when the connection falls idle.
    pub(crate) fn rest(&mut self) {
        if self.unread().is_empty() {
            self.used = 0;
            buffers::give(std::mem::take(&mut self.input));
        }
        if self.out.is_empty() {
            buffers::give(std::mem::take(&mut self.out));
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
        if self.out.capacity() == 0 {
            self.out = buffers::take();
        }
        if self.input.capacity() == 0 {
            self.input = buffers::take();
        }
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
