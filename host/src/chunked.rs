//! The chunked transfer coding (RFC 9112, section 7.1), decoded as its bytes come.

use crate::limits::{MAX_FIELDS, MAX_LINE};

/// Bytes of chunk extensions and surplus zeros in one body. They mean nothing to anybody here, and
/// without a bound a body of one-byte chunks would cost a server thousands of times what it carries.
const MAX_EXTENSIONS: usize = 16 * 1024;

/// What [`Decoder::peek`] found. `skip` is how many bytes of framing came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `bytes` bytes of the body follow the skipped ones.
    Data { skip: usize, bytes: usize },
    /// All of the input was framing; the body goes on.
    More { skip: usize },
    /// The body and its trailer section have ended.
    End { skip: usize },
}

/// Decodes one chunked body. An error is final.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    state: State,
    extensions: usize,
    trailer: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    FirstDigit,
    Size {
        size: u64,
        digits: u8,
    },
    Extension {
        size: u64,
        quoted: bool,
        escaped: bool,
    },
    SizeLineFeed {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataReturn,
    DataLineFeed,
    Trailer,
    Done,
}

impl Decoder {
    /// Goes on with `input` up to the next bytes of body, at most `max` (at least 1). The framing that was skipped
    /// is done with; of the body, the caller says by [`Decoder::took`] how much it took.
    pub(crate) fn peek(&mut self, input: &[u8], max: usize) -> Result<Step, &'static str> {
        let mut at = 0;
        while at < input.len() {
            match self.state {
                State::Data { left } => {
                    let there = (input.len() - at).min(max);
                    let bytes = usize::try_from(left).unwrap_or(usize::MAX).min(there);
                    return Ok(Step::Data { skip: at, bytes });
                }
                State::Trailer => {
                    at += 1;
                    if self.trailer_byte(input[at - 1])? {
                        self.state = State::Done;
                        return Ok(Step::End { skip: at });
                    }
                }
                State::Done => break,
                state => {
                    self.state = self.frame_byte(state, input[at])?;
                    at += 1;
                }
            }
        }
        Ok(if self.state == State::Done { Step::End { skip: at } } else { Step::More { skip: at } })
    }

    /// Counts `bytes` of body, no more than the last [`Step::Data`] offered, as taken.
    pub(crate) fn took(&mut self, bytes: usize) {
        if let State::Data { left } = self.state {
            let left = left.saturating_sub(bytes as u64);
            self.state = if left == 0 { State::DataReturn } else { State::Data { left } };
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The trailer fields, once the body has ended.
    pub(crate) fn trailers(&self) -> Vec<(String, String)> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let Ok(httparse::Status::Complete((_, fields))) = httparse::parse_headers(&self.trailer, &mut fields)
        else {
            return Vec::new();
        };
        let text = |bytes: &[u8]| crate::request::latin1(bytes).into_owned();
        fields.iter().map(|field| (field.name.to_owned(), text(field.value.trim_ascii()))).collect()
    }

    fn frame_byte(&mut self, state: State, byte: u8) -> Result<State, &'static str> {
        let digit = char::from(byte).to_digit(16).map(u64::from);
        Ok(match (state, byte) {
            (State::FirstDigit, _) => match digit {
                Some(size) => State::Size { size, digits: 1 },
                None => return Err("a chunk size is not a hexadecimal number"),
            },
            (State::Size { size, .. }, b'\r') => State::SizeLineFeed { size },
            (State::Size { size, .. }, b';' | b' ' | b'\t') => {
                self.count_extension()?;
                State::Extension { size, quoted: false, escaped: false }
            }
            (State::Size { size, digits }, _) => match digit {
                Some(_) if digits == 16 => return Err("a chunk size has more than 16 digits"),
                Some(digit) => {
                    if size == 0 {
                        self.count_extension()?;
                    }
                    State::Size { size: size << 4 | digit, digits: digits + 1 }
                }
                None => return Err("a chunk size is not a hexadecimal number"),
            },
            (State::Extension { size, quoted: false, .. }, b'\r') => State::SizeLineFeed { size },
            (State::Extension { size, quoted, escaped }, _) => {
                self.count_extension()?;
                if byte != b'\t' && (byte < b' ' || byte == 0x7f) {
                    return Err("a control character in a chunk extension");
                }
                let toggles = byte == b'"' && !escaped;
                State::Extension {
                    size,
                    quoted: quoted ^ toggles,
                    escaped: quoted && byte == b'\\' && !escaped,
                }
            }
            (State::SizeLineFeed { size: 0 }, b'\n') => State::Trailer,
            (State::SizeLineFeed { size }, b'\n') => State::Data { left: size },
            (State::SizeLineFeed { .. }, _) => {
                return Err("a carriage return without a line feed after a chunk size");
            }
            (State::DataReturn, b'\r') => State::DataLineFeed,
            (State::DataLineFeed, b'\n') => State::FirstDigit,
            (State::DataReturn | State::DataLineFeed, _) => {
                return Err("a chunk is longer than its size says");
            }
            (State::Data { .. } | State::Trailer | State::Done, _) => {
                unreachable!("handled by peek")
            }
        })
    }

    fn count_extension(&mut self) -> Result<(), &'static str> {
        self.extensions += 1;
        if self.extensions > MAX_EXTENSIONS { Err("too many bytes of chunk extensions") } else { Ok(()) }
    }

    /// True when the trailer section is complete.
    fn trailer_byte(&mut self, byte: u8) -> Result<bool, &'static str> {
        if self.trailer.len() >= MAX_LINE {
            return Err("the trailer section is over 65,536 bytes");
        }
        if byte == b'\n' && !self.trailer.ends_with(b"\r") {
            return Err("a line feed without a carriage return in the trailer section");
        }
        self.trailer.push(byte);
        if self.trailer != b"\r\n" && !self.trailer.ends_with(b"\r\n\r\n") {
            return Ok(false);
        }
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        match httparse::parse_headers(&self.trailer, &mut fields) {
            Ok(httparse::Status::Complete(_)) => Ok(true),
            Err(httparse::Error::TooManyHeaders) => Err("more than 100 trailer fields"),
            _ => Err("a bad trailer field"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes all of `input`, handed over in pieces of `piece` bytes: the body and what was left.
    fn decode(input: &[u8], piece: usize, max: usize) -> Result<(Vec<u8>, Option<usize>), &'static str> {
        let (mut decoder, mut body, mut at) = (Decoder::default(), Vec::new(), 0);
        while at < input.len() {
            let end = (at + piece).min(input.len());
            match decoder.peek(&input[at..end], max)? {
                Step::Data { skip, bytes } => {
                    decoder.took(bytes);
                    body.extend_from_slice(&input[at + skip..at + skip + bytes]);
                    at += skip + bytes;
                }
                Step::More { skip } => at += skip,
                Step::End { skip } => return Ok((body, Some(at + skip))),
            }
        }
        Ok((body, None))
    }

    #[test]
    fn chunks_extensions_and_trailers_decode_however_they_are_split() {
        let input = b"4\r\nWiki\r\n5;a=b;c=\"d\\\";\"\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\nX: 1\r\nY:2\r\n\r\nGET";
        for piece in 1..input.len() {
            for max in [1, 3, 100] {
                let (body, end) = decode(input, piece, max).unwrap();
                assert_eq!(body, b"Wikipedia in\r\n\r\nchunks.");
                assert_eq!(end, Some(input.len() - 3));
            }
        }
    }

    #[test]
    fn trailers_are_there_at_the_end() {
        let mut decoder = Decoder::default();
        let input = b"0\r\nX: 1\r\nY:2\r\n\r\n";
        assert_eq!(decoder.peek(input, 9), Ok(Step::End { skip: input.len() }));
        assert_eq!(decoder.trailers(), [("X".into(), "1".into()), ("Y".into(), "2".into())]);
    }

    #[test]
    fn every_doubt_is_an_error() {
        for input in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "+1\r\n",
            "0x1\r\n",
            " 1\r\n",
            "1\n",
            "1\ra",
            "1\r\nab",
            "1\r\na\n",
            "1\r\na\ra",
            "11111111111111111\r\n",
            "1;\n\r\n",
            "1;a\x00b\r\n",
            "0\r\n\n",
            "0\r\nX\r\n\r\n",
            "0\r\nX : 1\r\n\r\n",
            "0\r\n X: 1\r\n\r\n",
            "0\r\nX: 1\n\r\n",
        ] {
            for piece in 1..=input.len() {
                assert!(decode(input.as_bytes(), piece, 100).is_err(), "{input:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn extensions_are_bounded_over_the_whole_body() {
        let one = b"1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n";
        assert!(decode(&one.repeat(MAX_EXTENSIONS / 40), 4096, 100).is_err());
        assert!(decode(&one.repeat(10), 4096, 100).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_decodes(
            chunks in proptest::collection::vec(proptest::collection::vec(proptest::num::u8::ANY, 1..50), 0..10),
            piece in 1usize..70,
        ) {
            let mut input = Vec::new();
            for chunk in &chunks {
                input.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                input.extend_from_slice(chunk);
                input.extend_from_slice(b"\r\n");
            }
            input.extend_from_slice(b"0\r\n\r\n");
            let whole = input.len();
            input.extend_from_slice(b"next");
            proptest::prop_assert_eq!(decode(&input, piece, 1000), Ok((chunks.concat(), Some(whole))));
        }

        #[test]
        fn splitting_never_changes_the_outcome(input in "[0-9a-f;\r\n x:]{0,60}", piece in 1usize..20) {
            let whole = decode(input.as_bytes(), input.len().max(1), 1000);
            let split = decode(input.as_bytes(), piece, 1000);
            proptest::prop_assert_eq!(whole, split);
        }
    }
}
