//! A case without a socket: the server's connection loop and the client in one thread, with two buffers between them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use doverb_core::component::Component;
use doverb_core::engine::Engine;
use doverb_core::handler::{Handler, HandlerOptions};
use doverb_core::isolation::Isolation;
use doverb_core::limits::Limits;
use doverb_core::log::Log;
use doverb_core::mount::Mount;
use doverb_core::peer::{Address, Peer};
use doverb_core::pool::{Pool, PoolSize};
use doverb_core::site::Site;
use doverb_core::slot::Slot;
use doverb_http1::{Service, Transport};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::runtime::{self, Runtime};

use super::Connection;

/// What a direction holds that the other side has not read.
const BUFFER: usize = 64 * 1024;

/// A component in this process, served without a socket.
pub struct Served {
    slot: Arc<Slot>,
    limits: Limits,
}

impl Served {
    /// Compiles a component.
    ///
    /// # Panics
    ///
    /// When it is no handler.
    #[must_use]
    pub fn new(component: &[u8], limits: Limits) -> Served {
        let engine = Engine::new(&limits).expect("an engine");
        let component = Component::compile(&engine, component).expect("a component");
        let handler = Handler::new(&engine, &component, HandlerOptions::new("tested")).expect("a handler");
        Served { slot: Slot::new(handler), limits }
    }

    /// A server of its own, with one mount.
    #[must_use]
    pub fn service(&self) -> Arc<Service> {
        let pool = Pool::new(PoolSize::share(1, 1, self.limits.max_instances));
        let mount = Mount::new(Arc::clone(&self.slot), Isolation::Connection, pool);
        let site = Site::new(Log::discard()).with_limits(self.limits.clone());
        Arc::new(Service::new(Arc::new(site), mount))
    }

    /// A new connection, to a server of its own.
    ///
    /// # Errors
    ///
    /// When the system has no more event queues.
    pub fn connect(&self) -> io::Result<Within> {
        let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
        let service = self.service();
        let (client, server) = tokio::io::duplex(BUFFER);
        let read = Arc::new(AtomicUsize::new(0));
        let nobody = Address::of_unix(None);
        let peer = Peer::new(nobody.clone(), nobody);
        let counted = Counted { stream: server, read: Arc::clone(&read) };
        runtime.spawn(doverb_http1::serve(service, counted, peer, 1));
        Ok(Within { runtime, client, sent: 0, read })
    }
}

/// A connection within this process. The server goes on while its client waits.
pub struct Within {
    runtime: Runtime,
    client: DuplexStream,
    sent: usize,
    read: Arc<AtomicUsize>,
}

impl Within {
    fn wait<T>(
        runtime: &Runtime,
        deadline: Instant,
        what: impl Future<Output = io::Result<T>>,
    ) -> io::Result<T> {
        let left = deadline.saturating_duration_since(Instant::now());
        runtime.block_on(async { tokio::time::timeout(left, what).await })?
    }
}

impl Connection for Within {
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        let Within { runtime, client, sent, .. } = self;
        Within::wait(runtime, deadline, async {
            let mut rest = bytes;
            while !rest.is_empty() {
                let taken = client.write(rest).await?;
                *sent += taken;
                rest = &rest[taken..];
            }
            Ok(())
        })
    }

    fn wait_until_read(&mut self, deadline: Instant) -> io::Result<()> {
        let Within { runtime, sent, read, .. } = self;
        Within::wait(runtime, deadline, async {
            while read.load(Ordering::Relaxed) < *sent {
                tokio::task::yield_now().await;
            }
            Ok(())
        })
    }

    fn end_sending(&mut self, deadline: Instant) -> io::Result<()> {
        let Within { runtime, client, .. } = self;
        Within::wait(runtime, deadline, client.shutdown())
    }

    fn receive(&mut self, received: &mut Vec<u8>, deadline: Instant) -> io::Result<bool> {
        let Within { runtime, client, .. } = self;
        let bytes = Within::wait(runtime, deadline, client.read_buf(received))?;
        Ok(bytes > 0)
    }
}

/// The server's side, which counts what it has read.
struct Counted {
    stream: DuplexStream,
    read: Arc<AtomicUsize>,
}

impl Transport for Counted {}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.read.fetch_add(buffer.filled().len() - before, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
