//! The two clocks of a handler: the time that it computes, and the time that it takes in all.
//!
//! What it computes is the processor's time, of which there is less than of the wall's on a busy machine. To ask the
//! system for it costs a system call, so that is done for those who have computed for longer than most: until then each
//! slice counts as long as it lasted, but no longer than a guest can compute unseen.
//!
//! Both are set when a request begins. On a raw connection, which may live for days, they are set anew by the client: see
//! [`Clock::end_wait`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::limits::TICK;
use crate::ticks::Ticks;

/// No deadline: the handler waits for its client, and that wait has one of its own.
const NEVER: u64 = u64::MAX;
/// The processor's time at the beginning of the slice was not asked for.
const UNKNOWN: u64 = u64::MAX;
/// A handler that has computed for longer is measured by the processor's time, in microseconds. Also what a slice before
/// counts at most: every tick ends one, or has the processor's time asked for.
const COARSE: u64 = 2 * TICK.as_micros() as u64;
/// A handler that has computed for longer takes turns with others that have, in microseconds.
const LONG: u64 = TICK.as_micros() as u64;
/// Where others of its mount do so, one that has computed for so long is taken for one that will.
const NOT_LITTLE: u64 = LONG / 40;
/// How long a guest may compute without a point at which others can go on, in microseconds: every loop and every function
/// has one. It takes thousands of calls of the host in a row, of the few that have none, to get there.
const UNBROKEN: u64 = 5 * TICK.as_micros() as u64;

/// Ticks after which a wait is longer than a moment.
const MOMENT: u64 = 2;

/// Why a call is ended from within.
#[derive(Debug, thiserror::Error)]
#[error("the CPU time of the request is used up")]
pub(crate) struct CpuTimeExceeded;

/// What the handler of one instance has used up. Only the thread that polls it looks at it; the atomics are there
/// because wasmtime wants what an epoch's callback holds to be shareable.
pub(crate) struct Clock {
    base: Instant,
    cpu_time: u64,
    wall_time: u64,
    /// The engine's, and what it was when the running slice began or was last looked at.
    ticks: Arc<Ticks>,
    seen: AtomicU64,
    /// Microseconds that the thread has computed.
    processor: fn() -> u64,
    /// Microseconds of computing in finished slices. The clock of a slice runs only while the handler is polled: what
    /// it waits for its client, a file or other handlers is not its own time.
    spent: AtomicU64,
    /// When the running slice began. This and all times below are microseconds since `base`.
    since: AtomicU64,
    /// The processor's time from which on the slice is measured by it, or [`UNKNOWN`].
    computing_since: AtomicU64,
    /// When the handler must have returned.
    deadline: AtomicU64,
    /// The processor's time at the first look in this slice at which others could not go on, or [`UNKNOWN`].
    unbroken_since: AtomicU64,
    /// Since which tick the handler waits for something, and one more; 0 while it computes or only makes way for others.
    waits_since: AtomicU64,
    /// Whether the handler is about to make way.
    makes_way: AtomicBool,
    /// The most that the handler was seen to have computed, at a look.
    seen_spent: AtomicU64,
    /// Whether the connection is the handler's, so that its client sets the clock.
    is_clients: AtomicBool,
    /// Whether the instance has become that connection's alone.
    is_ones: AtomicBool,
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
    pub(crate) fn new(cpu_time: Duration, wall_time: Duration, ticks: Arc<Ticks>) -> Clock {
        let clock = Clock {
            base: Instant::now(),
            cpu_time: micros(cpu_time),
            wall_time: micros(wall_time),
            ticks,
            seen: AtomicU64::new(0),
            processor: thread_time,
            spent: AtomicU64::new(0),
            since: AtomicU64::new(0),
            computing_since: AtomicU64::new(UNKNOWN),
            unbroken_since: AtomicU64::new(UNKNOWN),
            waits_since: AtomicU64::new(0),
            makes_way: AtomicBool::new(false),
            seen_spent: AtomicU64::new(0),
            deadline: AtomicU64::new(NEVER),
            is_clients: AtomicBool::new(false),
            is_ones: AtomicBool::new(false),
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
        self.is_ones.store(false, Ordering::Relaxed);
        self.renew(self.at(now));
    }

    /// So much of what the request may compute was used up before.
    pub(crate) fn charge(&self, spent: Duration) {
        self.spent.store(micros(spent), Ordering::Relaxed);
    }

    /// The connection has become the handler's: from now on the client sets the clock.
    pub(crate) fn leave_to_client(&self) {
        self.is_clients.store(true, Ordering::Relaxed);
    }

    /// Whether the connection has become the handler's.
    pub(crate) fn is_left_to_client(&self) -> bool {
        self.is_clients.load(Ordering::Relaxed)
    }

    /// Nobody but this connection has a part in the instance any more.
    pub(crate) fn leave_to_one(&self) {
        self.is_ones.store(true, Ordering::Relaxed);
    }

    /// Whether that is so.
    pub(crate) fn is_ones(&self) -> bool {
        self.is_ones.load(Ordering::Relaxed)
    }

    /// What the handler has computed in finished slices.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_micros(self.spent.load(Ordering::Relaxed))
    }

