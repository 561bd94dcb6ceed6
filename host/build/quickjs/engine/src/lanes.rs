//! Sixteen bytes, or eight units of sixteen bits, at a time: WebAssembly's vectors, and what does the same where the tests run.

/// So many bytes are in a vector.
pub(crate) const BLOCK: usize = 16;
/// So many units of sixteen bits are in a vector.
pub(crate) const UNITS: usize = 8;

#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::*;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use arrays::*;

#[cfg(target_arch = "wasm32")]
mod wasm {
    pub(crate) use std::arch::wasm32::{
        i8x16_add as add8, i8x16_bitmask as mask8, i8x16_eq as eq8, i8x16_sub as sub8, i16x8_add as add16,
        i16x8_bitmask as mask16, u8x16_ge as ge8, u8x16_lt as lt8, u8x16_narrow_i16x8 as narrow,
        u8x16_splat as splat8, u8x16_swizzle as swizzle, u16x8_eq as eq16,
        u16x8_extend_high_u8x16 as high_half, u16x8_extend_low_u8x16 as low_half, u16x8_ge as ge16,
        u16x8_shl as shl16, u16x8_shr as shr16, u16x8_splat as splat16, v128 as Vector, v128_and as and,
        v128_bitselect as select, v128_or as or,
    };
    use std::arch::wasm32::{i8x16_shuffle, v128_any_true};

    pub(crate) fn of_bytes(bytes: &[u8; 16]) -> Vector {
        // SAFETY: each has as many bytes as the other, and none that would be no value. So it is below.
        unsafe { std::mem::transmute(*bytes) }
    }

    pub(crate) fn of_units(units: &[u16; 8]) -> Vector {
        // SAFETY: as above.
        unsafe { std::mem::transmute(*units) }
    }

    pub(crate) fn bytes(vector: Vector) -> [u8; 16] {
        // SAFETY: as above.
        unsafe { std::mem::transmute(vector) }
    }

    pub(crate) fn units(vector: Vector) -> [u16; 8] {
        // SAFETY: as above.
        unsafe { std::mem::transmute(vector) }
    }

    pub(crate) fn is_any(vector: Vector) -> bool {
        v128_any_true(vector)
    }

    /// Each unit in the place of the next.
    pub(crate) fn earlier_unit(vector: Vector) -> Vector {
        i8x16_shuffle::<0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13>(vector, vector)
    }

    /// The units of the first halves of two vectors in turn.
    pub(crate) fn low_pairs(first: Vector, second: Vector) -> Vector {
        i8x16_shuffle::<0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23>(first, second)
    }

