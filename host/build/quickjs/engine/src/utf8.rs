//! Bytes in UTF-8 as the characters that the engine has: of one byte (ISO-8859-1) or of two (UTF-16).

use std::mem::MaybeUninit;

use super::lanes::*;
use super::packing::{pack_bytes, pack_units};

const REPLACEMENT: u16 = 0xfffd;
/// As much is looked at around a block as a character may have of it: three bytes before it, and the one behind it.
const BEFORE: usize = 3;
const BEHIND: usize = 1;

/// A character of a string of the engine's: a unit of UTF-16, or of ISO-8859-1, which is one of those.
pub(crate) trait Unit: Copy {
    fn of(character: u16) -> Self;
    fn value(self) -> u16;
    /// As many as there are bytes.
    fn of_block(bytes: &[u8; BLOCK]) -> [Self; BLOCK];
    /// Eight in a vector.
    fn vector(units: &[Self; UNITS]) -> Vector;
    /// Writes what the block in the middle of `window` ends of characters, which are in UTF-8; how many units these are.
    fn put_block(window: &Window, places: &mut [MaybeUninit<Self>; BLOCK]) -> usize;
}

/// A block with what is around it.
pub(crate) type Window = [u8; BEFORE + BLOCK + BEHIND];

/// The sixteen bytes of a window that begin so many before its block.
fn earlier(window: &Window, bytes: usize) -> Vector {
    of_bytes(window[BEFORE - bytes..].first_chunk().expect("a window is longer than a block"))
}

/// The bytes one behind those of the block.
fn next(window: &Window) -> Vector {
    of_bytes(window.last_chunk().expect("a window is longer than a block"))
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

    fn vector(units: &[u8; UNITS]) -> Vector {
        low_half(of_bytes(&u128::from(u64::from_le_bytes(*units)).to_le_bytes()))
    }

    fn put_block(window: &Window, places: &mut [MaybeUninit<u8>; BLOCK]) -> usize {
        let block = earlier(window, 0);
        // 0xC2 begins the characters whose second byte they are; those of 0xC3 are 0x40 higher.
        let higher = and(eq8(earlier(window, 1), splat8(0xc3)), splat8(0x40));
        let (packed, [first, second]) = pack_bytes(add8(block, higher), mask8(lt8(block, splat8(0xc0))));
        let packed = bytes(packed);
        let (low, high) = packed.split_at(BLOCK / 2);
        places[..BLOCK / 2].write_copy_of_slice(low);
        places[first..first + BLOCK / 2].write_copy_of_slice(high);
        first + second
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
        let bytes = of_bytes(bytes);
        let mut all = [0; BLOCK];
        all[..UNITS].copy_from_slice(&units(low_half(bytes)));
        all[UNITS..].copy_from_slice(&units(high_half(bytes)));
        all
    }

    fn vector(units: &[u16; UNITS]) -> Vector {
        of_units(units)
    }

    fn put_block(window: &Window, places: &mut [MaybeUninit<u16>; BLOCK]) -> usize {
        let around = [0, 1, 2, 3].map(|bytes| earlier(window, bytes));
        let [_, _, second, third] = around;
        // What is no continuation begins the next character.
        let ends = ge8(sub8(next(window), splat8(0x80)), splat8(0x40));
        let thirds = ge8(second, splat8(0xf0));
        let has_pairs = is_any(or(thirds, ge8(third, splat8(0xf0))));
        let kept = mask8(if has_pairs { or(ends, thirds) } else { ends });
        let (low, high) = if has_pairs {
            (paired(low_halves(around)), paired(high_halves(around)))
        } else {
            (alone(low_halves(around)), alone(high_halves(around)))
        };
        let (packed, first) = pack_units(low, kept as u8);
        places[..UNITS].write_copy_of_slice(&units(packed));
        let (packed, second) = pack_units(high, (kept >> 8) as u8);
        places[first..first + UNITS].write_copy_of_slice(&units(packed));
        first + second
    }
}

fn low_halves([a, b, c, d]: [Vector; 4]) -> [Vector; 4] {
    [low_half(a), low_half(b), low_half(c), low_half(d)]
}

fn high_halves([a, b, c, d]: [Vector; 4]) -> [Vector; 4] {
    [high_half(a), high_half(b), high_half(c), high_half(d)]
}

/// The characters of up to three bytes that bytes end, by these and by those one, two and three before them.
fn alone([last, one, two, _]: [Vector; 4]) -> Vector {
    let low = or(and(last, splat16(0x3f)), shl16(and(one, splat16(0x3f)), 6));
    let of_more = or(low, and(shl16(two, 12), ge16(two, splat16(0xe0))));
    select(of_more, last, ge16(last, splat16(0x80)))
}

/// The same where there are some of four bytes as well: the third of them stands for the first half of a pair.
fn paired(around: [Vector; 4]) -> Vector {
    let [last, one, two, three] = around;
    let bits = or(shl16(and(two, splat16(0x07)), 8), shl16(and(one, splat16(0x3f)), 2));
    // 0x1_0000 less, of which ten bits are the other half's.
    let first = add16(or(bits, shr16(and(last, splat16(0x3f)), 4)), splat16(0xd800 - 0x40));
    let second = or(or(shl16(and(one, splat16(0x0f)), 6), and(last, splat16(0x3f))), splat16(0xdc00));
    let of_four = splat16(0xf0);
    select(second, select(first, alone(around), ge16(two, of_four)), ge16(three, of_four))
}

