//! How often a handler has called other servers, and what came of it: counted by the capability that lets it, shown by whoever
//! watches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The ends of the durations that are told apart, in seconds; what takes longer has no end. Those that the semantic conventions of
/// OpenTelemetry name.
pub const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Kinds of ends that are told apart. There are fewer.
const MAX_KINDS: usize = 256;

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallEnd {
    /// An answer with this status began.
    Answered(u16),
    /// It was not sent, for this reason.
    Refused(&'static str),
    /// It has failed, for this reason.
    Failed(&'static str),
}

/// The calls of the versions of one handler. Clones count together.
///
/// ```
/// use doverb_core::calls::{CallEnd, Calls};
///
/// let calls = Calls::default();
/// calls.begin().end(CallEnd::Answered(200));
/// calls.begin().end(CallEnd::Failed("timeout"));
/// let all = calls.all();
/// assert_eq!(all[&CallEnd::Answered(200)].count, 1);
/// assert_eq!(calls.under_way(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    under_way: AtomicU64,
    /// Answers that began and came to no end.
    cut: Mutex<BTreeMap<&'static str, u64>>,
    ended: Mutex<BTreeMap<CallEnd, Tally>>,
}

/// Calls that ended alike.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The time that all of them took together, each to the head of its answer.
    pub time: Duration,
    /// Those that took at most as long as [`SECONDS`] says, and longer than the place before; the last has those that took longer.
    pub by_duration: [u64; SECONDS.len() + 1],
}

/// A call that is under way. Dropped without an end it was given up, as when its handler was stopped.
#[derive(Debug)]
pub struct Call {
    calls: Calls,
    began: Instant,
    has_ended: bool,
}

impl Calls {
    /// One more.
    pub fn begin(&self) -> Call {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        Call { calls: self.clone(), began: Instant::now(), has_ended: false }
    }

    /// An answer that had begun came to no end, for this reason.
    pub fn cut(&self, why: &'static str) {
        *lock(&self.0.cut).entry(why).or_default() += 1;
    }

    /// Those that wait for the head of an answer.
    pub fn under_way(&self) -> u64 {
        self.0.under_way.load(Ordering::Relaxed)
    }

    /// Answers that began and came to no end, by the reason.
    pub fn all_cut(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.0.cut).clone()
    }

    /// All that have ended, by how they did.
    pub fn all(&self) -> BTreeMap<CallEnd, Tally> {
        lock(&self.0.ended).clone()
    }
}

impl Call {
    /// It has ended so.
    pub fn end(mut self, end: CallEnd) {
        self.count(end);
    }

    fn count(&mut self, end: CallEnd) {
        self.has_ended = true;
        let time = self.began.elapsed();
        self.calls.0.under_way.fetch_sub(1, Ordering::Relaxed);
        let mut ended = lock(&self.calls.0.ended);
        if ended.len() >= MAX_KINDS && !ended.contains_key(&end) {
            return;
        }
        let tally = ended.entry(end).or_default();
        tally.count += 1;
        tally.time += time;
        tally.by_duration[SECONDS.partition_point(|most| *most < time.as_secs_f64())] += 1;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.has_ended {
            self.count(CallEnd::Failed("given-up"));
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that runs under the lock leaves a count half changed.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_is_dropped_was_given_up_and_kinds_are_bounded() {
        let calls = Calls::default();
        let call = calls.begin();
        assert_eq!(calls.under_way(), 1);
        drop(call);
        assert_eq!((calls.under_way(), calls.all()[&CallEnd::Failed("given-up")].count), (0, 1));
        (0..1000).for_each(|status| calls.begin().end(CallEnd::Answered(status)));
        assert_eq!(calls.all().len(), MAX_KINDS);
        calls.begin().end(CallEnd::Answered(0));
        let tally = &calls.all()[&CallEnd::Answered(0)];
        assert_eq!((tally.count, tally.by_duration.iter().sum::<u64>()), (2, 2));
    }
}
