//! One call of the service as an exchange sees it: who brought the request.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use doverb_core::answer_head::{AnswerHead, BodyPlan};
use doverb_core::downstream::{Downstream, Piece, Waiting};
use doverb_core::exchange::Ending;
use doverb_core::failure::Failure;
use doverb_core::head::RequestHead;
use doverb_core::peer::Peer;
use http::{Response, StatusCode};
use http_body::Body;

use crate::head;
use crate::patience::Patience;
use crate::pipe::{End, Promise, ROOM, Writer};
use crate::upload::{BoxError, Upload};

/// A request and its answer.
pub(crate) struct Carrier<B: Body> {
    request: RequestHead,
    peer: Peer,
    upload: Upload<B>,
    /// The final head, until it leaves.
    head: Option<(Response<()>, Promise)>,
    /// Body that leaves with the next flush.
    gathered: BytesMut,
    writer: Writer,
    is_tunnel: bool,
    /// Whether the client is taken for gone although its body is there.
    is_lost: bool,
    patience: Patience,
}

impl<B> Carrier<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    pub(crate) fn new(request: RequestHead, peer: Peer, upload: Upload<B>, writer: Writer) -> Carrier<B> {
        Carrier {
            request,
            peer,
            upload,
            head: None,
            gathered: BytesMut::new(),
            writer,
            is_tunnel: false,
            is_lost: false,
            patience: Patience::default(),
        }
    }

    pub(crate) fn body_is_too_large(&self) -> bool {
        self.upload.is_too_large()
    }

    /// Lets the end of the answer leave, and the rest of the request go.
    pub(crate) fn close(&mut self, ending: Ending) {
        let failed = self.upload.failure().is_some();
        self.upload.discard();
        self.let_go();
        if !self.writer.has_head() {
            // Nobody has answered, as the request broke off. A middleware may still want to know.
            let status = if failed { StatusCode::BAD_REQUEST } else { StatusCode::INTERNAL_SERVER_ERROR };
            let mut head = Response::new(());
            *head.status_mut() = status;
            self.writer.send_head(head, Promise::Bytes(0));
        }
        self.writer.end(if matches!(ending, Ending::Whole { .. }) { End::Whole } else { End::Broken });
    }

    /// Hands on what was said so far.
    fn let_go(&mut self) {
        if let Some((head, promise)) = self.head.take() {
            self.writer.send_head(head, promise);
        }
        if self.writer.has_head() {
            self.writer.send_data(self.gathered.split().freeze());
        }
    }

    fn is_gone(&self) -> bool {
        self.is_lost || self.writer.is_gone()
    }
}

impl<B> Downstream for Carrier<B>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn request(&self) -> &RequestHead {
        &self.request
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The server says `100 Continue` itself, and offers no way to say another.
    fn informational(&mut self, _: &AnswerHead) {}

    fn head(&mut self, head: &AnswerHead, body: BodyPlan) {
        let promise = match body {
            _ if self.request.is_head() => Promise::Nothing,
            BodyPlan::Length(bytes) => Promise::Bytes(bytes),
            BodyPlan::Streamed => Promise::Stream,
            BodyPlan::None => Promise::Nothing,
        };
        self.head = Some((head::of_answer(head, body), promise));
    }

    fn data(&mut self, bytes: &[u8]) {
        // A tunnel has nobody at its other end.
        if !self.is_tunnel {
            self.gathered.extend_from_slice(bytes);
        }
    }

    /// Whether the answer is whole is known when the handler has returned: see [`Carrier::close`].
    fn end(&mut self) {}

    /// Only CONNECT comes here, as no request says that it may be upgraded. It is answered, and the tunnel ends at once.
    fn upgrade(&mut self, head: &AnswerHead) {
        self.head(head, BodyPlan::None);
        self.is_tunnel = true;
        self.upload.discard();
    }

    fn retract(&mut self) -> bool {
        if self.has_left() {
            return false;
        }
        self.head = None;
        self.gathered.clear();
        true
    }

    fn has_left(&self) -> bool {
        self.writer.has_head()
    }

    fn is_unwritable(&self) -> bool {
        self.is_gone()
    }

    /// What the reader has room for has left: after a flush there is room for as much again.
    fn waiting_bytes(&self) -> usize {
        self.gathered.len() + self.writer.waiting().saturating_sub(ROOM)
    }

    fn sent_bytes(&self) -> u64 {
        self.writer.taken()
    }

    fn send_now(&mut self) {
        self.let_go();
    }

    fn begin_wait(&mut self) {
        self.patience.begin();
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.let_go();
        while !self.is_tunnel && !self.is_gone() {
            if self.writer.poll_room(context).is_ready() {
                // The reader may have gone just now.
                if self.is_gone() {
                    break;
                }
                return Poll::Ready(Ok(()));
            }
            self.patience.note(self.writer.taken());
            ready!(self.patience.poll_end(context));
            // It is over for who has taken nothing all the time.
            if !self.patience.renew(self.writer.taken()) {
                self.is_lost = true;
                return Poll::Ready(Err(Failure::TimedOut));
            }
        }
        Poll::Ready(Err(Failure::Closed))
    }

    fn body(&mut self, most: usize) -> Result<Piece<'_>, Failure> {
        self.upload.piece(most)
    }

    fn consume(&mut self, bytes: usize) {
        self.upload.consume(bytes);
    }

    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        if self.is_lost || self.writer.poll_gone(context).is_ready() {
            return Poll::Ready(Err(self.upload.fail(Failure::Closed)));
        }
        if let Poll::Ready(result) = self.upload.poll_more(context) {
            return Poll::Ready(result);
        }
        ready!(self.patience.poll_end(context));
        Poll::Ready(Err(self.upload.fail(Failure::TimedOut)))
    }

    fn body_is_at_end(&self) -> bool {
        self.upload.is_at_end()
    }

    fn body_left(&self) -> Option<u64> {
        self.upload.left()
    }

    fn body_failure(&self) -> Option<&Failure> {
        self.upload.failure()
    }

    fn trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        self.upload.trailers()
    }

    fn skip_body(&mut self) -> Waiting<'_> {
        Box::pin(poll_fn(|context| {
            self.upload.skip_what_is_there(context);
            Poll::Ready(())
        }))
    }

    fn await_body(&mut self, length: usize) -> Waiting<'_> {
        self.begin_wait();
        Box::pin(poll_fn(move |context| {
            if self.is_lost || self.writer.poll_gone(context).is_ready() {
                return Poll::Ready(());
            }
            if self.upload.poll_bytes(length as u64, context).is_ready() {
                return Poll::Ready(());
            }
            // What goes wrong the handler is told when it reads.
            self.patience.poll_end(context)
        }))
    }

    fn gone(&mut self) -> Waiting<'_> {
        Box::pin(poll_fn(|context| self.writer.poll_gone(context)))
    }

    fn lose(&mut self) {
        self.is_lost = true;
    }

    fn set_timeout(&mut self, timeout: Duration) {
        self.patience.set(timeout);
    }
}
