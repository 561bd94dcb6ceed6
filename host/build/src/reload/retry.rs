//! When a version is tried again that was refused for a reason that may pass: a disk that failed once or was full, a tool or a
//! compiler that could not be run.

use std::time::{Duration, Instant};

/// How long after the first refusal it is.
const FIRST: Duration = Duration::from_secs(2);
/// The pause doubles with each that follows, up to this.
const MOST: Duration = Duration::from_secs(60);
/// How much longer it rests than it has taken, at least: one that takes minutes to fail is not tried all the time.
const OF_ITS_TIME: u32 = 20;

/// When something is tried again that was refused for a reason that may pass: after two seconds, then ever more seldom, up to once
/// a minute, or as seldom as it costs.
///
/// ```
/// use std::time::Duration;
///
/// use doverb_build::reload::Retry;
///
/// let mut retry = Retry::default();
/// assert!(retry.tried(Some("the disk is full"), Duration::ZERO));
/// assert!(!retry.tried(Some("the disk is full"), Duration::ZERO), "told once");
/// assert!(!retry.is_due());
/// retry.hasten();
/// assert!(retry.is_due());
/// ```
#[derive(Debug, Default)]
pub struct Retry(Option<Waits>);

#[derive(Debug)]
struct Waits {
    until: Instant,
    pause: Duration,
    why: String,
}

impl Retry {
    /// Whether it is time.
    pub fn is_due(&self) -> bool {
        self.0.as_ref().is_some_and(|waits| Instant::now() >= waits.until)
    }

    /// What came of a try that took so long: a reason that may pass, or none. True when that is to be told: the same reason is told
    /// once.
    pub fn tried(&mut self, passing: Option<&str>, took: Duration) -> bool {
        let before = self.0.take();
        let Some(why) = passing else { return true };
        let pause = before.as_ref().map_or(FIRST, |waits| (waits.pause * 2).min(MOST));
        let is_new = before.is_none_or(|waits| waits.why != why);
        let until = Instant::now() + pause.max(took * OF_ITS_TIME);
        self.0 = Some(Waits { until, pause, why: why.to_owned() });
        is_new
    }

    /// Somebody asks, who does not want to wait, and wants to be told what he may have been told.
    pub fn hasten(&mut self) {
        if let Some(waits) = &mut self.0 {
            waits.until = Instant::now();
            waits.why.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_minute_and_a_reason_is_new_once() {
        let mut retry = Retry::default();
        assert!(!retry.is_due());
        assert!(retry.tried(Some("EIO"), Duration::ZERO));
        for seconds in [4, 8, 16, 32, 60, 60] {
            assert!(!retry.tried(Some("EIO"), Duration::ZERO));
            assert_eq!(retry.0.as_ref().unwrap().pause, Duration::from_secs(seconds));
        }
        assert!(!retry.is_due());
        let took = Duration::from_secs(100);
        assert!(retry.tried(Some("ENOSPC"), took));
        assert!(retry.0.as_ref().unwrap().until > Instant::now() + took);
        retry.hasten();
        assert!(retry.is_due());
        assert!(retry.tried(Some("ENOSPC"), took));
        assert!(retry.tried(None, took));
        assert!(!retry.is_due());
    }
}
