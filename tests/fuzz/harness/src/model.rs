//! What RFC 9110 and 9112 say of a connection's bytes, written a second time and as plainly as can be: it sees all of the
//! input at once, splits it where the RFC does, and knows nothing of how the server goes about it.

pub mod answers;
pub mod chunks;
pub mod error_page;
pub mod files;
pub mod head;
pub mod routes;
pub mod snapshot;
pub mod target;

/// Takes a number of 32 bits off the front, the lowest first, and as many bytes as it says.
pub fn take_counted<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_number(input)? as usize;
    if input.len() < length {
        return None;
    }
    let (taken, rest) = input.split_at(length);
    *input = rest;
    Some(taken)
}

/// Takes a number of 32 bits off the front, the lowest first.
pub fn take_number(input: &mut &[u8]) -> Option<u32> {
    let [a, b, c, d, rest @ ..] = *input else {
        return None;
    };
    let number = [d, c, b, a].iter().fold(0, |number, byte| number << 8 | u32::from(**byte));
    *input = rest;
    Some(number)
}

/// `token` of RFC 9110, section 5.6.2.
#[must_use]
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| in_token(byte))
}

fn in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Visible characters, blanks, tabs and what is beyond ASCII.
#[must_use]
pub fn is_text(text: &[u8]) -> bool {
    text.iter().all(|&byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

/// Without the blanks and tabs around it.
#[must_use]
pub fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Takes a line up to its line feed off the front: without its CR LF. `None` when there is no line feed, `Some(None)` when it
/// stands alone.
pub fn take_line<'a>(input: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let at = input.iter().position(|&byte| byte == b'\n')?;
    let (line, rest) = input.split_at(at + 1);
    *input = rest;
    Some(line.strip_suffix(b"\r\n"))
}

/// A field line: its name and its value.
pub fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    (is_token(name) && is_text(value)).then(|| (name, trimmed(value)))
}
