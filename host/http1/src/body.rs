//! The request's body as the handler reads it: `rfile`.

use std::task::{Context, Poll, ready};
use std::time::Instant;

use doverb_core::chunked::{Decoder, Step};
use doverb_core::downstream::Piece;
use doverb_core::failure::Failure;
use doverb_core::limits::{MAX_DRAIN, PIECE};

use crate::parse::framing::BodyLength;
use crate::wire::{End, Wire};

/// The body of the request being served. Reads never go past its end into the next request.
#[derive(Debug, Default)]
pub(crate) struct Body {
    source: Source,
    /// Bound of a body whose length was not announced, 0 for none.
    max: u64,
    /// Bytes given to the handler so far.
    read: u64,
    /// A failure is final: it comes again at every read.
    failed: Option<Failure>,
    /// When a raw connection's client was heard last.
    heard: Option<Instant>,
}

#[derive(Debug, Default)]
enum Source {
    #[default]
    Empty,
    Length(u64),
    Chunked(Box<Decoder>),
    /// The connection itself, after an upgrade.
    Raw,
    RawEnded,
}

/// A piece of the body at the front of what is unread on the wire.
enum Front {
    There(usize),
    End,
    Wanting,
}

impl Body {
    pub(crate) fn new(length: BodyLength, max: u64) -> Body {
        let source = match length {
            BodyLength::None => Source::Empty,
            BodyLength::Length(bytes) => Source::Length(bytes),
            BodyLength::Chunked => Source::Chunked(Box::default()),
        };
        Body { source, max, read: 0, failed: None, heard: None }
    }

    /// Turns to the raw connection, whatever the body was.
    pub(crate) fn upgrade(&mut self) {
        self.source = Source::Raw;
        self.failed = None;
        self.heard = Some(Instant::now());
    }

    /// Whether it is the connection itself.
    pub(crate) fn is_raw(&self) -> bool {
        matches!(self.source, Source::Raw | Source::RawEnded)
    }

    /// Whether every byte of the body was read, so that the next request begins at the wire's front.
    pub(crate) fn is_at_end(&self) -> bool {
        match &self.source {
            Source::Empty | Source::Length(0) => true,
            Source::Length(_) | Source::Raw | Source::RawEnded => false,
            Source::Chunked(decoder) => decoder.is_done(),
        }
    }

