//! Instances that end. Where one has touched much memory the system takes milliseconds to take it back, which the others on the
//! thread would have to wait for, so that another thread sees to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::niceness::stand_back;

/// Bytes of memory that are given back on the spot: it takes less than to wake a thread and be disturbed by it.
const LITTLE: usize = 8 << 20;
/// How long one who wants the place of one that ends waits for it.
const PATIENCE: Duration = Duration::from_millis(500);
/// How many go at once: one whose file is on a disk that does not answer keeps those behind it from going.
const TOGETHER: usize = 32;
/// How much nicer the threads on which they go are than the one that begins them: they make way for those that serve.
const BEHIND: i32 = 10;

/// Those of an engine that have not quite gone.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    under_way: AtomicUsize,
    gone: Notify,
    exit: OnceLock<Option<Exit>>,
}

/// The threads on which they go.
#[derive(Debug)]
struct Exit(Option<Runtime>);

impl Exit {
    /// None where the system refuses it.
    fn open() -> Option<Exit> {
        let mut threads = Builder::new_current_thread();
        threads
            .thread_name("doverb-exit")
            .max_blocking_threads(TOGETHER)
            .on_thread_start(|| stand_back(BEHIND));
        Some(Exit(Some(threads.build().ok()?)))
    }

    fn leave(&self, leaving: impl Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn_blocking(move || drop(leaving));
        }
    }
}

impl Drop for Exit {
    fn drop(&mut self) {
        // Whoever ends the engine may be a task, which must not wait.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Counted until it is dropped, after what goes.
struct Departure(Arc<Departures>);

impl Drop for Departure {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Release);
        self.0.gone.notify_waiters();
    }
}

impl Departures {
    /// Drops an instance that has so much memory, with what belongs to it. There are no more of them under way than there may be
    /// instances, as they count until they have gone.
    pub(crate) fn see_off(self: &Arc<Departures>, memory: usize, leaving: impl Send + 'static) {
        if memory <= LITTLE {
            return drop(leaving);
        }
        let Some(exit) = self.exit.get_or_init(Exit::open) else { return drop(leaving) };
        self.under_way.fetch_add(1, Ordering::Relaxed);
        // Fields are dropped in their order: it has gone when its departure ends.
        exit.leave((leaving, Departure(Arc::clone(self))));
    }

    /// Waits until one has gone whose place could be had. False when none does.
    pub(crate) async fn wait(&self) -> bool {
        let gone = self.gone.notified();
        tokio::pin!(gone);
        // Asked for before the count is looked at, so that none goes unnoticed in between.
        gone.as_mut().enable();
        self.under_way.load(Ordering::Acquire) > 0 && tokio::time::timeout(PATIENCE, gone).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread::{self, ThreadId};

    use super::*;

    /// Goes when it is told to, and says where.
    struct Leaving(Receiver<()>, Sender<ThreadId>);

    impl Drop for Leaving {
        fn drop(&mut self) {
            self.0.recv().expect("it is told");
            self.1.send(thread::current().id()).expect("it is asked");
        }
    }

    #[tokio::test]
    async fn what_has_little_goes_at_once_and_what_has_much_holds_nobody_up() {
        let departures = Arc::<Departures>::default();
        let ((go, told), (says, went)) = (channel(), channel());
        go.send(()).expect("it is there");
        departures.see_off(LITTLE, Leaving(told, says));
        assert_eq!(went.recv().expect("it has gone"), thread::current().id());
        assert!(!departures.wait().await, "none is under way");

        let ((go, told), (says, went)) = (channel(), channel());
        departures.see_off(LITTLE + 1, Leaving(told, says));
        assert_eq!(departures.under_way.load(Ordering::Relaxed), 1);
        let waits = {
            let departures = Arc::clone(&departures);
            tokio::spawn(async move { departures.wait().await })
        };
        tokio::task::yield_now().await;
        go.send(()).expect("it is there");
        assert!(waits.await.expect("it does not panic"));
        assert_ne!(went.recv().expect("it has gone"), thread::current().id());
        assert!(!departures.wait().await);
    }

    #[test]
    fn one_that_never_goes_keeps_no_other_from_going() {
        let departures = Arc::<Departures>::default();
        let (keeps, (says, went)) = ((0..TOGETHER).map(|_| channel()), channel());
        let mut kept: Vec<_> = keeps
            .map(|(go, told)| {
                departures.see_off(LITTLE + 1, Leaving(told, says.clone()));
                go
            })
            .collect();
        let (go, told) = channel();
        go.send(()).expect("it is there");
        departures.see_off(LITTLE + 1, Leaving(told, says));
        // All but one never go before it has.
        kept.remove(0).send(()).expect("it is there");
        went.recv().expect("one has gone");
        went.recv().expect("and the one behind it");
        kept.into_iter().for_each(|go| go.send(()).expect("it is there"));
    }
}
