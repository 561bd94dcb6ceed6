//! The socket of one connection with its buffers: bytes in, bytes out, every wait with a deadline.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use doverb_core::downstream::Waiting;
use doverb_core::failure::Failure;
use doverb_core::lateness::Lateness;
use doverb_core::limits::PIECE;
use doverb_core::session::Session;
use doverb_core::site::Site;
use tokio::time::Sleep;
use tokio_util::io::poll_read_buf;
use tokio_util::sync::CancellationToken;

use crate::buffers;
use crate::drain::Drain;
use crate::outbox::Outbox;
use crate::transport::Stream;

/// What is kept of a buffer between requests; the rest goes back to the allocator.
const KEEP: usize = buffers::SIZE;
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
    /// The session's instance should make room, and nothing of a request was there.
    AskedToGo,
}

impl From<End> for Failure {
    fn from(end: End) -> Failure {
        match end {
            End::TimedOut => Failure::TimedOut,
            End::Closed | End::Broken | End::Draining | End::AskedToGo => Failure::Closed,
        }
    }
}

/// How a wait between requests ends early: when the server drains, or when others need the session's instance.
pub(crate) struct Idle<'a> {
    /// Begins to drain before `token` is cancelled.
    pub(crate) site: &'a Site,
    pub(crate) token: &'a CancellationToken,
    pub(crate) session: &'a mut Session,
}

/// A connection's socket, what was read of it and not yet used, and what is yet to be sent.
pub(crate) struct Wire {
    stream: Stream,
    input: Vec<u8>,
    used: usize,
    pub(crate) out: Outbox,
    timer: Timer,
    /// When the wait that began last is over; set when it first has to wait.
    deadline: Option<Instant>,
    drain: Drain,
    /// Why nothing can be read any more. A client that has closed its sending side may still read.
    broken: Option<End>,
    unwritable: bool,
    /// How long one read or write may wait: Python's `timeout`.
    pub(crate) patience: Duration,
    /// How long a raw connection may be without a byte of its client's.
    pub(crate) raw_idle: Duration,
    /// Bytes that the system has taken, for the log.
    pub(crate) sent: u64,
}

