//! The seam between a handler and whoever brought its request: HTTP/1, a tower service, a test.

use std::any::Any;
use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::answer_head::{AnswerHead, BodyPlan};
use crate::failure::Failure;
use crate::head::RequestHead;
use crate::peer::Peer;

/// A wait that is rare enough to be boxed.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What can be read of a request's body without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// These bytes, at least one.
    There(&'a [u8]),
    /// Nothing yet: [`Downstream::poll_body`] waits for more.
    Wanting,
    /// The body is at its end.
    End,
}

/// Whoever brought a request, as its exchange sees it: the request's head and body, and where the answer goes.
///
/// The calls that make an answer never wait and never fail; what they say gathers until [`Downstream::poll_flush`]. They
/// come in this order, which the exchange keeps: any number of informational heads; the head; data; the end. Until a byte
/// of the head has left, [`Downstream::retract`] takes the head and all after it back.
///
/// What only a network has (a wait, a client that goes) has a default for those without one.
pub trait Downstream: Any + Send {
    /// The head of the request.
    fn request(&self) -> &RequestHead;

    /// The parties of the connection.
    fn peer(&self) -> &Peer;

    /// An answer with a status from 100 to 199, but 101: it goes before a final head of which nothing has left.
    fn informational(&mut self, head: &AnswerHead);

    /// The handler wants the fields so far of a final head to leave. True when they are taken, so that they are not given
    /// again; who can't send parts of a head leaves them.
    fn head_so_far(&mut self, head: &AnswerHead) -> bool {
        let _ = head;
        false
    }

    /// The final head.
    fn head(&mut self, head: &AnswerHead, body: BodyPlan);

    /// Bytes of the body. There are none for an answer to HEAD.
    fn data(&mut self, bytes: &[u8]);

    /// The body of a [`BodyPlan::Streamed`] answer is complete.
    fn end(&mut self);

    /// The final head of an answer after which [`Downstream::body`] and [`Downstream::data`] are the connection itself.
    fn upgrade(&mut self, head: &AnswerHead);

    /// Takes back the final head and all after it, if none of it has left. False when it is too late.
    fn retract(&mut self) -> bool;

    /// Whether a byte of the final head has left, so that it can't be taken back.
    fn has_left(&self) -> bool;

    /// Whether nothing can be sent to the client any more.
    fn is_unwritable(&self) -> bool;

    /// Bytes of answers that wait to be sent.
    fn waiting_bytes(&self) -> usize;

    /// Bytes that were sent for this request, for the log.
    fn sent_bytes(&self) -> u64;

    /// Sends what can be sent without waiting.
    fn send_now(&mut self) {}

    /// A wait for the client begins: its time is counted anew.
    fn begin_wait(&mut self) {}

    /// Waits until what was said so far is sent.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>>;

    /// At most `most` bytes of the body that are there. A failure is final: it comes again.
    ///
    /// # Errors
    ///
    /// [`Failure::Malformed`], [`Failure::TooLarge`], or what the last wait failed with.
    fn body(&mut self, most: usize) -> Result<Piece<'_>, Failure>;

    /// The first `bytes` of what [`Downstream::body`] gave are done with.
    fn consume(&mut self, bytes: usize);

    /// Waits until there is more of the body, or its end.
    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>>;

    /// Whether the whole body was read.
    fn body_is_at_end(&self) -> bool;

    /// Bytes of the body still to come, if that is known.
    fn body_left(&self) -> Option<u64>;

    /// Why no more of the body can be read.
    fn body_failure(&self) -> Option<&Failure>;

    /// The fields after the body.
    ///
    /// # Errors
    ///
    /// [`Failure::OutOfOrder`] before a read has met the body's end.
    fn trailers(&self) -> Result<Vec<(String, String)>, Failure>;

    /// Reads what has come of a body that nobody reads, so that a malformed one is known before the answer leaves.
    fn skip_body(&mut self) -> Waiting<'_> {
        Box::pin(ready(()))
    }

    /// Waits until as much of a body of `length` bytes is there as the client will send, or its time is over.
    fn await_body(&mut self, length: usize) -> Waiting<'_> {
        let _ = length;
        Box::pin(ready(()))
    }

    /// Ends when the client is known to have gone. One that has only stopped sending may still read.
    fn gone(&mut self) -> Waiting<'_> {
        Box::pin(pending())
    }

    /// The client is known to have gone.
    fn lose(&mut self) {}

    /// How long one wait for the client may take: Python's `timeout`.
    fn set_timeout(&mut self, timeout: Duration);
}

/// Waits until what was said so far is sent.
pub(crate) async fn flush(downstream: &mut dyn Downstream) -> Result<(), Failure> {
    downstream.begin_wait();
    std::future::poll_fn(|context| downstream.poll_flush(context)).await
}

/// Waits for more of the body.
pub(crate) async fn wait_for_body(downstream: &mut dyn Downstream) -> Result<(), Failure> {
    downstream.begin_wait();
    std::future::poll_fn(|context| downstream.poll_body(context)).await
}
