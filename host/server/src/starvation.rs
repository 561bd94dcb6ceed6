//! Whether the system gives the background what it needs. On a machine that is busy with others it gets next to nothing, and a
//! handler that computes for a second must not take five minutes: for a while all connections stay where they are then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// How long the background is watched before something is said of it.
const WINDOW: Duration = Duration::from_millis(20);
/// It starves with less than one of so many parts of the time.
const PARTS: u32 = 4;
/// For so many times what was lost it is left alone; for twice as long as before where that came too early.
const TIMES: u32 = 10;
/// But no longer than this.
const MOST: Duration = Duration::from_secs(60);

/// What is known of one background.
pub(crate) struct Starvation {
    /// What those ask who serve, for each time that they go on with a connection.
    lasts: AtomicBool,
    watch: Mutex<Watch>,
}

struct Watch {
    /// Until when it is left alone; none: for ever.
    until: Option<Instant>,
    /// How long it was left alone last; zero when it had what it needs since.
    pause: Duration,
    /// Who computes there, and the window that is open while somebody does.
    guests: usize,
    wall: Instant,
    computed: Duration,
}

impl Starvation {
    pub(crate) fn new() -> Starvation {
        let now = Instant::now();
        let watch =
            Watch { until: Some(now), pause: Duration::ZERO, guests: 0, wall: now, computed: Duration::ZERO };
        Starvation { lasts: AtomicBool::new(false), watch: Mutex::new(watch) }
    }

    /// Whether nobody is to go there now.
    #[inline]
    pub(crate) fn lasts(&self) -> bool {
        self.lasts.load(Ordering::Relaxed) && self.still_lasts(Instant::now())
    }

    #[cold]
    fn still_lasts(&self, now: Instant) -> bool {
        let still = self.lock().until.is_none_or(|until| now < until);
        if !still {
            self.lasts.store(false, Ordering::Relaxed);
        }
        still
    }

    /// There is no background any more.
    pub(crate) fn for_ever(&self) {
        self.lock().until = None;
        self.lasts.store(true, Ordering::Relaxed);
    }

    /// The background has one more to compute for, who has wanted to go on since then. In its thread, as what follows.
    pub(crate) fn enter(&self, wanted: Instant) -> Guest<'_> {
        let mut watch = self.lock();
        watch.guests += 1;
        if watch.guests == 1 {
            (watch.wall, watch.computed) = (wanted, thread_time());
        }
        Guest(self)
    }

    fn lock(&self) -> MutexGuard<'_, Watch> {
        // Nothing that runs under the lock leaves it half changed.
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who computes in the background.
pub(crate) struct Guest<'a>(&'a Starvation);

impl Guest<'_> {
    /// Whether it would better go back, having computed a little.
    pub(crate) fn starves(&self) -> bool {
        let (now, computed) = (Instant::now(), thread_time());
        let mut watch = self.0.lock();
        let starved = watch.look(now, computed);
        if starved {
            self.0.lasts.store(true, Ordering::Relaxed);
        }
        starved || watch.until.is_none_or(|until| now < until)
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        self.0.lock().guests -= 1;
    }
}

impl Watch {
    fn look(&mut self, now: Instant, computed: Duration) -> bool {
        let wall = now.saturating_duration_since(self.wall);
        if wall < WINDOW {
            return false;
        }
        let had = computed.saturating_sub(self.computed);
        (self.wall, self.computed) = (now, computed);
        if had >= wall / PARTS {
            self.pause = Duration::ZERO;
            return false;
        }
        self.pause = ((wall - had) * TIMES).max(self.pause * 2).min(MOST);
        self.until = self.until.map(|_| now + self.pause);
        true
    }
}

/// What the calling thread has computed.
fn thread_time() -> Duration {
    ThreadTime::now().as_duration()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_the_processor_goes_back_and_nobody_comes_for_a_while() {
        let starvation = Starvation::new();
        assert!(!starvation.lasts());
        let now = Instant::now();
        let guest = starvation.enter(now.checked_sub(WINDOW * 2).expect("an uptime of more than that"));
        let other = starvation.enter(now);
        assert!(guest.starves() && other.starves());
        assert!(starvation.lasts());
        let pause = starvation.lock().pause;
        assert!(pause >= WINDOW * 2 * TIMES / 2 && pause <= MOST, "{pause:?}");
        assert!(starvation.still_lasts(now + pause / 2));
        assert!(!starvation.still_lasts(now + 2 * pause));
        assert!(!starvation.lasts());
    }

    #[test]
    fn it_is_left_alone_for_longer_where_it_starves_again() {
        let starvation = Starvation::new();
        let early = |by: Duration| Instant::now().checked_sub(by).expect("an uptime of more than that");
        assert!(starvation.enter(early(WINDOW * 20)).starves());
        let first = starvation.lock().pause;
        assert!(starvation.enter(early(WINDOW)).starves());
        assert_eq!(starvation.lock().pause, first * 2);
    }

    #[test]
    fn who_computes_does_not_starve() {
        let starvation = Starvation::new();
        let guest = starvation.enter(Instant::now());
        let began = ThreadTime::now();
        while began.elapsed() < 2 * WINDOW {
            std::hint::black_box(began);
        }
        let mut watch = starvation.lock();
        let wall = watch.wall + 2 * WINDOW;
        assert!(!watch.look(wall, thread_time()));
        drop(watch);
        drop(guest);
        assert_eq!(starvation.lock().guests, 0);
    }

    #[test]
    fn without_a_background_nobody_goes_there() {
        let starvation = Starvation::new();
        starvation.for_ever();
        assert!(starvation.lasts() && starvation.still_lasts(Instant::now() + MOST * 2));
    }
}
