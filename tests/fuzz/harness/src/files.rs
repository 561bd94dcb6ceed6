//! The files that a component brings along: what is taken of a section is what a model finds, and no path of it leads out.

use std::path::{Component, Path};
use std::time::SystemTime;

use doverb_core::files::{self, File};

use crate::model;

/// The bytes are the section's.
///
/// # Panics
///
/// When it is read wrongly.
pub fn check(data: &[u8]) {
    let (found, expected) = (files::read(data), model::files::read(data));
    let (Some(found), Some(expected)) = (&found, &expected) else {
        assert_eq!(found.is_some(), expected.is_some(), "{found:?}, the model {expected:?}");
        return;
    };
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(stays_below(found.path), "{:?}", found.path);
        let parts: Vec<_> = found.path.iter().map(|part| part.to_str().expect("it was text")).collect();
        let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).expect("not before it");
        let modified = found.modified.map(since).map(|since| (since.as_secs(), since.subsec_nanos()));
        assert_eq!((&parts, found.content, modified), (&expected.parts, expected.content, expected.modified));
    }
    let owned = found.iter().map(|file| File {
        path: file.path.to_str().expect("it was text").to_owned(),
        content: file.content.to_vec(),
        modified: file.modified,
    });
    let packed = files::pack(&owned.collect::<Vec<_>>());
    assert_eq!(files::read(&packed).as_ref(), Some(found), "it is written as it was read");
}

fn stays_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}
