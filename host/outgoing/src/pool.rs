//! Connections that wait for the next request, of all instances of a handler.
//!
//! A connection is used only on the runtime that it was made on, as its task runs there. With a runtime a thread, each
//! thread has its own; no other is woken for a request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};

use crate::connect::Line;
use crate::destination::Destination;

/// How long one waits. Servers close theirs after 5 s to a minute, and most say nothing before.
const IDLE: Duration = Duration::from_secs(15);
/// How often those that have waited for too long are looked for.
const LOOK: Duration = Duration::from_secs(5);
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
pub(crate) struct Pool(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    all: VecDeque<Idle>,
    /// The runtimes that have a task that looks after theirs.
    looked_after: Vec<Id>,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that runs under the lock leaves anything half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that was used last, as it is the least likely to have been closed.
    pub(crate) fn take(&self, to: &Destination) -> Option<Line> {
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

    /// Keeps one whose answer was read. Who has too many loses the oldest.
    pub(crate) fn put(self: &Arc<Self>, to: Destination, line: Line) {
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
