//! The body of an answer, on its way to the guest.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use doverb_core::calls::Calls;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep_until};
use wasmtime_wasi_http::Error;

use crate::connect::Line;
use crate::destination::Destination;
use crate::failure;
use crate::pool::Pool;

/// What goes back where it came from when an answer was read.
pub(crate) struct Return {
    pub(crate) line: Line,
    pub(crate) to: Destination,
    pub(crate) pool: Arc<Pool>,
    pub(crate) calls: Calls,
    /// The right to have a request under way.
    pub(crate) permit: OwnedSemaphorePermit,
}

impl Return {
    fn give_back(self) {
        self.pool.give_back(self.to, self.line, self.permit);
    }
}

/// An answer's body, bounded in its size and its time. Dropped before its end, it takes its connection with it.
pub(crate) struct Download {
    incoming: Incoming,
    /// None once all is read, or nothing more will be.
    back: Option<Return>,
    left: u64,
    most: u64,
    between: Duration,
    deadline: Instant,
    /// There while somebody waits for the next part.
    patience: Option<Pin<Box<Sleep>>>,
}

impl Download {
    pub(crate) fn new(
        incoming: Incoming,
        back: Return,
        most: u64,
        between: Duration,
        deadline: Instant,
    ) -> Download {
        let mut download =
            Download { incoming, back: Some(back), left: most, most, between, deadline, patience: None };
        download.look_for_end();
        download
    }

    fn look_for_end(&mut self) {
        if self.incoming.is_end_stream() {
            self.back.take().into_iter().for_each(Return::give_back);
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(back) = self.back.take() {
            back.calls.cut(failure::name(&error));
        }
        Poll::Ready(Some(Err(error)))
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        let Poll::Ready(frame) = Pin::new(&mut this.incoming).poll_frame(context) else {
            let until = (Instant::now() + this.between).min(this.deadline);
            let patience = this.patience.get_or_insert_with(|| Box::pin(sleep_until(until)));
            return match patience.as_mut().poll(context) {
                Poll::Ready(()) => this.fail(Error::ConnectionReadTimeout),
                Poll::Pending => Poll::Pending,
            };
        };
        this.patience = None;
        match frame {
            None => {
                this.back.take().into_iter().for_each(Return::give_back);
                Poll::Ready(None)
            }
            Some(Err(error)) => this.fail(failure::of_exchange(&error)),
            Some(Ok(_)) if Instant::now() >= this.deadline => this.fail(Error::HttpResponseTimeout),
            Some(Ok(frame)) => {
                let size = frame.data_ref().map_or(0, Bytes::len) as u64;
                if size > this.left {
                    let most = this.most;
                    return this.fail(Error::HttpResponseBodySize(Some(most)));
                }
                this.left -= size;
                this.look_for_end();
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
