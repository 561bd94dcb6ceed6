//! The request's body as the handler reads it: `rfile`.

use crate::chunked::{Decoder, Step};
use crate::failure::Failure;
use crate::framing::BodyLength;
use crate::limits::{MAX_DRAIN, PIECE};
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
enum Piece {
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
        Body { source, max, read: 0, failed: None }
    }

    /// Turns to the raw connection, whatever the body was.
    pub(crate) fn upgrade(&mut self) {
        self.source = Source::Raw;
        self.failed = None;
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

    /// What can be had without waiting: `None` asks to wait for the client.
    pub(crate) fn read_now(&mut self, wire: &mut Wire, size: usize) -> Option<Result<Vec<u8>, Failure>> {
        let size = size.min(PIECE);
        if size == 0 {
            return Some(Ok(Vec::new()));
        }
        match self.peek(wire, size) {
            Err(failure) => Some(Err(failure)),
            Ok(Piece::End) => Some(Ok(Vec::new())),
            Ok(Piece::Wanting) => None,
            Ok(Piece::There(bytes)) => {
                let piece = wire.unread()[..bytes].to_vec();
                self.advance(wire, bytes);
                Some(Ok(piece))
            }
        }
    }

    /// Adds to `line` up to the end of the line, of the body or of `limit`, whichever comes first. False asks
    /// to wait for the client and to call again.
    pub(crate) fn read_line_now(
        &mut self,
        wire: &mut Wire,
        line: &mut Vec<u8>,
        limit: usize,
    ) -> Result<bool, Failure> {
        let limit = limit.min(PIECE);
        while line.len() < limit {
            match self.peek(wire, limit - line.len())? {
                Piece::End => break,
                Piece::Wanting => return Ok(false),
                Piece::There(bytes) => {
                    let there = &wire.unread()[..bytes];
                    let line_feed = memchr::memchr(b'\n', there);
                    let taken = line_feed.map_or(bytes, |at| at + 1);
                    line.extend_from_slice(&there[..taken]);
                    self.advance(wire, taken);
                    if line_feed.is_some() {
                        break;
                    }
                }
            }
        }
        Ok(true)
    }

    /// Reads what is left and throws it away, at most `most` bytes. True when the end was met.
    pub(crate) async fn drain(&mut self, wire: &mut Wire, most: u64) -> bool {
        let start = self.read;
        while self.read - start <= most {
            match self.peek(wire, PIECE) {
                Err(_) => return false,
                Ok(Piece::End) => return self.is_at_end(),
                Ok(Piece::There(bytes)) => self.advance(wire, bytes),
                Ok(Piece::Wanting) => {
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
                Err(_) | Ok(Piece::End) => return,
                Ok(Piece::There(bytes)) => self.advance(wire, bytes),
                Ok(Piece::Wanting) => match wire.read_what_is_there(PIECE).await {
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

    fn peek(&mut self, wire: &mut Wire, size: usize) -> Result<Piece, Failure> {
        if let Some(failure) = &self.failed {
            return Err(failure.clone());
        }
        let there = wire.unread().len();
        match &mut self.source {
            Source::Empty | Source::Length(0) | Source::RawEnded => Ok(Piece::End),
            Source::Chunked(decoder) if decoder.is_done() => Ok(Piece::End),
            _ if there == 0 => Ok(Piece::Wanting),
            Source::Raw => Ok(Piece::There(there.min(size))),
            Source::Length(left) => {
                let left = usize::try_from(*left).unwrap_or(usize::MAX);
                Ok(Piece::There(there.min(size).min(left)))
            }
            Source::Chunked(decoder) => match decoder.peek(wire.unread(), size) {
                Err(why) => Err(self.fail(Failure::Malformed(why.into()))),
                Ok(step) => self.took(wire, step),
            },
        }
    }

    /// Passes over framing; what is left at the wire's front is body.
    fn took(&mut self, wire: &mut Wire, step: Step) -> Result<Piece, Failure> {
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
                Ok(Piece::Wanting)
            }
            Step::End { skip } => {
                wire.consume(skip);
                Ok(Piece::End)
            }
            Step::Data { skip, bytes } => {
                wire.consume(skip);
                Ok(Piece::There(bytes))
            }
        }
    }

    fn advance(&mut self, wire: &mut Wire, bytes: usize) {
        wire.consume(bytes);
        self.read += bytes as u64;
        match &mut self.source {
            Source::Length(left) => *left -= bytes as u64,
            Source::Chunked(decoder) => decoder.took(bytes),
            Source::Empty | Source::Raw | Source::RawEnded => {}
        }
    }

    /// Waits for the client to send more.
    pub(crate) async fn wait(&mut self, wire: &mut Wire) -> Result<(), Failure> {
        if matches!(self.source, Source::Raw) {
            return self.wait_raw(wire).await;
        }
        // A large body is read in large pieces; a small one does not grow the buffer.
        let room = self.left().map_or(PIECE, |left| usize::try_from(left).unwrap_or(PIECE).min(PIECE));
        match wire.fill(room).await {
            Ok(()) => Ok(()),
            Err(end) => Err(self.fail(end.into())),
        }
    }

    /// A raw connection outlives a read that timed out, as a handler may have something to say when its client has not.
    async fn wait_raw(&mut self, wire: &mut Wire) -> Result<(), Failure> {
        if wire.is_unwritable() {
            return Err(self.fail(Failure::Closed));
        }
        match wire.fill(PIECE).await {
            Ok(()) => Ok(()),
            Err(End::Closed) => {
                self.source = Source::RawEnded;
                Ok(())
            }
            Err(End::TimedOut) => {
                wire.outlive_timeout();
                Err(Failure::TimedOut)
            }
            Err(end @ (End::Broken | End::Draining)) => Err(self.fail(end.into())),
        }
    }

    fn fail(&mut self, failure: Failure) -> Failure {
        self.failed.get_or_insert(failure).clone()
    }
}
