//! A snapshot of a component's memory: what is taken of a section is what a model finds.

use doverb_core::snapshot::{Snapshot, SnapshotError};

use crate::model::snapshot::{self, PIECE};

/// When the first byte is small, the section's last byte stands there again, by halves of a piece: so few bytes make a large section.
/// The rest is the section.
///
/// # Panics
///
/// When it is read wrongly.
pub fn check(data: &[u8]) {
    let [more, start @ ..] = data else {
        return;
    };
    let mut section = start.to_vec();
    if let (Some(last), 1..=3) = (start.last(), *more) {
        section.resize(start.len() + usize::from(*more) * PIECE / 2, *last);
    }
    let (found, expected) = (Snapshot::read(&section), snapshot::read(&section));
    let (found, expected) = match (found, expected) {
        (Ok(found), Some(expected)) => (found, expected),
        (Err(SnapshotError::Version(version)), None) => return assert_ne!(version, 1),
        (Err(_), None) => return,
        (found, expected) => panic!("{found:?}, the model {expected:?}"),
    };
    assert!(expected.exports.iter().all(|export| found.shows(export)));
    assert_eq!((found.is_one(), found.pages()), (expected.is_one, expected.pages));
    assert!(found.pieces().eq(expected.pieces.iter().copied()));
}
