//! Who goes on when several compute on one thread: all others first, and of those who compute for long one at a time.
//!
//! A guest that has computed for less than a tick makes way at a tick, and goes on when the others on its thread have had
//! their turn. One that has computed for longer does so in small slices, and before each of them it queues: of all that
//! compute for long one slice runs, then all others go on, then the next slice. The mounts take turns, and so do the
//! calls of each. So what others wait is one slice, however many compute.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::clock::Clock;
use crate::computing;

/// Those who compute for long on this thread take turns from now on.
pub fn take_turns() {
    QUEUE.set(Some(Queue::default()));
}

thread_local! {
    static QUEUE: RefCell<Option<Queue>> = const { RefCell::new(None) };
}

/// Those who compute for long on one thread. Clones are the same.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<Turns>>);

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Turns> {
        // Nothing that runs under the lock leaves the queue half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is that of the thread that asks.
    fn is_here(&self) -> bool {
        QUEUE.with_borrow(|queue| queue.as_ref().is_some_and(|queue| Arc::ptr_eq(&queue.0, &self.0)))
    }
}

/// Who waits for a slice.
#[derive(Default)]
struct Turns {
    /// By mount, the next one first.
    mounts: VecDeque<(usize, VecDeque<Waiting>)>,
    numbers: u64,
}

struct Waiting {
    number: u64,
    waker: Option<Waker>,
}

/// A place in the queue of a thread. Dropped, on whichever thread, it is the next one's turn.
pub(crate) struct Place {
    queue: Queue,
    number: u64,
}

impl Turns {
    fn join(&mut self, mount: usize) -> u64 {
        self.numbers += 1;
        let waiting = Waiting { number: self.numbers, waker: None };
        match self.mounts.iter_mut().find(|(other, _)| *other == mount) {
            Some((_, calls)) => calls.push_back(waiting),
            None => self.mounts.push_back((mount, VecDeque::from([waiting]))),
        }
        self.numbers
    }

    fn first(&mut self) -> Option<&mut Waiting> {
        self.mounts.front_mut().and_then(|(_, calls)| calls.front_mut())
    }

    /// Who is to be woken is given back.
    fn leave(&mut self, number: u64) -> Option<Waker> {
        let was_first = self.first().is_some_and(|first| first.number == number);
        for (_, calls) in &mut self.mounts {
            calls.retain(|waiting| waiting.number != number);
        }
        if was_first {
            // It was the turn of its mount.
            self.mounts.rotate_left(1);
        }
        self.mounts.retain(|(_, calls)| !calls.is_empty());
        if was_first { self.first().and_then(|first| first.waker.take()) } else { None }
    }

    /// Whether it is its turn.
    fn is_first(&mut self, number: u64, waker: &Waker) -> bool {
        if self.first().is_none_or(|first| first.number == number) {
            return true;
        }
        let mut all = self.mounts.iter_mut().flat_map(|(_, calls)| calls);
        match all.find(|waiting| waiting.number == number) {
            Some(waiting) => {
                waiting.waker = Some(waker.clone());
                false
            }
            None => true,
        }
    }
}

impl Place {
    /// None where nobody queues.
    pub(crate) fn take(mount: usize) -> Option<Place> {
        let queue = QUEUE.with_borrow(Option::clone)?;
        let number = queue.lock().join(mount);
        Some(Place { queue, number })
    }

    /// Waits for its turn. On another thread than it has queued on there is none to wait for.
    pub(crate) async fn is_first(&self, clock: &Clock) {
        poll_fn(|context| {
            if !self.queue.is_here() || self.queue.lock().is_first(self.number, context.waker()) {
                return Poll::Ready(());
            }
            // However often it is asked meanwhile: this is no wait for anything but others.
            clock.makes_way();
            computing::note_where_it_stays();
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let next = self.queue.lock().leave(self.number);
        if let Some(next) = next {
            next.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order in which those who have queued get their turns.
    fn order(turns: &mut Turns) -> Vec<u64> {
        std::iter::from_fn(|| {
            let number = turns.first()?.number;
            turns.leave(number);
            Some(number)
        })
        .collect()
    }

    #[test]
    fn mounts_take_turns_and_so_do_the_calls_of_each() {
        let mut turns = Turns::default();
        for mount in [1, 1, 1, 2, 3, 2] {
            turns.join(mount);
        }
        assert_eq!(order(&mut turns), [1, 4, 5, 2, 6, 3]);
    }

    #[test]
    fn who_comes_back_is_behind_the_other_mounts() {
        let mut turns = Turns::default();
        let (one, other) = (turns.join(1), turns.join(2));
        turns.leave(one);
        let again = turns.join(1);
        assert_eq!(order(&mut turns), [other, again]);
    }

    #[test]
    fn who_gives_up_lets_the_next_one_go_on() {
        let mut turns = Turns::default();
        let waker = Waker::noop();
        let (first, second, third) = (turns.join(1), turns.join(1), turns.join(1));
        assert!(
            turns.is_first(first, waker) && !turns.is_first(second, waker) && !turns.is_first(third, waker)
        );
        assert!(turns.leave(second).is_none(), "it was nobody's turn");
        assert!(turns.leave(first).is_some(), "the next one is woken");
        assert!(turns.is_first(third, waker));
    }
}
