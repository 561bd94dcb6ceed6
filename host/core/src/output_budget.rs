//! What a handler may print.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Bytes that a handler may write in a second.
pub(crate) const A_SECOND: usize = 512 * 1024;
const SECOND: Duration = Duration::from_secs(1);

/// What all instances of a handler may write in a second. It is enough to follow a handler by, and leaves others room in
/// the log.
#[derive(Debug, Default)]
pub(crate) struct OutputBudget(Mutex<Second>);

/// The second that runs.
#[derive(Debug, Default)]
struct Second {
    began: Option<Instant>,
    written: usize,
    /// Lines that found no room.
    dropped: u64,
}

impl OutputBudget {
    /// Whether a line of so many bytes has room; and how many had none in the second before, if this begins another.
    pub(crate) fn take(&self, bytes: usize, now: Instant) -> (bool, u64) {
        let mut second = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_over = second.began.is_none_or(|began| now.saturating_duration_since(began) >= SECOND);
        let dropped = if is_over { second.dropped } else { 0 };
        if is_over {
            *second = Second { began: Some(now), ..Second::default() };
        }
        let fits = second.written + bytes <= A_SECOND;
        if fits {
            second.written += bytes;
        } else {
            second.dropped += 1;
        }
        (fits, dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_in_a_second_is_told_in_the_next() {
        let (budget, now) = (OutputBudget::default(), Instant::now());
        assert_eq!(budget.take(A_SECOND, now), (true, 0));
        assert_eq!(budget.take(1, now), (false, 0));
        assert_eq!(budget.take(1, now + SECOND / 2), (false, 0));
        assert_eq!(budget.take(1, now + SECOND), (true, 2));
        assert_eq!(budget.take(1, now + SECOND), (true, 0));
    }
}
