//! The server: its settings, its threads, and its end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::net::TcpListener;
use tokio::runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use crate::attributes::Protocol;
use crate::connection::Service;
use crate::engine::Engine;
use crate::exchange::Shared;
use crate::handler::Slot;
use crate::limits::Limits;
use crate::listener::{self, Count};
use crate::log::Log;
use crate::router::Router;
use crate::workers::{self, Staff};

/// How long an instance lives, and so which requests can see each other's traces in its memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// [`Connection`](Isolation::Connection), or [`Worker`](Isolation::Worker) for a handler whose component is larger than
    /// 4 MiB: see [`Handler::with_size`](crate::handler::Handler::with_size). The log says so.
    #[default]
    Auto,
    /// As long as its connection, like Python's handler object.
    Connection,
    /// One request.
    Request,
    /// As long as it works: the connections of a thread share [`ServerConfig::workers`] of them. For handlers that weigh
    /// megabytes. Clients share the memory of the handler, which is told by `switch-connection` whose turn it is.
    Worker,
}

/// Where and how to serve.
///
/// ```
/// use doverb_core::server::{Protocol, ServerConfig};
///
/// let config = ServerConfig { port: 0, protocol: Protocol::Http11, ..ServerConfig::default() };
/// assert_eq!(config.bind, "127.0.0.1");
/// ```
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The address or host name to listen on. Default `127.0.0.1`.
    pub bind: String,
    /// The port, 0 for any free one. Default 8000.
    pub port: u16,
    /// What handlers' `protocol_version` begins with. Default HTTP/1.0, as in Python.
    pub protocol: Protocol,
    /// Threads that serve, each with a socket of its own; 0 for one a core. Default 0.
    pub threads: usize,
    /// How long an instance lives. Default: as long as its connection, or shared if the handler is large.
    pub isolation: Isolation,
    /// Instances that the connections of a thread share with [`Isolation::Worker`]. Default 4.
    pub workers: usize,
    /// The bounds on clients and handlers.
    pub limits: Limits,
}

impl Default for ServerConfig {
    fn default() -> Self {
        ServerConfig {
            bind: "127.0.0.1".into(),
            port: 8000,
            protocol: Protocol::default(),
            threads: 0,
            isolation: Isolation::default(),
            workers: 4,
            limits: Limits::default(),
        }
    }
}

/// Why a server can't serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address can't be listened on.
    #[error("{bind}:{port}: {source}")]
    Bind {
        /// The address that was asked for.
        bind: String,
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no thread or no event queue.
    #[error("a thread of the server cannot start: {0}")]
    Thread(#[from] io::Error),
}

/// A server that listens. Clients can connect from [`Server::bind`] on, and are served by [`Server::run`].
///
/// ```no_run
/// use doverb_core::engine::Engine;
/// use doverb_core::handler::{Handler, HandlerOptions, Slot};
/// use doverb_core::log::Log;
/// use doverb_core::server::{Server, ServerConfig};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = ServerConfig::default();
/// let engine = Engine::new(&config.limits)?;
/// let component = wasmtime::component::Component::from_file(engine.wasmtime(), "hello.wasm")?;
/// let handler = Handler::new(&engine, &component, HandlerOptions { name: "hello".into(), ..Default::default() })?;
/// let server = Server::bind(config, engine, Slot::new(handler), Log::stderr(false))?;
/// println!("http://{}/", server.addresses()[0]);
/// server.run()?;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    addresses: [SocketAddr; 1],
    sockets: Vec<std::net::TcpListener>,
    service: Arc<Service>,
    handle: ServerHandle,
}

/// Ends a server from another thread.
#[derive(Clone)]
pub struct ServerHandle {
    shared: Arc<Shared>,
    drain: CancellationToken,
    abort: CancellationToken,
}

impl ServerHandle {
    /// Takes no new connections; requests in flight may finish within [`Limits::grace`].
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
        self.drain.cancel();
    }

    /// Ends at once.
    pub fn abort(&self) {
        self.drain();
        self.abort.cancel();
    }
}

impl Server {
    /// Listens.
    ///
    /// # Errors
    ///
    /// When the address can't be had.
    pub fn bind(
        config: ServerConfig,
        engine: Engine,
        slot: Arc<Slot>,
        log: Log,
    ) -> Result<Server, ServerError> {
        let threads = match config.threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let failed = |source| ServerError::Bind { bind: config.bind.clone(), port: config.port, source };
        let (address, sockets) = listener::open(&config.bind, config.port, threads).map_err(failed)?;
        let staff = Staff::new(config.workers, threads, config.limits.max_instances);
        if config.isolation == Isolation::Auto {
            slot.announce_if_shared(&log);
        }
        let shared = Arc::new(Shared {
            address,
            protocol: config.protocol,
            limits: config.limits,
            log,
            draining: AtomicBool::new(false),
        });
        let handle = ServerHandle {
            shared: Arc::clone(&shared),
            drain: CancellationToken::new(),
            abort: CancellationToken::new(),
        };
        let service = Arc::new(Service {
            shared,
            engine,
            router: Router::single(slot),
            isolation: config.isolation,
            staff,
            drain: handle.drain.clone(),
        });
        Ok(Server { addresses: [address], sockets, service, handle })
    }

    /// The addresses that it listens on, with the ports that the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// A handle to end it with.
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Serves until it is drained or aborted.
    ///
    /// # Errors
    ///
    /// When a thread can't start.
    pub fn run(self) -> Result<(), ServerError> {
        let Server { sockets, service, handle, .. } = self;
        let count = Arc::new(Count::default());
        thread::scope(|scope| {
            let start = |(number, socket): (usize, std::net::TcpListener)| {
                let (service, count, handle) = (&service, &count, &handle);
                thread::Builder::new()
                    .name(format!("doverb-{number}"))
                    .spawn_scoped(scope, move || serve(socket, service, count, handle))
            };
            let started: io::Result<Vec<_>> = sockets.into_iter().enumerate().map(start).collect();
            if started.is_err() {
                handle.abort();
            }
            for thread in started? {
                // A thread that panics takes its connections with it; the others go on.
                thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread of the server panicked")))?;
            }
            Ok(())
        })
    }
}

/// One thread: a runtime of its own, so that no request ever waits for another thread's lock.
fn serve(
    socket: std::net::TcpListener,
    service: &Arc<Service>,
    count: &Arc<Count>,
    handle: &ServerHandle,
) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::from_std(socket)?;
        // Each thread watches a token of its own: a drain wakes idle connections, nothing else touches it.
        let service = Arc::new(Service {
            shared: Arc::clone(&service.shared),
            engine: service.engine.clone(),
            router: service.router.clone(),
            isolation: service.isolation,
            staff: service.staff,
            drain: service.drain.child_token(),
        });
        let tasks = TaskTracker::new();
        listener::accept(listener, &service, count, &tasks).await;
        tasks.close();
        let grace = tokio::time::timeout(service.shared.limits.grace, tasks.wait());
        tokio::select! {
            finished = grace => if finished.is_err() {
                let left = tasks.len();
                service.shared.log.message(format_args!("{left} unfinished after the grace time: cut"));
            },
            () = handle.abort.cancelled() => {}
        }
        Ok(())
    });
    // With what is left of the connections, which hold on to workers.
    drop(runtime);
    workers::end_all();
    served
}
