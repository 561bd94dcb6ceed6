//! The end of an exchange: what becomes of the answer when the handler has returned, or has stopped.

use super::Exchange;
use crate::answer::Finish;
use crate::attributes::Protocol;
use crate::failure::Failure;
use crate::limits::MAX_DRAIN;
use crate::refusal::Refusal;
use crate::stop::Stop;

/// How an exchange has ended. What was said of the answer may still wait to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The answer is whole.
    Whole {
        /// Whether the connection ends with it.
        closes: bool,
        /// Whether the host ends it, whatever its client wants: who may still be sending must get to read the answer.
        is_forced: bool,
    },
    /// An end of the answer is missing, and its client must be able to see that.
    Broken,
    /// The client is not there any more.
    Lost,
}

impl Exchange {
    /// The handler has returned.
    pub(crate) async fn conclude(&mut self) -> Ending {
        if self.is_client_lost() {
            self.log_lost_client();
            return Ending::Lost;
        }
        if !self.down.body_is_at_end()
            && let Some(refusal) = self.judge_body().await
        {
            return self.refuse_body(&refusal).await;
        }
        let left = self.down.body_left().unwrap_or(0);
        if self.awaits_word() || self.down.body_failure().is_some() || left > MAX_DRAIN {
            self.persistence.must_close();
        }
        let closes = self.closes();
        if self.has_failed && self.answer.is_open_ended() {
            // Whatever stands there now would look like the whole.
            return self.answer_failure(&Refusal::bare(500), None).await;
        }
        if self.has_failed
            && self.site.development().is_some()
            && self.answer.status() >= 500
            && !self.down.has_left()
        {
            // Its own page would not say why.
            return self.answer_failure(&Refusal::bare(self.answer.status()), None).await;
        }
        let why = match self.answer.finish(&mut *self.down, closes) {
            Finish::Complete => return Ending::Whole { closes, is_forced: self.persistence.is_forced() },
            Finish::NoResponse => "the handler returned without an answer",
            Finish::NoEndHeaders => "the handler returned without end-headers",
            Finish::OpenChunks => "the handler's own chunks have no last one",
            Finish::Short(missing) => {
                // Python sends what there is; the length tells the client that it is not all.
                self.log_failure(&format!(
                    "the handler wrote {missing} bytes less than its Content-Length says"
                ));
                let _ = self.send().await;
                return Ending::Broken;
            }
        };
        // Of a handler that has failed is said already why.
        if !self.has_failed {
            self.log_failure(why);
        }
        self.answer_failure(&Refusal::bare(500), None).await
    }

    /// The handler did not come to its end. `protocol` is the one that it answers in, where that is known.
    pub(crate) async fn conclude_stopped(&mut self, stop: &Stop, protocol: Option<Protocol>) -> Ending {
        self.write_reports();
        if self.is_client_lost() {
            self.log_lost_client();
            return Ending::Lost;
        }
        let refusal = self.down.body_failure().and_then(refusal_of);
        if let Some(protocol) = protocol {
            self.attributes.protocol = protocol;
        }
        if let (Stop::Trap(_), Some(refusal)) = (stop, refusal) {
            return self.refuse_body(&refusal).await;
        }
        self.log_stop(stop, "");
        let retry = stop.may_retry().then_some(("Retry-After", "1"));
        self.answer_failure(&Refusal::bare(stop.status()), retry).await
    }

    /// Why an answer must not stand that was given to a body which nobody can accept. A handler may answer without
    /// reading the body, so what has come of it is looked at here.
    async fn judge_body(&mut self) -> Option<Refusal> {
        if self.answer.is_raw() || (self.answer.is_begun() && self.down.has_left()) {
            return None;
        }
        let is_known = self.down.body_failure().is_some();
        if !is_known {
            self.down.skip_body().await;
        }
        let failure = self.down.body_failure()?;
        let stands = match failure {
            // The handler was told, and has its own way to say it.
            _ if self.answer.status() >= 400 => true,
            Failure::Malformed(_) => false,
            _ => is_known && self.answer.is_begun(),
        };
        if stands { None } else { refusal_of(failure) }
    }

    /// A body that broke the rules is its client's fault, whatever became of the handler that read it.
    async fn refuse_body(&mut self, refusal: &Refusal) -> Ending {
        if let Some(failure) = self.down.body_failure().cloned() {
            self.log_failure(&format!("the request is refused: {failure}"));
        }
        self.answer_failure(refusal, None).await
    }

    /// Puts an error page in the place of an answer of which nothing has left; else the answer stays broken.
    async fn answer_failure(&mut self, refusal: &Refusal, field: Option<(&str, &str)>) -> Ending {
        // The log has a line for each answer that was begun.
        let is_logged = self.answer.status() == refusal.status;
        if !self.answer.retract(&mut *self.down) {
            let _ = self.send().await;
            return Ending::Broken;
        }
        self.persistence.must_close();
        self.own_version = None;
        self.own_date = None;
        if self.site.development().is_some() && refusal.status >= 500 {
            if !is_logged {
                self.log_request(Some(refusal.status), None);
            }
            self.send_failure_page(refusal.status, field);
        } else {
            let _ = self.send_error_with(refusal.status, refusal.message.as_deref(), None, field);
        }
        self.answer.finish(&mut *self.down, true);
        Ending::Whole { closes: true, is_forced: true }
    }

    /// The answer to a request that is not served, before anything is there that could make it fail.
    pub(crate) fn send_refusal(&mut self, refusal: &Refusal) {
        let (message, explain) = (refusal.message.as_deref(), refusal.explain.as_deref());
        let _ = self.send_error(refusal.status, message, explain);
    }

    /// The whole answer to a connection that there is no room for.
    pub(crate) fn turn_away(&mut self) {
        self.persistence.must_close();
        // Nothing is there yet that could make it fail.
        let _ = self.send_error_with(503, None, None, Some(("Retry-After", "1")));
        self.answer.finish(&mut *self.down, true);
    }
}

/// What a client is told of its body.
fn refusal_of(failure: &Failure) -> Option<Refusal> {
    Some(match failure {
        Failure::Malformed(why) => Refusal::new(400, format!("Malformed body: {why}")),
        Failure::Closed => Refusal::new(400, "Incomplete body"),
        Failure::TooLarge(_) => Refusal::bare(413),
        Failure::TimedOut => Refusal::bare(408),
        _ => return None,
    })
}
