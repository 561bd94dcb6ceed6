//! Where the bytes of a vector go of which some are left out, by which those are: WebAssembly has no instruction for it.

use super::lanes::{Vector, of_bytes, swizzle};

/// A place that there is not.
const NONE: u8 = 0x80;

/// By a mask, the places of the bytes that are left of so many lanes of so many bytes: of each lane the first `always` ones, `set`
/// more where its bit is set, and one more where that bit is which is as much higher as there are lanes.
const fn places<const ROOM: usize>(
    lanes: usize,
    bytes: usize,
    always: usize,
    set: usize,
) -> [[u8; ROOM]; 256] {
    let mut table = [[NONE; ROOM]; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut lane, mut at) = (0, 0);
        while lane < lanes {
            let mut byte = 0;
            while byte < always + set * (mask >> lane & 1) + (mask >> (lanes + lane) & 1) {
                table[mask][at] = (bytes * lane + byte) as u8;
                at += 1;
                byte += 1;
            }
            lane += 1;
        }
        mask += 1;
    }
    table
}

/// Lanes that are kept or not.
static BYTES: [[u8; 8]; 256] = places(8, 1, 0, 1);
static UNITS: [[u8; 16]; 256] = places(8, 2, 0, 2);
/// Those that have two bytes and not one.
static PAIRS: [[u8; 16]; 256] = places(8, 2, 1, 1);
/// Those that have more than one byte, and, in the upper half, three.
static TRIPLES: [[u8; 16]; 256] = places(4, 4, 1, 1);

fn moved(vector: Vector, places: &[u8; 16]) -> Vector {
    swizzle(vector, of_bytes(places))
}

/// The units of eight whose bits are set, and how many they are.
pub(crate) fn pack_units(units: Vector, kept: u8) -> (Vector, usize) {
    (moved(units, &UNITS[usize::from(kept)]), kept.count_ones() as usize)
}

/// The bytes whose bits are set: those of the first eight, and how many they are, from the beginning; and those of the others from
/// the middle on.
pub(crate) fn pack_bytes(bytes: Vector, kept: u16) -> (Vector, [usize; 2]) {
    let masks = kept.to_le_bytes();
    let [first, second] = masks.map(|mask| u64::from_le_bytes(BYTES[usize::from(mask)]));
    // The others' places are eight higher.
    let places = u128::from(first) | u128::from(second + 0x0808_0808_0808_0808) << 64;
    (moved(bytes, &places.to_le_bytes()), masks.map(|mask| mask.count_ones() as usize))
}

/// Of each of eight units the lower byte, and the upper one where its bit is set; and how many these are.
pub(crate) fn pack_pairs(units: Vector, both: u8) -> (Vector, usize) {
    (moved(units, &PAIRS[usize::from(both)]), 8 + both.count_ones() as usize)
}

/// Of each of four lanes of four bytes one, or two where its bit is set in `two`, or three where it is in `three` as well; and how
/// many these are.
pub(crate) fn pack_triples(lanes: Vector, two: u8, three: u8) -> (Vector, usize) {
    let mask = two & 0xf | three << 4;
    (moved(lanes, &TRIPLES[usize::from(mask)]), 4 + mask.count_ones() as usize)
}
