//! Instances that sessions share, for handlers that weigh too much for one a connection.
//!
//! A session has a `Lease` on one worker for as long as both live, and takes a `Permit` for each request: the instance
//! itself, which goes from hand to hand in the order in which it was asked for. The instance is in one place: with its
//! worker, on its way to who has waited longest, or with the permit. Whoever drops a permit hands it on.
//!
//! A worker whose handler waits for longer than a moment, for its client or a clock, does not count: another is begun in
//! its place, within the bounds on all instances and their memory, so that slow clients hold up none but themselves.

use std::collections::VecDeque;

use crate::clock::Clock;
use crate::handler::Handler;
use crate::instance::Instance;
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError, oneshot};

/// Unique in its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WorkerId(u64);

/// How many instances a pool has.
///
/// ```
/// use doverb_core::pool::PoolSize;
///
/// // Two threads, and room for a thousand instances in all.
/// let size = PoolSize::share(4, 2, 1000);
/// assert_eq!(size.most(), 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    most: usize,
    stays: bool,
    /// Whether the first worker is the one that counts, and others only stand in for it while it waits.
    is_one: bool,
}

impl PoolSize {
    /// The size of each of `pools` pools that want `wanted` instances and have `max_instances` together.
    pub fn share(wanted: usize, pools: usize, max_instances: u32) -> PoolSize {
        let room = usize::try_from(max_instances).unwrap_or(usize::MAX);
        let most = wanted.min(room / pools.max(1)).max(1);
        PoolSize { most, stays: most.saturating_mul(pools) <= room, is_one: false }
    }

    /// One instance for all, whose memory is the program's state. While its handler waits, for a client or a clock, others
    /// stand in for it: they begin with the state that the program began with, and end when nobody needs them.
    pub fn one() -> PoolSize {
        PoolSize { most: 1, stays: true, is_one: true }
    }

    /// Instances of one version of a handler.
    pub fn most(self) -> usize {
        self.most
    }
}

/// One instance and who wants it.
struct Worker {
    id: WorkerId,
    handler: Arc<Handler>,
    leases: usize,
    /// There while nobody has the permit, once it was started.
    instance: Option<Instance>,
    is_busy: bool,
    /// Its instance's, once that was started.
    clock: Option<Arc<Clock>>,
    waiting: VecDeque<oneshot::Sender<Permit>>,
}

impl Worker {
    /// Those who wait for it take another, in their order.
    fn end(self) {
        self.waiting.into_iter().for_each(drop);
        self.instance.into_iter().for_each(Instance::depart);
    }

    /// Whether who has it waits for his client, a clock or the like: others cannot count on it then.
    fn is_kept_waiting(&self) -> bool {
        self.is_busy && self.clock.as_ref().is_some_and(|clock| clock.has_waited())
    }
}

#[derive(Default)]
struct Workers {
    all: Vec<Worker>,
    made: u64,
}

/// Instances that sessions share. Clones are the same pool.
#[derive(Clone)]
pub struct Pool {
    /// Mostly one thread's own: the lock is never waited for then.
    workers: Arc<Mutex<Workers>>,
    size: PoolSize,
}

/// A session's tie to a worker. Dropped, it leaves it.
pub(crate) struct Lease {
    pool: Pool,
    worker: WorkerId,
    handler: Arc<Handler>,
}

/// The right to use a worker's instance, and the instance, unless it is yet to be started. Dropped, it goes to who has
/// waited longest. A permit without an instance that can be used again is the worker's end.
pub(crate) struct Permit {
    pool: Pool,
    worker: WorkerId,
    pub(crate) instance: Option<Instance>,
}

/// What asking for a permit comes to.
pub(crate) enum Asked {
    Now(Permit),
    /// When those before have had theirs. An error means that the worker has ended.
    Later(oneshot::Receiver<Permit>),
    /// The worker has ended.
    Gone,
}

impl Workers {
    fn find(&mut self, id: WorkerId) -> Option<&mut Worker> {
        self.all.iter_mut().find(|worker| worker.id == id)
    }

    /// Of those for this version of the handler: the one with the fewest leases.
    fn least_used(&mut self, handler: &Arc<Handler>, free: bool) -> Option<&mut Worker> {
        let fitting =
            |worker: &&mut Worker| Arc::ptr_eq(&worker.handler, handler) && !(free && worker.is_busy);
        self.all.iter_mut().filter(fitting).min_by_key(|worker| (worker.is_kept_waiting(), worker.leases))
    }

