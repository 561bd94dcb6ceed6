//! Where connections go on whose handlers compute for long: a thread that makes way for the threads that serve, and for all others on
//! the machine, as soon as they want the processor.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use doverb_core::computing::{self, Polled, Stay};
use doverb_core::niceness::stand_back;
use doverb_core::turns::take_turns;
use tokio::runtime::{self, Handle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::starvation::Starvation;

/// How long the end of a server waits for what is in the midst of computing.
const PATIENCE: Duration = Duration::from_millis(300);

/// The niceness of those that come last. A thread of the policy "idle" would make way sooner still, but then has to wait for
/// seconds on a machine that is busy.
const LAST: i32 = 19;

/// The whole of a connection.
pub(crate) type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The thread behind one that serves. It begins when it is needed.
pub(crate) struct Background {
    name: String,
    thread: Mutex<Thread>,
    starvation: Starvation,
}

enum Thread {
    NotNeeded,
    Runs(Running),
    /// It could not begin, or has ended.
    Gone,
}

struct Running {
    runtime: Handle,
    end: CancellationToken,
    ended: Receiver<()>,
}

impl Background {
    pub(crate) fn new(name: String) -> Background {
        Background { name, thread: Mutex::new(Thread::NotNeeded), starvation: Starvation::new() }
    }

    /// Serves a connection to its end: here, and in the background while its handler computes for long.
    pub(crate) async fn serve(self: Arc<Background>, mut connection: Connection) {
        loop {
            match poll_fn(|context| self.poll_here(&mut connection, context)).await {
                Here::IsDone => return,
                Here::Leaves => {}
            }
            let Some(background) = self.runtime() else {
                self.starvation.for_ever();
                continue;
            };
            let computed = background.spawn(Arc::clone(&self).compute(connection, Instant::now()));
            // A connection that panics there has ended, as it would have here.
            match AbortOnDropHandle::new(computed).await {
                Ok(Some(back)) => connection = back,
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn poll_here(&self, connection: &mut Connection, context: &mut Context<'_>) -> Poll<Here> {
        let stay = if self.starvation.lasts() { Stay::Stays } else { Stay::MayLeave };
        match (computing::poll(connection.as_mut(), context, stay), stay) {
            (Polled::Done(()), _) => Poll::Ready(Here::IsDone),
            (Polled::Computes, Stay::MayLeave) => Poll::Ready(Here::Leaves),
            (Polled::Computes | Polled::Waits, _) => Poll::Pending,
        }
    }

    /// Goes on with a connection until it waits for something, as connections do in the thread that serves them, or starves.
    /// None when it has ended.
    async fn compute(self: Arc<Background>, mut connection: Connection, left: Instant) -> Option<Connection> {
        let guest = self.starvation.enter(left);
        let comes_back =
            poll_fn(|context| match computing::poll(connection.as_mut(), context, Stay::Stays) {
                Polled::Done(()) => Poll::Ready(false),
                Polled::Waits => Poll::Ready(true),
                Polled::Computes if guest.starves() => Poll::Ready(true),
                Polled::Computes => Poll::Pending,
            });
        comes_back.await.then_some(connection)
    }

    /// Ends it, with the connections that it has.
    pub(crate) fn end(&self) {
        let thread = std::mem::replace(&mut *self.lock(), Thread::Gone);
        if let Thread::Runs(running) = thread {
            running.end.cancel();
            // One that is kept from the processor by others does not keep the server from ending.
            let _ = running.ended.recv_timeout(PATIENCE);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Thread> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None where there is no such thread.
    fn runtime(&self) -> Option<Handle> {
        let mut thread = self.lock();
        if let Thread::NotNeeded = *thread {
            *thread = self.begin().map_or(Thread::Gone, Thread::Runs);
        }
        match &*thread {
            Thread::Runs(running) => Some(running.runtime.clone()),
            Thread::NotNeeded | Thread::Gone => None,
        }
    }

    fn begin(&self) -> io::Result<Running> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (handle, end) = (runtime.handle().clone(), CancellationToken::new());
        let (ends, ended) = channel();
        let until = end.clone();
        thread::Builder::new().name(self.name.clone()).spawn(move || {
            stand_back(LAST);
            take_turns();
            runtime.block_on(until.cancelled());
            runtime.shutdown_background();
            // Nobody waits for longer than he likes.
            let _ = ends.send(());
        })?;
        Ok(Running { runtime: handle, end, ended })
    }
}

/// What became of a connection in the thread that serves it.
enum Here {
    IsDone,
    Leaves,
}
