//! One thread's part of what requests of a kind count into. Only that thread writes, so that a request waits for no lock and
//! for no other thread's cache line; whoever reads adds the parts up.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use doverb_core::calls::SECONDS;
use doverb_core::observer::RequestEnded;

/// The ends of the latencies that the page tells apart, in microseconds; the last has no end.
pub(super) const LATENCIES: [u64; 11] =
    [100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000, 1_000_000, u64::MAX];

/// The same and those of [`SECONDS`], in microseconds, so that a request is put into one place for both; what took longer
/// than all of them has a place of its own.
const ENDS: [u64; 19] = [
    100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 75_000, 100_000, 250_000, 500_000, 750_000,
    1_000_000, 2_500_000, 5_000_000, 7_500_000, 10_000_000,
];

/// Over so many seconds the rate is told. There are more places, for the second that goes on.
const RATED: u64 = 10;
const PLACES: usize = 16;

#[derive(Default)]
pub(super) struct Shard {
    /// Requests by the time that they took.
    by_time: [AtomicU64; ENDS.len() + 1],
    nanoseconds: AtomicU64,
    body_bytes: AtomicU64,
    /// A second's number in the upper half, and its requests in the lower.
    seconds: [AtomicU64; PLACES],
}

impl Shard {
    /// Counts a request that ended in that second. Two threads that do so at once lose one of both.
    pub(super) fn count(&self, request: &RequestEnded<'_>, second: u64) {
        let nanoseconds = u64::try_from(request.wall.as_nanos()).unwrap_or(u64::MAX);
        add(&self.by_time[place(nanoseconds)], 1);
        add(&self.nanoseconds, nanoseconds);
        add(&self.body_bytes, request.body_bytes);
        let of_second = &self.seconds[(second % PLACES as u64) as usize];
        let counted = of_second.load(Relaxed);
        of_second.store(if counted >> 32 == second { counted } else { second << 32 } + 1, Relaxed);
    }

    /// What it has counted. `now` is the second that goes on.
    pub(super) fn sum(&self, now: u64) -> Sum {
        let is_recent = |value: &u64| (value >> 32) < now && (value >> 32) + RATED >= now;
        let seconds = self.seconds.iter().map(|value| value.load(Relaxed)).filter(is_recent);
        Sum {
            by_time: std::array::from_fn(|place| self.by_time[place].load(Relaxed)),
            nanoseconds: self.nanoseconds.load(Relaxed),
            body_bytes: self.body_bytes.load(Relaxed),
            recent: seconds.map(|value| value & u64::from(u32::MAX)).sum(),
        }
    }
}

/// No other thread writes: nothing is lost, although no bus is locked.
fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(more), Relaxed);
}

fn place(nanoseconds: u64) -> usize {
    ENDS.partition_point(|end| end * 1000 < nanoseconds)
}

/// What some shards have counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    by_time: [u64; ENDS.len() + 1],
    nanoseconds: u64,
    pub(super) body_bytes: u64,
    /// Requests of the last seconds that are over.
    recent: u64,
}

impl Sum {
    pub(super) fn requests(&self) -> u64 {
        self.by_time.iter().sum()
    }

    /// What all of them took together.
    pub(super) fn time(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds)
    }

    /// By the ends of [`SECONDS`], the last without one.
    pub(super) fn by_duration(&self) -> [u64; SECONDS.len() + 1] {
        self.by(|micros| SECONDS.partition_point(|end| ((end * 1e6).round() as u64) < micros))
    }

    /// By the ends of [`LATENCIES`].
    pub(super) fn by_latency(&self) -> [u64; LATENCIES.len()] {
        self.by(|micros| LATENCIES.partition_point(|end| *end < micros))
    }

    fn by<const N: usize>(&self, place: impl Fn(u64) -> usize) -> [u64; N] {
        let mut counts = [0; N];
        for (end, count) in ENDS.into_iter().chain([u64::MAX]).zip(self.by_time) {
            counts[place(end)] += count;
        }
        counts
    }

    /// Requests a second, over the last seconds that are over.
    pub(super) fn rate(&self, now: u64) -> f64 {
        self.recent as f64 / now.clamp(1, RATED) as f64
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Sum) {
        self.by_time.iter_mut().zip(other.by_time).for_each(|(sum, count)| *sum += count);
        self.nanoseconds = self.nanoseconds.wrapping_add(other.nanoseconds);
        self.body_bytes = self.body_bytes.wrapping_add(other.body_bytes);
        self.recent += other.recent;
    }
}

#[cfg(test)]
mod tests {
    use super::{ENDS, LATENCIES, SECONDS, Sum, place};

    #[test]
    fn each_end_that_is_told_is_one_that_is_counted() {
        let in_micros = SECONDS.map(|end| (end * 1e6).round() as u64);
        for end in LATENCIES.into_iter().take(LATENCIES.len() - 1).chain(in_micros) {
            assert!(ENDS.contains(&end), "{end} us");
        }
        assert!(ENDS.is_sorted());
    }

    #[test]
    fn an_end_belongs_to_what_it_ends() {
        let of = |nanoseconds: u64| {
            let mut sum = Sum::default();
            sum.by_time[place(nanoseconds)] += 1;
            let first = |counts: &[u64]| counts.iter().position(|count| *count == 1).expect("it is counted");
            (first(&sum.by_duration()), first(&sum.by_latency()))
        };
        assert_eq!(of(0), (0, 0));
        assert_eq!(of(100_000), (0, 0));
        assert_eq!(of(100_001), (0, 1));
        assert_eq!(of(5_000_000), (0, 5));
        assert_eq!(of(5_000_001), (1, 6));
        assert_eq!(of(10_000_000_000), (SECONDS.len() - 1, LATENCIES.len() - 1));
        assert_eq!(of(10_000_000_001), (SECONDS.len(), LATENCIES.len() - 1));
    }
}