    /// The same of the second halves.
    pub(crate) fn high_pairs(first: Vector, second: Vector) -> Vector {
        i8x16_shuffle::<8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31>(first, second)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod arrays {
    use std::array::from_fn;

    pub(crate) type Vector = [u8; 16];

    pub(crate) fn of_bytes(bytes: &[u8; 16]) -> Vector {
        *bytes
    }

    pub(crate) fn bytes(vector: Vector) -> [u8; 16] {
        vector
    }

    pub(crate) fn of_units(units: &[u16; 8]) -> Vector {
        from_fn(|at| units[at / 2].to_le_bytes()[at % 2])
    }

    pub(crate) fn units(vector: Vector) -> [u16; 8] {
        from_fn(|at| u16::from_le_bytes([vector[2 * at], vector[2 * at + 1]]))
    }

    fn each8(one: Vector, other: Vector, of: impl Fn(u8, u8) -> u8) -> Vector {
        from_fn(|at| of(one[at], other[at]))
    }

    fn each16(one: Vector, other: Vector, of: impl Fn(u16, u16) -> u16) -> Vector {
        let (one, other) = (units(one), units(other));
        of_units(&from_fn(|at| of(one[at], other[at])))
    }

    pub(crate) fn splat8(byte: u8) -> Vector {
        [byte; 16]
    }

    pub(crate) fn splat16(unit: u16) -> Vector {
        of_units(&[unit; 8])
    }

    pub(crate) fn and(one: Vector, other: Vector) -> Vector {
        each8(one, other, |one, other| one & other)
    }

    pub(crate) fn or(one: Vector, other: Vector) -> Vector {
        each8(one, other, |one, other| one | other)
    }

    pub(crate) fn select(one: Vector, other: Vector, first: Vector) -> Vector {
        from_fn(|at| one[at] & first[at] | other[at] & !first[at])
    }

    pub(crate) fn add8(one: Vector, other: Vector) -> Vector {
        each8(one, other, u8::wrapping_add)
    }

    pub(crate) fn sub8(one: Vector, other: Vector) -> Vector {
        each8(one, other, u8::wrapping_sub)
    }

    pub(crate) fn add16(one: Vector, other: Vector) -> Vector {
        each16(one, other, u16::wrapping_add)
    }

    pub(crate) fn eq8(one: Vector, other: Vector) -> Vector {
        each8(one, other, |one, other| if one == other { 0xff } else { 0 })
    }

    pub(crate) fn ge8(one: Vector, other: Vector) -> Vector {
        each8(one, other, |one, other| if one >= other { 0xff } else { 0 })
    }

    pub(crate) fn lt8(one: Vector, other: Vector) -> Vector {
        each8(one, other, |one, other| if one < other { 0xff } else { 0 })
    }

    pub(crate) fn eq16(one: Vector, other: Vector) -> Vector {
        each16(one, other, |one, other| if one == other { 0xffff } else { 0 })
    }

    pub(crate) fn ge16(one: Vector, other: Vector) -> Vector {
        each16(one, other, |one, other| if one >= other { 0xffff } else { 0 })
    }

    pub(crate) fn shl16(vector: Vector, bits: u32) -> Vector {
        each16(vector, vector, |unit, _| unit << bits)
    }

    pub(crate) fn shr16(vector: Vector, bits: u32) -> Vector {
        each16(vector, vector, |unit, _| unit >> bits)
    }

    pub(crate) fn mask8(vector: Vector) -> u16 {
        (0..16).fold(0, |mask, at| mask | u16::from(vector[at] >> 7) << at)
    }

    pub(crate) fn mask16(vector: Vector) -> u8 {
        (0..8).fold(0, |mask, at| mask | (vector[2 * at + 1] >> 7) << at)
    }

    pub(crate) fn is_any(vector: Vector) -> bool {
        vector != [0; 16]
    }

    /// Units as bytes, of which the greatest stands for greater ones.
    pub(crate) fn narrow(one: Vector, other: Vector) -> Vector {
        let (one, other) = (units(one), units(other));
        from_fn(|at| (if at < 8 { one[at] } else { other[at - 8] } as i16).clamp(0, 255) as u8)
    }

    pub(crate) fn low_half(vector: Vector) -> Vector {
        of_units(&from_fn(|at| u16::from(vector[at])))
    }

    pub(crate) fn high_half(vector: Vector) -> Vector {
        of_units(&from_fn(|at| u16::from(vector[8 + at])))
    }

    pub(crate) fn swizzle(vector: Vector, places: Vector) -> Vector {
        places.map(|place| vector.get(usize::from(place)).copied().unwrap_or(0))
    }

    pub(crate) fn earlier_unit(vector: Vector) -> Vector {
        from_fn(|at| vector[if at < 2 { at } else { at - 2 }])
    }

    pub(crate) fn low_pairs(first: Vector, second: Vector) -> Vector {
        from_fn(|at| if at / 2 % 2 == 0 { first } else { second }[at / 4 * 2 + at % 2])
    }

    pub(crate) fn high_pairs(first: Vector, second: Vector) -> Vector {
        from_fn(|at| if at / 2 % 2 == 0 { first } else { second }[8 + at / 4 * 2 + at % 2])
    }
}
