//! What the memory of a component's instances is to be, beside what its own data says: a program that was run while the
//! component was built, in an interpreter that many components share.
//!
//! It is a custom section of the component, so that the code of all of them is the same and is compiled once. Two exports
//! of the component put it into a new instance: [`BEGIN`] makes the memory as large as it was, [`RESTORE`] takes a piece.

use std::ops::Range;
use std::sync::Arc;

/// The name of the custom section.
pub const SECTION: &str = "doverb:snapshot";
/// `func(pages: u32)`, called first.
pub const BEGIN: &str = "snapshot-begin";
/// `func(piece: list<u8>)`, called for each piece.
pub const RESTORE: &str = "snapshot-restore";
/// How large a piece may be, in bytes.
pub const PIECE: usize = 64 * 1024;
/// How large the memory may become, in pages of 64 KiB: all of 32 bits.
const MAX_PAGES: u32 = 65_536;
/// How many exports a snapshot may show, and how long their names may be.
const MAX_EXPORTS: u32 = 1_000;
const MAX_NAME: usize = 200;
const VERSION: u32 = 1;

/// Why a snapshot cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It was made by another version of Doverb.
    #[error("its snapshot is of version {0}, and {VERSION} is known: build it again")]
    Version(u32),
    /// It ends too early, or says what cannot be.
    #[error("its snapshot is damaged: build it again")]
    Damaged,
}

/// A component's snapshot. Clones share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    content: Arc<[u8]>,
    /// Which of the component's exports count, of those that the contract knows.
    exports: Vec<Box<str>>,
    /// Whether one instance serves all clients: what it keeps in its memory is the program's state.
    is_one: bool,
    pages: u32,
    pieces: Vec<Range<usize>>,
}

impl Snapshot {
    /// Reads the content of the custom section.
    ///
    /// # Errors
    ///
    /// When it is damaged, or of another version.
    pub fn read(content: &[u8]) -> Result<Snapshot, SnapshotError> {
        let mut rest = Rest { content, at: 0 };
        let version = rest.number()?;
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let count = rest.number()?;
        if count > MAX_EXPORTS {
            return Err(SnapshotError::Damaged);
        }
        let mut exports = Vec::new();
        for _ in 0..count {
            let name = &content[rest.bytes(MAX_NAME)?];
            exports.push(str::from_utf8(name).map_err(|_| SnapshotError::Damaged)?.into());
        }
        let is_one = rest.number()? != 0;
        let pages = rest.number()?;
        if pages > MAX_PAGES {
            return Err(SnapshotError::Damaged);
        }
        let mut pieces = Vec::new();
        let mut before = PIECE;
        while rest.at < content.len() {
            let piece = rest.bytes(PIECE)?;
            // What fits into the piece before is in it: else there could be millions of them, each a call of its own.
            if piece.is_empty() || before + piece.len() <= PIECE {
                return Err(SnapshotError::Damaged);
            }
            before = piece.len();
            pieces.push(piece);
        }
        Ok(Snapshot { content: content.into(), exports, is_one, pages, pieces })
    }

    /// The content of a section with these exports and this memory. `changes` are in the order of their places, and say
    /// what is other than in a new instance.
    pub fn write<'a>(
        exports: &[String],
        is_one: bool,
        pages: u32,
        changes: impl IntoIterator<Item = (u32, &'a [u8])>,
    ) -> Vec<u8> {
        let mut section = Vec::new();
        number(&mut section, VERSION);
        number(&mut section, exports.len() as u32);
        for name in exports {
            number(&mut section, name.len() as u32);
            section.extend_from_slice(name.as_bytes());
        }
        number(&mut section, is_one.into());
        number(&mut section, pages);
        let mut piece = Vec::with_capacity(PIECE);
        for (place, bytes) in changes {
            let parts = bytes.chunks(PIECE - 8);
            for (place, part) in (place..).step_by(PIECE - 8).zip(parts) {
                if piece.len() + 8 + part.len() > PIECE {
                    flush(&mut section, &mut piece);
                }
                number(&mut piece, place);
                number(&mut piece, part.len() as u32);
                piece.extend_from_slice(part);
            }
        }
        flush(&mut section, &mut piece);
        section
    }

    /// Whether an export counts.
    pub fn shows(&self, export: &str) -> bool {
        self.exports.iter().any(|name| **name == *export)
    }

