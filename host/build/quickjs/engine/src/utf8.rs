//! Texts between UTF-8 and the characters that the engine has: of one byte (ISO-8859-1) or of two (UTF-16).

use std::collections::TryReserveError;
use std::mem::MaybeUninit;

const REPLACEMENT: u16 = 0xfffd;
/// So many bytes are looked at together.
const BLOCK: usize = 16;
/// The bit of each byte of a word that ASCII does not have.
const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);
const LOW_BITS: u64 = HIGH_BITS >> 7;

/// A character of a string of the engine's: a unit of UTF-16, or of ISO-8859-1, which is one of those.
pub(crate) trait Unit: Copy {
    fn of(character: u16) -> Self;
    fn value(self) -> u16;
    /// As many as there are bytes.
    fn of_block(bytes: &[u8; BLOCK]) -> [Self; BLOCK];
    /// How many characters at the beginning are in ASCII, and the bytes of those.
    fn ascii(block: &[Self; BLOCK]) -> (usize, [u8; BLOCK]);
}

impl Unit for u8 {
    fn of(character: u16) -> u8 {
        character as u8
    }

    fn value(self) -> u16 {
        u16::from(self)
    }

    fn of_block(bytes: &[u8; BLOCK]) -> [u8; BLOCK] {
        *bytes
    }

    fn ascii(block: &[u8; BLOCK]) -> (usize, [u8; BLOCK]) {
        let high = u128::from_le_bytes(*block) & u128::from_ne_bytes([0x80; BLOCK]);
        (high.trailing_zeros() as usize / 8, *block)
    }
}

impl Unit for u16 {
    fn of(character: u16) -> u16 {
        character
    }

    fn value(self) -> u16 {
        self
    }

    fn of_block(bytes: &[u8; BLOCK]) -> [u16; BLOCK] {
        #[cfg(target_arch = "wasm32")]
        {
            use std::arch::wasm32::{u16x8_extend_high_u8x16, u16x8_extend_low_u8x16, v128};
            // SAFETY: each has as many bytes as the other, and none that would be no value.
            unsafe {
                let bytes = std::mem::transmute::<[u8; BLOCK], v128>(*bytes);
                std::mem::transmute([u16x8_extend_low_u8x16(bytes), u16x8_extend_high_u8x16(bytes)])
            }
        }
        #[cfg(not(target_arch = "wasm32"))]
        bytes.map(u16::from)
    }

    fn ascii(block: &[u16; BLOCK]) -> (usize, [u8; BLOCK]) {
        #[cfg(target_arch = "wasm32")]
        {
            use std::arch::wasm32::{
                i8x16_bitmask, i8x16_narrow_i16x8, u8x16_narrow_i16x8, u16x8_gt, u16x8_splat, v128,
            };
            // SAFETY: each has as many bytes as the other, and none that would be no value.
            unsafe {
                let [one, other] = std::mem::transmute::<[u16; BLOCK], [v128; 2]>(*block);
                let greatest = u16x8_splat(0x7f);
                let beyond = i8x16_narrow_i16x8(u16x8_gt(one, greatest), u16x8_gt(other, greatest));
                let count = (u32::from(i8x16_bitmask(beyond)) | 1 << BLOCK).trailing_zeros() as usize;
                (count, std::mem::transmute::<v128, [u8; BLOCK]>(u8x16_narrow_i16x8(one, other)))
            }
        }
        #[cfg(not(target_arch = "wasm32"))]
        (block.iter().take_while(|unit| **unit < 0x80).count(), block.map(|unit| unit as u8))
    }
}

/// What bytes will be as a string, if they are in UTF-8.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub(crate) struct Extent {
    /// How many characters of UTF-16.
    pub(crate) units: usize,
    /// Whether there are characters beyond ASCII.
    pub(crate) has_more: bool,
    /// Whether there are characters beyond U+00FF.
    pub(crate) is_wide: bool,
}

