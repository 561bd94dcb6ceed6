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
/// What nearly all hosts are made of: letters, digits, hyphens and dots.
const HOST: u8 = 32;

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
    if alphanumeric || matches!(byte, b'-' | b'.') {
        class |= HOST;
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

/// Whether the byte may stand in a request target.
pub fn in_target(byte: u8) -> bool {
    is(byte, TARGET)
}

/// Whether all of a host's characters are such, `%` included.
pub fn is_name(text: &[u8]) -> bool {
    all(text, NAME)
}

/// Whether the byte is one of those that nearly all hosts are made of.
pub fn in_plain_host(byte: u8) -> bool {
    is(byte, HOST)
}

/// Whether a name is this one, which is in lower case, without regard to case.
#[inline(always)]
pub fn is_same<const N: usize>(name: &[u8], lower: &[u8; N]) -> bool {
    let Ok(name) = <&[u8; N]>::try_from(name) else { return false };
    // Without a branch a byte. A letter has the bit of which half is the one that makes it lower case.
    name.iter().zip(lower).fold(0, |odd, (byte, lower)| odd | ((byte | ((lower & 0x40) >> 1)) ^ lower)) == 0
}

/// Whether nothing in a field's value ends the line or confuses a terminal: tabs are the only control characters.
pub fn is_value(text: &[u8]) -> bool {
    // By arithmetic, of which processors do many bytes at a time; as the table has it.
    text.iter().fold(true, |all, &byte| all & ((byte >= b' ') & (byte != 0x7f) | (byte == b'\t')))
}

/// Multiplied with a byte, a word of such bytes.
const EACH: u64 = 0x0101_0101_0101_0101;

/// How many bytes of a token `text` begins with.
pub fn token_length(text: &[u8]) -> usize {
    let plain = length_of(text, |word| {
        let low = word & (EACH * 0x7f);
        // The high bit of each byte: at least `a` and not beyond `z` as a lower case letter; not a hyphen.
        let lower = low | (EACH * 0x20);
        let letter = (lower + EACH * u64::from(0x80 - b'a')) & !(lower + EACH * u64::from(0x7f - b'z'));
        let no_hyphen = (low ^ (EACH * u64::from(b'-'))) + EACH * 0x7f;
        (!letter & no_hyphen) | word
    });
    plain + text[plain..].iter().take_while(|&&byte| in_token(byte)).count()
}

/// How many bytes `text` begins with that are ASCII and no control characters.
pub fn plain_length(text: &[u8]) -> usize {
    let plain = length_of(text, |word| {
        let low = word & (EACH * 0x7f);
        // The high bit of each byte: not below a blank; DEL.
        let (printable, del) = (low + EACH * (0x80 - 0x20), low + EACH);
        !printable | del | word
    });
    plain + text[plain..].iter().take_while(|&byte| matches!(byte, b' '..=b'~')).count()
}

/// How many bytes `text` begins with until one whose high bit `odd` sets. Only whole words are looked at: eight bytes together,
/// of which none may borrow from another.
fn length_of(text: &[u8], odd: impl Fn(u64) -> u64) -> usize {
    let (words, _) = text.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let found = odd(u64::from_le_bytes(*word)) & (EACH << 7);
        if found != 0 {
            return 8 * place + found.trailing_zeros() as usize / 8;
        }
    }
    8 * words.len()
}

/// The name and the value of the line of a field that a text begins with, if it is written as nearly all are: in ASCII alone, with one
/// blank behind the colon and none at the end. Each byte is looked at once.
#[inline]
pub fn plain_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, rest) = text.split_at(token_length(text));
    let rest = rest.strip_prefix(b": ")?;
    let (value, end) = rest.split_at(plain_length(rest));
    let is_trimmed = !value.starts_with(b" ") && !value.ends_with(b" ");
    (!name.is_empty() && is_trimmed && end.starts_with(b"\r\n")).then_some((name, value))
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
    fn lengths_end_at_the_first_other_byte() {
        for (length, byte) in (0..20).flat_map(|length| (0..=255).map(move |byte| (length, byte))) {
            for rest in ["", ": and more bytes than a word has"] {
                let text = [&b"Abcxyz-Z".repeat(3)[..length], &[byte], rest.as_bytes()].concat();
                let by_one = |is: fn(u8) -> bool| text.iter().take_while(|&&byte| is(byte)).count();
                assert_eq!(token_length(&text), by_one(in_token), "{length} {byte}");
                assert_eq!(
                    plain_length(&text),
                    by_one(|byte| matches!(byte, b' '..=b'~')),
                    "{length} {byte}"
                );
            }
        }
    }

    #[test]
    fn names_are_the_same_whatever_their_case() {
        for (place, byte) in (0..10).flat_map(|place| (0..=255).map(move |byte| (place, byte))) {
            let mut name = *b"cOnNeC-ION";
            name[place] = byte;
            assert_eq!(is_same(&name, b"connec-ion"), name.eq_ignore_ascii_case(b"connec-ion"), "{byte}");
        }
        assert!(!is_same(b"connec", b"connec-ion"));
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