/// What bytes are as a string.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    /// How many characters of UTF-16, if they are in UTF-8.
    pub(crate) units: usize,
    /// Whether there are characters beyond ASCII.
    pub(crate) has_more: bool,
    /// Whether there are characters beyond U+00FF.
    pub(crate) is_wide: bool,
    /// Whether they are in UTF-8.
    pub(crate) is_valid: bool,
}

impl Default for Extent {
    fn default() -> Extent {
        Extent { units: 0, has_more: false, is_wide: false, is_valid: true }
    }
}

impl Extent {
    /// Adds bytes that end with a character.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let mut any = splat8(0);
        let mut wide = splat8(0);
        // A lane counts no further than 255, and a block adds two to it at most.
        for part in blocks.chunks(127) {
            let mut following = splat8(0);
            let mut of_four = splat8(0);
            for block in part {
                let block = of_bytes(block);
                any = or(any, block);
                // What begins a character beyond U+00FF is 0xC4 or more. True is 255, which is one less than none.
                wide = or(wide, ge8(block, splat8(0xc4)));
                following = sub8(following, lt8(add8(block, splat8(0x80)), splat8(0x40)));
                of_four = sub8(of_four, ge8(block, splat8(0xf0)));
            }
            self.units += part.len() * BLOCK + sum(of_four) - sum(following);
        }
        self.is_wide |= is_any(wide) || rest.iter().any(|byte| *byte >= 0xc4);
        self.units += rest
            .iter()
            .map(|byte| usize::from(*byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0))
            .sum::<usize>();
        if mask8(any) != 0 || !rest.is_ascii() {
            self.has_more = true;
            self.is_valid &= simdutf8::basic::from_utf8(bytes).is_ok();
        }
    }
}

/// What the lanes have together.
fn sum(vector: Vector) -> usize {
    bytes(vector).iter().map(|lane| usize::from(*lane)).sum()
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
        for block in blocks {
            let places = &mut self.units[self.length..self.length + BLOCK];
            places.write_copy_of_slice(&T::of_block(block));
            self.length += BLOCK;
        }
        rest.iter().for_each(|byte| self.put(u16::from(*byte)));
    }

    /// Writes what is in UTF-8 and ends with a character. Of other bytes it writes anything.
    pub(crate) fn put_utf8(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            at = self.put_blocks(bytes, at);
            at += self.put_character(&bytes[at..]);
        }
    }

    /// Writes from a character on as much as there is a block of, and where the next character begins.
    fn put_blocks(&mut self, bytes: &[u8], start: usize) -> usize {
        let mut at = start;
        while let Some(places) = self.units[self.length..].first_chunk_mut::<BLOCK>() {
            if let Some(block) = bytes[at..].first_chunk::<BLOCK>()
                && mask8(of_bytes(block)) == 0
            {
                places.write_copy_of_slice(&T::of_block(block));
                self.length += BLOCK;
                at += BLOCK;
                continue;
            }
            let Some(window) = at
                .checked_sub(BEFORE)
                .and_then(|from| bytes[from..].first_chunk::<{ BEFORE + BLOCK + BEHIND }>())
            else {
                break;
            };
            self.length += T::put_block(window, places);
            at += BLOCK;
        }
        // A character that has begun and not ended is written anew; of one of four bytes half may be written.
        let ended = at;
        while at > start && bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
            at -= 1;
        }
        if ended - at == 3 {
            self.length -= 1;
        }
        at
    }

    /// Writes the character that bytes begin with, and gives its length.
    fn put_character(&mut self, bytes: &[u8]) -> usize {
        let low = |byte: u8| u32::from(byte & 0x3f);
        match *bytes {
            [first @ 0xf0..=0xff, second, third, fourth, ..] => {
                let character =
                    u32::from(first & 0x07) << 18 | low(second) << 12 | low(third) << 6 | low(fourth);
                let rest = character.wrapping_sub(0x1_0000);
                self.put(0xd800 | (rest >> 10) as u16);
                self.put(0xdc00 | (rest & 0x3ff) as u16);
                4
            }
            [first @ 0xe0..=0xff, second, third, ..] => {
                self.put((u32::from(first) << 12 | low(second) << 6 | low(third)) as u16);
                3
            }
            [first @ 0xc0..=0xff, second, ..] => {
                self.put((u32::from(first & 0x1f) << 6 | low(second)) as u16);
                2
            }
            [first, ..] => {
                self.put(u16::from(first));
                1
            }
            [] => 0,
        }
    }

    /// Writes what ends with a character, and U+FFFD for each part that the Encoding standard replaces.
    pub(crate) fn put_lossy(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            self.put_utf8(chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                self.put(REPLACEMENT);
            }
        }
    }
}

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
pub(crate) fn whole(pieces: &[&[u8]], mut take: impl FnMut(&[u8])) {
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
            take(&begun[..length + usize::from(is_whole)]);
            length = 0;
            if is_whole {
                rest = behind;
            }
        }
        let cut = rest.len() - unfinished(rest);
        if cut > 0 {
            take(&rest[..cut]);
        }
        if cut < rest.len() {
            length = rest.len() - cut;
            begun[..length].copy_from_slice(&rest[cut..]);
        }
    }
    if length > 0 {
        take(&begun[..length]);
    }
}

/// Whether bytes are the beginning of a character, and not all of it.
fn is_begun(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

/// How many bytes at the end are the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3)).find(|back| is_begun(&bytes[bytes.len() - back..])).unwrap_or(0)
}
