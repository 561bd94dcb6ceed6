//! Texts in encodings other than UTF-8.

use super::utf8::{Target, Unit};

const REPLACEMENT: u16 = 0xfffd;

/// The characters of an encoding of one byte each.
pub(crate) struct Table([u16; 256]);

impl Table {
    /// By the characters from 0x80 on. Those behind them are as in ISO-8859-1.
    pub(crate) fn new(beyond: &[u16]) -> Table {
        let mut characters = std::array::from_fn(|byte| byte as u16);
        for (place, character) in characters[0x80..].iter_mut().zip(beyond) {
            *place = *character;
        }
        Table(characters)
    }

    /// Whether bytes have characters beyond U+00FF.
    pub(crate) fn is_wide(&self, bytes: &[u8]) -> bool {
        let all = |part: &[u8]| part.iter().fold(0, |all, byte| all | self.0[usize::from(*byte)]);
        bytes.chunks(4096).any(|part| all(part) > 0xff)
    }

    pub(crate) fn write<T: Unit>(&self, bytes: &[u8], target: &mut Target<'_, T>) {
        for byte in bytes {
            target.put(self.0[usize::from(*byte)]);
        }
    }
}

/// Bytes in UTF-16.
pub(crate) struct Utf16<'a> {
    units: &'a [[u8; 2]],
    is_big: bool,
    /// Whether half of a unit is left over.
    is_odd: bool,
}

impl Utf16<'_> {
    pub(crate) fn new(bytes: &[u8], is_big: bool) -> Utf16<'_> {
        let (units, rest) = bytes.as_chunks::<2>();
        Utf16 { units, is_big, is_odd: !rest.is_empty() }
    }

    fn units(&self) -> impl Iterator<Item = u16> {
        self.units
            .iter()
            .map(|unit| if self.is_big { u16::from_be_bytes(*unit) } else { u16::from_le_bytes(*unit) })
    }

    pub(crate) fn length(&self) -> usize {
        self.units.len() + usize::from(self.is_odd)
    }

    /// Whether there are characters beyond U+00FF.
    pub(crate) fn is_wide(&self) -> bool {
        self.is_odd || self.units().fold(0, |all, unit| all | unit) > 0xff
    }

    fn has_halves(&self) -> bool {
        self.units().fold(false, |any, unit| any | (unit & 0xf800 == 0xd800))
    }

    /// Whether each half of a pair has the other, and each unit both of its bytes.
    pub(crate) fn is_whole(&self) -> bool {
        !self.is_odd
            && (!self.has_halves() || char::decode_utf16(self.units()).all(|character| character.is_ok()))
    }

    /// Writes it, with U+FFFD for what is not whole.
    pub(crate) fn write<T: Unit>(&self, target: &mut Target<'_, T>) {
        if self.has_halves() {
            let mut pair = [0; 2];
            for character in char::decode_utf16(self.units()) {
                match character {
                    Ok(character) => {
                        character.encode_utf16(&mut pair).iter().for_each(|unit| target.put(*unit))
                    }
                    Err(_) => target.put(REPLACEMENT),
                }
            }
        } else {
            self.units().for_each(|unit| target.put(unit));
        }
        if self.is_odd {
            target.put(REPLACEMENT);
        }
    }
}