    /// Those for this version of the handler that others can count on.
    fn count(&self, handler: &Arc<Handler>) -> usize {
        let counts = |worker: &&Worker| Arc::ptr_eq(&worker.handler, handler) && !worker.is_kept_waiting();
        self.all.iter().filter(counts).count()
    }

    /// The worker whose memory is the program's state.
    fn first(&mut self, handler: &Arc<Handler>) -> Option<&mut Worker> {
        self.all.iter_mut().find(|worker| Arc::ptr_eq(&worker.handler, handler))
    }

    /// The one to serve with where the first counts: that, unless it waits.
    fn first_or_stand_in(&mut self, handler: &Arc<Handler>, may_open: bool) -> Option<&mut Worker> {
        match self.first(handler).map(|first| first.is_kept_waiting()) {
            Some(false) => self.first(handler),
            None if may_open => Some(self.open(handler)),
            Some(true) if self.least_used(handler, true).is_some() => self.least_used(handler, true),
            Some(true) if may_open => Some(self.open(handler)),
            _ => self.least_used(handler, false),
        }
    }

    fn open(&mut self, handler: &Arc<Handler>) -> &mut Worker {
        self.made += 1;
        self.all.push(Worker {
            id: WorkerId(self.made),
            handler: Arc::clone(handler),
            leases: 0,
            instance: None,
            is_busy: false,
            clock: None,
            waiting: VecDeque::new(),
        });
        self.all.last_mut().expect("pushed above")
    }

    /// Takes a worker out, so that its instance and those who wait are dropped where nothing is locked.
    fn remove(&mut self, id: WorkerId) -> Option<Worker> {
        let place = self.all.iter().position(|worker| worker.id == id)?;
        Some(self.all.remove(place))
    }
}

impl Pool {
    /// An empty pool.
    pub fn new(size: PoolSize) -> Pool {
        Pool { workers: Arc::default(), size }
    }

    fn lock(&self) -> MutexGuard<'_, Workers> {
        // Nothing that runs under the lock leaves the list half changed.
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A lease on the free worker with the fewest leases, else on a new one if there may be more, else on the busy one with
    /// the fewest. None when there is none and there `may` not be a new one.
    pub(crate) fn lease(&self, handler: &Arc<Handler>, may_open: bool) -> Option<Lease> {
        // Those of an old version that nobody used when the new one came.
        let is_over = |worker: &mut Worker| worker.leases == 0 && worker.handler.is_superseded();
        let old: Vec<Worker> = self.lock().all.extract_if(.., is_over).collect();
        old.into_iter().for_each(Worker::end);
        let mut workers = self.lock();
        let worker = if self.size.is_one {
            workers.first_or_stand_in(handler, may_open)?
        } else {
            let is_free = workers.least_used(handler, true).is_some();
            match may_open && !is_free && workers.count(handler) < self.size.most {
                true => workers.open(handler),
                false => workers.least_used(handler, is_free)?,
            }
        };
        worker.leases += 1;
        Some(Lease { pool: self.clone(), worker: worker.id, handler: Arc::clone(handler) })
    }

    /// Whether a new lease would not have to wait: a worker is free, or there `may` be one more.
    pub(crate) fn has_room(&self, handler: &Arc<Handler>, may_open: bool) -> bool {
        let mut workers = self.lock();
        if self.size.is_one && workers.first(handler).is_some_and(|first| !first.is_kept_waiting()) {
            return workers.first(handler).is_some_and(|first| !first.is_busy);
        }
        workers.least_used(handler, true).is_some() || (may_open && workers.count(handler) < self.size.most)
    }

    fn hand_on(&self, id: WorkerId, instance: Instance) {
        match self.next_in_line(id, instance) {
            (Some(next), instance) => {
                // One that is dropped on its way is handed on by its own `drop`.
                let _ = next.send(Permit { pool: self.clone(), worker: id, instance });
            }
            (None, unwanted) => unwanted.into_iter().for_each(Instance::depart),
        }
    }