    /// Whether one instance serves all clients.
    pub fn is_one(&self) -> bool {
        self.is_one
    }

    /// How large the memory was, in pages of 64 KiB.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// What the memory is to hold, as [`RESTORE`] takes it.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(|piece| &self.content[piece.clone()])
    }
}

fn number(to: &mut Vec<u8>, value: u32) {
    to.extend_from_slice(&value.to_le_bytes());
}

fn flush(section: &mut Vec<u8>, piece: &mut Vec<u8>) {
    if !piece.is_empty() {
        number(section, piece.len() as u32);
        section.append(piece);
    }
}

/// What is left to read of a section.
struct Rest<'a> {
    content: &'a [u8],
    at: usize,
}

impl Rest<'_> {
    fn number(&mut self) -> Result<u32, SnapshotError> {
        let bytes = self.content.get(self.at..self.at + 4).ok_or(SnapshotError::Damaged)?;
        self.at += 4;
        Ok(u32::from_le_bytes(bytes.try_into().expect("four bytes")))
    }

    /// A length, and as many bytes.
    fn bytes(&mut self, most: usize) -> Result<Range<usize>, SnapshotError> {
        let length = self.number()? as usize;
        let range = self.at..self.at + length;
        if length > most || range.end > self.content.len() {
            return Err(SnapshotError::Damaged);
        }
        self.at = range.end;
        Ok(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exports() -> Vec<String> {
        vec!["do-GET".to_owned(), "setup".to_owned()]
    }

    #[test]
    fn what_is_written_is_read() {
        let large = vec![7; 150_000];
        let section = Snapshot::write(&exports(), true, 500, [(16, &b"abc"[..]), (4096, &large)]);
        let snapshot = Snapshot::read(&section).unwrap();
        assert!(snapshot.shows("do-GET") && !snapshot.shows("do-POST"));
        assert_eq!((snapshot.pages(), snapshot.is_one()), (500, true));
        let mut memory = vec![0; 200_000];
        for mut piece in snapshot.pieces() {
            assert!(piece.len() <= PIECE);
            while let Some((head, rest)) = piece.split_first_chunk::<8>() {
                let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap()) as usize;
                memory[word(0)..][..word(4)].copy_from_slice(&rest[..word(4)]);
                piece = &rest[word(4)..];
            }
        }
        assert_eq!(&memory[16..19], b"abc");
        assert!(memory[4096..154_096] == large[..] && memory[154_096..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn every_shorter_section_is_damaged_or_has_fewer_pieces() {
        let section = Snapshot::write(&exports(), false, 1, [(0, &[1; 70_000][..])]);
        let whole = Snapshot::read(&section).unwrap();
        for end in 0..section.len() {
            match Snapshot::read(&section[..end]) {
                Ok(cut) => assert!(cut.pieces.len() < whole.pieces.len()),
                Err(error) => assert_eq!(error, SnapshotError::Damaged),
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(Snapshot::read(&2_u32.to_le_bytes()), Err(SnapshotError::Version(2)));
        let mut section = Snapshot::write(&[], false, 1, []);
        section[12..16].copy_from_slice(&70_000_u32.to_le_bytes());
        assert_eq!(Snapshot::read(&section), Err(SnapshotError::Damaged));
        let mut section = Snapshot::write(&exports(), false, 1, []);
        section[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(Snapshot::read(&section), Err(SnapshotError::Damaged));
    }

    #[test]
    fn pieces_that_fit_into_one_are_refused() {
        let section = Snapshot::write(&[], false, 1, []);
        let with = |pieces: &[usize]| {
            let mut section = section.clone();
            for length in pieces {
                flush(&mut section, &mut vec![1; *length]);
                if *length == 0 {
                    number(&mut section, 0);
                }
            }
            Snapshot::read(&section)
        };
        for good in [&[9][..], &[9, PIECE, 9], &[PIECE, PIECE], &[PIECE / 2, PIECE / 2 + 1]] {
            assert!(with(good).is_ok(), "{good:?}");
        }
        for bad in [&[0][..], &[PIECE, 0], &[9, 9], &[PIECE, 9, PIECE - 9]] {
            assert_eq!(with(bad), Err(SnapshotError::Damaged), "{bad:?}");
        }
    }
}
