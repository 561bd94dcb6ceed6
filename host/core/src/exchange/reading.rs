//! The body of the request as the handler reads it: `rfile`.

use super::{Exchange, Expect};
use crate::clock::Came;
use crate::downstream::{self, Piece};
use crate::failure::Failure;
use crate::limits::PIECE;

impl Exchange {
    /// Up to `size` bytes of the body without waiting: `None` asks to wait for the client.
    pub(crate) fn read_now(&mut self, size: u32) -> Option<Result<Vec<u8>, Failure>> {
        if let Err(failure) = self.expect_request("read") {
            return Some(Err(failure));
        }
        let size = (size as usize).min(PIECE);
        if size == 0 {
            return Some(Ok(Vec::new()));
        }
        let piece = match self.down.body(size) {
            Err(failure) => return Some(Err(failure)),
            Ok(Piece::End) => return Some(Ok(Vec::new())),
            Ok(Piece::Wanting) => return None,
            Ok(Piece::There(bytes)) => bytes.to_vec(),
        };
        self.down.consume(piece.len());
        Some(Ok(piece))
    }

    pub(crate) async fn read(&mut self, size: u32) -> Result<Vec<u8>, Failure> {
        loop {
            if let Some(result) = self.read_now(size) {
                return result;
            }
            self.wait_for_body().await?;
        }
    }

    pub(crate) async fn read_line(&mut self, limit: u32) -> Result<Vec<u8>, Failure> {
        self.expect_request("read-line")?;
        let limit = (limit as usize).min(PIECE);
        let mut line = Vec::new();
        while line.len() < limit {
            let there = match self.down.body(limit - line.len())? {
                Piece::End => break,
                Piece::There(bytes) => bytes,
                Piece::Wanting => {
                    self.wait_for_body().await?;
                    continue;
                }
            };
            let line_feed = memchr::memchr(b'\n', there);
            let taken = line_feed.map_or(there.len(), |at| at + 1);
            line.extend_from_slice(&there[..taken]);
            self.down.consume(taken);
            if line_feed.is_some() {
                break;
            }
        }
        Ok(line)
    }

    pub(crate) fn trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        self.expect_request("trailers")?;
        self.down.trailers()
    }

    async fn wait_for_body(&mut self) -> Result<(), Failure> {
        if let Some(failure) = self.untold.take() {
            return Err(failure);
        }
        if self.expect == Expect::Continue {
            self.tell_to_continue();
        }
        let flushed = self.flush().await;
        if !self.answer.is_raw() {
            flushed?;
        }
        // On a raw connection a client that takes nothing has gone; that a read timed out means that it says nothing.
        let wait = self.clock.as_ref().map(|clock| clock.begin_wait());
        let result = downstream::wait_for_body(&mut *self.down).await;
        self.end_wait(wait, if result.is_ok() { Came::Something } else { Came::Nothing });
        result
    }
}
