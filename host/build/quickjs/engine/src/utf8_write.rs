//! The engine's characters as bytes in UTF-8 and ISO-8859-1.

use std::collections::TryReserveError;

use super::lanes::*;
use super::packing::{pack_pairs, pack_triples};
use super::utf8::Unit;

/// As many units are left behind what is taken in vectors, and as many bytes of the target: what a vector writes too much is
/// written anew by what follows, so that nothing is touched behind the last character.
const LEFT_UNITS: usize = BLOCK;
const LEFT_BYTES: usize = 3 * BLOCK;

/// A text's bytes in UTF-8; U+FFFD stands for halves of pairs. An error is that there is no room for them.
pub(crate) fn encode<T: Unit>(text: &[T]) -> Result<Vec<u8>, TryReserveError> {
    let length = encoded_length(text);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length)?;
    bytes.resize(length, 0);
    let (_, written) = encode_into(text, &mut bytes);
    debug_assert_eq!(written, length);
    Ok(bytes)
}

/// A text's bytes in ISO-8859-1; of characters beyond it the lower half is left. An error is that there is no room for them.
pub(crate) fn encode_latin1<T: Unit>(text: &[T]) -> Result<Vec<u8>, TryReserveError> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.len())?;
    bytes.extend(text.iter().map(|unit| unit.value() as u8));
    Ok(bytes)
}

/// How many bytes [`encode`] makes.
fn encoded_length<T: Unit>(text: &[T]) -> usize {
    let (mut length, mut halves) = (0, 0);
    // The sums of a part fit into 16 bits, of which the compiler takes eight at once.
    for part in text.chunks(1 << 14) {
        let (mut more, mut of_pairs) = (0_u16, 0_u16);
        for unit in part.iter().map(|unit| unit.value()) {
            more += u16::from(unit >= 0x80) + u16::from(unit >= 0x800);
            of_pairs += u16::from(unit & 0xf800 == 0xd800);
        }
        length += part.len() + usize::from(more);
        halves += usize::from(of_pairs);
    }
    if halves == 0 {
        return length;
    }
    // Each half was counted as three bytes: as many as its replacement has, and one too many in a pair.
    length - 2 * pairs(text)
}

fn pairs<T: Unit>(text: &[T]) -> usize {
    let mut count = 0;
    for (first, second) in text.chunks(1 << 14).zip(text.get(1..).unwrap_or_default().chunks(1 << 14)) {
        let mut of_part = 0_u16;
        for (one, other) in first.iter().zip(second) {
            of_part +=
                u16::from(one.value() & 0xfc00 == 0xd800) & u16::from(other.value() & 0xfc00 == 0xdc00);
        }
        count += usize::from(of_part);
    }
    count
}

/// Writes as many characters as fit whole, and gives how many units of the text and how many bytes that was.
pub(crate) fn encode_into<T: Unit>(text: &[T], target: &mut [u8]) -> (usize, usize) {
    let (mut read, mut written) = (0, 0);
    while read < text.len() {
        let (units, bytes) = encode_blocks(&text[read..], &mut target[written..]);
        read += units;
        written += bytes;
        let Some((units, bytes)) = encode_character(&text[read..], &mut target[written..]) else {
            break;
        };
        read += units;
        written += bytes;
    }
    (read, written)
}

/// Writes what a text begins with as far as there is room around it, and no half of a pair stands alone.
fn encode_blocks<T: Unit>(text: &[T], target: &mut [u8]) -> (usize, usize) {
    let (mut read, mut written) = (0, 0);
    loop {
        if let Some(block) = text[read..].first_chunk::<BLOCK>()
            && let Some(room) = target[written..].first_chunk_mut::<BLOCK>()
            && let Some(ascii) = ascii(block)
        {
            put(room, ascii);
            read += BLOCK;
            written += BLOCK;
            continue;
        }
        let Some(window) = text[read..].first_chunk::<{ UNITS + LEFT_UNITS }>() else { break };
        let Some(room) = target[written..].first_chunk_mut::<{ BLOCK + LEFT_BYTES }>() else { break };
        let units = T::vector(window.first_chunk().expect("it is longer"));
        let Some(bytes) = encode_eight(units, room) else { break };
        read += UNITS;
        written += bytes;
    }
    (read, written)
}