    fn next_in_line(
        &self,
        id: WorkerId,
        instance: Instance,
    ) -> (Option<oneshot::Sender<Permit>>, Option<Instance>) {
        let mut workers = self.lock();
        let Some(worker) = workers.find(id) else {
            return (None, Some(instance));
        };
        while let Some(next) = worker.waiting.pop_front() {
            if !next.is_closed() {
                return (Some(next), Some(instance));
            }
        }
        worker.is_busy = false;
        worker.instance = Some(instance);
        (None, None)
    }

    /// The worker is no more.
    fn end(&self, id: WorkerId) {
        let ended = self.lock().remove(id);
        ended.into_iter().for_each(Worker::end);
    }

    /// Ends all workers. Instances that are in use end with their permits.
    pub fn clear(&self) {
        let all = std::mem::take(&mut self.lock().all);
        all.into_iter().for_each(Worker::end);
    }
}

impl Lease {
    pub(crate) fn is_for(&self, handler: &Arc<Handler>) -> bool {
        Arc::ptr_eq(&self.handler, handler)
    }

    pub(crate) fn handler(&self) -> &Handler {
        &self.handler
    }

    /// Whether it is on a stand-in, and the one that counts could be had instead.
    pub(crate) fn is_makeshift(&self) -> bool {
        if !self.pool.size.is_one {
            return false;
        }
        let mut workers = self.pool.lock();
        workers.first(&self.handler).is_some_and(|first| first.id != self.worker && !first.is_kept_waiting())
    }

    /// Whether another lease is on the same worker.
    pub(crate) fn is_on_same(&self, other: &Lease) -> bool {
        self.worker == other.worker && std::ptr::eq(&*self.pool.workers, &*other.pool.workers)
    }

    /// Whether a permit would have to be waited for.
    pub(crate) fn is_busy(&self) -> bool {
        self.pool.lock().find(self.worker).is_some_and(|worker| worker.is_busy)
    }

    /// Asks for the worker's instance. Who no longer waits has left the queue.
    pub(crate) fn ask(&self) -> Asked {
        let mut workers = self.pool.lock();
        let Some(worker) = workers.find(self.worker) else {
            return Asked::Gone;
        };
        if worker.is_busy {
            let (sender, receiver) = oneshot::channel();
            worker.waiting.push_back(sender);
            return Asked::Later(receiver);
        }
        worker.is_busy = true;
        Asked::Now(Permit { pool: self.pool.clone(), worker: worker.id, instance: worker.instance.take() })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut workers = self.pool.lock();
        // One that was begun because others waited ends when nobody needs it.
        let is_one_of_few = match self.pool.size.is_one {
            true => workers.first(&self.handler).is_none_or(|first| first.id == self.worker),
            false => workers.count(&self.handler) <= self.pool.size.most,
        };
        let over = workers.find(self.worker).and_then(|worker| {
            worker.leases -= 1;
            let stays = self.pool.size.stays && is_one_of_few && !worker.handler.is_superseded();
            (worker.leases == 0 && !stays).then_some(worker.id)
        });
        let over = over.and_then(|id| workers.remove(id));
        drop(workers);
        over.into_iter().for_each(Worker::end);
    }
}

impl Permit {
    /// The worker has its instance from now on.
    pub(crate) fn begin(&mut self, instance: Instance) {
        if let Some(worker) = self.pool.lock().find(self.worker) {
            worker.clock = Some(Arc::clone(instance.clock()));
        }
        self.instance = Some(instance);
    }

    /// The instance has ended. The worker ends with the permit.
    pub(crate) fn end(&mut self) {
        self.instance.take().into_iter().for_each(Instance::depart);
    }

    /// What takes the worker from all but the one who has this permit.
    pub(crate) fn detach(&self) -> Box<dyn FnOnce() + Send> {
        let (pool, worker) = (self.pool.clone(), self.worker);
        Box::new(move || pool.end(worker))
    }

    /// Whether no other session has a part in the worker.
    pub(crate) fn is_ones(&self) -> bool {
        self.pool.lock().find(self.worker).is_some_and(|worker| worker.leases <= 1)
    }

    /// Whether the worker is there for others too.
    pub(crate) fn is_shared(&self) -> bool {
        self.pool.lock().find(self.worker).is_some()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        match self.instance.take() {
            Some(instance) if instance.is_reusable() => self.pool.hand_on(self.worker, instance),
            instance => {
                instance.into_iter().for_each(Instance::depart);
                self.pool.end(self.worker);
            }
        }
    }
}
