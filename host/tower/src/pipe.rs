//! What goes from a handler's task to whoever reads its answer: the head, the body, and how it ended.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Response;

/// Bytes of a body that may wait for their reader while the handler goes on.
pub(crate) const ROOM: usize = 64 * 1024;

/// How an answer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    Broken,
}

/// What a head says of the body that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// So many bytes.
    Bytes(u64),
    /// Bytes until the end.
    Stream,
    /// No body, which says nothing of the length that another answer would have: one to HEAD, a 204, a 304.
    Nothing,
}

/// What a reader gets next.
#[derive(Debug)]
pub(crate) enum Next {
    Data(Bytes),
    End(End),
}

#[derive(Default)]
struct State {
    head: Option<Response<()>>,
    promise: Option<Promise>,
    chunks: VecDeque<Bytes>,
    waiting: usize,
    /// Bytes that the reader has taken.
    taken: u64,
    end: Option<End>,
    reader_is_gone: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl State {
    /// Whether the reader has all that it was promised: it may leave before it is told of the end.
    fn is_satisfied(&self) -> bool {
        match self.promise {
            Some(Promise::Bytes(bytes)) => self.taken >= bytes,
            Some(Promise::Nothing) => true,
            Some(Promise::Stream) | None => false,
        }
    }

    fn end(&mut self, end: End) {
        self.end.get_or_insert(end);
        wake(&mut self.reader);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

/// Keeps one waker, cloned only when it is another than before.
fn keep(place: &mut Option<Waker>, context: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(context.waker()),
        None => *place = Some(context.waker().clone()),
    }
}

#[derive(Clone)]
struct Pipe(Arc<Mutex<State>>);

impl Pipe {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handler's side. Dropped before its end, it breaks the answer.
pub(crate) struct Writer(Pipe);

/// The server's side. Dropped before its end, it tells the handler that its client has gone.
pub(crate) struct Reader(Pipe);

pub(crate) fn pipe() -> (Writer, Reader) {
    let pipe = Pipe(Arc::default());
    (Writer(pipe.clone()), Reader(pipe))
}

impl Writer {
    /// Gives the head away.
    pub(crate) fn send_head(&self, head: Response<()>, promise: Promise) {
        let mut state = self.0.state();
        state.head = Some(head);
        state.promise = Some(promise);
        wake(&mut state.reader);
    }

    pub(crate) fn send_data(&self, data: Bytes) {
        let mut state = self.0.state();
        if data.is_empty() || state.reader_is_gone {
            return;
        }
        state.waiting += data.len();
        state.chunks.push_back(data);
        wake(&mut state.reader);
    }

    /// The first end is the one that counts.
    pub(crate) fn end(&self, end: End) {
        self.0.state().end(end);
    }

    pub(crate) fn has_head(&self) -> bool {
        self.0.state().promise.is_some()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.0.state().waiting
    }

    pub(crate) fn taken(&self) -> u64 {
        self.0.state().taken
    }

    /// Whether nobody reads any more who has not got everything.
    pub(crate) fn is_gone(&self) -> bool {
        self.0.state().reader_is_gone
    }

    /// Waits until the reader has gone.
    pub(crate) fn poll_gone(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.0.state();
        if state.reader_is_gone {
            return Poll::Ready(());
        }
        keep(&mut state.writer, context);
        Poll::Pending
    }

    /// Waits until there is room for more, or nobody who would read it.
    pub(crate) fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.0.state();
        if state.reader_is_gone || state.waiting <= ROOM {
            return Poll::Ready(());
        }
        keep(&mut state.writer, context);
        Poll::Pending
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end(End::Broken);
    }
}

impl Reader {
    /// Waits for the head: `None` when the answer has ended without one.
    pub(crate) fn poll_head(&self, context: &Context<'_>) -> Poll<Option<Response<()>>> {
        let mut state = self.0.state();
        if state.head.is_some() || state.end.is_some() {
            return Poll::Ready(state.head.take());
        }
        keep(&mut state.reader, context);
        Poll::Pending
    }

    pub(crate) fn poll_next(&self, context: &Context<'_>) -> Poll<Next> {
        let mut state = self.0.state();
        if let Some(data) = state.chunks.pop_front() {
            let was_full = state.waiting > ROOM;
            state.waiting -= data.len();
            state.taken += data.len() as u64;
            if was_full && state.waiting <= ROOM {
                wake(&mut state.writer);
            }
            return Poll::Ready(Next::Data(data));
        }
        if state.is_satisfied() {
            return Poll::Ready(Next::End(End::Whole));
        }
        if let Some(end) = state.end {
            return Poll::Ready(Next::End(end));
        }
        keep(&mut state.reader, context);
        Poll::Pending
    }

    /// Whether the answer is whole and all of it was taken.
    pub(crate) fn is_at_end(&self) -> bool {
        let state = self.0.state();
        state.chunks.is_empty() && (state.is_satisfied() || state.end == Some(End::Whole))
    }

    /// Bytes that wait, and bytes that are still to come in all, if that is known.
    pub(crate) fn left(&self) -> (u64, Option<u64>) {
        let state = self.0.state();
        let waiting = state.waiting as u64;
        let left = match state.promise {
            Some(Promise::Bytes(bytes)) => Some(bytes.saturating_sub(state.taken)),
            Some(Promise::Stream) if state.end == Some(End::Whole) => Some(waiting),
            _ => None,
        };
        (waiting, left)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.chunks = VecDeque::new();
        state.waiting = 0;
        state.reader_is_gone = !state.is_satisfied() && state.end != Some(End::Whole);
        wake(&mut state.writer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    #[test]
    fn a_dropped_writer_breaks_the_answer_behind_its_data() {
        let (writer, reader) = pipe();
        writer.send_head(Response::new(()), Promise::Stream);
        writer.send_data(Bytes::from_static(b"a"));
        drop(writer);
        assert!(reader.poll_head(&context()).is_ready());
        assert!(matches!(reader.poll_next(&context()), Poll::Ready(Next::Data(_))));
        assert!(matches!(reader.poll_next(&context()), Poll::Ready(Next::End(End::Broken))));
        assert!(!reader.is_at_end());
    }

    #[test]
    fn a_reader_that_has_all_is_not_gone() {
        let (writer, reader) = pipe();
        writer.send_head(Response::new(()), Promise::Bytes(1));
        writer.send_data(Bytes::from_static(b"a"));
        assert!(reader.poll_next(&context()).is_ready());
        assert!(reader.is_at_end());
        drop(reader);
        assert!(!writer.is_gone());
    }

    #[test]
    fn a_full_pipe_waits_for_its_reader() {
        let (writer, reader) = pipe();
        writer.send_data(Bytes::from(vec![0; ROOM + 1]));
        assert!(writer.poll_room(&context()).is_pending());
        drop(reader);
        assert!(writer.poll_room(&context()).is_ready() && writer.is_gone());
    }
}
