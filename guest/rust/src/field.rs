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

/// Bytes of a line beside the name and the value.
pub(crate) const FRAME: usize = 4;

/// Writes the line of a field, which `line` has just the room for, and says what it is; if it is [`Kind::Other`] what was
/// written is of no use.
///
/// Bytes are looked at and copied in one go, eight together: a copy as such is a call of the machine's own, which costs more than
/// the few that a name or a value has.
pub(crate) fn write(line: &mut [u8], name: &str, value: &str) -> Kind {
    let Some((to_name, rest)) = line.split_at_mut_checked(name.len()) else { return Kind::Other };
    let Some((colon, rest)) = rest.split_first_chunk_mut() else { return Kind::Other };
    let Some((to_value, end)) = rest.split_last_chunk_mut() else { return Kind::Other };
    if to_value.len() != value.len() {
        return Kind::Other;
    }
    let is_token = copy_token(to_name, name.as_bytes());
    *colon = *b": ";
    let is_plain = copy_plain(to_value, value.as_bytes());
    *end = *b"\r\n";
    if name.is_empty() || !is_token || !is_plain {
        return Kind::Other;
    }
    let is = |other: &[u8]| words::is_same_name(name.as_bytes(), other);
    // Length and first letter tell nearly all others apart.
    match (name.len(), name.as_bytes().first().map(|first| first | 0x20)) {
        (14, Some(b'c')) if is(b"content-length") => length(value).map_or(Kind::Other, Kind::Length),
        (7, Some(b'u')) if is(b"upgrade") => Kind::Other,
        (10, Some(b'c')) if is(b"connection") => Kind::Other,
        (17, Some(b't')) if is(b"transfer-encoding") => Kind::Other,
        _ => Kind::Plain,
    }
}

fn length(value: &str) -> Option<u64> {
    let digits = value.as_bytes();
    let is_number = (1..=MAX_DIGITS).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |length, digit| 10 * length + u64::from(digit - b'0')))
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
fn copy_token(to: &mut [u8], name: &[u8]) -> bool {
    // The high bit of a byte: neither a letter nor a hyphen, of which nearly all names are.
    let odd = |word: u64| {
        let low = word & (EACH * 0x7f);
        let lower = low | (EACH * 0x20);
        let letter = (lower + EACH * u64::from(0x80 - b'a')) & !(lower + EACH * u64::from(0x7f - b'z'));
        let no_hyphen = (low ^ (EACH * u64::from(b'-'))) + EACH * 0x7f;
        ((!letter & no_hyphen) | word) & (EACH << 7)
    };
    words::copy(to, name, odd) == 0
        || name.iter().fold(0, |bad, &byte| bad | NO_TOKEN[usize::from(byte)]) == 0
}

/// Whether all of it is ASCII without control characters.
fn copy_plain(to: &mut [u8], text: &[u8]) -> bool {
    // The high bit of a byte: beyond ASCII; below a blank; DEL. Where one borrows from another that one is bad already.
    let bad = |word: u64| {
        let (below, del) = (word.wrapping_sub(EACH * 0x20), (word ^ (EACH * 0x7f)).wrapping_sub(EACH));
        (word | below | del) & (EACH << 7)
    };
    words::copy(to, text, bad) == 0
}

#[cfg(test)]
mod tests {
    use super::{FRAME, Kind, write};

    fn kind(name: &str, value: &str) -> Kind {
        let mut line = vec![0; name.len() + value.len() + FRAME];
        let kind = write(&mut line, name, value);
        if kind != Kind::Other {
            assert_eq!(line, format!("{name}: {value}\r\n").into_bytes());
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
