//! Workers: instances that the connections of a thread share, for handlers that weigh too much for one a connection.
//!
//! Everything here belongs to one thread, so nothing is locked. A connection has a [`Seat`] with one worker for as long as
//! both live, and takes a [`Turn`] for each request: the instance itself, which goes from hand to hand in the order
//! in which it was asked for.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::handler::Handler;
use crate::instance::Instance;

/// Unique on its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkerId(u64);

/// How many workers a thread has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Staff {
    /// Workers of one version of a handler.
    pub(crate) most: usize,
    /// Whether one stays that no connection uses: there must be room for the other threads' too.
    pub(crate) stays: bool,
}

impl Staff {
    /// Every thread has its share of the instances that may live at a time.
    pub(crate) fn new(wanted: usize, threads: usize, max_instances: u32) -> Staff {
        let room = usize::try_from(max_instances).unwrap_or(usize::MAX);
        let most = wanted.min(room / threads.max(1)).max(1);
        Staff { most, stays: most.saturating_mul(threads) <= room }
    }
}

struct Worker {
    id: WorkerId,
    handler: Arc<Handler>,
    connections: usize,
    /// There while nobody has the turn, once it was started.
    instance: Option<Instance>,
    is_busy: bool,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

#[derive(Default)]
struct Workers {
    all: Vec<Worker>,
    made: u64,
}

thread_local! {
    static WORKERS: RefCell<Workers> = RefCell::default();
}

/// A connection's tie to a worker. Dropped, it leaves it.
pub(crate) struct Seat {
    worker: WorkerId,
    handler: Arc<Handler>,
    staff: Staff,
}

/// The right to use a worker's instance, and the instance, unless it is yet to be started. Dropped, it goes to who waits
/// longest. A turn without an instance that can be used again is the worker's end.
pub(crate) struct Turn {
    worker: WorkerId,
    pub(crate) instance: Option<Instance>,
}

/// What asking for a turn comes to.
pub(crate) enum Asked {
    Now(Turn),
    /// When those before have had theirs. An error means that the worker has ended.
    Later(oneshot::Receiver<Turn>),
    /// The worker has ended.
    Gone,
}

impl Workers {
    fn find(&mut self, id: WorkerId) -> Option<&mut Worker> {
        self.all.iter_mut().find(|worker| worker.id == id)
    }

    /// Of those for this version of the handler: the one with the fewest connections.
    fn least_used(&mut self, handler: &Arc<Handler>, free: bool) -> Option<&mut Worker> {
        let fitting =
            |worker: &&mut Worker| Arc::ptr_eq(&worker.handler, handler) && !(free && worker.is_busy);
        self.all.iter_mut().filter(fitting).min_by_key(|worker| worker.connections)
    }

    fn hire(&mut self, handler: &Arc<Handler>) -> &mut Worker {
        self.made += 1;
        self.all.push(Worker {
            id: WorkerId(self.made),
            handler: Arc::clone(handler),
            connections: 0,
            instance: None,
            is_busy: false,
            waiting: VecDeque::new(),
        });
        self.all.last_mut().expect("pushed above")
    }

    /// Takes a worker out, so that its instance and those who wait are dropped where nothing is borrowed.
    fn remove(&mut self, id: WorkerId) -> Option<Worker> {
        let place = self.all.iter().position(|worker| worker.id == id)?;
        Some(self.all.remove(place))
    }
}

impl Seat {
    /// Ties a connection to the free worker with the fewest connections, else to a new one if there may be more, else to
    /// the busy one with the fewest. None when there is none and there `may` not be a new one.
    pub(crate) fn take(handler: &Arc<Handler>, staff: Staff, may_hire: bool) -> Option<Seat> {
        // Those of an old version that nobody used when the new one came.
        let old = WORKERS.with_borrow_mut(|workers| {
            let is_over = |worker: &mut Worker| worker.connections == 0 && worker.handler.is_superseded();
            workers.all.extract_if(.., is_over).collect::<Vec<_>>()
        });
        drop(old);
        WORKERS.with_borrow_mut(|workers| {
            let there = workers.all.iter().filter(|worker| Arc::ptr_eq(&worker.handler, handler)).count();
            let is_free = workers.least_used(handler, true).is_some();
            let worker = match may_hire && !is_free && there < staff.most {
                true => workers.hire(handler),
                false => workers.least_used(handler, is_free)?,
            };
            worker.connections += 1;
            Some(Seat { worker: worker.id, handler: Arc::clone(handler), staff })
        })
    }

    pub(crate) fn is_for(&self, handler: &Arc<Handler>) -> bool {
        Arc::ptr_eq(&self.handler, handler)
    }

    pub(crate) fn handler(&self) -> &Handler {
        &self.handler
    }

    /// Whether a turn would have to be waited for.
    pub(crate) fn is_busy(&self) -> bool {
        WORKERS.with_borrow_mut(|workers| workers.find(self.worker).is_some_and(|worker| worker.is_busy))
    }

    /// Asks for the worker's instance. Who no longer waits has left the queue.
    pub(crate) fn ask(&self) -> Asked {
        WORKERS.with_borrow_mut(|workers| {
            let Some(worker) = workers.find(self.worker) else {
                return Asked::Gone;
            };
            if worker.is_busy {
                let (sender, receiver) = oneshot::channel();
                worker.waiting.push_back(sender);
                return Asked::Later(receiver);
            }
            worker.is_busy = true;
            Asked::Now(Turn { worker: worker.id, instance: worker.instance.take() })
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let over = WORKERS.with_borrow_mut(|workers| {
            let worker = workers.find(self.worker)?;
            worker.connections -= 1;
            let stays = self.staff.stays && !worker.handler.is_superseded();
            if worker.connections == 0 && !stays { workers.remove(self.worker) } else { None }
        });
        drop(over);
    }
}

impl Turn {
    pub(crate) fn worker(&self) -> WorkerId {
        self.worker
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        match self.instance.take().filter(Instance::is_reusable) {
            Some(instance) => hand_on(self.worker, instance),
            None => end(self.worker),
        }
    }
}

fn hand_on(id: WorkerId, instance: Instance) {
    let (next, unwanted) = WORKERS.with_borrow_mut(|workers| {
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
    });
    if let (Some(next), instance) = (next, unwanted) {
        // One that is dropped on its way is handed on by its own `drop`.
        let _ = next.send(Turn { worker: id, instance });
    }
}

/// The worker is no more: those who wait for it take another, in their order.
fn end(id: WorkerId) {
    let ended = WORKERS.with_borrow_mut(|workers| workers.remove(id));
    for waiting in ended.into_iter().flat_map(|worker| worker.waiting) {
        drop(waiting);
    }
}

/// Takes a worker from all but the one who has its turn: its connection has become raw, and may live for days.
pub(crate) fn give_up(id: WorkerId) {
    end(id);
}

/// Whether the worker is there for others too.
pub(crate) fn is_shared(id: WorkerId) -> bool {
    WORKERS.with_borrow_mut(|workers| workers.find(id).is_some())
}

/// Ends all of this thread's. Nobody may have a seat any more.
pub(crate) fn end_all() {
    drop(WORKERS.with_borrow_mut(|workers| std::mem::take(&mut workers.all)));
}
