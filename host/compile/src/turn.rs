//! How many components are compiled at a time: all handlers of a server may be replaced at once, by what takes minutes and gigabytes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::CompileCause;
use super::progress::Progress;

/// Children that compile at a time.
const MOST: usize = 3;
/// How often who waits looks whether it is to go on.
const TICK: Duration = Duration::from_millis(50);

static COMPILING: Queue = Queue { count: Mutex::new(0), freed: Condvar::new() };

struct Queue {
    count: Mutex<usize>,
    freed: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run one of them, until it is dropped.
pub(super) struct Turn(&'static Queue);

impl Turn {
    /// Waits until one may be run.
    pub(super) fn take(progress: &dyn Progress) -> Result<Turn, CompileCause> {
        Turn::of(&COMPILING, progress)
    }

    fn of(queue: &'static Queue, progress: &dyn Progress) -> Result<Turn, CompileCause> {
        let mut count = queue.lock();
        while *count >= MOST {
            if progress.cancelled() {
                return Err(CompileCause::Cancelled);
            }
            count = queue.freed.wait_timeout(count, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        *count += 1;
        Ok(Turn(queue))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};
    use std::thread;

    use super::{MOST, Queue, Turn};
    use crate::error::CompileCause;
    use crate::{Progress, Silent};

    struct Impatient;

    impl Progress for Impatient {
        fn cancelled(&self) -> bool {
            true
        }
    }

    #[test]
    fn one_more_waits_until_another_has_ended_or_it_is_to_end_itself() {
        static QUEUE: Queue = Queue { count: Mutex::new(0), freed: Condvar::new() };
        let mut turns: Vec<_> = (0..MOST).map(|_| Turn::of(&QUEUE, &Impatient).unwrap()).collect();
        assert!(matches!(Turn::of(&QUEUE, &Impatient), Err(CompileCause::Cancelled)));
        let next = thread::spawn(|| Turn::of(&QUEUE, &Silent).map(drop));
        turns.pop();
        next.join().unwrap().unwrap();
        drop(turns);
        assert_eq!(*QUEUE.lock(), 0);
    }
}