impl Extent {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(4096) {
            let (words, rest) = part.as_chunks::<8>();
            let words = words.iter().map(|word| u64::from_le_bytes(*word));
            if words.clone().fold(0, |all, word| all | word) & HIGH_BITS == 0 {
                self.units += words.len() * 8;
            } else {
                words.for_each(|word| self.add_word(word, 8));
            }
            for &byte in rest {
                self.add_word(u64::from(byte), 1);
            }
        }
    }

    /// Adds the lowest bytes of a word. What is looked at is moved to the lowest bit of its byte.
    fn add_word(&mut self, word: u64, bytes: u32) {
        let high = word >> 7;
        let begins = high & word >> 6;
        let following = (high & !(word >> 6) & LOW_BITS).count_ones();
        let of_four = (begins & word >> 5 & word >> 4 & LOW_BITS).count_ones();
        // What begins a character beyond U+00FF is 0xC4 or more.
        let wide = begins & (word >> 5 | word >> 4 | word >> 3 | word >> 2) & LOW_BITS;
        self.units += (bytes - following + of_four) as usize;
        self.has_more |= high & LOW_BITS != 0;
        self.is_wide |= wide != 0;
    }
}

/// Where characters are written to.
pub(crate) struct Target<'a, T> {
    units: &'a mut [MaybeUninit<T>],
    length: usize,
}

impl<'a, T: Unit> Target<'a, T> {
    pub(crate) fn new(units: &'a mut [MaybeUninit<T>]) -> Target<'a, T> {
        Target { units, length: 0 }
    }

    /// Writes U+0000 to what is left.
    pub(crate) fn fill(&mut self) {
        for place in &mut self.units[self.length..] {
            place.write(T::of(0));
        }
    }

    pub(crate) fn put(&mut self, character: u16) {
        self.units[self.length].write(T::of(character));
        self.length += 1;
    }

    /// Writes characters that are one byte each.
    pub(crate) fn put_bytes(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        blocks.iter().for_each(|block| self.put_block(block));
        rest.iter().for_each(|byte| self.put(u16::from(*byte)));
    }

    fn put_block(&mut self, block: &[u8; BLOCK]) {
        let places = &mut self.units[self.length..self.length + BLOCK];
        places.write_copy_of_slice(&T::of_block(block));
        self.length += BLOCK;
    }

    /// Writes what is in UTF-8. Ends at what is not, of which nothing is written.
    pub(crate) fn put_utf8(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let mut at = 0;
        while at < bytes.len() {
            at += self.put_ascii(&bytes[at..]);
            while let Some(&first) = bytes.get(at) {
                if first < 0x80 {
                    // One alone, as a space among words of another script, is no reason to look for a block of them.
                    if bytes.get(at + 1).is_none_or(u8::is_ascii) {
                        break;
                    }
                    self.put(u16::from(first));
                    at += 1;
                } else if let 0xc2..0xe0 = first
                    && let Some(&second) = bytes.get(at + 1)
                    && second & 0xc0 == 0x80
                {
                    self.put(u16::from(first & 0x1f) << 6 | u16::from(second & 0x3f));
                    at += 2;
                } else {
                    at += self.put_longer(&bytes[at..])?;
                }
            }
        }
        Ok(())
    }

    /// Writes the ASCII that bytes begin with, and gives its length.
    fn put_ascii(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(block) = bytes[at..].first_chunk::<BLOCK>()
            && let Some(places) = self.units.get_mut(self.length..self.length + BLOCK)
        {
            // What is behind the ASCII is written anew by what comes next.
            places.write_copy_of_slice(&T::of_block(block));
            let (count, _) = u8::ascii(block);
            self.length += count;
            at += count;
            if count < BLOCK {
                return at;
            }
        }
        while let Some(byte) = bytes.get(at).filter(|byte| byte.is_ascii()) {
            self.put(u16::from(*byte));
            at += 1;
        }
        at
    }

    /// Writes the character of more than two bytes that bytes begin with, and gives its length.
    fn put_longer(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let low = |place: usize| match bytes.get(place) {
            Some(byte) if byte & 0xc0 == 0x80 => Ok(u32::from(byte & 0x3f)),
            _ => Err(Malformed),
        };
        let first = u32::from(bytes[0]);
        match first {
            0xe0..0xf0 => {
                let character = (first & 0x0f) << 12 | low(1)? << 6 | low(2)?;
                if character < 0x800 || character & 0xf800 == 0xd800 {
                    return Err(Malformed);
                }
                self.put(character as u16);
                Ok(3)
            }
            0xf0..0xf5 => {
                let character = (first & 0x07) << 18 | low(1)? << 12 | low(2)? << 6 | low(3)?;
                if !(0x1_0000..0x11_0000).contains(&character) {
                    return Err(Malformed);
                }
                let rest = character - 0x1_0000;
                self.put(0xd800 | (rest >> 10) as u16);
                self.put(0xdc00 | (rest & 0x3ff) as u16);
                Ok(4)
            }
            _ => Err(Malformed),
        }
    }

    /// Writes what is in UTF-8, and U+FFFD for each part that the Encoding standard replaces.
    pub(crate) fn put_lossy(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            let written = self.put_utf8(chunk.valid().as_bytes());
            debug_assert!(written.is_ok(), "it is valid");
            if !chunk.invalid().is_empty() {
                self.put(REPLACEMENT);
            }
        }
    }
}

