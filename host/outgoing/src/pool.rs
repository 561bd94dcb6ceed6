//! Connections that wait for the next request, of all instances of a handler.
//!
//! A connection is used only on the runtime that it was made on, as its task runs there. With a runtime a thread, each
//! thread has its own; no other is woken for a request.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::time::{Instant as Moment, timeout_at};

use crate::connect::Line;
use crate::destination::Destination;

/// How long one waits. Servers close theirs after 5 s to a minute, and most say nothing before.
const IDLE: Duration = Duration::from_secs(15);
/// How often those that have waited for too long are looked for.
const LOOK: Duration = Duration::from_secs(5);
/// How long a connection may take, behind the last byte of an answer, until the next request can be sent on it.
const SETTLING: Duration = Duration::from_secs(1);
/// How long a request waits for one that settles. Most take one turn of their task, less than a new connection; not those on
/// which a body goes on that its server did not want.
const PATIENCE: Duration = Duration::from_millis(10);
/// Those that wait, of a handler, and of these at one server.
const MOST: usize = 128;
const MOST_AT_ONE: usize = 32;

/// A connection between two requests.
struct Idle {
    to: Destination,
    runtime: Id,
    line: Line,
    since: Instant,
}

/// Connections that wait.
#[derive(Default)]
pub(crate) struct Pool {
    waiting: Mutex<Waiting>,
    /// Told whenever one has settled, or has not.
    settled: Notify,
}

#[derive(Default)]
struct Waiting {
    all: VecDeque<Idle>,
    /// Where those are connected whose answers were read, but on which nothing can be sent yet.
    settling: Vec<(Destination, Id)>,
    /// The runtimes that have a task that looks after theirs.
    looked_after: Vec<Id>,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that runs under the lock leaves anything half done.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that waits, or is about to.
    pub(crate) async fn take(&self, to: &Destination) -> Option<Line> {
        let deadline = Moment::now() + PATIENCE;
        loop {
            let mut settled = pin!(self.settled.notified());
            settled.as_mut().enable();
            if let Some(line) = self.take_waiting(to) {
                return Some(line);
            }
            if !self.is_settling(to) {
                return None;
            }
            timeout_at(deadline, settled).await.ok()?;
        }
    }

    fn is_settling(&self, to: &Destination) -> bool {
        let runtime = Handle::current().id();
        self.lock().settling.iter().any(|(there, on)| *on == runtime && there == to)
    }

    /// The one that was used last, as it is the least likely to have been closed.
    fn take_waiting(&self, to: &Destination) -> Option<Line> {
        let runtime = Handle::current().id();
        let mut waiting = self.lock();
        loop {
            let is_it = |idle: &Idle| idle.runtime == runtime && idle.to == *to;
            let place = waiting.all.iter().rposition(is_it)?;
            let idle = waiting.all.remove(place)?;
            if idle.line.sender.is_ready() && idle.since.elapsed() < IDLE {
                return Some(idle.line);
            }
        }
    }

    /// Keeps one whose answer was read, once the next request can be sent on it; with it goes what is held until then.
    pub(crate) fn give_back(self: &Arc<Self>, to: Destination, mut line: Line, held: impl Send + 'static) {
        if line.sender.is_ready() {
            return self.put(to, line);
        }
        if line.sender.is_closed() {
            return;
        }
        let settling = Settling::new(self, to.clone());
        tokio::spawn(async move {
            if let Ok(Ok(())) = tokio::time::timeout(SETTLING, line.sender.ready()).await {
                settling.pool.put(to, line);
            }
            drop((settling, held));
        });
    }

    /// Who has too many loses the oldest.
    fn put(self: &Arc<Self>, to: Destination, line: Line) {
        let runtime = Handle::current().id();
        let mut waiting = self.lock();
        let same = waiting.all.iter().filter(|idle| idle.to == to).count();
        if same >= MOST_AT_ONE {
            let oldest = waiting.all.iter().position(|idle| idle.to == to);
            oldest.and_then(|place| waiting.all.remove(place));
        } else if waiting.all.len() >= MOST {
            waiting.all.pop_front();
        }
        waiting.all.push_back(Idle { to, runtime, line, since: Instant::now() });
        if !waiting.looked_after.contains(&runtime) {
            waiting.looked_after.push(runtime);
            tokio::spawn(look_after(
                Arc::downgrade(self),
                LookedAfter { pool: Arc::downgrade(self), runtime },
            ));
        }
    }

    /// Closes one, if any waits, so that another can be opened.
    pub(crate) fn give_up_one(&self) -> bool {
        self.lock().all.pop_front().is_some()
    }

    /// Closes those that have waited for too long or were closed by their servers. False when none is left.
    fn prune(&self, runtime: Id) -> bool {
        let mut waiting = self.lock();
        waiting.all.retain(|idle| !idle.line.sender.is_closed() && idle.since.elapsed() < IDLE);
        waiting.all.iter().any(|idle| idle.runtime == runtime)
    }
}

/// That a connection settles: requests wait a moment for it. Dropped with the task that waits for it.
struct Settling {
    pool: Arc<Pool>,
    to: Destination,
    runtime: Id,
}

impl Settling {
    fn new(pool: &Arc<Pool>, to: Destination) -> Settling {
        let runtime = Handle::current().id();
        pool.lock().settling.push((to.clone(), runtime));
        Settling { pool: Arc::clone(pool), to, runtime }
    }
}

impl Drop for Settling {
    fn drop(&mut self) {
        let mut waiting = self.pool.lock();
        let is_it = |(to, runtime): &(Destination, Id)| *runtime == self.runtime && *to == self.to;
        if let Some(place) = waiting.settling.iter().position(is_it) {
            waiting.settling.swap_remove(place);
        }
        drop(waiting);
        self.pool.settled.notify_waiters();
    }
}

/// That a runtime's connections are looked after. Dropped with the task that does it, whatever ends that.
struct LookedAfter {
    pool: Weak<Pool>,
    runtime: Id,
}

impl Drop for LookedAfter {
    fn drop(&mut self) {
        let Some(pool) = self.pool.upgrade() else { return };
        let mut waiting = pool.lock();
        waiting.looked_after.retain(|runtime| *runtime != self.runtime);
    }
}

async fn look_after(pool: Weak<Pool>, looked_after: LookedAfter) {
    loop {
        tokio::time::sleep(LOOK).await;
        match pool.upgrade() {
            Some(pool) if pool.prune(looked_after.runtime) => {}
            _ => return,
        }
    }
}
