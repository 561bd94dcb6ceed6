//! What a handler writes of the body.

use super::{Answer, Body, Phase};
use crate::chunked::{Decoder, Step};
use crate::downstream::Downstream;
use crate::failure::Failure;
use crate::limits::PIECE;

impl Answer {
    /// Takes body bytes. All of `data` or, on a failure, none of it.
    pub fn write(&mut self, down: &mut dyn Downstream, data: &[u8]) -> Result<(), Failure> {
        match self.phase {
            Phase::Start | Phase::Head(_) => {
                Err(Failure::out_of_order("write", "call send-response and end-headers first"))
            }
            Phase::Done => Err(Failure::out_of_order("write", "the body has ended already")),
            Phase::Raw => {
                down.data(data);
                Ok(())
            }
            Phase::Body(_) => match self.own_chunks.take() {
                None => self.write_body(down, data),
                Some(mut decoder) => {
                    let result = self.write_own_chunks(down, &mut decoder, data);
                    self.own_chunks = Some(decoder);
                    result
                }
            },
        }
    }

    /// Whether `bytes` more fit the declared length.
    pub fn expect_room(&self, bytes: u64) -> Result<(), Failure> {
        match self.phase {
            Phase::Body(Body::Length(left)) if left < bytes => {
                Err(Failure::TooLarge(self.declared.unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    fn write_body(&mut self, down: &mut dyn Downstream, data: &[u8]) -> Result<(), Failure> {
        self.expect_room(data.len() as u64)?;
        match &mut self.phase {
            Phase::Body(Body::Held) if !self.asked.is_head => self.held.extend_from_slice(data),
            Phase::Body(Body::Streamed) => down.data(data),
            Phase::Body(Body::Length(left)) => {
                *left -= data.len() as u64;
                down.data(data);
            }
            _ => {}
        }
        self.written += data.len() as u64;
        Ok(())
    }

    /// The handler frames the body itself, as it would have to in Python. Its chunks are decoded and
    /// framed anew, so that nothing malformed reaches the wire.
    fn write_own_chunks(
        &mut self,
        down: &mut dyn Downstream,
        decoder: &mut Decoder,
        data: &[u8],
    ) -> Result<(), Failure> {
        // Looked through before any of it leaves, so that what is refused leaves no trace, in the decoder neither.
        unchunk(&mut decoder.clone(), data, |_| Ok(()))?;
        unchunk(decoder, data, |piece| self.write_body(down, piece))
    }
}

/// Gives what is in a handler's chunks to `take`, piece by piece.
fn unchunk(
    decoder: &mut Decoder,
    data: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut at = 0;
    while at < data.len() {
        let step = decoder.peek(&data[at..], PIECE).map_err(|why| Failure::Malformed(why.into()))?;
        match step {
            Step::Data { skip, bytes } => {
                decoder.took(bytes);
                take(&data[at + skip..at + skip + bytes])?;
                at += skip + bytes;
            }
            Step::More { .. } => break,
            Step::End { skip } if at + skip < data.len() => {
                return Err(Failure::Malformed("bytes after the last chunk".into()));
            }
            Step::End { .. } => break,
        }
    }
    Ok(())
}
