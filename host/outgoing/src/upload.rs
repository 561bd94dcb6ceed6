//! The body of a request, on its way from the guest.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error, WasiBody};

/// When something of a body was last on its way, in milliseconds from a beginning.
#[derive(Debug)]
pub(crate) struct Progress {
    began: Instant,
    last: AtomicU64,
}

impl Progress {
    pub(crate) fn new() -> Arc<Progress> {
        Arc::new(Progress { began: Instant::now(), last: AtomicU64::new(0) })
    }

    fn made(&self) {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(millis, Ordering::Relaxed);
    }

    pub(crate) fn last(&self) -> Instant {
        self.began + std::time::Duration::from_millis(self.last.load(Ordering::Relaxed))
    }
}

/// A request's body, bounded.
pub(crate) struct Upload {
    /// None for one that is empty.
    body: Option<WasiBody>,
    left: u64,
    most: u64,
    progress: Arc<Progress>,
}

impl Upload {
    pub(crate) fn new(body: WasiBody, most: u64, progress: Arc<Progress>) -> Upload {
        let body = (!body.is_end_stream()).then_some(body);
        Upload { body, left: most, most, progress }
    }

    /// The same again, which only an empty one can be.
    pub(crate) fn again(&self) -> Option<Upload> {
        let Upload { body, left, most, progress } = self;
        body.is_none().then(|| Upload {
            body: None,
            left: *left,
            most: *most,
            progress: Arc::clone(progress),
        })
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        self.progress.made();
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            let size = data.len() as u64;
            if size > self.left {
                return Poll::Ready(Some(Err(Error::HttpRequestBodySize(Some(self.most)))));
            }
            self.left -= size;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
