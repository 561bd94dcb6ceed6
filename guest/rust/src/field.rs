//! Which fields of an answer the server takes without a word, so that they can be gathered.

use crate::words::{self, EACH};

/// What a field is, as far as gathering it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Name and value can go over the wire, and mean nothing to the server.
    Plain,
    /// The length of the body, in digits.
    Length(u64),
    /// The server must decide about it.
    Other,
}

/// Digits of a length that is surely below 2^64.
const MAX_DIGITS: usize = 19;

/// Appends the line of a field, and says what it is; if it is [`Kind::Other`] what was appended is of no use.
///
/// Bytes are looked at and copied in one go, eight together: a copy as such is a call of the machine's own, which costs more than
/// the few that a name or a value has.
pub(crate) fn append(line: &mut Vec<u8>, name: &str, value: &str) -> Kind {
    line.reserve(name.len() + value.len() + 4 + words::SPARE);
    let is_token = append_token(line, name.as_bytes());
    line.extend_from_slice(b": ");
    let is_plain = append_plain(line, value.as_bytes());
    line.extend_from_slice(b"\r\n");
    if name.is_empty() || !is_token || !is_plain {
        return Kind::Other;
    }
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    match name.len() {
        14 if is("content-length") => length(value).map_or(Kind::Other, Kind::Length),
        7 if is("upgrade") => Kind::Other,
        10 if is("connection") => Kind::Other,
        17 if is("transfer-encoding") => Kind::Other,
        _ => Kind::Plain,
    }
}

fn length(value: &str) -> Option<u64> {
    let is_number = value.len() <= MAX_DIGITS && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { value.parse().ok() } else { None }
}

/// RFC 9110, section 5.6.2: 1 for what no token has.
const NO_TOKEN: [u8; 256] = {
    let (mut table, mut byte) = ([1; 256], 0);
    while byte < 128 {
        let character = byte as u8;
        let is_separator = matches!(
            character,
            b'"' | b'(' | b')' | b',' | b'/' | b':'..=b'@' | b'[' | b'\\' | b']' | b'{' | b'}'
        );
        if character.is_ascii_graphic() && !is_separator {
            table[byte] = 0;
        }
        byte += 1;
    }
    table
};

/// Whether all of it is a token.
fn append_token(line: &mut Vec<u8>, name: &[u8]) -> bool {
    let bad = |word: u64| word.to_le_bytes().iter().fold(0, |bad, &byte| bad | NO_TOKEN[usize::from(byte)]);
    words::append(line, name, bad) == 0
}

/// Whether all of it is ASCII without control characters.
fn append_plain(line: &mut Vec<u8>, text: &[u8]) -> bool {
    // The high bit of a byte: beyond ASCII; below a blank; DEL. Where one borrows from another that one is bad already.
    let bad = |word: u64| {
        let (below, del) = (word.wrapping_sub(EACH * 0x20), (word ^ (EACH * 0x7f)).wrapping_sub(EACH));
        (word | below | del) & (EACH << 7)
    };
    words::append(line, text, bad) == 0
}

#[cfg(test)]
mod tests {
    use super::{Kind, append};

    fn kind(name: &str, value: &str) -> Kind {
        let mut line = b"A: b\r\n".to_vec();
        let kind = append(&mut line, name, value);
        if kind != Kind::Other {
            assert_eq!(line, format!("A: b\r\n{name}: {value}\r\n").into_bytes());
        }
        kind
    }

    #[test]
    fn plain_values_are_ascii_without_control_characters() {
        for character in (0..=300).filter_map(char::from_u32) {
            let is_plain = (' '..='~').contains(&character);
            assert_eq!(kind("X", &format!("a{character}b")) == Kind::Plain, is_plain, "{character:?}");
        }
    }

    #[test]
    fn names_are_tokens() {
        let signs = "!#$%&'*+-.^_`|~";
        for character in (0..=300).filter_map(char::from_u32) {
            let is_token = character.is_ascii_alphanumeric() || signs.contains(character);
            assert_eq!(kind(&format!("a{character}b"), "x") == Kind::Plain, is_token, "{character:?}");
        }
    }

    #[test]
    fn the_server_decides_about_framing() {
        for (name, value, expected) in [
            ("X-A", "b", Kind::Plain),
            ("X-A", "", Kind::Plain),
            ("content-length", "12", Kind::Length(12)),
            ("Content-Length", "+1", Kind::Other),
            ("Content-Length", "", Kind::Other),
            ("Content-Length", "99999999999999999999", Kind::Other),
            ("connection", "close", Kind::Other),
            ("Upgrade", "x", Kind::Other),
            ("Transfer-Encoding", "chunked", Kind::Other),
            ("", "x", Kind::Other),
            ("X A", "x", Kind::Other),
            ("X:", "x", Kind::Other),
            ("é", "x", Kind::Other),
            ("X", "é", Kind::Other),
            ("X", "a\tb", Kind::Other),
            ("X", "a\r\nb", Kind::Other),
        ] {
            assert_eq!(kind(name, value), expected, "{name}: {value}");
        }
    }
}
