//! The two clocks of a handler: the time that it computes, and the time that it takes in all.
//!
//! Both are set when a request begins. On a raw connection, which may live for days, they are set anew by the client: see
//! [`Clock::end_wait`].

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// No deadline: the handler waits for its client, and that wait has one of its own.
const NEVER: u64 = u64::MAX;

/// What the handler of one instance has used up. Only the thread that polls it looks at it; the atomics are there
/// because wasmtime wants what an epoch's callback holds to be shareable.
pub(crate) struct Clock {
    base: Instant,
    cpu_time: u64,
    wall_time: u64,
    /// Microseconds of computing in finished slices. The clock of a slice runs only while the handler is polled: what
    /// it waits for its client, a file or other handlers is not its own time.
    spent: AtomicU64,
    /// When the running slice began. This and all times below are microseconds since `base`.
    since: AtomicU64,
    /// When the handler must have returned.
    deadline: AtomicU64,
    /// Whether the connection is the handler's, so that its client sets the clock.
    is_clients: AtomicBool,
}

/// A wait for the client of a raw connection.
pub(crate) struct Wait {
    began: u64,
    deadline: u64,
}

/// What a wait for the client of a raw connection ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// The client sent something, or ended its side.
    Something,
    /// The client took what was sent to it.
    Room,
    Nothing,
}

impl Clock {
    pub(crate) fn new(cpu_time: Duration, wall_time: Duration) -> Clock {
        let clock = Clock {
            base: Instant::now(),
            cpu_time: micros(cpu_time),
            wall_time: micros(wall_time),
            spent: AtomicU64::new(0),
            since: AtomicU64::new(0),
            deadline: AtomicU64::new(NEVER),
            is_clients: AtomicBool::new(false),
        };
        clock.renew(0);
        clock
    }

    fn at(&self, now: Instant) -> u64 {
        micros(now.saturating_duration_since(self.base))
    }

    /// A request begins.
    pub(crate) fn begin(&self, now: Instant) {
        self.is_clients.store(false, Ordering::Relaxed);
        self.renew(self.at(now));
    }

    /// The connection has become the handler's: from now on the client sets the clock.
    pub(crate) fn leave_to_client(&self) {
        self.is_clients.store(true, Ordering::Relaxed);
    }

    /// Whether the connection has become the handler's.
    pub(crate) fn is_left_to_client(&self) -> bool {
        self.is_clients.load(Ordering::Relaxed)
    }

