//! The memory that long heads of requests take, those of all connections together.
//!
//! Nearly all heads are short. One may be long, and very many connections with a long one each, of which a byte is missing, would take
//! gigabytes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::machine;

/// A head of up to so many bytes is no long one: its connection has that much anyway.
const SHORT: usize = 16 * 1024;
/// A head is there twice: as it came, and as it was understood.
const COPIES: u64 = 2;
/// What there is at most, in bytes.
const MOST: u64 = 256 << 20;
/// What there is at least.
const LEAST: u64 = 4 << 20;
/// How often the log is told that it is used up.
const PAUSE: Duration = Duration::from_secs(60);

/// Room for the long heads of all connections. Clones are the same.
#[derive(Clone, Debug)]
pub struct LongHeads(Arc<All>);

#[derive(Debug)]
struct All {
    most: u64,
    used: AtomicU64,
    told: Mutex<Option<Instant>>,
}

/// What the head of one connection has of it. It is given back when this is dropped.
#[derive(Debug, Default)]
pub struct HeadRoom {
    of: Option<LongHeads>,
    bytes: u64,
}

impl Default for LongHeads {
    /// A sixteenth of the machine's memory, within bounds.
    fn default() -> LongHeads {
        LongHeads::new((machine::quarter() / 4).clamp(LEAST, MOST))
    }
}

impl LongHeads {
    fn new(most: u64) -> LongHeads {
        LongHeads(Arc::new(All { most, used: AtomicU64::new(0), told: Mutex::default() }))
    }

    /// Bytes that they take at most.
    pub fn most(&self) -> u64 {
        self.0.most
    }

    /// Whether the log is to be told now that there is no more.
    pub fn tells_lack(&self) -> bool {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = told.is_none_or(|last| last.elapsed() >= PAUSE);
        if is_due {
            *told = Some(Instant::now());
        }
        is_due
    }
}

impl HeadRoom {
    /// Whether there is room for so much of a head.
    pub fn grow(&mut self, all: &LongHeads, length: usize) -> bool {
        if length <= SHORT {
            return true;
        }
        let bytes = length as u64 * COPIES;
        let more = bytes.saturating_sub(self.bytes);
        let taken = |used: u64| used.checked_add(more).filter(|&sum| sum <= all.0.most);
        if all.0.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_err() {
            return false;
        }
        self.bytes += more;
        self.of.get_or_insert_with(|| all.clone());
        true
    }

    /// The head is not needed any more.
    pub fn clear(&mut self) {
        if let Some(all) = self.of.take() {
            all.0.used.fetch_sub(std::mem::take(&mut self.bytes), Ordering::Relaxed);
        }
    }
}

impl Drop for HeadRoom {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_heads_have_a_bound_together_and_short_ones_none() {
        let all = LongHeads::new(200_000);
        let (mut first, mut second) = (HeadRoom::default(), HeadRoom::default());
        assert!(first.grow(&all, 40_000) && first.grow(&all, 70_000));
        assert!(second.grow(&all, SHORT) && !second.grow(&all, 40_000) && second.grow(&all, 30_000));
        assert!(all.tells_lack() && !all.tells_lack());
        drop(first);
        assert!(second.grow(&all, 100_000) && !second.grow(&all, 100_001));
        second.clear();
        assert_eq!(all.0.used.load(Ordering::Relaxed), 0);
    }
}
