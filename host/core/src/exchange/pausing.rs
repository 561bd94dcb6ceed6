//! A method that lets go of its instance before it has come to its end.

use std::time::{Duration, Instant};

use super::Exchange;

/// What an exchange knows of the pauses of its handler.
#[derive(Debug, Default)]
pub(crate) struct Pausing {
    /// Whether others could have the instance meanwhile.
    pub(crate) is_allowed: bool,
    /// For how long the method that was called wants to be left.
    asked: Option<Duration>,
    /// Since when nobody is there to see what comes of it.
    forsaken: Option<Instant>,
}

impl Exchange {
    /// The method that was called is to go on later, if it may.
    pub(crate) fn pause(&mut self, time: Duration) -> bool {
        let longest = self.terms.limits().request_timeout;
        let may_pause = self.pausing.is_allowed
            && self.in_request
            && !self.answer.is_raw()
            && !(self.down.is_unwritable() && self.pausing.is_forsaken_for(longest));
        if may_pause {
            self.pausing.asked = Some(time.min(longest));
        }
        may_pause
    }

    /// Whether the method has paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.pausing.asked.is_some()
    }

    /// For how long, if it has.
    pub(crate) fn take_pause(&mut self) -> Option<Duration> {
        self.pausing.asked.take()
    }
}

impl Pausing {
    fn is_forsaken_for(&mut self, time: Duration) -> bool {
        self.forsaken.get_or_insert_with(Instant::now).elapsed() >= time
    }
}