    /// Bytes still to come, if that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        match self.source {
            Source::Empty => Some(0),
            Source::Length(left) => Some(left),
            Source::Chunked(_) | Source::Raw | Source::RawEnded => None,
        }
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failed.as_ref()
    }

    /// The trailer fields, once a read has met the end.
    pub(crate) fn trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        match &self.source {
            Source::Chunked(decoder) if decoder.is_done() => Ok(decoder.trailers()),
            Source::Empty | Source::Length(0) => Ok(Vec::new()),
            _ => Err(Failure::out_of_order("trailers", "read the body to its end first")),
        }
    }

    /// What can be had without waiting.
    pub(crate) fn piece<'a>(&mut self, wire: &'a mut Wire, most: usize) -> Result<Piece<'a>, Failure> {
        Ok(match self.peek(wire, most)? {
            Front::There(bytes) => Piece::There(&wire.unread()[..bytes]),
            Front::Wanting => Piece::Wanting,
            Front::End => Piece::End,
        })
    }

    /// Reads what is left and throws it away, at most `most` bytes. True when the end was met.
    pub(crate) async fn drain(&mut self, wire: &mut Wire, most: u64) -> bool {
        let start = self.read;
        while self.read - start <= most {
            match self.peek(wire, PIECE) {
                Err(_) => return false,
                Ok(Front::End) => return self.is_at_end(),
                Ok(Front::There(bytes)) => self.advance(wire, bytes),
                Ok(Front::Wanting) => {
                    if self.wait(wire).await.is_err() {
                        return false;
                    }
                }
            }
        }
        false
    }

    /// Throws away what has come of a body that its handler did not read, so that a malformed one is known before the
    /// answer leaves. Does not wait for the client.
    pub(crate) async fn skip_what_is_there(&mut self, wire: &mut Wire) {
        let start = self.read;
        while self.read - start <= MAX_DRAIN {
            match self.peek(wire, PIECE) {
                Err(_) | Ok(Front::End) => return,
                Ok(Front::There(bytes)) => self.advance(wire, bytes),
                Ok(Front::Wanting) => match wire.read_what_is_there(PIECE).await {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(end) => {
                        self.fail(end.into());
                        return;
                    }
                },
            }
        }
    }

    fn peek(&mut self, wire: &mut Wire, size: usize) -> Result<Front, Failure> {
        if let Some(failure) = &self.failed {
            return Err(failure.clone());
        }
        let there = wire.unread().len();
        match &mut self.source {
            Source::Empty | Source::Length(0) | Source::RawEnded => Ok(Front::End),
            Source::Chunked(decoder) if decoder.is_done() => Ok(Front::End),
            _ if there == 0 => Ok(Front::Wanting),
            Source::Raw => Ok(Front::There(there.min(size))),
            Source::Length(left) => {
                let left = usize::try_from(*left).unwrap_or(usize::MAX);
                Ok(Front::There(there.min(size).min(left)))
            }
            Source::Chunked(decoder) => match decoder.peek(wire.unread(), size) {
                Err(why) => Err(self.fail(Failure::Malformed(why.into()))),
                Ok(step) => self.took(wire, step),
            },
        }
    }

    /// Passes over framing; what is left at the wire's front is body.
    fn took(&mut self, wire: &mut Wire, step: Step) -> Result<Front, Failure> {
        if let Source::Chunked(decoder) = &self.source
            && self.max > 0
            && self.read.saturating_add(decoder.announced()) > self.max
        {
            // Said already, so it need not come.
            return Err(self.fail(Failure::TooLarge(self.max)));
        }
        match step {
            Step::More { skip } => {
                wire.consume(skip);
                Ok(Front::Wanting)
            }
            Step::End { skip } => {
                wire.consume(skip);
                Ok(Front::End)
            }
            Step::Data { skip, bytes } => {
                wire.consume(skip);
                Ok(Front::There(bytes))
            }
        }
    }

    pub(crate) fn advance(&mut self, wire: &mut Wire, bytes: usize) {
        wire.consume(bytes);
        self.read += bytes as u64;
        match &mut self.source {
            Source::Length(left) => *left -= bytes as u64,
            Source::Chunked(decoder) => decoder.took(bytes),
            Source::Empty | Source::Raw | Source::RawEnded => {}
        }
    }

    /// Waits for the client to send more.
    pub(crate) fn poll_more(
        &mut self,
        wire: &mut Wire,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Failure>> {
        if matches!(self.source, Source::Raw) {
            return self.poll_raw(wire, context);
        }
        // A large body is read in large pieces; a small one does not grow the buffer.
        let room = self.left().map_or(PIECE, |left| usize::try_from(left).unwrap_or(PIECE).min(PIECE));
        Poll::Ready(ready!(wire.poll_fill(room, context)).map_err(|end| self.fail(end.into())))
    }

    /// A raw connection outlives a read that timed out, as a handler may have something to say when its client has not.
    fn poll_raw(&mut self, wire: &mut Wire, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        if wire.is_unwritable() {
            return Poll::Ready(Err(self.fail(Failure::Closed)));
        }
        let filled = wire.poll_fill(PIECE, context);
        if filled.is_pending() {
            // One that says nothing for ever would keep its instance for ever, however long a read of its may wait.
            let silent_until = self.heard.and_then(|heard| heard.checked_add(wire.raw_idle));
            let Some(deadline) = silent_until else { return Poll::Pending };
            return wire.poll_until(deadline, context).map(|()| Err(self.fail(Failure::Closed)));
        }
        Poll::Ready(match ready!(filled) {
            Ok(()) => {
                self.heard = Some(Instant::now());
                Ok(())
            }
            Err(End::Closed) => {
                self.source = Source::RawEnded;
                Ok(())
            }
            // Both times were over.
            Err(End::TimedOut) if self.heard.is_some_and(|heard| heard.elapsed() >= wire.raw_idle) => {
                Err(self.fail(Failure::Closed))
            }
            Err(End::TimedOut) => {
                wire.outlive_timeout();
                Err(Failure::TimedOut)
            }
            Err(end @ (End::Broken | End::Draining | End::AskedToGo)) => Err(self.fail(end.into())),
        })
    }

    async fn wait(&mut self, wire: &mut Wire) -> Result<(), Failure> {
        wire.begin_wait();
        std::future::poll_fn(|context| self.poll_more(wire, context)).await
    }

    fn fail(&mut self, failure: Failure) -> Failure {
        self.failed.get_or_insert(failure).clone()
    }
}
