//! How many components are compiled at a time, and how many are read: all handlers of a server may be replaced at once, by what takes
//! minutes and gigabytes.

use std::fs;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::bounds::MAX_WASM;
use super::error::CompileCause;
use super::progress::Progress;

/// Children that compile at a time.
const MOST: u64 = 3;
/// Bytes of components that are held while they are compiled, or wait for that.
const MOST_READ: u64 = 1 << 30;
/// How often who waits looks whether it is to go on.
const TICK: Duration = Duration::from_millis(50);

static COMPILING: Queue = Queue::of(MOST);
static READ: Queue = Queue::of(MOST_READ);

struct Queue {
    most: u64,
    taken: Mutex<u64>,
    freed: Condvar,
}

impl Queue {
    const fn of(most: u64) -> Queue {
        Queue { most, taken: Mutex::new(0), freed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is so much left.
    fn take(&'static self, much: u64, progress: &dyn Progress) -> Result<Turn, CompileCause> {
        let mut taken = self.lock();
        while *taken + much > self.most {
            if progress.cancelled() {
                return Err(CompileCause::Cancelled);
            }
            taken = self.freed.wait_timeout(taken, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken += much;
        Ok(Turn { queue: self, much })
    }
}

/// What was taken of what all have, until it is dropped.
#[must_use]
pub struct Turn {
    queue: &'static Queue,
    much: u64,
}

impl Turn {
    /// Waits until there is room in memory for the component in a file, which all handlers of this process share: for who reads
    /// it in order to compile it, and has read no other.
    ///
    /// # Errors
    ///
    /// [`CompileCause::Cancelled`], where `progress` says so.
    pub fn to_read(file: &Path, progress: &dyn Progress) -> Result<Turn, CompileCause> {
        // What is not there, or too large, takes none.
        let bytes = fs::metadata(file).map_or(0, |file| file.len());
        READ.take(if bytes > MAX_WASM { 0 } else { bytes }, progress)
    }

    /// Waits until one more may be compiled.
    pub(super) fn to_compile(progress: &dyn Progress) -> Result<Turn, CompileCause> {
        COMPILING.take(1, progress)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.queue.lock() -= self.much;
        self.queue.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
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
        static QUEUE: Queue = Queue::of(MOST);
        let mut turns: Vec<_> = (0..MOST).map(|_| QUEUE.take(1, &Impatient).unwrap()).collect();
        assert!(matches!(QUEUE.take(1, &Impatient), Err(CompileCause::Cancelled)));
        let next = thread::spawn(|| QUEUE.take(1, &Silent).map(drop));
        turns.pop();
        next.join().unwrap().unwrap();
        drop(turns);
        assert_eq!(*QUEUE.lock(), 0);
    }

    #[test]
    fn all_that_is_read_has_a_bound_together() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("large.wasm");
        // A quarter of what all have.
        std::fs::File::create(&file).unwrap().set_len(256 << 20).unwrap();
        let turns: Vec<_> = (0..4).map(|_| Turn::to_read(&file, &Impatient).unwrap()).collect();
        assert!(matches!(Turn::to_read(&file, &Impatient), Err(CompileCause::Cancelled)));
        Turn::to_read(&folder.path().join("none.wasm"), &Impatient).map(drop).unwrap();
        drop(turns);
        Turn::to_read(&file, &Impatient).map(drop).unwrap();
    }
}
