//! What tells a waiting connection that the server ends.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use doverb_core::site::Site;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// A connection's ear for the drain of its server.
///
/// It is registered once, at the connection's first wait, and then only looks at the flag: the token's own future
/// would take its lock at each request. A task's waker stays the same, so what was registered goes on waking it.
#[derive(Default)]
pub(crate) struct Drain(Option<Pin<Box<WaitForCancellationFutureOwned>>>);

impl Drain {
    /// Ready once the server drains. The site begins to drain before `token` is cancelled.
    pub(crate) fn poll(
        &mut self,
        site: &Site,
        token: &CancellationToken,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        match &mut self.0 {
            Some(_) if site.is_draining() => Poll::Ready(()),
            Some(_) => Poll::Pending,
            None => self.0.insert(Box::pin(token.clone().cancelled_owned())).as_mut().poll(context),
        }
    }
}
