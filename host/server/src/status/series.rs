//! What requests count into that are alike: looked up by their labels once a thread, and not for each of them.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use doverb_core::observer::RequestEnded;
use prometheus_client::metrics::histogram::Histogram;

use super::metrics::{handler, method};
use super::recent::Classes;

/// How many kinds of requests a thread knows at a time; of more it forgets those that it has known for longest.
const KNOWN: usize = 16;

thread_local! {
    static OF_THREAD: RefCell<Vec<(Kind, Series)>> = const { RefCell::new(Vec::new()) };
}

/// What requests have in common that count as one.
struct Kind {
    /// Whose they are: a process may have several that count.
    counts: u64,
    method: &'static str,
    status: u16,
    scheme: &'static str,
    mount: Box<str>,
    handler: Box<str>,
}

/// What they count into.
pub(super) struct Series {
    pub(super) durations: Histogram,
    pub(super) classes: Arc<Classes>,
}

/// Tells the kinds of one status from those of others.
pub(super) struct Known(u64);

impl Default for Known {
    fn default() -> Known {
        static MADE: AtomicU64 = AtomicU64::new(0);
        Known(MADE.fetch_add(1, Ordering::Relaxed))
    }
}

impl Kind {
    fn is_of(&self, counts: u64, request: &RequestEnded<'_>) -> bool {
        self.counts == counts
            && self.status == request.status
            && self.method.as_bytes() == request.head.method()
            && *self.mount == *request.mount
            && *self.handler == *handler(request)
            && self.scheme == request.peer.scheme()
    }
}

impl Known {
    /// Counts a request that nothing has stopped. `find` looks up what it counts into.
    pub(super) fn count(
        &self,
        request: &RequestEnded<'_>,
        find: impl FnOnce() -> Series,
        count: impl FnOnce(&Series),
    ) {
        OF_THREAD.with_borrow_mut(|all| {
            if let Some((_, series)) = all.iter().find(|(kind, _)| kind.is_of(self.0, request)) {
                return count(series);
            }
            let series = find();
            count(&series);
            let method = method(request.head.method());
            // Of the methods that count as one, each is another kind.
            if method.as_bytes() == request.head.method() {
                all.truncate(KNOWN - 1);
                let kind = Kind {
                    counts: self.0,
                    method,
                    status: request.status,
                    scheme: request.peer.scheme(),
                    mount: request.mount.into(),
                    handler: handler(request).into(),
                };
                all.insert(0, (kind, series));
            }
        });
    }
}