    fn renew(&self, now: u64) {
        self.spent.store(0, Ordering::Relaxed);
        self.seen_spent.store(0, Ordering::Relaxed);
        self.since.store(now, Ordering::Relaxed);
        self.computing_since.store(UNKNOWN, Ordering::Relaxed);
        self.set_deadline(now);
    }

    fn set_deadline(&self, now: u64) {
        self.deadline.store(now.saturating_add(self.wall_time).min(NEVER - 1), Ordering::Relaxed);
    }

    /// The handler is about to be polled.
    pub(crate) fn resume(&self, now: Instant) {
        self.since.store(self.at(now), Ordering::Relaxed);
        self.resume_at_once();
    }

    /// The same where its request has just begun.
    pub(crate) fn resume_at_once(&self) {
        self.seen.store(self.ticks.now(), Ordering::Relaxed);
        self.waits_since.store(0, Ordering::Relaxed);
        self.unbroken_since.store(UNKNOWN, Ordering::Relaxed);
        let is_coarse = self.spent.load(Ordering::Relaxed) < COARSE;
        self.computing_since.store(if is_coarse { UNKNOWN } else { (self.processor)() }, Ordering::Relaxed);
    }

    /// The handler was polled and waits.
    pub(crate) fn pause(&self, now: Instant) {
        self.spent.fetch_add(self.slice(now), Ordering::Relaxed);
        if !self.makes_way.swap(false, Ordering::Relaxed) {
            self.waits_since.store(self.ticks.now() + 1, Ordering::Relaxed);
        }
    }

    /// Whether the handler waits, and has done so for longer than a moment. Any thread may ask.
    pub(crate) fn has_waited(&self) -> bool {
        let since = self.waits_since.load(Ordering::Relaxed);
        since != 0 && self.ticks.now() >= since + MOMENT
    }

    /// What the running slice has computed.
    fn slice(&self, now: Instant) -> u64 {
        match self.computing_since.load(Ordering::Relaxed) {
            UNKNOWN => self.lasted(now).min(COARSE),
            since => (self.processor)().saturating_sub(since),
        }
    }

    fn lasted(&self, now: Instant) -> u64 {
        self.at(now).saturating_sub(self.since.load(Ordering::Relaxed))
    }

    /// Whether it is time to look: the engine has ticked in this slice.
    #[inline]
    pub(crate) fn has_ticked(&self) -> bool {
        self.ticks.now() != self.seen.load(Ordering::Relaxed)
    }

    /// Looks at a tick, within a slice, whether the handler has computed for too long. What may follow is that others
    /// go on.
    pub(crate) fn look(&self) -> Result<(), CpuTimeExceeded> {
        self.seen.store(self.ticks.now(), Ordering::Relaxed);
        let spent = self.spent.load(Ordering::Relaxed).saturating_add(self.measure());
        if spent > self.cpu_time {
            return Err(CpuTimeExceeded);
        }
        self.seen_spent.fetch_max(spent, Ordering::Relaxed);
        Ok(())
    }

