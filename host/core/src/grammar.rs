//! Which bytes may stand where: the character classes of RFC 9110 and RFC 3986, in one table.

/// RFC 9110, section 5.6.2: methods, field names, codings.
const TOKEN: u8 = 1;
/// A request target. Bytes above ASCII and a few more are not allowed by RFC 3986, but browsers of old and Python's
/// users send them; control characters never pass, nor does `#`, which no request target has (RFC 9112, section 3.2).
const TARGET: u8 = 2;
/// A registered name or IPv4 address, and `%` (RFC 3986, section 3.2.2). The comma is left out: to whoever joins
/// two Host fields into one it separates them.
const NAME: u8 = 4;
/// `qdtext` of RFC 9110, section 5.6.4.
const QUOTED: u8 = 8;
/// What may follow a backslash in a quoted string.
const ESCAPED: u8 = 16;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class(byte as u8);
        byte += 1;
    }
    table
}

const fn class(byte: u8) -> u8 {
    let mut class = 0;
    let alphanumeric = byte.is_ascii_alphanumeric();
    if alphanumeric
        || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_')
        || matches!(byte, b'`' | b'|' | b'~')
    {
        class |= TOKEN;
    }
    if byte > b' ' && byte != 0x7f && byte != b'#' {
        class |= TARGET;
    }
    if alphanumeric
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')')
        || matches!(byte, b'*' | b'+' | b';' | b'=')
    {
        class |= NAME;
    }
    if byte == b'\t' || (byte >= b' ' && byte != 0x7f) {
        class |= ESCAPED;
        if byte != b'"' && byte != b'\\' {
            class |= QUOTED;
        }
    }
    class
}

/// Without a branch a byte: nearly all texts pass, and so are looked at to their end anyway.
fn all(text: &[u8], class: u8) -> bool {
    text.iter().fold(class, |classes, &byte| classes & CLASSES[usize::from(byte)]) == class
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}

/// RFC 9110, section 5.6.2.
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && all(text, TOKEN)
}

/// Whether the byte may stand in a token.
pub fn in_token(byte: u8) -> bool {
    is(byte, TOKEN)
}

/// Whether all of a request target's characters are such.
pub fn is_target(text: &[u8]) -> bool {
    all(text, TARGET)
}

/// Whether all of a host's characters are such, `%` included.
pub fn is_name(text: &[u8]) -> bool {
    all(text, NAME)
}

/// Whether nothing in a field's value ends the line or confuses a terminal: tabs are the only control characters.
pub fn is_value(text: &[u8]) -> bool {
    // By arithmetic, of which processors do many bytes at a time; as the table has it.
    text.iter().fold(true, |all, &byte| all & ((byte >= b' ') & (byte != 0x7f) | (byte == b'\t')))
}

/// Between the quotes of a quoted string, and no backslash.
pub fn in_quotes(byte: u8) -> bool {
    is(byte, QUOTED)
}

/// Behind a backslash in a quoted string.
pub fn may_be_escaped(byte: u8) -> bool {
    is(byte, ESCAPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_of_the_bytes_that_may_be_escaped() {
        for byte in 0..=255 {
            assert_eq!(is_value(&[b'x', byte]), is(byte, ESCAPED), "{byte}");
        }
    }

    #[test]
    fn the_classes_are_those_of_the_rfcs() {
        let members = |class| (0..=255).filter(|&byte| is(byte, class)).map(char::from).collect::<String>();
        let ascii = |class| members(class).chars().filter(char::is_ascii).collect::<String>();
        assert_eq!(
            members(TOKEN),
            "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~"
        );
        assert_eq!(
            members(NAME),
            "!$%&'()*+-.0123456789;=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"
        );
        assert_eq!(ascii(TARGET), ('!'..='~').filter(|&character| character != '#').collect::<String>());
        let text: String = std::iter::once('\t').chain(' '..='~').collect();
        assert_eq!(ascii(ESCAPED), text);
        assert_eq!(ascii(QUOTED), text.replace(['"', '\\'], ""));
        for byte in 0x80..=0xff {
            assert!(is(byte, TARGET) && is(byte, QUOTED) && is(byte, ESCAPED) && !is(byte, TOKEN | NAME));
        }
    }
}
