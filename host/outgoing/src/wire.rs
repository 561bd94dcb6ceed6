//! The bytes of a connection on their way to HTTP/1: a bound on what comes before an answer's head is whole, and a look at whether
//! the server speaks HTTP/1 at all.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that may come before the head of an answer is whole, and with it: heads of 1xx among them, of which there may be any
/// number, and what of a body comes in the same breath.
const MOST_BEFORE_HEAD: u64 = 1 << 20;
/// Bytes of the head of a frame of HTTP/2: its length in three, its type, its flags, and its stream in four.
const FRAME_HEAD: usize = 9;
/// What a server of HTTP/2 begins with, or ends with: its settings, or that it goes away.
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;

/// What has been seen of a connection. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    awaits_head: AtomicBool,
    /// Since it is awaited.
    received: AtomicU64,
    is_http2: AtomicBool,
}

impl Seen {
    /// A request goes out, whose answer's head is awaited from now on.
    pub(crate) fn await_head(&self) {
        self.0.received.store(0, Ordering::Relaxed);
        self.0.awaits_head.store(true, Ordering::Relaxed);
    }

    /// It has come.
    pub(crate) fn head_has_come(&self) {
        self.0.awaits_head.store(false, Ordering::Relaxed);
    }

    /// Whether too much came before there was a head.
    pub(crate) fn is_flooded(&self) -> bool {
        self.0.awaits_head.load(Ordering::Relaxed)
            && self.0.received.load(Ordering::Relaxed) > MOST_BEFORE_HEAD
    }

    /// Whether the server has answered with a frame of HTTP/2.
    pub(crate) fn is_http2(&self) -> bool {
        self.0.is_http2.load(Ordering::Relaxed)
    }
}

/// A connection whose bytes are looked at as they come.
pub(crate) struct Watched<T> {
    stream: T,
    seen: Seen,
    /// The first bytes, until there are enough of them.
    first: Vec<u8>,
}

impl<T> Watched<T> {
    pub(crate) fn new(stream: T, seen: Seen) -> Watched<T> {
        Watched { stream, seen, first: Vec::with_capacity(FRAME_HEAD) }
    }

    fn see(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.first.len() < FRAME_HEAD {
            let lacks = FRAME_HEAD - self.first.len();
            self.first.extend_from_slice(&bytes[..bytes.len().min(lacks)]);
            if is_frame(&self.first) {
                self.seen.0.is_http2.store(true, Ordering::Relaxed);
            }
        }
        self.seen.0.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        match self.seen.is_flooded() {
            true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "too much before the head of an answer")),
            false => Ok(()),
        }
    }
}

/// Whether a connection begins with a frame that tells of HTTP/2.
fn is_frame(first: &[u8]) -> bool {
    matches!(first, [0, _, _, SETTINGS | GO_AWAY, _, 0, 0, 0, 0])
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let seen = this.see(&buffer.filled()[before..]);
        if seen.is_err() {
            // Who is told of an error is given nothing.
            buffer.set_filled(before);
        }
        Poll::Ready(seen)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn see(pieces: &[&[u8]]) -> Seen {
        let seen = Seen::default();
        let (mut server, client) = tokio::io::duplex(64);
        let mut watched = Watched::new(client, seen.clone());
        for piece in pieces {
            server.write_all(piece).await.expect("it has room");
            let mut read = vec![0; piece.len()];
            watched.read_exact(&mut read).await.expect("what was written");
            assert_eq!(&read, piece);
        }
        seen
    }

    #[tokio::test]
    async fn a_frame_of_http_2_is_known_however_it_comes_and_nothing_else_is_taken_for_one() {
        for pieces in [
            &[&b"\0\0\x12\x04\0\0\0\0\0rest"[..]][..],
            &[b"\0\0", b"\0\x04\0\0\0", b"\0\0"],
            &[b"\0\0\x08\x07\0\0\0\0\0"],
        ] {
            assert!(see(pieces).await.is_http2(), "{pieces:?}");
        }
        for pieces in [&[&b"HTTP/1.1 200 OK\r\n"[..]][..], &[b"\0\0\0\x04"], &[b"\0\0\0\x01\0\0\0\0\0"], &[]]
        {
            assert!(!see(pieces).await.is_http2(), "{pieces:?}");
        }
        // Only where a connection begins.
        assert!(!see(&[b"HTTP/1.1 ", b"\0\0\0\x04\0\0\0\0\0"]).await.is_http2());
    }

    #[tokio::test]
    async fn what_comes_before_a_head_is_bounded_and_what_comes_after_it_is_not() {
        let seen = Seen::default();
        let most = usize::try_from(MOST_BEFORE_HEAD).expect("it fits");
        let bytes = vec![b'x'; most + 1];
        let mut watched = Watched::new(&bytes[..], seen.clone());
        watched.read_to_end(&mut Vec::new()).await.expect("nobody awaits a head");
        seen.await_head();
        let mut watched = Watched::new(&bytes[..most], seen.clone());
        watched.read_to_end(&mut Vec::new()).await.expect("so much may come");
        let mut watched = Watched::new(&bytes[..1], seen.clone());
        watched.read_to_end(&mut Vec::new()).await.expect_err("and no more");
        assert!(seen.is_flooded());
        seen.head_has_come();
        assert!(!seen.is_flooded());
    }
}
