//! What a thread learns of a task that it has polled: whether it waits, or computes for long and only makes way for others.
//!
//! Who keeps many tasks on a thread may have one that computes for long go on elsewhere, where it is in nobody's way.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a task was seen to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled<T> {
    /// It is done.
    Done(T),
    /// It waits for its client, a clock or something else.
    Waits,
    /// It computes for long, and would go on at once.
    Computes,
}

/// Whether a task that computes for long may leave the thread, or stays and takes turns with the others that do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// It is to come to a point soon at which it can.
    MayLeave,
    /// It stays.
    Stays,
}

#[derive(Clone, Copy, Default)]
struct Watch {
    may_leave: bool,
    computes: bool,
}

thread_local! {
    static WATCH: Cell<Watch> = const { Cell::new(Watch { may_leave: false, computes: false }) };
}

/// Polls a task and says what it does.
///
/// ```
/// use std::pin::pin;
/// use std::task::{Context, Waker};
///
/// use doverb_core::computing::{Polled, Stay, poll};
///
/// let context = &mut Context::from_waker(Waker::noop());
/// assert_eq!(poll(pin!(std::future::pending::<()>()), context, Stay::Stays), Polled::Waits);
/// assert_eq!(poll(pin!(std::future::ready(7)), context, Stay::Stays), Polled::Done(7));
/// ```
pub fn poll<F: Future + ?Sized>(
    task: Pin<&mut F>,
    context: &mut Context<'_>,
    stay: Stay,
) -> Polled<F::Output> {
    WATCH.set(Watch { may_leave: stay == Stay::MayLeave, computes: false });
    let polled = task.poll(context);
    let watch = WATCH.take();
    match polled {
        Poll::Ready(output) => Polled::Done(output),
        Poll::Pending if watch.computes => Polled::Computes,
        Poll::Pending => Polled::Waits,
    }
}

/// The task that is being polled computes for long, and makes way now.
pub(crate) fn note() {
    WATCH.set(Watch { computes: true, ..WATCH.get() });
}

/// The same where it cannot leave: who may is not sent away for what it has not begun.
pub(crate) fn note_where_it_stays() {
    if !may_leave() {
        note();
    }
}

/// Whether it may leave the thread.
pub(crate) fn may_leave() -> bool {
    WATCH.get().may_leave
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    #[test]
    fn what_one_task_notes_is_not_told_of_the_next() {
        let context = &mut Context::from_waker(Waker::noop());
        let computes = poll_fn(|_| {
            assert!(may_leave());
            note();
            Poll::<()>::Pending
        });
        assert_eq!(poll(pin!(computes), context, Stay::MayLeave), Polled::Computes);
        assert!(!may_leave(), "nothing is polled");
        assert_eq!(poll(pin!(pending::<()>()), context, Stay::Stays), Polled::Waits);
    }
}