    /// What the handler has computed in finished slices.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_micros(self.spent.load(Ordering::Relaxed))
    }

    fn renew(&self, now: u64) {
        self.spent.store(0, Ordering::Relaxed);
        self.since.store(now, Ordering::Relaxed);
        self.set_deadline(now);
    }

    fn set_deadline(&self, now: u64) {
        self.deadline.store(now.saturating_add(self.wall_time).min(NEVER - 1), Ordering::Relaxed);
    }

    /// The handler is about to be polled.
    pub(crate) fn resume(&self, now: Instant) {
        self.since.store(self.at(now), Ordering::Relaxed);
    }

    /// The handler was polled and waits.
    pub(crate) fn pause(&self, now: Instant) {
        let slice = self.at(now).saturating_sub(self.since.load(Ordering::Relaxed));
        self.spent.fetch_add(slice, Ordering::Relaxed);
    }

    /// Whether the handler has computed for too long.
    pub(crate) fn is_spent(&self) -> bool {
        let slice = self.at(Instant::now()).saturating_sub(self.since.load(Ordering::Relaxed));
        self.spent.load(Ordering::Relaxed).saturating_add(slice) > self.cpu_time
    }

    /// When the handler must have returned; none while it waits for the client of a raw connection.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let deadline = self.deadline.load(Ordering::Relaxed);
        (deadline != NEVER).then(|| self.base + Duration::from_micros(deadline))
    }

    /// The handler of a raw connection waits for its client.
    pub(crate) fn begin_wait(&self) -> Wait {
        let began = self.at(Instant::now());
        Wait { began, deadline: self.deadline.swap(NEVER, Ordering::Relaxed) }
    }

    /// The wait is over. What the client did gives the handler both of its times anew: so one message, and not the
    /// connection, has these bounds. A wait that ended with nothing gives back no more computing than it
    /// lasted, so that a handler can't live by waiting for a millisecond again and again.
    pub(crate) fn end_wait(&self, wait: &Wait, came: Came) {
        let now = self.at(Instant::now());
        let has_waited = self.since.load(Ordering::Relaxed) > wait.began;
        match came {
            Came::Something => self.renew(now),
            Came::Room if has_waited => self.renew(now),
            // The system had room for it: that is no act of the client's.
            Came::Room => self.deadline.store(wait.deadline, Ordering::Relaxed),
            Came::Nothing => {
                let spent = self.spent.load(Ordering::Relaxed);
                self.spent.store(spent.saturating_sub(now - wait.began), Ordering::Relaxed);
                self.set_deadline(now);
            }
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn clock() -> Clock {
        Clock::new(SECOND, 10 * SECOND)
    }

    /// As if the handler had been polled for `time`.
    fn compute(clock: &Clock, time: Duration) {
        let now = Instant::now();
        clock.resume(now);
        clock.pause(now + time);
        clock.resume(now);
    }

    fn left(clock: &Clock) -> Duration {
        clock.deadline().expect("it does not wait").saturating_duration_since(clock.base)
    }

    #[test]
    fn computing_adds_up_until_the_next_request() {
        let clock = clock();
        compute(&clock, SECOND * 2 / 3);
        assert!(!clock.is_spent());
        compute(&clock, SECOND * 2 / 3);
        assert!(clock.is_spent());
        clock.begin(Instant::now());
        assert!(!clock.is_spent());
    }

    #[test]
    fn a_wait_for_the_client_has_no_deadline_of_the_requests() {
        let clock = clock();
        assert_eq!(left(&clock), 10 * SECOND);
        let wait = clock.begin_wait();
        assert_eq!(clock.deadline(), None);
        clock.end_wait(&wait, Came::Room);
        assert_eq!(left(&clock), 10 * SECOND, "nothing was waited for");
    }

    #[test]
    fn what_the_client_sends_gives_both_times_anew() {
        let base = Instant::now().checked_sub(SECOND).expect("an uptime of a second");
        let clock = Clock { base, ..clock() };
        compute(&clock, 2 * SECOND);
        let wait = clock.begin_wait();
        clock.end_wait(&wait, Came::Something);
        assert!(!clock.is_spent());
        assert!(left(&clock) >= 11 * SECOND, "counted from now on");
    }

    #[test]
    fn room_that_was_there_gives_nothing() {
        let clock = clock();
        compute(&clock, 2 * SECOND);
        let wait = clock.begin_wait();
        clock.end_wait(&wait, Came::Room);
        assert!(clock.is_spent());
        let wait = clock.begin_wait();
        clock.resume(Instant::now() + Duration::from_micros(10));
        clock.end_wait(&wait, Came::Room);
        assert!(!clock.is_spent(), "room that was waited for does");
    }

    #[test]
    fn a_wait_for_nothing_gives_back_what_it_lasted() {
        let clock = clock();
        compute(&clock, SECOND * 3 / 2);
        let mut wait = clock.begin_wait();
        clock.end_wait(&wait, Came::Nothing);
        assert!(clock.is_spent());
        wait.began = 0;
        let clock =
            Clock { base: Instant::now().checked_sub(SECOND).expect("an uptime of a second"), ..clock };
        clock.resume(Instant::now());
        clock.end_wait(&wait, Came::Nothing);
        assert!(!clock.is_spent(), "a second was given back");
    }

    #[test]
    fn a_time_without_an_end_does_not_overflow() {
        let clock = Clock::new(Duration::MAX, Duration::MAX);
        compute(&clock, SECOND);
        assert!(!clock.is_spent() && clock.deadline().is_some());
    }
}