/// Bytes that are not in UTF-8.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed;

/// What the lossy text of bytes will be, in characters of UTF-16.
pub(crate) fn lossy_units(bytes: &[u8]) -> usize {
    let mut extent = Extent::default();
    let mut replaced = 0;
    for chunk in bytes.utf8_chunks() {
        extent.add(chunk.valid().as_bytes());
        replaced += usize::from(!chunk.invalid().is_empty());
    }
    extent.units + replaced
}

/// Calls `take` for the bytes of pieces, in parts none of which ends within a character.
pub(crate) fn whole<E>(pieces: &[&[u8]], mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    // What a piece has left over: the beginning of a character.
    let mut begun = [0; 4];
    let mut length = 0;
    for &piece in pieces {
        let mut rest = piece;
        while length > 0
            && let Some((&next, behind)) = rest.split_first()
        {
            begun[length] = next;
            if is_begun(&begun[..=length]) {
                length += 1;
                rest = behind;
                continue;
            }
            // The byte ends the character, or is none of it.
            let is_whole = std::str::from_utf8(&begun[..=length]).is_ok();
            take(&begun[..length + usize::from(is_whole)])?;
            length = 0;
            if is_whole {
                rest = behind;
            }
        }
        let cut = rest.len() - unfinished(rest);
        if cut > 0 {
            take(&rest[..cut])?;
        }
        if cut < rest.len() {
            length = rest.len() - cut;
            begun[..length].copy_from_slice(&rest[cut..]);
        }
    }
    if length > 0 { take(&begun[..length]) } else { Ok(()) }
}

/// Whether bytes are the beginning of a character, and not all of it.
fn is_begun(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

/// How many bytes at the end are the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3)).find(|back| is_begun(&bytes[bytes.len() - back..])).unwrap_or(0)
}

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
    let is_pair =
        |(one, other): &(&T, &T)| one.value() & 0xfc00 == 0xd800 && other.value() & 0xfc00 == 0xdc00;
    length - 2 * text.iter().zip(text.iter().skip(1)).filter(is_pair).count()
}

/// Writes as many characters as fit whole, and gives how many units of the text and how many bytes that was.
pub(crate) fn encode_into<T: Unit>(text: &[T], target: &mut [u8]) -> (usize, usize) {
    let (mut read, mut written) = (0, 0);
    while read < text.len() {
        while let Some(block) = text[read..].first_chunk::<BLOCK>()
            && let Some(places) = target[written..].first_chunk_mut::<BLOCK>()
            && let (count, bytes) = T::ascii(block)
            && count > 0
        {
            if count == BLOCK {
                *places = bytes;
            } else {
                // What is behind them stays as it is. All are gone through, as that is done at once, and a copy of a few is not.
                for (at, (place, byte)) in places.iter_mut().zip(bytes).enumerate() {
                    *place = if at < count { byte } else { *place };
                }
            }
            read += count;
            written += count;
            if count < BLOCK {
                break;
            }
        }
        while let Some(unit) = text.get(read).map(|unit| unit.value()) {
            let Some((units, bytes)) = encode_unit(unit, &text[read..], &mut target[written..]) else {
                return (read, written);
            };
            read += units;
            written += bytes;
            if unit < 0x80 {
                break;
            }
        }
    }
    (read, written)
}

/// Writes the character that a text begins with, if there is room: how many units and how many bytes it has.
#[inline]
fn encode_unit<T: Unit>(unit: u16, text: &[T], target: &mut [u8]) -> Option<(usize, usize)> {
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
