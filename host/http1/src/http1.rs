//! HTTP/1 as an exchange sees it: who brought the request.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use doverb_core::answer_head::{AnswerHead, BodyPlan};
use doverb_core::downstream::{Downstream, Piece, Waiting};
use doverb_core::failure::Failure;
use doverb_core::head::RequestHead;
use doverb_core::long_heads::HeadRoom;
use doverb_core::peer::Peer;

use crate::body::Body;
use crate::encode::Encoder;
use crate::parse::framing::BodyLength;
use crate::wire::Wire;

/// One connection with the request that is being served: its head, its body and its answer.
pub(crate) struct Http1 {
    pub(crate) wire: Wire,
    pub(crate) head: RequestHead,
    pub(crate) body: Body,
    pub(crate) encoder: Encoder,
    /// What a long head has of the memory that there is for those.
    pub(crate) room: HeadRoom,
    peer: Peer,
}

impl Http1 {
    pub(crate) fn new(wire: Wire, peer: Peer) -> Http1 {
        let (head, body, encoder) = (RequestHead::default(), Body::default(), Encoder::default());
        Http1 { wire, head, body, encoder, room: HeadRoom::default(), peer }
    }

    /// Draws the conclusions from a request's head: whole or, after a refusal, as far as it was understood.
    pub(crate) fn head_is_read(&mut self, length: BodyLength, max_body: u64) {
        self.body = Body::new(length, max_body);
        self.encoder.prepare(&self.head);
        self.wire.out.unmark();
        self.wire.sent = 0;
    }
}

impl Downstream for Http1 {
    fn request(&self) -> &RequestHead {
        &self.head
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }

    fn informational(&mut self, head: &AnswerHead) {
        self.encoder.informational(&mut self.wire.out, head);
    }

    fn head_so_far(&mut self, head: &AnswerHead) -> bool {
        self.encoder.head_so_far(&mut self.wire.out, head);
        true
    }

    fn head(&mut self, head: &AnswerHead, body: BodyPlan) {
        self.encoder.head(&mut self.wire.out, head, body);
    }

    fn data(&mut self, bytes: &[u8]) {
        self.encoder.data(&mut self.wire.out, bytes);
    }

    fn end(&mut self) {
        self.encoder.end(&mut self.wire.out);
    }

    fn upgrade(&mut self, head: &AnswerHead) {
        self.encoder.upgrade(&mut self.wire.out, head);
        self.body.upgrade();
        self.wire.watch_for_a_dead_client();
    }

    fn retract(&mut self) -> bool {
        let is_back = self.wire.out.retract();
        if is_back {
            self.encoder.restart();
        }
        is_back
    }

    fn has_left(&self) -> bool {
        self.wire.out.has_left()
    }

    fn is_unwritable(&self) -> bool {
        self.wire.is_unwritable()
    }

    fn waiting_bytes(&self) -> usize {
        self.wire.out.unsent().len() + self.encoder.gathered()
    }

    fn sent_bytes(&self) -> u64 {
        self.wire.sent
    }

    fn send_now(&mut self) {
        self.wire.flush_now();
    }

    fn begin_wait(&mut self) {
        self.wire.begin_wait();
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.encoder.seal(&mut self.wire.out);
        Poll::Ready(ready!(self.wire.poll_flush(context)).map_err(Failure::from))
    }

    fn body(&mut self, most: usize) -> Result<Piece<'_>, Failure> {
        self.body.piece(&mut self.wire, most)
    }

    fn consume(&mut self, bytes: usize) {
        self.body.advance(&mut self.wire, bytes);
    }

    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.body.poll_more(&mut self.wire, context)
    }

    fn body_is_at_end(&self) -> bool {
        self.body.is_at_end()
    }

    fn body_left(&self) -> Option<u64> {
        self.body.left()
    }

    fn body_failure(&self) -> Option<&Failure> {
        self.body.failure()
    }

    fn trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        self.body.trailers()
    }

    fn skip_body(&mut self) -> Waiting<'_> {
        Box::pin(self.body.skip_what_is_there(&mut self.wire))
    }

    fn await_body(&mut self, length: usize) -> Waiting<'_> {
        Box::pin(async move {
            if self.wire.unread().len() < length && self.wire.flush().await.is_ok() {
                self.wire.await_bytes(length).await;
            }
        })
    }

    fn gone(&mut self) -> Waiting<'_> {
        self.wire.reset()
    }

    fn lose(&mut self) {
        self.wire.lose();
    }

    fn set_timeout(&mut self, timeout: Duration) {
        self.wire.patience = timeout;
    }
}

#[cfg(test)]
mod tests;
