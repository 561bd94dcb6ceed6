//! A chunked body (RFC 9112, section 7.1), from all of its bytes.

use super::{field, in_token, take_line};

/// Bytes of extensions and of zeros that a size did not need, in one body.
const MAX_EXTENSIONS: usize = 16 * 1024;
/// Fields behind the body.
const MAX_FIELDS: usize = 100;
/// Bytes of the trailer section.
const MAX_TRAILERS: usize = 65_536;

/// What the bytes are.
#[derive(Debug, PartialEq, Eq)]
pub enum Chunks {
    /// All of a body.
    Whole {
        /// What is in the chunks.
        body: Vec<u8>,
        /// The fields behind it.
        trailers: Vec<(Vec<u8>, Vec<u8>)>,
        /// Bytes up to its end.
        length: usize,
    },
    /// The beginning of one, as far as whole lines tell.
    Unfinished(Vec<u8>),
    /// None: what was in the chunks before the fault.
    Malformed(Vec<u8>),
}

/// Decodes what `input` begins with.
#[must_use]
pub fn decode(input: &[u8]) -> Chunks {
    let mut body = Vec::new();
    let mut extensions = 0;
    let mut rest = input;
    loop {
        let size = match take_line(&mut rest) {
            None => return Chunks::Unfinished(body),
            Some(line) => line.and_then(|line| size(line, &mut extensions)),
        };
        match size {
            None => return Chunks::Malformed(body),
            Some(0) => return trailers(input, rest, body),
            Some(size) if size >= rest.len() as u64 => {
                body.extend_from_slice(rest);
                return Chunks::Unfinished(body);
            }
            Some(size) => {
                let (chunk, behind) = rest.split_at(usize::try_from(size).expect("shorter than the input"));
                body.extend_from_slice(chunk);
                rest = match behind {
                    b"\r" => return Chunks::Unfinished(body),
                    [b'\r', b'\n', rest @ ..] => rest,
                    _ => return Chunks::Malformed(body),
                };
            }
        }
    }
}

fn trailers(input: &[u8], mut rest: &[u8], body: Vec<u8>) -> Chunks {
    let mut trailers = Vec::new();
    let start = rest.len();
    let mut is_bad = false;
    while let Some(line) = take_line(&mut rest) {
        // What is wrong with a field is said at the end of the section, a line feed alone at once.
        let Some(line) = line else {
            return Chunks::Malformed(body);
        };
        if start - rest.len() > MAX_TRAILERS {
            return Chunks::Malformed(body);
        }
        if line.is_empty() {
            return match is_bad || trailers.len() > MAX_FIELDS {
                true => Chunks::Malformed(body),
                false => Chunks::Whole { body, trailers, length: input.len() - rest.len() },
            };
        }
        match field(line) {
            Some((name, value)) => trailers.push((name.to_vec(), value.to_vec())),
            None => is_bad = true,
        }
    }
    Chunks::Unfinished(body)
}

/// A line of a size and its extensions, whose bytes are counted.
fn size(line: &[u8], extensions: &mut usize) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (number, rest) = line.split_at(digits);
    if digits == 0 || digits > 16 || !are_extensions(rest) {
        return None;
    }
    // The first digit is needed, whichever it is.
    let surplus = number.iter().take_while(|&&digit| digit == b'0').count().min(digits - 1);
    *extensions += surplus + rest.len();
    let number = std::str::from_utf8(number).expect("digits");
    (*extensions <= MAX_EXTENSIONS).then(|| u64::from_str_radix(number, 16).expect("at most 16 digits"))
}

/// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`
fn are_extensions(mut text: &[u8]) -> bool {
    while !text.is_empty() {
        let Some(rest) = after_blanks(text).strip_prefix(b";") else {
            return false;
        };
        let Some(rest) = after_token(after_blanks(rest)) else {
            return false;
        };
        text = match after_blanks(rest).strip_prefix(b"=") {
            None => rest,
            Some(value) => match after_value(after_blanks(value)) {
                Some(rest) => rest,
                None => return false,
            },
        };
    }
    true
}

fn after_blanks(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count()..]
}

fn after_token(text: &[u8]) -> Option<&[u8]> {
    let length = text.iter().take_while(|&&byte| in_token(byte)).count();
    (length > 0).then(|| &text[length..])
}

/// A token or a quoted string.
fn after_value(text: &[u8]) -> Option<&[u8]> {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        return after_token(text);
    };
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', escaped, rest @ ..] if super::is_text(&[*escaped]) => rest,
            [b'\\', ..] | [] => return None,
            [byte, rest @ ..] if super::is_text(&[*byte]) => rest,
            _ => return None,
        };
    }
}
