//! Which handler serves a request, and how.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::handler::Handler;
use crate::isolation::Isolation;
use crate::pool::Pool;
use crate::shares::Share;
use crate::site::Site;
use crate::slot::Slot;
use crate::terms::Terms;

/// A handler with what is in force for it, and how its instances are kept apart. Clones are the same mount.
#[derive(Clone)]
pub struct Mount(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    slot: Arc<Slot>,
    isolation: Isolation,
    /// One a lane.
    pools: Vec<Pool>,
    /// The pool of those handlers whose state is in one instance.
    one: Option<Pool>,
    /// None for the site's.
    terms: Option<Arc<Terms>>,
    /// Whether the log says that its connections share instances.
    is_announced: Arc<AtomicBool>,
    /// Whether nothing is routed to it any more.
    is_retired: Arc<AtomicBool>,
}

impl Mount {
    /// A handler under the site's own terms. `pool` has the instances that its sessions share, where they do.
    pub fn new(slot: Arc<Slot>, isolation: Isolation, pool: Pool) -> Mount {
        Mount(Arc::new(Inner {
            slot,
            isolation,
            pools: vec![pool],
            one: None,
            terms: None,
            is_announced: Arc::default(),
            is_retired: Arc::default(),
        }))
    }

    /// The same with a pool a lane: a lane is what its sessions are served in, such as one thread of a server. See
    /// [`Session::in_lane`](crate::session::Session::in_lane).
    ///
    /// # Panics
    ///
    /// When there is no pool.
    #[must_use]
    pub fn with_pools(mut self, pools: Vec<Pool>) -> Mount {
        assert!(!pools.is_empty(), "a mount has a pool at least");
        self.inner().pools = pools;
        self
    }

    /// The same, but where its handler's state is in one instance, `pool` has it, for all lanes. Without this such a handler is
    /// served as others are.
    #[must_use]
    pub fn with_one(mut self, pool: Pool) -> Mount {
        self.inner().one = Some(pool);
        self
    }

    /// The same under terms of its own.
    #[must_use]
    pub fn with_terms(mut self, terms: Terms) -> Mount {
        self.inner().terms = Some(Arc::new(terms));
        self
    }

    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// What is in force for its handlers.
    pub fn terms<'a>(&'a self, site: &'a Site) -> &'a Arc<Terms> {
        self.0.terms.as_ref().unwrap_or_else(|| site.terms())
    }

    /// What it has of what all mounts of its site share; none where nobody counts that.
    pub fn share(&self) -> Option<&Share> {
        self.0.terms.as_ref().and_then(|terms| terms.share())
    }

    /// Where its handler stands.
    pub fn slot(&self) -> &Arc<Slot> {
        &self.0.slot
    }

    /// How long its instances live.
    pub fn isolation(&self) -> Isolation {
        self.0.isolation
    }

    /// Whether both are the same mount.
    pub(crate) fn is(&self, other: &Mount) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The instances that a lane's sessions share with this version of the handler.
    pub(crate) fn pool(&self, handler: &Handler, lane: usize) -> &Pool {
        self.one_for(handler).unwrap_or_else(|| self.pool_of(lane))
    }

    fn pool_of(&self, lane: usize) -> &Pool {
        &self.0.pools[lane % self.0.pools.len()]
    }

    fn one_for(&self, handler: &Handler) -> Option<&Pool> {
        self.0.one.as_ref().filter(|_| handler.is_one())
    }

    /// Ends the instances of a lane's pool: the lane ends.
    pub fn clear(&self, lane: usize) {
        self.pool_of(lane).clear();
    }

    /// Nothing is routed to it any more: sessions let go of its instances at their next request.
    pub fn retire(&self) {
        self.0.is_retired.store(true, Ordering::Relaxed);
        self.share().into_iter().for_each(Share::retire);
    }

    /// Whether nothing is routed to it any more.
    pub fn is_retired(&self) -> bool {
        self.0.is_retired.load(Ordering::Relaxed)
    }

    /// Whether sessions share the instances of this version.
    pub fn shares(&self, handler: &Handler) -> bool {
        match self.0.isolation {
            Isolation::Connection | Isolation::Request => false,
            Isolation::Worker => true,
            Isolation::Auto => handler.is_heavy(),
        }
    }

    /// Tells observers, once, where a handler's weight has decided that its sessions share instances. A server does so when
    /// it begins.
    pub fn announce(&self, site: &Site) {
        self.announce_sharing(&self.0.slot.load(), site);
    }

    pub(crate) fn announce_sharing(&self, handler: &Handler, site: &Site) {
        if self.0.isolation != Isolation::Auto || !handler.is_heavy() {
            return;
        }
        let is_announced = &self.0.is_announced;
        if is_announced.load(Ordering::Relaxed) || is_announced.swap(true, Ordering::Relaxed) {
            return;
        }
        match self.one_for(handler) {
            Some(_) => site.tell(|observer| observer.instance_is_one(handler.name())),
            None => site.tell(|observer| observer.instances_are_shared(handler.name(), handler.size())),
        }
    }
}
