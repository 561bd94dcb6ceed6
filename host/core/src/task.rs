//! What an instance is asked to do.

use std::time::Duration;

use crate::refusal::Refusal;

/// What an instance does with an exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task<'a> {
    /// The session that a shared instance must be told of.
    pub(crate) session: Option<u64>,
    /// Whether the session has yet to be set up.
    pub(crate) sets_up: bool,
    pub(crate) work: Work<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Work<'a> {
    /// The request is served.
    Serve,
    /// The request had paused, and goes on. So much of the time that it may compute is used up.
    GoOn(Duration),
    /// The request is refused through the handler's `send-error`.
    Refuse(&'a Refusal),
    /// The session has ended, or goes to another version of the handler.
    Finish,
}
