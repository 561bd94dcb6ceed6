//! A byte stream in both directions, and what TCP has besides.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use doverb_core::downstream::Waiting;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// The system asks a client that has been silent for a minute, and takes it for dead after a second one.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 4;

/// What a connection is carried by. All but the two directions of bytes has a default: that the transport can't do it.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {
    /// Ready when there may be something to read, so that a wait needs no buffer before.
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        let _ = context;
        Poll::Ready(())
    }

    /// Ends when the client resets the connection. That it only sends no more means nothing, as it may still read.
    fn reset(&self) -> Waiting<'_> {
        Box::pin(pending())
    }

    /// When it is dropped, the client shall see a break and no orderly end.
    fn cut(&self) {}

    /// The connection may rest for days: finds out now and then whether the client's machine is still there.
    fn watch_for_a_dead_client(&self) {}
}

impl Transport for TcpStream {
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_read_ready(context).map(|_| ())
    }

    fn reset(&self) -> Waiting<'_> {
        Box::pin(async {
            // An error of the runtime's is the connection's end too.
            let _ = self.ready(Interest::ERROR).await;
        })
    }

    fn cut(&self) {
        let _ = self.set_zero_linger();
    }

    fn watch_for_a_dead_client(&self) {
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL)
            .with_retries(KEEPALIVE_RETRIES);
        // Without it a dead client is found at the next write.
        let _ = SockRef::from(self).set_tcp_keepalive(&keepalive);
    }
}

impl Transport for UnixStream {
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_read_ready(context).map(|_| ())
    }

    fn reset(&self) -> Waiting<'_> {
        Box::pin(async {
            let _ = self.ready(Interest::ERROR).await;
        })
    }
}

/// Both ends in one process: for tests.
impl Transport for DuplexStream {}

/// Any transport; the one of nearly all connections without dynamic dispatch.
pub(crate) enum Stream {
    Tcp(TcpStream),
    Other(Box<dyn Transport>),
}

impl Stream {
    pub(crate) fn as_transport(&self) -> &dyn Transport {
        match self {
            Stream::Tcp(tcp) => tcp,
            Stream::Other(other) => &**other,
        }
    }

    pub(crate) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Stream::Tcp(tcp) => tcp.poll_readable(context),
            Stream::Other(other) => other.poll_readable(context),
        }
    }

    /// What was written may still be in a layer of the stream's own, TLS for one; not so with TCP.
    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(_) => Poll::Ready(Ok(())),
            Stream::Other(other) => Pin::new(other).poll_flush(context),
        }
    }

    pub(crate) fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_write(context, bytes),
            Stream::Other(other) => Pin::new(other).poll_write(context, bytes),
        }
    }

    /// Before a socket is closed, whose end the system sends by itself: what a layer of the stream's own has to send, as far
    /// as the system takes it at once. By its word for the end TLS tells it from an attack.
    pub(crate) fn say_goodbye(&mut self) {
        if let Stream::Other(other) = self {
            let _ = Pin::new(other).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        }
    }

    pub(crate) fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_shutdown(context),
            Stream::Other(other) => Pin::new(other).poll_shutdown(context),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_read(context, buffer),
            Stream::Other(other) => Pin::new(other).poll_read(context, buffer),
        }
    }
}
