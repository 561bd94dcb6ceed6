//! The chunked transfer coding (RFC 9112, section 7.1), decoded as its bytes come.

use crate::grammar::{in_quotes, in_token, may_be_escaped};
use crate::limits::{MAX_FIELDS, MAX_LINE};

/// Bytes of chunk extensions and surplus zeros in one body. They mean nothing to anybody here, and
/// without a bound a body of one-byte chunks would cost a server thousands of times what it carries.
const MAX_EXTENSIONS: usize = 16 * 1024;

/// What [`Decoder::peek`] found. `skip` is how many bytes of framing came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `bytes` bytes of the body follow the skipped ones.
    Data {
        /// Bytes of framing before it.
        skip: usize,
        /// Bytes of the body.
        bytes: usize,
    },
    /// All of the input was framing; the body goes on.
    More {
        /// Bytes of framing that are done with.
        skip: usize,
    },
    /// The body and its trailer section have ended.
    End {
        /// Bytes of framing up to the end.
        skip: usize,
    },
}

/// Decodes one chunked body. An error is final.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    state: State,
    /// Of the chunk: its size so far, then its bytes that are still to come.
    left: u64,
    digits: u8,
    extensions: usize,
    trailer: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    FirstDigit,
    Size,
    /// White space that may only be followed by a semicolon (RFC 9112, section 7.1.1).
    Blank,
    /// Behind a semicolon: the name of an extension must come.
    Semicolon,
    Name,
    /// White space behind a name: a semicolon or an equals sign must follow.
    BlankAfterName,
    Equals,
    Value,
    Quoted,
    Escaped,
    AfterQuoted,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    Trailer,
    Done,
}

impl Decoder {
    /// Goes on with `input` up to the next bytes of body, at most `max` (at least 1). The framing that was skipped
    /// is done with; of the body, the caller says by [`Decoder::took`] how much it took.
    pub fn peek(&mut self, input: &[u8], max: usize) -> Result<Step, &'static str> {
        let mut at = 0;
        while at < input.len() {
            match self.state {
                State::Data => {
                    let there = (input.len() - at).min(max);
                    let bytes = usize::try_from(self.left).unwrap_or(usize::MAX).min(there);
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
    pub fn took(&mut self, bytes: usize) {
        if self.state == State::Data {
            self.left = self.left.saturating_sub(bytes as u64);
            if self.left == 0 {
                self.state = State::DataReturn;
            }
        }
    }

    /// Bytes that the chunk that has begun says it still has.
    pub fn announced(&self) -> u64 {
        if self.state == State::Data { self.left } else { 0 }
    }

    /// Whether the body and its trailer have ended.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The trailer fields, once the body has ended.
    pub fn trailers(&self) -> Vec<(String, String)> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let Ok(httparse::Status::Complete((_, fields))) = httparse::parse_headers(&self.trailer, &mut fields)
        else {
            return Vec::new();
        };
        let text = |bytes: &[u8]| crate::latin1::decode(bytes).into_owned();
        fields.iter().map(|field| (field.name.to_owned(), text(field.value.trim_ascii()))).collect()
    }

    fn frame_byte(&mut self, state: State, byte: u8) -> Result<State, &'static str> {
        match state {
            State::FirstDigit | State::Size => self.size_byte(state, byte),
            State::SizeLineFeed if byte == b'\n' => {
                Ok(if self.left == 0 { State::Trailer } else { State::Data })
            }
            State::SizeLineFeed => Err("a carriage return without a line feed after a chunk size"),
            State::DataReturn if byte == b'\r' => Ok(State::DataLineFeed),
            State::DataLineFeed if byte == b'\n' => Ok(State::FirstDigit),
            State::DataReturn | State::DataLineFeed => Err("a chunk is longer than its size says"),
            _ => self.extension_byte(state, byte),
        }
    }

    fn size_byte(&mut self, state: State, byte: u8) -> Result<State, &'static str> {
        match (state, char::from(byte).to_digit(16)) {
            (State::FirstDigit, Some(digit)) => {
                self.left = u64::from(digit);
                self.digits = 1;
                Ok(State::Size)
            }
            (State::FirstDigit, None) => Err("a chunk size is not a hexadecimal number"),
            (_, Some(_)) if self.digits == 16 => Err("a chunk size has more than 16 digits"),
            (_, Some(digit)) => {
                if self.left == 0 {
                    self.count_extension()?;
                }
                self.left = self.left << 4 | u64::from(digit);
                self.digits += 1;
                Ok(State::Size)
            }
            (_, None) => match byte {
                b'\r' | b';' | b' ' | b'\t' => self.extension_byte(State::AfterQuoted, byte),
                _ => Err("a chunk size is not a hexadecimal number"),
            },
        }
    }

