//! What all sessions of a server share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::attributes::Protocol;
use crate::clients::Clients;
use crate::limits::Limits;
use crate::log::Log;
use crate::long_heads::LongHeads;
use crate::observer::Observer;
use crate::residents::Residents;
use crate::shares::{Commons, Share};
use crate::terms::Terms;

/// The settings of a server, its log, and who watches it. Made once; sessions hold it by [`Arc`].
///
/// ```
/// use doverb_core::log::Log;
/// use doverb_core::site::Site;
///
/// let site = Site::new(Log::discard());
/// assert!(!site.is_draining());
/// ```
pub struct Site {
    terms: Arc<Terms>,
    /// What its mounts share.
    commons: Arc<Commons>,
    log: Log,
    observers: Vec<Arc<dyn Observer>>,
    /// Whether one of them wants to see each request that ends.
    counts_requests: bool,
    is_draining: Arc<AtomicBool>,
    sessions: Arc<AtomicU64>,
    /// Instances that serve each client.
    client_instances: Clients,
    long_heads: LongHeads,
    /// Instances that sessions have to themselves.
    residents: Arc<Residents>,
    development: Option<Development>,
}

/// What is different while somebody develops the handlers.
#[derive(Clone, Debug)]
pub struct Development {
    page_end: Arc<[u8]>,
}

impl Development {
    /// Pages that tell why a request has failed, which the log must keep for it ([`Log::keeping`]); and `page_end` at the end of
    /// each page of HTML, for a script that shows it anew.
    pub fn new(page_end: &str) -> Development {
        Development { page_end: page_end.as_bytes().into() }
    }

    pub(crate) fn page_end(&self) -> &Arc<[u8]> {
        &self.page_end
    }
}

impl Site {
    /// A site with default limits, whose handlers' `protocol_version` begins as HTTP/1.0. The log is its observer.
    pub fn new(log: Log) -> Site {
        let terms = Arc::new(Terms::new(Limits::default()));
        Site {
            client_instances: client_instances(terms.limits()),
            commons: commons(terms.limits()),
            terms,
            long_heads: LongHeads::default(),
            residents: Arc::default(),
            observers: vec![Arc::new(log.clone())],
            log,
            counts_requests: false,
            is_draining: Arc::default(),
            sessions: Arc::default(),
            development: None,
        }
    }

    /// For who develops the handlers. Clients see what only he should see.
    #[must_use]
    pub fn with_development(mut self, development: Development) -> Site {
        self.development = Some(development);
        self
    }

    pub(crate) fn development(&self) -> Option<&Development> {
        self.development.as_ref()
    }

    /// The version that handlers' `protocol_version` begins with.
    #[must_use]
    pub fn with_protocol(mut self, protocol: Protocol) -> Site {
        self.terms = Arc::new(Terms::clone(&self.terms).with_protocol(protocol));
        self
    }

    /// The bounds on clients and handlers.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Site {
        self.client_instances = client_instances(&limits);
        self.commons = commons(&limits);
        self.terms = Arc::new(Terms::clone(&self.terms).with_limits(limits));
        self
    }

    /// Who watches, in the place of the log.
    #[must_use]
    pub fn with_observers(mut self, observers: Vec<Arc<dyn Observer>>) -> Site {
        self.counts_requests = observers.iter().any(|observer| observer.wants_requests());
        self.observers = observers;
        self
    }

    /// The same site for connections that come from now on: with other limits, and other observers. Its mounts, its count of
    /// sessions and its end are the same. What clients may have counts at once for all; how many instances there are, and
    /// what memory all of them have, stays as it is.
    #[must_use]
    pub fn again(&self, mut limits: Limits, observers: Vec<Arc<dyn Observer>>) -> Site {
        let old = self.limits();
        (limits.max_instances, limits.max_total_memory) = (old.max_instances, old.max_total_memory);
        self.client_instances.set(limits.max_client_instances, limits.trusted_proxies.clone());
        let site = Site {
            terms: Arc::new(Terms::clone(&self.terms).with_limits(limits)),
            commons: Arc::clone(&self.commons),
            log: self.log.clone(),
            observers: vec![Arc::new(self.log.clone())],
            counts_requests: false,
            is_draining: Arc::clone(&self.is_draining),
            sessions: Arc::clone(&self.sessions),
            client_instances: self.client_instances.clone(),
            long_heads: self.long_heads.clone(),
            residents: Arc::clone(&self.residents),
            development: self.development.clone(),
        };
        if observers.is_empty() { site } else { site.with_observers(observers) }
    }

    /// The version that handlers' `protocol_version` begins with.
    pub fn protocol(&self) -> Protocol {
        self.terms.protocol()
    }

    /// The bounds on clients and handlers.
    pub fn limits(&self) -> &Limits {
        self.terms.limits()
    }

    /// What is in force where a mount has no terms of its own.
    pub fn terms(&self) -> &Arc<Terms> {
        &self.terms
    }

    /// The share of one more mount in the site's instances and their memory: half of both belongs to its mounts in equal parts,
    /// whatever others want, and the other half is for who asks first. A mount never gets more than its own `limits` say.
    pub fn share(&self, limits: &Limits) -> Share {
        self.commons.join(limits.max_instances, limits.max_total_memory)
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// A number for a session of this site, which no other has; from 1.
    pub fn number_session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The server begins to end: answers say from now on that the connection closes.
    pub fn begin_to_drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether the server has begun to end.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Tells all observers of something.
    pub fn tell(&self, what: impl Fn(&dyn Observer)) {
        for observer in &self.observers {
            what(&**observer);
        }
    }

    /// Room for heads of requests that are long.
    pub fn long_heads(&self) -> &LongHeads {
        &self.long_heads
    }

    pub(crate) fn client_instances(&self) -> &Clients {
        &self.client_instances
    }

    pub(crate) fn residents(&self) -> &Arc<Residents> {
        &self.residents
    }

    /// Whether an observer wants to see each request that ends.
    pub(crate) fn counts_requests(&self) -> bool {
        self.counts_requests
    }
}

fn commons(limits: &Limits) -> Arc<Commons> {
    Arc::new(Commons::new(limits.max_instances, limits.max_total_memory))
}

fn client_instances(limits: &Limits) -> Clients {
    Clients::new(limits.max_client_instances, limits.trusted_proxies.clone())
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("terms", &self.terms).finish_non_exhaustive()
    }
}