impl Wire {
    pub(crate) fn new(stream: Stream, patience: Duration) -> Wire {
        Wire {
            stream,
            input: Vec::new(),
            used: 0,
            out: Outbox::default(),
            timer: Timer::default(),
            deadline: None,
            drain: Drain::default(),
            broken: None,
            unwritable: false,
            patience,
            raw_idle: Duration::MAX,
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

    /// Reads at least one byte until `deadline`, or until it is to end early. A wait that begins with nothing unread holds
    /// no buffer.
    pub(crate) async fn read(
        &mut self,
        room: usize,
        deadline: Instant,
        mut idle: Option<Idle<'_>>,
    ) -> Result<(), End> {
        if let Some(end) = self.broken {
            return Err(end);
        }
        let result = poll_fn(|context| {
            if self.stream.poll_readable(context).is_ready() {
                self.make_room(room);
                match poll_read_buf(Pin::new(&mut self.stream), context, &mut self.input) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(End::Closed)),
                    Poll::Ready(Err(_)) => return Poll::Ready(Err(End::Broken)),
                    Poll::Ready(Ok(_)) => return Poll::Ready(Ok(())),
                    // A new socket is said to be ready before its client has sent anything.
                    Poll::Pending => self.rest(),
                }
            }
            if let Some(Idle { site, token, session }) = &mut idle {
                if self.drain.poll(site, token, context).is_ready() {
                    return Poll::Ready(Err(End::Draining));
                }
                if session.poll_asked_to_go(context).is_ready() {
                    return Poll::Ready(Err(End::AskedToGo));
                }
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

    /// Acts as if the client had sent these bytes too.
    pub(crate) fn supply(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// A wait begins: its time is counted from when it first has to wait.
    pub(crate) fn begin_wait(&mut self) {
        self.deadline = None;
    }

    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let patience = self.patience;
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + patience);
        self.timer.poll_until(deadline, context)
    }

    /// Ready when this time has come, for a wait that is to end by then whatever its own deadline is.
    pub(crate) fn poll_until(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        self.timer.poll_until(deadline, context)
    }

    /// Reads at least one byte more, within [`Wire::patience`].
    pub(crate) fn poll_fill(&mut self, room: usize, context: &mut Context<'_>) -> Poll<Result<(), End>> {
        if let Some(end) = self.broken {
            return Poll::Ready(Err(end));
        }
        self.make_room(room);
        let end = match poll_read_buf(Pin::new(&mut self.stream), context, &mut self.input) {
            Poll::Ready(Ok(0)) => End::Closed,
            Poll::Ready(Err(_)) => End::Broken,
            Poll::Ready(Ok(_)) => return Poll::Ready(Ok(())),
            Poll::Pending if self.poll_deadline(context).is_ready() => End::TimedOut,
            Poll::Pending => return Poll::Pending,
        };
        self.broken = Some(end);
        Poll::Ready(Err(end))
    }

    async fn fill(&mut self, room: usize) -> Result<(), End> {
        self.begin_wait();
        poll_fn(|context| self.poll_fill(room, context)).await
    }

    /// Reads until `length` bytes are unread, or the client sends no more within its time.
    pub(crate) async fn await_bytes(&mut self, length: usize) {
        while self.unread().len() < length {
            if self.fill(length - self.unread().len()).await.is_err() {
                return;
            }
        }
    }

    /// Nothing is lost when a read times out: on a raw connection the next one waits anew.
    pub(crate) fn outlive_timeout(&mut self) {
        if self.broken == Some(End::TimedOut) && !self.unwritable {
            self.broken = None;
        }
    }

    /// A raw connection may rest for as long as both sides like. When the client's machine is not there any more, the next
    /// read says so.
    pub(crate) fn watch_for_a_dead_client(&self) {
        self.stream.as_transport().watch_for_a_dead_client();
    }

    /// Reads what the system has of the client's bytes, without waiting for the client. False when there is nothing.
    pub(crate) async fn read_what_is_there(&mut self, room: usize) -> Result<bool, End> {
        if let Some(end) = self.broken {
            return Err(end);
        }
        // The runtime looks at its sockets when it gets a turn, and this one is not asked before it has.
        tokio::task::yield_now().await;
        self.make_room(room);
        let mut nobody = Context::from_waker(Waker::noop());
        match poll_read_buf(Pin::new(&mut self.stream), &mut nobody, &mut self.input) {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(0)) => Err(*self.broken.insert(End::Closed)),
            Poll::Ready(Ok(_)) => Ok(true),
            Poll::Ready(Err(_)) => Err(*self.broken.insert(End::Broken)),
        }
    }

    /// Sends all of `out`; each wait may last [`Wire::patience`].
    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        self.begin_wait();
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// The same for a wait that has begun. A dropped wait leaves `out` as far as it was sent.
    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), End>> {
        let end = loop {
            if self.out.is_empty() {
                match self.stream.poll_flush(context) {
                    Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
                    Poll::Ready(Err(_)) => break End::Broken,
                    Poll::Pending => {}
                }
            } else {
                match self.stream.poll_write(context, self.out.unsent()) {
                    Poll::Ready(Ok(written)) if written > 0 => {
                        self.took(written);
                        self.deadline = None;
                        continue;
                    }
                    Poll::Ready(_) => break End::Broken,
                    Poll::Pending => {}
                }
            }
            match self.poll_deadline(context) {
                Poll::Ready(()) => break End::TimedOut,
                Poll::Pending => return Poll::Pending,
            }
        };
        self.broken = Some(end);
        self.unwritable = true;
        self.out.discard();
        Poll::Ready(Err(end))
    }

    fn took(&mut self, written: usize) {
        self.out.advance(written);
        self.sent += written as u64;
    }

    /// Sends what the system takes without waiting: for informational answers, whose call must not wait.
    pub(crate) fn flush_now(&mut self) {
        let mut nobody = Context::from_waker(Waker::noop());
        while !self.out.is_empty() {
            match self.stream.poll_write(&mut nobody, self.out.unsent()) {
                Poll::Ready(Ok(written)) if written > 0 => self.took(written),
                _ => return,
            }
        }
        let _ = self.stream.poll_flush(&mut nobody);
    }

    /// Whether nothing can be sent any more.
    pub(crate) fn is_unwritable(&self) -> bool {
        self.unwritable
    }

    /// Ends when the client resets the connection. What it sends meanwhile stays where it is; that it sends no more means
    /// nothing, as it may still read.
    pub(crate) fn reset(&self) -> Waiting<'_> {
        self.stream.as_transport().reset()
    }

    /// The client is known to have gone.
    pub(crate) fn lose(&mut self) {
        self.broken = Some(End::Broken);
        self.unwritable = true;
    }

    /// Sends what is left and the end, so that the client sees both before the connection is done with.
    pub(crate) async fn end_sending(&mut self) {
        if self.flush().await.is_ok() {
            self.shut_down().await;
        }
    }

    /// Ends the sending direction. TLS has a word for it, which a client that reads nothing may never take.
    async fn shut_down(&mut self) {
        self.begin_wait();
        poll_fn(|context| match self.stream.poll_shutdown(context) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => self.poll_deadline(context),
        })
        .await;
    }

    /// Gives the buffers back when the connection falls idle.
    pub(crate) fn rest(&mut self) {
        if self.unread().is_empty() {
            self.used = 0;
            buffers::give(std::mem::take(&mut self.input));
        }
        self.out.rest();
    }

    /// Closes so that the client reads all that was sent, even if it is still sending: closing a socket with
    /// unread bytes makes the system throw away what the client has not read yet (RFC 9112, section 9.6).
    pub(crate) async fn close(mut self, linger: Option<Duration>) {
        let flushed = self.flush().await;
        let Some(linger) = linger.filter(|_| flushed.is_ok() && self.broken.is_none()) else {
            if flushed.is_ok() {
                self.stream.say_goodbye();
            }
            return;
        };
        self.shut_down().await;
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
        self.stream.as_transport().cut();
    }

    fn make_room(&mut self, room: usize) {
        self.out.prepare();
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
struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// What a client has done may be seen after the end of its time is.
    lateness: Lateness,
}

impl Timer {
    fn poll_until(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let until = self.lateness.until(deadline);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until.into())));
        if sleep.deadline() > until.into() {
            sleep.as_mut().reset(until.into());
        }
        loop {
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if self.lateness.is_over(deadline, Instant::now()) {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(self.lateness.until(deadline).into());
        }
    }
}
