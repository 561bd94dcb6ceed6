//! What a server has mounted, and how that is changed while it serves.

use std::sync::Arc;

use doverb_core::isolation::Isolation;
use doverb_core::mount::Mount;
use doverb_core::pool::{Pool, PoolSize};
use doverb_core::routes::{Route, Router, Routes, Target};
use doverb_core::site::Site;
use doverb_core::slot::Slot;
use doverb_core::terms::Terms;

/// Instances that the connections of a thread share, where nobody has said how many.
const WORKERS: usize = 4;

/// How a handler is served at its mount.
#[derive(Clone, Debug, Default)]
pub struct MountOptions {
    /// How long an instance lives. Default: as long as its connection, or shared if the handler is large.
    pub isolation: Isolation,
    /// Instances that the connections of a thread share with [`Isolation::Worker`]. None, which is the default, for 4, or
    /// for one that all threads share where a handler keeps its state in it.
    pub workers: Option<usize>,
    /// What is in force there. None, which is the default, for what [`Config`](crate::Config) says.
    pub terms: Option<Terms>,
}

/// What a server has mounted. Clones are of the same server.
///
/// ```
/// use doverb_core::routes::{Route, Target};
/// use doverb_core::{handler::Handler, log::Log, slot::Slot, terms::Terms};
/// use doverb_server::{Config, Listen, MountOptions, Server};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::listen(Config::default().with_listener(Listen::tcp("127.0.0.1", 0)), Log::discard())?;
/// let shop = Handler::native("shop", |request| request.send_error(404, None, None));
/// let route = Route::new("/shop/")?;
/// let terms = Terms::default().with_path(route.path());
/// let mount = server.mounts().mount(Slot::new(shop), MountOptions { terms: Some(terms), ..MountOptions::default() });
/// server.mounts().swap([(route, Target::Handler(mount))]);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Mounts {
    site: Arc<Site>,
    router: Arc<Router>,
    threads: usize,
}

impl Mounts {
    pub(crate) fn new(site: Arc<Site>, threads: usize) -> Mounts {
        Mounts { site, router: Arc::default(), threads }
    }

    pub(crate) fn router(&self) -> &Arc<Router> {
        &self.router
    }

    /// A mount of this server, with a pool for each of its threads. Requests come to it when it is one of those that are
    /// [swapped](Mounts::swap) in.
    pub fn mount(&self, slot: Arc<Slot>, options: MountOptions) -> Mount {
        let limits = options.terms.as_ref().map_or(self.site.limits(), Terms::limits);
        let size = PoolSize::share(options.workers.unwrap_or(WORKERS), self.threads, limits.max_instances);
        let pools = (0..self.threads).map(|_| Pool::new(size)).collect();
        let mut mount = Mount::new(slot, options.isolation, Pool::new(size)).with_pools(pools);
        if options.workers.is_none() {
            // Nobody has said that its state may be in several.
            mount = mount.with_one(Pool::new(PoolSize::one()));
        }
        let terms = options.terms.unwrap_or_else(|| Terms::clone(self.site.terms()));
        let share = self.site.share(terms.limits());
        let mount = mount.with_terms(terms.with_share(share));
        mount.announce(&self.site);
        mount
    }

    /// Puts these in the place of all that is mounted, in one step. A request in flight ends where it began.
    pub fn swap(&self, routes: impl IntoIterator<Item = (Route, Target)>) {
        self.router.swap(Routes::new(routes));
    }

    /// All that is mounted now.
    pub fn routes(&self) -> Arc<Routes> {
        self.router.routes()
    }
}
