//! What a lane of a server gives each of its connections.

use std::sync::Arc;

use doverb_core::mount::Mount;
use doverb_core::routes::{Router, Routes};
use doverb_core::session::Session;
use doverb_core::site::Site;
use tokio_util::sync::CancellationToken;

/// What connections have in common: whose they are, what serves their requests, and when they shall end.
#[derive(Clone)]
pub struct Service {
    pub(crate) site: Arc<Site>,
    pub(crate) router: Arc<Router>,
    lane: usize,
    pub(crate) drain: CancellationToken,
}

impl Service {
    /// A service with one handler, that never drains.
    pub fn new(site: Arc<Site>, mount: Mount) -> Service {
        Service::with_router(site, Router::new(Routes::of(mount)))
    }

    /// A service with several, that never drains. Its routes may be swapped while it serves.
    pub fn with_router(site: Arc<Site>, router: Arc<Router>) -> Service {
        Service { site, router, lane: 0, drain: CancellationToken::new() }
    }

    /// The same; when `drain` is cancelled, idle connections close. [`Site::begin_to_drain`] must be called before.
    #[must_use]
    pub fn with_drain(mut self, drain: CancellationToken) -> Service {
        self.drain = drain;
        self
    }

    /// The same in one of several lanes, 0 by default: see [`Session::in_lane`].
    #[must_use]
    pub fn in_lane(mut self, lane: usize) -> Service {
        self.lane = lane;
        self
    }

    /// The site that its sessions are of.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// What serves its requests.
    pub fn router(&self) -> &Arc<Router> {
        &self.router
    }

    /// Ends the instances that the connections of its lane share: the lane ends.
    pub fn clear(&self) {
        self.router.routes().clear(self.lane);
    }

    /// What ends idle connections.
    pub fn drain(&self) -> &CancellationToken {
        &self.drain
    }

    pub(crate) fn session(&self, number: u64) -> Session {
        Session::new(Arc::clone(&self.site), number).in_lane(self.lane)
    }
}
