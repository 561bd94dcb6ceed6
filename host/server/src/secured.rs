//! A connection over TLS as HTTP sees it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use doverb_core::downstream::Waiting;
use doverb_http1::Transport;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

/// TLS over another transport.
///
/// It is never known to be unreadable: what is to be read next may be decrypted already, and the transport below knows
/// nothing of that.
pub(crate) struct Secured<T>(pub(crate) TlsStream<T>);

impl<T: Transport> Transport for Secured<T> {
    fn reset(&self) -> Waiting<'_> {
        self.0.get_ref().0.reset()
    }

    fn cut(&self) {
        self.0.get_ref().0.cut();
    }

    fn watch_for_a_dead_client(&self) {
        self.0.get_ref().0.watch_for_a_dead_client();
    }
}

impl<T: Transport> AsyncRead for Secured<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<T: Transport> AsyncWrite for Secured<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