    /// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`
    fn extension_byte(&mut self, state: State, byte: u8) -> Result<State, &'static str> {
        if byte != b'\r' {
            self.count_extension()?;
        }
        let is_blank = matches!(byte, b' ' | b'\t');
        match (state, byte) {
            (State::Name | State::Value | State::AfterQuoted, b'\r') => Ok(State::SizeLineFeed),
            (
                State::Blank | State::Name | State::BlankAfterName | State::Value | State::AfterQuoted,
                b';',
            ) => Ok(State::Semicolon),
            (State::Name | State::BlankAfterName, b'=') => Ok(State::Equals),
            (State::Name | State::BlankAfterName, _) if is_blank => Ok(State::BlankAfterName),
            (State::Blank | State::Value | State::AfterQuoted, _) if is_blank => Ok(State::Blank),
            (State::Semicolon | State::Equals, _) if is_blank => Ok(state),
            (State::Semicolon | State::Name, _) if in_token(byte) => Ok(State::Name),
            (State::Equals | State::Value, _) if in_token(byte) => Ok(State::Value),
            (State::Equals, b'"') => Ok(State::Quoted),
            (State::Quoted, b'"') => Ok(State::AfterQuoted),
            (State::Quoted, b'\\') => Ok(State::Escaped),
            (State::Quoted, _) if in_quotes(byte) => Ok(State::Quoted),
            (State::Escaped, _) if may_be_escaped(byte) => Ok(State::Quoted),
            (State::Blank, _) => Err("white space after a chunk size"),
            _ => Err("a bad chunk extension"),
        }
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
        if self.trailer == b"\r\n" {
            return Ok(true);
        }
        if !self.trailer.ends_with(b"\r\n\r\n") {
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
            "0\r\nX: 1\r\n folded\r\n\r\n",
            "0\r\nX: a\rb\r\n\r\n",
            "0\r\nX: a\0b\r\n\r\n",
            "1_0\r\n",
            "1 \r\n",
            "1\t\r\n",
            "1 1\r\n",
            "1;\r\n",
            "1; \r\n",
            "1;a;\r\n",
            "1;=b\r\n",
            "1;a=\r\n",
            "1;a \r\n",
            "1;a=b \r\n",
            "1;a b\r\n",
            "1;a=b c\r\n",
            "1;a=b=c\r\n",
            "1;[=b\r\n",
            "1;a=\"b\r\n",
            "1;a=\"b\"c\r\n",
            "1;a=\"\x7f\"\r\n",
            "1;a\rb\r\n",
            "1;a=\"\\\x01\"\r\n",
            "1;a\n",
            "\r\n1\r\n",
        ] {
            for piece in 1..=input.len() {
                assert!(decode(input.as_bytes(), piece, 100).is_err(), "{input:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn white_space_is_taken_where_the_grammar_has_it() {
        // RFC 9112, section 7.1.1: bad white space must be parsed and removed.
        for line in [
            "1;a",
            "1 ;a",
            "1\t ; a",
            "1;a=b",
            "1;a = b",
            "1 ; a\t=\tb ; c",
            "1;a=\"\"",
            "1;a=\" \\\" \t;\u{e9}\" ;b",
            "00000001",
            "1;a;b;c=d",
        ] {
            let input = format!("{line}\r\nx\r\n0\r\n\r\n");
            for piece in 1..=input.len() {
                let whole = Ok((b"x".to_vec(), Some(input.len())));
                assert_eq!(decode(input.as_bytes(), piece, 100), whole, "{line:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn the_largest_sizes_are_taken_as_they_are() {
        for (line, size) in
            [("ffffffffffffffff", u64::MAX), ("FFFFFFFFFFFFFFFE", u64::MAX - 1), ("000000000000000a", 10)]
        {
            let mut decoder = Decoder::default();
            let input = format!("{line}\r\n");
            assert_eq!(decoder.peek(input.as_bytes(), 9), Ok(Step::More { skip: input.len() }));
            assert_eq!(decoder.announced(), size);
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
            chunks in proptest::collection::vec(
                (
                    proptest::collection::vec(proptest::num::u8::ANY, 1..50),
                    "([ \t]{0,2};[ \t]{0,2}[a-z!]{1,5}([ \t]{0,2}=[ \t]{0,2}([a-z0-9]{1,5}|\"([ !#-\\[\\]-~]|\\\\[ -~]){0,5}\"))?){0,3}",
                ),
                0..10,
            ),
            trailers in proptest::collection::vec(("[A-Za-z-]{1,9}", "([!-~]([ -~]{0,9}[!-~])?)?"), 0..5),
            piece in 1usize..70,
            max in 1usize..70,
        ) {
            let mut input = Vec::new();
            for (chunk, extensions) in &chunks {
                input.extend_from_slice(format!("{:x}{extensions}\r\n", chunk.len()).as_bytes());
                input.extend_from_slice(chunk);
                input.extend_from_slice(b"\r\n");
            }
            input.extend_from_slice(b"0\r\n");
            for (name, value) in &trailers {
                input.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
            input.extend_from_slice(b"\r\n");
            let whole = input.len();
            input.extend_from_slice(b"next");
            let body: Vec<u8> = chunks.into_iter().flat_map(|(chunk, _)| chunk).collect();
            proptest::prop_assert_eq!(decode(&input, piece, max), Ok((body, Some(whole))));
            let mut decoder = Decoder::default();
            let mut at = 0;
            while let Step::Data { skip, bytes } = decoder.peek(&input[at..], 1000).unwrap() {
                decoder.took(bytes);
                at += skip + bytes;
            }
            proptest::prop_assert_eq!(decoder.trailers(), trailers);
        }

        #[test]
        fn splitting_never_changes_the_outcome(input in "[0-9a-f;=\"\\\\\r\n x:]{0,60}", piece in 1usize..20) {
            let whole = decode(input.as_bytes(), input.len().max(1), 1000);
            let split = decode(input.as_bytes(), piece, 1000);
            proptest::prop_assert_eq!(whole, split);
        }

        /// Near misses: chunks of which one byte was changed. No more than the input is read, and what decodes is as long
        /// as the sizes say.
        #[test]
        fn no_input_is_read_beyond_its_end(
            sizes in proptest::collection::vec(1usize..20, 0..5),
            place in 0usize..100,
            byte: u8,
            piece in 1usize..20,
        ) {
            let mut input: Vec<u8> = sizes
                .iter()
                .flat_map(|&size| format!("{size:x};a=\"b\"\r\n{}\r\n", "x".repeat(size)).into_bytes())
                .chain(*b"0\r\nX: y\r\n\r\n")
                .collect();
            let place = place % input.len();
            input[place] = byte;
            if let Ok((body, end)) = decode(&input, piece, 1000) {
                proptest::prop_assert!(body.len() <= input.len());
                proptest::prop_assert!(end.is_none_or(|end| end <= input.len()));
            }
            proptest::prop_assert_eq!(decode(&input, piece, 7), decode(&input, input.len(), 1000));
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(input: Vec<u8>, piece in 1usize..20) {
            let whole = decode(&input, input.len().max(1), 1000);
            proptest::prop_assert_eq!(whole, decode(&input, piece, 1000));
        }
    }
}
