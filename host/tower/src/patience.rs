//! How long one wait for the client may take.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// A time that is measured only where somebody waits: a call that never does has no timer.
#[derive(Default)]
pub(crate) struct Patience {
    timeout: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    is_armed: bool,
    /// What the client had taken when the time began.
    taken: Option<u64>,
}

impl Patience {
    pub(crate) fn set(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// The time is counted anew.
    pub(crate) fn begin(&mut self) {
        self.is_armed = false;
        self.taken = None;
    }

    /// What the client has taken by now, so that it can be seen at the end of the time whether it took more.
    pub(crate) fn note(&mut self, taken: u64) {
        self.taken.get_or_insert(taken);
    }

    /// Counts the time anew if the client has taken something since. False when it has not.
    pub(crate) fn renew(&mut self, taken: u64) -> bool {
        let has_moved = self.taken.replace(taken) != Some(taken);
        self.is_armed &= !has_moved;
        has_moved
    }

    pub(crate) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let deadline = || Instant::now() + self.timeout;
        let timer = match &mut self.timer {
            Some(timer) if self.is_armed => timer,
            Some(timer) => {
                timer.as_mut().reset(deadline());
                timer
            }
            None => self.timer.insert(Box::pin(sleep_until(deadline()))),
        };
        self.is_armed = true;
        timer.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_takes_something_gets_more_time() {
        let mut patience = Patience::default();
        patience.note(1);
        patience.note(2);
        assert!(patience.renew(2));
        assert!(!patience.renew(2));
        patience.begin();
        patience.note(2);
        assert!(!patience.renew(2));
    }
}
