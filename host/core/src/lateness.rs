//! Deadlines whose end is noticed late: the server was stopped meanwhile (a debugger, a frozen container, a machine that is
//! moved), or the machine had no time for it.
//!
//! What somebody has done in time is seen only after that, and perhaps after the timers: who was not looked at is not done
//! with before he was. So a deadline that is noticed late is over only when as long again has passed.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

/// A timer may be so late for nothing more than what else its thread has to do.
const USUAL: Duration = Duration::from_millis(100);
/// How long a deadline is put off at most. What wants that it is over may mean harm, and have slowed the machine down.
const MOST: Duration = Duration::from_secs(10);

/// How far a deadline was put off that was noticed late.
#[derive(Debug, Default)]
pub struct Lateness {
    put_off: Option<(Instant, Instant)>,
}

impl Lateness {
    /// When this deadline is to be looked at.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Instant {
        match self.put_off {
            Some((this, until)) if this == deadline => until,
            _ => deadline,
        }
    }

    /// Whether it is over. One that is noticed late is put off, once.
    pub fn is_over(&mut self, deadline: Instant, now: Instant) -> bool {
        let until = self.until(deadline);
        let late = now.saturating_duration_since(deadline);
        if until == deadline && late > USUAL {
            self.put_off = Some((deadline, now + late.min(MOST)));
            return false;
        }
        now >= until
    }
}

/// Ends when this deadline is over.
pub async fn over(deadline: Instant) {
    let mut lateness = Lateness::default();
    loop {
        sleep_until(lateness.until(deadline).into()).await;
        if lateness.is_over(deadline, Instant::now()) {
            return;
        }
    }
}

/// What the future gives until this deadline is over.
pub async fn by<T>(deadline: Instant, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut over) = (pin!(future), pin!(over(deadline)));
    std::future::poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        over.as_mut().poll(context).map(|()| None)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_deadline_that_is_noticed_in_time_is_over() {
        let (mut lateness, deadline) = (Lateness::default(), Instant::now());
        assert!(!lateness.is_over(deadline + SECOND, deadline));
        assert!(lateness.is_over(deadline, deadline));
        assert!(lateness.is_over(deadline, deadline + USUAL));
    }

    #[test]
    fn one_that_is_noticed_late_is_put_off_for_as_long_and_once() {
        let (mut lateness, deadline) = (Lateness::default(), Instant::now());
        assert!(!lateness.is_over(deadline, deadline + 3 * SECOND));
        assert_eq!(lateness.until(deadline), deadline + 6 * SECOND);
        assert!(!lateness.is_over(deadline, deadline + 5 * SECOND));
        assert!(lateness.is_over(deadline, deadline + 6 * SECOND));
        assert!(lateness.is_over(deadline, deadline + 60 * SECOND), "it was put off once");
        let next = deadline + SECOND;
        assert_eq!(lateness.until(next), next, "another is another");
    }

    #[test]
    fn it_is_not_put_off_for_very_long() {
        let (mut lateness, deadline) = (Lateness::default(), Instant::now());
        assert!(!lateness.is_over(deadline, deadline + 3600 * SECOND));
        assert_eq!(lateness.until(deadline), deadline + 3600 * SECOND + MOST);
    }

    #[tokio::test]
    async fn what_comes_after_a_stop_and_before_the_end_is_taken() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let deadline = Instant::now();
        let waiting = tokio::spawn(by(deadline, receiver));
        // As if the process had been stopped: the timer comes late, and before what was sent meanwhile.
        std::thread::sleep(3 * USUAL);
        tokio::task::yield_now().await;
        sender.send("in time").expect("it waits");
        assert_eq!(waiting.await.expect("no panic"), Some(Ok("in time")));
        assert_eq!(by(Instant::now(), std::future::pending::<()>()).await, None);
    }
}
