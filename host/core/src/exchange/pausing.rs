//! A method that lets go of its instance before it has come to its end.

use std::time::Duration;

use super::Exchange;

impl Exchange {
    /// The method that was called is to go on later, if it may.
    pub(crate) fn pause(&mut self, time: Duration) -> bool {
        let may_pause = self.may_pause && self.in_request && !self.answer.is_raw();
        if may_pause {
            self.pause = Some(time.min(self.terms.limits().request_timeout));
        }
        may_pause
    }
}