    /// The same, and that the handler now makes way for others, which is no wait.
    pub(crate) fn look_and_make_way(&self) -> Result<(), CpuTimeExceeded> {
        self.look()?;
        self.makes_way();
        Ok(())
    }

    /// What follows is no wait: the handler makes way for others.
    pub(crate) fn makes_way(&self) {
        self.makes_way.store(true, Ordering::Relaxed);
    }

    /// Whether the handler was seen to compute for longer than most.
    pub(crate) fn is_long(&self) -> bool {
        self.seen_spent.load(Ordering::Relaxed) > LONG
    }

    /// Whether the handler was seen to compute for more than a little.
    pub(crate) fn is_not_little(&self) -> bool {
        self.seen_spent.load(Ordering::Relaxed) > NOT_LITTLE
    }

    /// Whether a call that has just ended had computed for long in one piece, without a look: of an instruction that fills a memory
    /// there is none. A tick that is late says nothing about it, nor does a thread that had to wait a little for its processor.
    pub(crate) fn has_ended_long(&self) -> bool {
        self.has_ticked() && self.slice(Instant::now()) >= COARSE
    }

    /// The engine's.
    pub(crate) fn ticks(&self) -> &Ticks {
        &self.ticks
    }

    /// The same where others cannot go on. The handler has to come to a point where they can: what it computes after the
    /// first such look in a slice is bounded. A tick that is late says nothing about it.
    pub(crate) fn look_unbroken(&self) -> Result<(), CpuTimeExceeded> {
        self.look()?;
        let now = (self.processor)();
        match self.unbroken_since.load(Ordering::Relaxed) {
            UNKNOWN => self.unbroken_since.store(now, Ordering::Relaxed),
            since if now.saturating_sub(since) > UNBROKEN => return Err(CpuTimeExceeded),
            _ => {}
        }
        Ok(())
    }

    /// Whether a look has taken a tick in this slice at which others could not go on: they are to do so as soon as they can.
    pub(crate) fn owes_way(&self) -> bool {
        self.unbroken_since.load(Ordering::Relaxed) != UNKNOWN
    }

