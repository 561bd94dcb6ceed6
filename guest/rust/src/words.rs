//! Short texts, eight bytes at a time. A loop is asked at each turn whether the server wants it to stop, and a copy is a call of
//! the machine's own: both cost more than what they do to the few bytes of a name.

/// Bytes that [`append`] may need beyond those that it appends.
pub(crate) const SPARE: usize = 8;

/// Multiplied with a byte, a word of such bytes.
pub(crate) const EACH: u64 = 0x0101_0101_0101_0101;

/// What the last word has where there are no bytes any more: a letter passes all checks.
const FILLER: u64 = EACH * b'a' as u64;

/// Appends all of `bytes`, and joins what `look` finds in their words.
pub(crate) fn append<T>(to: &mut Vec<u8>, bytes: &[u8], look: impl Fn(u64) -> T) -> T
where
    T: std::ops::BitOr<Output = T> + Default,
{
    let (words, rest) = bytes.as_chunks::<8>();
    let mut found = T::default();
    for word in words {
        to.extend_from_slice(word);
        found = found | look(u64::from_le_bytes(*word));
    }
    let end = to.len() + rest.len();
    let last = load(rest);
    to.extend_from_slice(&last.to_le_bytes());
    to.truncate(end);
    found | look(last | FILLER << (8 * rest.len()))
}

/// The text of bytes that are ASCII.
pub(crate) fn ascii(bytes: &[u8]) -> Option<String> {
    let mut text = Vec::with_capacity(bytes.len() + SPARE);
    let high = append(&mut text, bytes, |word| word & (EACH << 7));
    // Whole words are validated at once, bytes behind them one by one.
    text.resize(bytes.len().next_multiple_of(8), b'a');
    let mut text = String::from_utf8(text).ok().filter(|_| high == 0)?;
    text.truncate(bytes.len());
    Some(text)
}

/// Whether the names of two fields are the same.
pub(crate) fn is_same_name(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let ((words, rest), (others, other_rest)) = (one.as_chunks(), other.as_chunks());
    let pairs =
        words.iter().zip(others).map(|(one, other)| (u64::from_le_bytes(*one), u64::from_le_bytes(*other)));
    let differs = |(one, other): (u64, u64)| one != other && lower_case(one) != lower_case(other);
    !differs((load(rest), load(other_rest))) && !pairs.into_iter().any(differs)
}

/// Each byte that is an upper case letter of ASCII as a lower case one.
fn lower_case(word: u64) -> u64 {
    // The high bit of each byte that is at least `A`, beyond `Z`, within ASCII.
    let low = word & (EACH * 0x7f);
    let from_a = low + EACH * u64::from(0x80 - b'A');
    let beyond_z = low + EACH * u64::from(0x7f - b'Z');
    let is_upper = (from_a ^ beyond_z) & !word & (EACH << 7);
    word | is_upper >> 2
}

/// Up to seven bytes as a word.
fn load(bytes: &[u8]) -> u64 {
    let all = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let last = u64::from(u32::from_le_bytes(*last));
        u64::from(u32::from_le_bytes(*first)) | last << (8 * (all - 4))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last()) {
        u64::from(u16::from_le_bytes(*first)) | u64::from(*last) << (8 * (all - 1))
    } else {
        bytes.first().copied().map_or(0, u64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::{append, ascii, is_same_name};

    #[test]
    fn all_is_appended_and_looked_at() {
        let text = b"0123456789abcdefghijklmn";
        for length in 0..=text.len() {
            let mut to = b"before".to_vec();
            let ones = append(&mut to, &text[..length], |word| word);
            assert_eq!(to, [b"before", &text[..length]].concat());
            let all = text[..length].iter().fold(0, |all, byte| all | byte);
            assert_eq!(ones.to_le_bytes().iter().fold(0, |all, byte| all | byte) | b'a', all | b'a');
        }
    }

    #[test]
    fn texts_of_ascii_are_texts() {
        for length in 0..20 {
            let text = "x".repeat(length);
            assert_eq!(ascii(text.as_bytes()).as_deref(), Some(&text[..]));
            for at in 0..length {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = 0xe9;
                assert_eq!(ascii(&bytes), None);
            }
        }
    }

    #[test]
    fn names_are_compared_without_case() {
        for (one, other) in (0..=255).flat_map(|one| (0..=255).map(move |other| (one, other))) {
            for name in [&[one][..], &[b'-', one, b'x', one, b'-', one, one, one, one]] {
                let other: Vec<u8> =
                    name.iter().map(|byte| if *byte == one { other } else { *byte }).collect();
                assert_eq!(
                    is_same_name(name, &other),
                    name.eq_ignore_ascii_case(&other),
                    "{name:?} {other:?}"
                );
            }
        }
        assert!(!is_same_name(b"Accept", b"Accept-Language"));
    }
}
