//! What a thread of a server gives each of its connections.

use std::sync::Arc;

use doverb_core::mount::Mount;
use doverb_core::site::Site;
use tokio_util::sync::CancellationToken;

/// What connections have in common: whose they are, what serves their requests, and when they shall end.
#[derive(Clone)]
pub struct Service {
    pub(crate) site: Arc<Site>,
    pub(crate) mount: Mount,
    pub(crate) drain: CancellationToken,
}

impl Service {
    /// A service that never drains.
    pub fn new(site: Arc<Site>, mount: Mount) -> Service {
        Service { site, mount, drain: CancellationToken::new() }
    }

    /// The same; when `drain` is cancelled, idle connections close. [`Site::begin_to_drain`] must be called before.
    #[must_use]
    pub fn with_drain(mut self, drain: CancellationToken) -> Service {
        self.drain = drain;
        self
    }

    /// The site that its sessions are of.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// What serves its requests.
    pub fn mount(&self) -> &Mount {
        &self.mount
    }

    /// What ends idle connections.
    pub fn drain(&self) -> &CancellationToken {
        &self.drain
    }
}
