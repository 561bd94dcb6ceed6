//! The section with a component's snapshot, from all of its bytes.

use super::{take_counted, take_number};

/// Bytes of a piece.
pub const PIECE: usize = 65_536;

/// What is in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot<'a> {
    /// The exports that count.
    pub exports: Vec<&'a str>,
    /// Whether one instance serves all.
    pub is_one: bool,
    /// Of 64 KiB.
    pub pages: u32,
    /// For the memory.
    pub pieces: Vec<&'a [u8]>,
}

/// The snapshot, or none when there is a fault.
#[must_use]
pub fn read(mut section: &[u8]) -> Option<Snapshot<'_>> {
    let rest = &mut section;
    if take_number(rest)? != 1 {
        return None;
    }
    let count = take_number(rest)?;
    if count > 1_000 {
        return None;
    }
    let names = (0..count).map(|_| take_counted(rest).filter(|name| name.len() <= 200));
    let names: Option<Vec<_>> = names.collect();
    let exports: Result<Vec<_>, _> = names?.into_iter().map(str::from_utf8).collect();
    let (is_one, pages) = (take_number(rest)? > 0, take_number(rest)?);
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        pieces.push(take_counted(rest)?);
    }
    let are_sound = pieces.iter().all(|piece| (1..=PIECE).contains(&piece.len()))
        && pieces.windows(2).all(|pair| pair[0].len() + pair[1].len() > PIECE);
    (are_sound && pages <= 1 << 16).then_some(Snapshot { exports: exports.ok()?, is_one, pages, pieces })
}
