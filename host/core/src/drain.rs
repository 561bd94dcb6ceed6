//! What tells a waiting connection that the server ends.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// A connection's ear for the drain of its server.
///
/// It is registered once, at the connection's first wait, and then only looks at the flag: the token's own future
/// would take its lock at each request. A task's waker stays the same, so what was registered goes on waking it.
#[derive(Default)]
pub(crate) struct Drain(Option<Pin<Box<WaitForCancellationFutureOwned>>>);

impl Drain {
    /// Ready once the server drains. `begun` is set before `token` is cancelled.
    pub(crate) fn poll(
        &mut self,
        begun: &AtomicBool,
        token: &CancellationToken,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        match &mut self.0 {
            Some(_) if begun.load(Ordering::Relaxed) => Poll::Ready(()),
            Some(_) => Poll::Pending,
            None => self.0.insert(Box::pin(token.clone().cancelled_owned())).as_mut().poll(context),
        }
    }
}
