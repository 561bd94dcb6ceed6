//! A server: its listeners, its threads, and its end.

#![warn(missing_docs)]

mod access_log;
mod background;
mod certificate;
mod config;
mod control;
pub mod development;
mod error;
mod listen;
mod listener;
mod mounts;
mod open;
mod secured;
mod starvation;
pub mod static_files;
mod status;
mod thread;
mod tls;
mod unix;

use std::io;
use std::sync::Arc;

use doverb_core::log::Log;
use doverb_core::routes::{Route, Target};
use doverb_core::site::Site;
use doverb_core::slot::Slot;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use crate::background::Background;
use crate::control::{Control, Order};
use crate::listener::{Admission, Count, Lane};
use crate::thread::Thread;

pub use access_log::{AccessFormat, AccessLog};
pub use certificate::{TlsError, TlsFiles};
pub use config::Config;
pub use control::Moved;
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
    /// For each thread.
    orders: Vec<UnboundedReceiver<Order>>,
    mounts: Mounts,
    handle: ServerHandle,
}

/// Changes and ends a server from another thread.
#[derive(Clone)]
pub struct ServerHandle {
    site: Arc<Site>,
    control: Arc<Control>,
    drain: CancellationToken,
    abort: CancellationToken,
}

impl ServerHandle {
    /// Goes over to what can change of a configuration while a server serves: its listeners, the certificate, its limits (but
    /// for [`max_instances`](doverb_core::limits::Limits::max_instances) and
    /// [`max_total_memory`](doverb_core::limits::Limits::max_total_memory)), and who watches. New addresses are listened at
    /// before old ones are let go of, and connections that wait there are still served. The limits are those of connections
    /// that come from now on.
    ///
    /// ```
    /// use doverb_core::log::Log;
    /// use doverb_server::{Config, Listen, Server};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let at = |host| Config::default().with_listener(Listen::tcp(host, 0));
    /// let server = Server::listen(at("127.0.0.1"), Log::discard())?;
    /// let moved = server.handle().change(at("localhost"))?;
    /// assert_eq!((moved.to.len(), moved.from.len()), (1, 1));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Server::listen`]. All is as before then.
    pub fn change(&self, config: Config) -> Result<Moved, ServerError> {
        self.control.change(config.with_default_listener())
    }

    /// Where the server listens now.
    pub fn addresses(&self) -> Vec<ListenAddress> {
        self.control.addresses()
    }

    /// Whether connections that come now speak TLS.
    pub fn is_secure(&self) -> bool {
        self.control.served().tls.is_some()
    }

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

impl Drop for Server {
    fn drop(&mut self) {
        self.handle.control.close();
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
        let Config { listeners, tls, protocol, limits, observers, development, .. } =
            config.with_default_listener();
        let mut site = Site::new(log).with_protocol(protocol).with_limits(limits);
        if !observers.is_empty() {
            site = site.with_observers(observers);
        }
        if development {
            site = site.with_development(development::Development::of_site());
        }
        let site = Arc::new(site);
        let (drain, abort) = (CancellationToken::new(), CancellationToken::new());
        let (control, orders) = Control::new(&listeners, tls, Arc::clone(&site), (threads, drain.clone()))?;
        let mounts = Mounts::new(Arc::clone(&site), threads);
        let (addresses, control) = (control.addresses(), Arc::new(control));
        Ok(Server { addresses, orders, mounts, handle: ServerHandle { site, control, drain, abort } })
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
        let orders = std::mem::take(&mut self.orders);
        let (handle, router) = (&self.handle, self.mounts.router());
        let count = Arc::new(Count::default());
        std::thread::scope(|scope| {
            let start = |(number, orders): (usize, UnboundedReceiver<Order>)| {
                let (served, clients) = (handle.control.served(), handle.control.clients().clone());
                // A token of its own, so that a drain wakes idle connections and nothing else touches it.
                let drain = handle.drain.child_token();
                let background = Arc::new(Background::new(format!("doverb-bg-{number}")));
                let lane = Lane { number, router: Arc::clone(router), drain, background };
                let admission = Arc::new(Admission::new(lane, &served, Arc::clone(&count), clients));
                let thread = Thread { admission, abort: handle.abort.clone() };
                std::thread::Builder::new()
                    .name(format!("doverb-{number}"))
                    .spawn_scoped(scope, move || thread.serve(orders))
            };
            let started: io::Result<Vec<_>> = orders.into_iter().enumerate().map(start).collect();
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
