//! The body of a request as a handler reads it: `rfile`.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use doverb_core::downstream::Piece;
use doverb_core::failure::Failure;
use doverb_core::latin1;
use doverb_core::limits::MAX_DRAIN;
use http::HeaderMap;
use http_body::Body;

/// What errors of others' bodies can be seen as.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// A body with what has come of it and was not read. Nothing is asked for before the handler wants it, so that one frame
/// waits here, or as much as was asked for at once.
pub(crate) struct Upload<B: Body> {
    /// None at its end.
    body: Option<Pin<Box<B>>>,
    chunks: VecDeque<B::Data>,
    waiting: u64,
    /// Bytes that have come.
    came: u64,
    /// The bound, 0 for none.
    max: u64,
    trailers: Option<HeaderMap>,
    failed: Option<Failure>,
}

impl<B> Upload<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    pub(crate) fn new(body: B, max: u64) -> Upload<B> {
        let body = (!body.is_end_stream()).then(|| Box::pin(body));
        Upload { body, chunks: VecDeque::new(), waiting: 0, came: 0, max, trailers: None, failed: None }
    }

    /// Whether more was announced than may come.
    pub(crate) fn is_too_large(&self) -> bool {
        let announced = self.body.as_ref().map_or(0, |body| body.size_hint().lower());
        self.max > 0 && announced > self.max
    }

    pub(crate) fn piece(&self, most: usize) -> Result<Piece<'_>, Failure> {
        if let Some(failure) = &self.failed {
            return Err(failure.clone());
        }
        Ok(match self.chunks.front() {
            Some(data) => {
                let bytes = data.chunk();
                Piece::There(&bytes[..bytes.len().min(most)])
            }
            None if self.body.is_some() => Piece::Wanting,
            None => Piece::End,
        })
    }

    pub(crate) fn consume(&mut self, bytes: usize) {
        if let Some(data) = self.chunks.front_mut() {
            data.advance(bytes);
            self.waiting -= bytes as u64;
            if !data.has_remaining() {
                self.chunks.pop_front();
            }
        }
    }

    /// Waits for one more frame, or the end.
    pub(crate) fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        if let Some(failure) = &self.failed {
            return Poll::Ready(Err(failure.clone()));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(Ok(()));
        };
        let frame = match ready!(body.as_mut().poll_frame(context)) {
            None => {
                self.body = None;
                return Poll::Ready(Ok(()));
            }
            Some(Err(error)) => return Poll::Ready(Err(self.fail(failure_of(&*error.into())))),
            Some(Ok(frame)) => frame,
        };
        if body.is_end_stream() {
            self.body = None;
        }
        match frame.into_data() {
            Ok(data) => self.take(data),
            Err(frame) => {
                self.trailers = frame.into_trailers().ok();
                Poll::Ready(Ok(()))
            }
        }
    }

    fn take(&mut self, data: B::Data) -> Poll<Result<(), Failure>> {
        let bytes = data.remaining() as u64;
        self.came += bytes;
        if self.max > 0 && self.came > self.max {
            return Poll::Ready(Err(self.fail(Failure::TooLarge(self.max))));
        }
        if bytes > 0 {
            self.waiting += bytes;
            self.chunks.push_back(data);
        }
        Poll::Ready(Ok(()))
    }

    /// Waits until so many bytes wait, or there are no more.
    pub(crate) fn poll_bytes(&mut self, length: u64, context: &mut Context<'_>) -> Poll<()> {
        while self.waiting < length && self.body.is_some() && self.failed.is_none() {
            if ready!(self.poll_more(context)).is_err() {
                break;
            }
        }
        Poll::Ready(())
    }

    /// Throws away what is there, and does not wait.
    pub(crate) fn skip_what_is_there(&mut self, context: &mut Context<'_>) {
        let start = self.came;
        loop {
            self.chunks.clear();
            self.waiting = 0;
            let is_over = self.body.is_none() || self.came - start > MAX_DRAIN;
            if is_over || !matches!(self.poll_more(context), Poll::Ready(Ok(()))) {
                return;
            }
        }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.chunks.is_empty() && self.body.is_none()
    }

    pub(crate) fn left(&self) -> Option<u64> {
        let to_come = self.body.as_ref().map_or(Some(0), |body| body.size_hint().exact());
        to_come.map(|bytes| bytes + self.waiting)
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failed.as_ref()
    }

    pub(crate) fn trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        if !self.is_at_end() {
            return Err(Failure::out_of_order("trailers", "read the body to its end first"));
        }
        let text = |bytes| latin1::decode(bytes).into_owned();
        let fields = self.trailers.iter().flat_map(HeaderMap::iter);
        Ok(fields.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect())
    }

    /// Nobody will read it.
    pub(crate) fn discard(&mut self) {
        self.body = None;
        self.chunks = VecDeque::new();
        self.waiting = 0;
    }

    pub(crate) fn fail(&mut self, failure: Failure) -> Failure {
        self.failed.get_or_insert(failure).clone()
    }
}

/// What an error of a body means. Those of hyper have one of the system or of its parser as their source.
fn failure_of(error: &(dyn Error + Send + Sync + 'static)) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && !matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput)
        {
            return Failure::Closed;
        }
        cause = error.source();
    }
    Failure::Malformed(error.to_string())
}
