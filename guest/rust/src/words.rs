//! Short texts, eight bytes at a time. A loop is asked at each turn whether the server wants it to stop, and a copy is a call of
//! the machine's own: both cost more than what they do to the few bytes of a name.

/// Multiplied with a byte, a word of such bytes.
pub(crate) const EACH: u64 = 0x0101_0101_0101_0101;

/// What a word has where there are no bytes any more: a letter passes all checks.
const FILLER: u64 = EACH * b'a' as u64;

/// Copies `from` to `to`, which is as long, and joins what `look` finds in its words. Some bytes may be looked at twice.
#[inline(always)]
pub(crate) fn copy(to: &mut [u8], from: &[u8], look: impl Fn(u64) -> u64) -> u64 {
    match (to.split_first_chunk_mut::<16>(), from.split_first_chunk::<16>()) {
        (Some((to_pair, to)), Some((pair, from))) if from.len() <= 16 && !from.is_empty() => {
            *to_pair = *pair;
            look_at(pair, &look) | copy_few(to, from, look)
        }
        (_, Some((_, rest))) if !rest.is_empty() => {
            to.copy_from_slice(from);
            look_at(from, look)
        }
        _ => copy_few(to, from, look),
    }
}

fn look_at(bytes: &[u8], look: impl Fn(u64) -> u64) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let found = words.iter().fold(0, |found, word| found | look(u64::from_le_bytes(*word)));
    if rest.is_empty() { found } else { found | look(few(rest)) }
}

/// The same for up to sixteen bytes: two words that overlap, or parts of one.
#[inline(always)]
fn copy_few(to: &mut [u8], from: &[u8], look: impl Fn(u64) -> u64) -> u64 {
    if let (Some(first), Some(last)) = (from.first_chunk(), from.last_chunk()) {
        put(to.first_chunk_mut(), *first);
        put(to.last_chunk_mut(), *last);
        return look(u64::from_le_bytes(*first)) | look(u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (from.first_chunk(), from.last_chunk()) {
        put(to.first_chunk_mut(), *first);
        put(to.last_chunk_mut(), *last);
        return look(fours(*first, *last));
    }
    if let (Some(first), Some(last)) = (from.first_chunk(), from.last_chunk()) {
        put(to.first_chunk_mut(), *first);
        put(to.last_chunk_mut(), *last);
        return look(twos(*first, *last));
    }
    if let Some(byte) = from.first_chunk() {
        put(to.first_chunk_mut(), *byte);
        return look(one(*byte));
    }
    0
}

/// Up to seven bytes as a word, some of them twice. Those of two texts that are as long differ where the texts do.
fn few(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        fours(*first, *last)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        twos(*first, *last)
    } else {
        bytes.first_chunk().map_or(FILLER, |byte| one(*byte))
    }
}

fn fours(first: [u8; 4], last: [u8; 4]) -> u64 {
    u64::from(u32::from_le_bytes(first)) | u64::from(u32::from_le_bytes(last)) << 32
}

fn twos(first: [u8; 2], last: [u8; 2]) -> u64 {
    u64::from(u16::from_le_bytes(first)) | u64::from(u16::from_le_bytes(last)) << 16 | FILLER << 32
}

fn one(byte: [u8; 1]) -> u64 {
    u64::from(byte[0]) | FILLER << 8
}

/// What is copied to is as long as what is copied from, so that there is a place for each part.
fn put<const N: usize>(to: Option<&mut [u8; N]>, bytes: [u8; N]) {
    if let Some(to) = to {
        *to = bytes;
    }
}

/// The text of bytes that are ASCII.
pub(crate) fn ascii(bytes: &[u8]) -> Option<String> {
    let (words, rest) = bytes.as_chunks();
    let whole = |word: &[u8; 8]| u64::from_le_bytes(*word);
    let end = || load(rest) | FILLER << (8 * rest.len());
    // Whole words are validated at once, bytes behind them one by one; nearly all texts are two words.
    let two = match words {
        [] => [end(), FILLER],
        [first] => [whole(first), end()],
        [first, second] if rest.is_empty() => [whole(first), whole(second)],
        _ => return std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()).map(str::to_owned),
    };
    if (two[0] | two[1]) & (EACH << 7) != 0 {
        return None;
    }
    let mut text = String::from_utf8(Vec::from(two.map(u64::to_le_bytes).as_flattened())).ok()?;
    text.truncate(bytes.len());
    Some(text)
}

/// Whether the names of two fields are the same. Not where names are looked for, most of which have another length.
#[inline(never)]
pub(crate) fn is_same_name(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (Some(first), Some(other_first)) = (one.first_chunk(), other.first_chunk()) else {
        return is_same_word(few(one), few(other));
    };
    let (Some(last), Some(other_last)) = (one.last_chunk(), other.last_chunk()) else { return false };
    let is_same =
        |one: &[u8; 8], other: &[u8; 8]| is_same_word(u64::from_le_bytes(*one), u64::from_le_bytes(*other));
    let ends = is_same(first, other_first) && is_same(last, other_last);
    // Up to sixteen bytes were looked at.
    ends && (one.len() <= 16
        || one.as_chunks().0.iter().zip(other.as_chunks().0).all(|(one, other)| is_same(one, other)))
}

fn is_same_word(one: u64, other: u64) -> bool {
    one == other || lower_case(one) == lower_case(other)
}

/// Up to seven bytes as a word, each once.
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

/// Each byte that is an upper case letter of ASCII as a lower case one.
fn lower_case(word: u64) -> u64 {
    // The high bit of each byte that is at least `A`, beyond `Z`, within ASCII.
    let low = word & (EACH * 0x7f);
    let from_a = low + EACH * u64::from(0x80 - b'A');
    let beyond_z = low + EACH * u64::from(0x7f - b'Z');
    let is_upper = (from_a ^ beyond_z) & !word & (EACH << 7);
    word | is_upper >> 2
}

#[cfg(test)]
mod tests {
    use super::{ascii, copy, is_same_name};

    #[test]
    fn all_is_copied_and_looked_at() {
        let text = b"0123456789@bcdefghijklmnopqrstuvwxyz";
        for length in 0..=text.len() {
            let mut to = vec![0; length];
            copy(&mut to, &text[..length], |_| 0);
            assert_eq!(to, text[..length]);
            for at in 0..length {
                let mut text = vec![b'a'; length];
                text[at] = 0x80;
                let high = |word| word & (super::EACH << 7);
                assert!(copy(&mut to, &text, high) != 0, "{at} of {length}");
                text[at] = b'a';
                assert_eq!(copy(&mut to, &text, high), 0);
            }
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
