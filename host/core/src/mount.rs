//! Which handler serves a request, and how.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exchange::ROOT;
use crate::handler::Handler;
use crate::isolation::Isolation;
use crate::pool::Pool;
use crate::site::Site;
use crate::slot::Slot;

/// A handler with the path that it serves, and how its instances are kept apart. Clones share all of it.
#[derive(Clone)]
pub struct Mount {
    path: Arc<str>,
    slot: Arc<Slot>,
    isolation: Isolation,
    pool: Pool,
    /// The pool of those handlers whose state is in one instance.
    one: Option<Pool>,
    /// Whether the log says that its connections share instances.
    is_announced: Arc<AtomicBool>,
}

impl Mount {
    /// A handler for every path. `pool` has the instances that its sessions share, where they do.
    pub fn new(slot: Arc<Slot>, isolation: Isolation, pool: Pool) -> Mount {
        Mount { path: Arc::clone(&ROOT), slot, isolation, pool, one: None, is_announced: Arc::default() }
    }

    /// The same handler with another pool: for another thread.
    #[must_use]
    pub fn with_pool(&self, pool: Pool) -> Mount {
        Mount { pool, ..self.clone() }
    }

    /// The same handler, but where its state is in one instance, `pool` has it, for all threads. Without this such a handler is
    /// served as others are.
    #[must_use]
    pub fn with_one(&self, pool: Pool) -> Mount {
        Mount { one: Some(pool), ..self.clone() }
    }

    /// The path that it serves.
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// Where its handler stands.
    pub fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }

    /// How long its instances live.
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// The instances that sessions share with this version of the handler.
    pub(crate) fn pool(&self, handler: &Handler) -> &Pool {
        self.one_for(handler).unwrap_or(&self.pool)
    }

    fn one_for(&self, handler: &Handler) -> Option<&Pool> {
        self.one.as_ref().filter(|_| handler.is_one())
    }

    /// Ends the instances of this mount's own pool: its thread ends.
    pub fn clear(&self) {
        self.pool.clear();
    }

    /// Whether sessions share the instances of this version.
    pub fn shares(&self, handler: &Handler) -> bool {
        match self.isolation {
            Isolation::Connection | Isolation::Request => false,
            Isolation::Worker => true,
            Isolation::Auto => handler.is_heavy(),
        }
    }

    /// Tells observers, once, where a handler's weight has decided that its sessions share instances. A server does so when
    /// it begins.
    pub fn announce(&self, site: &Site) {
        self.announce_sharing(&self.slot.load(), site);
    }

    pub(crate) fn announce_sharing(&self, handler: &Handler, site: &Site) {
        if self.isolation != Isolation::Auto || !handler.is_heavy() {
            return;
        }
        if self.is_announced.load(Ordering::Relaxed) || self.is_announced.swap(true, Ordering::Relaxed) {
            return;
        }
        match self.one_for(handler) {
            Some(_) => site.tell(|observer| observer.instance_is_one(handler.name())),
            None => site.tell(|observer| observer.instances_are_shared(handler.name(), handler.size())),
        }
    }
}