    /// What the running slice has computed, from now on by the processor's time.
    fn measure(&self) -> u64 {
        let slice = self.slice(Instant::now());
        if self.computing_since.load(Ordering::Relaxed) == UNKNOWN {
            self.computing_since.store((self.processor)().saturating_sub(slice), Ordering::Relaxed);
        }
        slice
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

fn thread_time() -> u64 {
    micros(ThreadTime::now().as_duration())
}

fn micros(duration: Duration) -> u64 {
    // Not by `as_micros`, whose 128 bits cost more.
    duration.as_secs().saturating_mul(1_000_000).saturating_add(u64::from(duration.subsec_micros()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    thread_local! {
        static PROCESSOR: Cell<u64> = const { Cell::new(1) };
    }

    fn clock() -> Clock {
        let clock = Clock::new(SECOND, 10 * SECOND, Arc::default());
        Clock { processor: || PROCESSOR.get(), ..clock }
    }

    /// As if the handler had been polled for `time`, and had computed for as long.
    fn compute(clock: &Clock, time: Duration) {
        let now = Instant::now();
        clock.resume(now);
        let _ = clock.look();
        PROCESSOR.set(PROCESSOR.get() + micros(time));
        clock.pause(now + time);
        clock.resume(now);
    }

    /// As if it had been polled for `time` on a machine that was busy with others.
    fn starve(clock: &Clock, time: Duration) {
        let now = Instant::now();
        clock.resume(now);
        clock.pause(now + time);
    }

    fn is_spent(clock: &Clock) -> bool {
        clock.look().is_err()
    }

    fn left(clock: &Clock) -> Duration {
        clock.deadline().expect("it does not wait").saturating_duration_since(clock.base)
    }

    #[test]
    fn a_tick_at_which_others_could_not_go_on_is_made_good() {
        let clock = clock();
        clock.resume(Instant::now());
        assert!(!clock.owes_way());
        assert!(clock.look_unbroken().is_ok() && !clock.has_ticked());
        assert!(clock.owes_way());
        clock.resume(Instant::now());
        assert!(!clock.owes_way());
    }

    #[test]
    fn computing_adds_up_until_the_next_request() {
        let clock = clock();
        assert!(!clock.is_long());
        compute(&clock, SECOND * 2 / 3);
        assert!(!is_spent(&clock) && clock.is_long());
        compute(&clock, SECOND * 2 / 3);
        assert!(is_spent(&clock));
        clock.begin(Instant::now());
        assert!(!is_spent(&clock) && !clock.is_long());
    }

    #[test]
    fn a_busy_machine_costs_a_handler_next_to_nothing() {
        let clock = clock();
        for _ in 0..1000 {
            starve(&clock, SECOND / 10);
        }
        assert!(clock.spent() <= Duration::from_micros(2 * COARSE), "{:?}", clock.spent());
        compute(&clock, SECOND / 2);
        starve(&clock, 10 * SECOND);
        assert!(clock.look().is_ok());
        compute(&clock, SECOND / 2);
        assert!(clock.look().is_err());
    }

    #[test]
    fn where_others_cannot_go_on_a_slice_has_an_end() {
        let clock = clock();
        clock.resume(Instant::now());
        PROCESSOR.set(PROCESSOR.get() + 5 * UNBROKEN);
        assert!(clock.look_unbroken().is_ok(), "the tick was late");
        PROCESSOR.set(PROCESSOR.get() + UNBROKEN);
        assert!(clock.look_unbroken().is_ok());
        PROCESSOR.set(PROCESSOR.get() + 1);
        assert!(clock.look().is_ok(), "others can go on now");
        assert!(clock.look_unbroken().is_err());
        clock.resume(Instant::now());
        assert!(clock.look_unbroken().is_ok(), "they did");
    }

    #[test]
    fn a_tick_is_seen_once() {
        let clock = clock();
        clock.resume(Instant::now());
        assert!(!clock.has_ticked());
        clock.ticks.advance();
        assert!(clock.has_ticked());
        clock.look().expect("time is left");
        assert!(!clock.has_ticked());
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
        assert!(!is_spent(&clock));
        assert!(left(&clock) >= 11 * SECOND, "counted from now on");
    }

    #[test]
    fn room_that_was_there_gives_nothing() {
        let clock = clock();
        compute(&clock, 2 * SECOND);
        let wait = clock.begin_wait();
        clock.end_wait(&wait, Came::Room);
        assert!(is_spent(&clock));
        let wait = clock.begin_wait();
        clock.resume(Instant::now() + Duration::from_micros(10));
        clock.end_wait(&wait, Came::Room);
        assert!(!is_spent(&clock), "room that was waited for does");
    }

    #[test]
    fn a_wait_for_nothing_gives_back_what_it_lasted() {
        let clock = clock();
        compute(&clock, SECOND * 3 / 2);
        let mut wait = clock.begin_wait();
        clock.end_wait(&wait, Came::Nothing);
        assert!(is_spent(&clock));
        wait.began = 0;
        let clock =
            Clock { base: Instant::now().checked_sub(SECOND).expect("an uptime of a second"), ..clock };
        clock.resume(Instant::now());
        clock.end_wait(&wait, Came::Nothing);
        assert!(!is_spent(&clock), "a second was given back");
    }

    #[test]
    fn a_time_without_an_end_does_not_overflow() {
        let clock = Clock { cpu_time: micros(Duration::MAX), wall_time: micros(Duration::MAX), ..clock() };
        compute(&clock, SECOND);
        assert!(!is_spent(&clock) && clock.deadline().is_some());
    }
}
