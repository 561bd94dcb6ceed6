//! The body of an answer, as servers read it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::pipe::{End, Next, Reader};

/// The body of a handler's answer: it streams while the handler works.
///
/// Dropped before its end, it tells the handler that its client has gone: the next call that would send something fails
/// with [`Failure::Closed`](doverb_core::failure::Failure::Closed).
///
/// ```
/// use http_body::Body;
///
/// fn is_a_body<B: Body<Data = bytes::Bytes, Error = doverb_tower::BrokenAnswer>>() {}
/// is_a_body::<doverb_tower::AnswerBody>();
/// ```
pub struct AnswerBody {
    /// None where there is nothing to read.
    reader: Option<Reader>,
    failing: Failing,
}

/// How far the news of a broken answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failing {
    No,
    /// The server was given time to send what came before: hyper throws away what it has not sent when a body fails.
    Soon,
    Told,
}

/// The handler did not come to the end of its answer. Servers cut the connection then, so that the client can see it.
///
/// ```
/// assert_eq!(doverb_tower::BrokenAnswer.to_string(), "the handler broke its answer off");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handler broke its answer off")]
pub struct BrokenAnswer;

impl AnswerBody {
    pub(crate) fn new(reader: Reader) -> AnswerBody {
        AnswerBody { reader: Some(reader), failing: Failing::No }
    }

    pub(crate) fn empty() -> AnswerBody {
        AnswerBody { reader: None, failing: Failing::No }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BrokenAnswer;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenAnswer>>> {
        let Some(reader) = self.reader.as_ref().filter(|_| self.failing != Failing::Told) else {
            return Poll::Ready(None);
        };
        Poll::Ready(match ready!(reader.poll_next(context)) {
            Next::Data(data) => Some(Ok(Frame::data(data))),
            Next::End(End::Whole) => None,
            Next::End(End::Broken) if self.failing == Failing::No => {
                self.failing = Failing::Soon;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Next::End(End::Broken) => {
                self.failing = Failing::Told;
                Some(Err(BrokenAnswer))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.failing == Failing::Told || self.reader.as_ref().is_none_or(Reader::is_at_end)
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        match self.reader.as_ref().map_or((0, Some(0)), Reader::left) {
            (_, Some(left)) => hint.set_exact(left),
            (waiting, None) => hint.set_lower(waiting),
        }
        hint
    }
}

impl std::fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerBody").field("size_hint", &self.size_hint()).finish_non_exhaustive()
    }
}