/// The bytes of a block that is in ASCII.
fn ascii<T: Unit>(block: &[T; BLOCK]) -> Option<Vector> {
    let (first, second) = block.split_first_chunk().expect("it is longer");
    let (first, second) = (T::vector(first), T::vector(second.first_chunk().expect("it is as long")));
    (!is_any(ge16(or(first, second), splat16(0x80)))).then(|| narrow(first, second))
}

fn put(room: &mut [u8], vector: Vector) {
    room[..BLOCK].copy_from_slice(&bytes(vector));
}

/// Writes eight units, unless they begin with, end with or have half of a pair; how many bytes that was.
fn encode_eight(units: Vector, room: &mut [u8; BLOCK + LEFT_BYTES]) -> Option<usize> {
    let more = ge16(units, splat16(0x80));
    let tail = or(and(units, splat16(0x3f)), splat16(0x80));
    let last = shl16(tail, 8);
    let of_two = or(or(shr16(units, 6), splat16(0xc0)), last);
    let two = select(of_two, units, more);
    let wide = ge16(units, splat16(0x800));
    if !is_any(wide) {
        let (packed, count) = pack_pairs(two, mask16(more));
        put(room, packed);
        return Some(count);
    }
    let middle = shl16(or(and(shr16(units, 6), splat16(0x3f)), splat16(0x80)), 8);
    let of_three = or(or(shr16(units, 12), splat16(0xe0)), middle);
    let mut begins = select(of_three, two, wide);
    let mut three = mask16(wide);
    let halves = eq16(and(units, splat16(0xf800)), splat16(0xd800));
    if is_any(halves) {
        let first = eq16(and(units, splat16(0xfc00)), splat16(0xd800));
        let (firsts, all) = (mask16(first), mask16(halves));
        if u16::from(firsts) * 3 != u16::from(all) {
            return None;
        }
        begins = select(select(first_half(units), second_half(units, last), first), begins, halves);
        three &= !all;
    }
    let two = mask16(more);
    let (packed, first) = pack_triples(low_pairs(begins, tail), two, three);
    put(room, packed);
    let (packed, second) = pack_triples(high_pairs(begins, tail), two >> 4, three >> 4);
    put(&mut room[first..], packed);
    Some(first + second)
}

/// The first two bytes of the character that the first half of a pair begins.
fn first_half(units: Vector) -> Vector {
    // Bits from the tenth on of the character.
    let bits = add16(and(units, splat16(0x3ff)), splat16(0x40));
    let second = or(and(shr16(bits, 2), splat16(0x3f)), splat16(0x80));
    or(or(shr16(bits, 8), splat16(0xf0)), shl16(second, 8))
}

/// The last two bytes of the character that the second half of a pair ends, by the units and the last of its bytes.
fn second_half(units: Vector, last: Vector) -> Vector {
    let of_first = shl16(and(earlier_unit(units), splat16(0x03)), 4);
    or(or(or(and(shr16(units, 6), splat16(0x0f)), of_first), splat16(0x80)), last)
}

/// Writes the character that a text begins with, if there is room: how many units and how many bytes it has.
fn encode_character<T: Unit>(text: &[T], target: &mut [u8]) -> Option<(usize, usize)> {
    let unit = text.first()?.value();
    let tail = |bits: u16| 0x80 | (bits & 0x3f) as u8;
    match (unit, target) {
        (0..0x80, [first, ..]) => {
            *first = unit as u8;
            Some((1, 1))
        }
        (0x80..0x800, [first, second, ..]) => {
            (*first, *second) = (0xc0 | (unit >> 6) as u8, tail(unit));
            Some((1, 2))
        }
        (0xd800..0xe000, rest) => {
            let (character, units) = pair(text);
            let places = rest.get_mut(..character.len_utf8())?;
            Some((units, character.encode_utf8(places).len()))
        }
        (0x800.., [first, second, third, ..]) => {
            (*first, *second, *third) = (0xe0 | (unit >> 12) as u8, tail(unit >> 6), tail(unit));
            Some((1, 3))
        }
        _ => None,
    }
}

/// The character of the pair that a text begins with, or what replaces a half; and how many units it has.
fn pair<T: Unit>(text: &[T]) -> (char, usize) {
    let mut characters = char::decode_utf16(text.iter().take(2).map(|unit| unit.value()));
    match characters.next() {
        Some(Ok(character)) => (character, 2),
        _ => (char::REPLACEMENT_CHARACTER, 1),
    }
}
