//! A server: its listeners, its threads, and its end.

#![warn(missing_docs)]

mod access_log;
mod certificate;
mod config;
pub mod development;
mod error;
mod listen;
mod listener;
mod mounts;
mod open;
mod secured;
pub mod static_files;
mod status;
mod thread;
mod tls;
mod unix;

use std::io;
use std::sync::Arc;

use doverb_core::clients::Clients;
use doverb_core::log::Log;
use doverb_core::peer::Address;
use doverb_core::routes::{Route, Target};
use doverb_core::site::Site;
use doverb_core::slot::Slot;
use doverb_http1::Service;
use tokio_util::sync::CancellationToken;

use crate::listener::{Admission, Count};
use crate::open::{Listening, Opened};
use crate::thread::Thread;
use crate::tls::Tls;
use crate::unix::SocketFile;

pub use access_log::{AccessFormat, AccessLog};
pub use certificate::{TlsError, TlsFiles};
pub use config::Config;
pub use error::ServerError;
pub use listen::{Listen, ListenAddress};
pub use mounts::{MountOptions, Mounts};
pub use status::{Audience, Status};

/// A server that listens. Clients can connect from [`Server::bind`] on, and are served by [`Server::run`].
///
/// ```no_run
/// use doverb_core::{handler::Handler, log::Log, slot::Slot};
/// use doverb_server::{Config, Server};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handler = Handler::native("none", |request| request.send_error(404, None, None));
/// let server = Server::bind(Config::default(), Slot::new(handler), Log::stderr(false))?;
/// println!("http://{}/", server.addresses()[0]);
/// server.run()?;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    addresses: Vec<ListenAddress>,
    /// For each thread one of each listener.
    sockets: Vec<Vec<(Listening, Address)>>,
    /// Removed when the server is dropped.
    _files: Vec<SocketFile>,
    tls: Option<Arc<Tls>>,
    site: Arc<Site>,
    mounts: Mounts,
    handle: ServerHandle,
}

/// Ends a server from another thread.
#[derive(Clone)]
pub struct ServerHandle {
    site: Arc<Site>,
    drain: CancellationToken,
    abort: CancellationToken,
}

impl ServerHandle {
    /// Takes no new connections; requests in flight may finish within [`Limits::grace`](doverb_core::limits::Limits::grace).
    pub fn drain(&self) {
        self.site.begin_to_drain();
        self.drain.cancel();
    }

    /// Ends at once.
    pub fn abort(&self) {
        self.drain();
        self.abort.cancel();
    }
}

impl Server {
    /// Listens, with a handler for every path.
    ///
    /// # Errors
    ///
    /// When something can't be listened at, or the certificate can't be used. Nothing is listened at then.
    pub fn bind(config: Config, slot: Arc<Slot>, log: Log) -> Result<Server, ServerError> {
        let options = MountOptions { isolation: config.isolation, workers: config.workers, terms: None };
        let server = Server::listen(config, log)?;
        let mount = server.mounts.mount(slot, options);
        server.mounts.swap([(Route::root(), Target::Handler(mount))]);
        Ok(server)
    }

    /// Listens, with nothing mounted yet: see [`Server::mounts`].
    ///
    /// # Errors
    ///
    /// As [`Server::bind`].
    pub fn listen(config: Config, log: Log) -> Result<Server, ServerError> {
        let threads = match config.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let listeners = match config.listeners {
            none if none.is_empty() => vec![Listen::tcp("127.0.0.1", 8000)],
            listeners => listeners,
        };
        let tls = config.tls.map(Tls::load).transpose()?.map(Arc::new);
        let mut addresses = Vec::new();
        let mut files = Vec::new();
        let mut of_threads: Vec<Vec<_>> = (0..threads).map(|_| Vec::new()).collect();
        for listen in &listeners {
            let Opened { address, server, sockets, file } = open::open(listen, threads)?;
            addresses.push(address);
            files.extend(file);
            for (thread, socket) in of_threads.iter_mut().zip(sockets) {
                thread.push((socket, server.clone()));
            }
        }
        let mut site = Site::new(log).with_protocol(config.protocol).with_limits(config.limits);
        if !config.observers.is_empty() {
            site = site.with_observers(config.observers);
        }
        if config.development {
            site = site.with_development(development::Development::of_site());
        }
        let site = Arc::new(site);
        let mounts = Mounts::new(Arc::clone(&site), threads);
        let (drain, abort) = (CancellationToken::new(), CancellationToken::new());
        let handle = ServerHandle { site: Arc::clone(&site), drain, abort };
        Ok(Server { addresses, sockets: of_threads, _files: files, tls, site, mounts, handle })
    }

    /// Where it listens, in the order of [`Config::listeners`], with the ports that the system chose.
    pub fn addresses(&self) -> &[ListenAddress] {
        &self.addresses
    }

    /// What is mounted, to be changed also while it serves.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
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
    pub fn run(mut self) -> Result<(), ServerError> {
        // Each thread closes its own when it accepts no more.
        let sockets = std::mem::take(&mut self.sockets);
        let handle = &self.handle;
        let count = Arc::new(Count::default());
        let limits = self.site.limits();
        let clients = Clients::new(limits.max_client_connections, limits.trusted_proxies.clone());
        std::thread::scope(|scope| {
            let start = |(number, sockets): (usize, Vec<(Listening, Address)>)| {
                let (service, tls, count) = (self.service(number), self.tls.clone(), Arc::clone(&count));
                let admission = Arc::new(Admission { service, tls, count, clients: clients.clone() });
                let thread = Thread { admission, abort: handle.abort.clone() };
                std::thread::Builder::new()
                    .name(format!("doverb-{number}"))
                    .spawn_scoped(scope, move || thread.serve(sockets))
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

    /// What a thread gives its connections: a lane of its own, and a token of its own, so that a drain wakes idle
    /// connections and nothing else touches it.
    fn service(&self, thread: usize) -> Arc<Service> {
        let drain = self.handle.drain.child_token();
        let service = Service::with_router(Arc::clone(&self.site), Arc::clone(self.mounts.router()));
        Arc::new(service.in_lane(thread).with_drain(drain))
    }
}
