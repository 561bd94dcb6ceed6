//! Nobody: what stands in the place of whoever brought the request while there is none.

use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::answer_head::{AnswerHead, BodyPlan};
use crate::downstream::{Downstream, Piece, Waiting};
use crate::failure::Failure;
use crate::head::RequestHead;
use crate::peer::{Address, Peer};

/// Has no size, so that boxing it allocates nothing.
pub(crate) struct Vacant;

static HEAD: LazyLock<RequestHead> = LazyLock::new(RequestHead::default);
static PEER: LazyLock<Peer> = LazyLock::new(|| Peer::new(Address::of_unix(None), Address::of_unix(None)));

impl Downstream for Vacant {
    fn request(&self) -> &RequestHead {
        &HEAD
    }

    fn peer(&self) -> &Peer {
        &PEER
    }

    fn informational(&mut self, _: &AnswerHead) {}

    fn head(&mut self, _: &AnswerHead, _: BodyPlan) {}

    fn data(&mut self, _: &[u8]) {}

    fn end(&mut self) {}

    fn upgrade(&mut self, _: &AnswerHead) {}

    fn retract(&mut self) -> bool {
        false
    }

    fn has_left(&self) -> bool {
        false
    }

    fn is_unwritable(&self) -> bool {
        true
    }

    fn waiting_bytes(&self) -> usize {
        0
    }

    fn sent_bytes(&self) -> u64 {
        0
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Err(Failure::Closed))
    }

    fn body(&mut self, _: usize) -> Result<Piece<'_>, Failure> {
        Ok(Piece::End)
    }

    fn consume(&mut self, _: usize) {}

    fn poll_body(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Err(Failure::Closed))
    }

    fn body_is_at_end(&self) -> bool {
        true
    }

    fn body_left(&self) -> Option<u64> {
        Some(0)
    }

    fn body_failure(&self) -> Option<&Failure> {
        None
    }

    fn trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        Ok(Vec::new())
    }

    fn gone(&mut self) -> Waiting<'_> {
        Box::pin(std::future::ready(()))
    }

    fn set_timeout(&mut self, _: Duration) {}
}
