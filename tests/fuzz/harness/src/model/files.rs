//! The section with a component's files, from all of its bytes.

use std::collections::BTreeSet;

use super::take_counted;

/// How many files and folders there may be.
const MOST: usize = 10_000;
/// Bytes of a path, and its parts.
const MAX_PATH: usize = 1_000;
const MAX_PARTS: usize = 32;

/// A file: its path's parts, its content, and the seconds and nanoseconds at which it was changed.
#[derive(Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// Without those that mean nothing.
    pub parts: Vec<&'a str>,
    /// What is in it.
    pub content: &'a [u8],
    /// Since the epoch.
    pub modified: Option<(u64, u32)>,
}

/// The files, or none when there is a fault.
#[must_use]
pub fn read(section: &[u8]) -> Option<Vec<File<'_>>> {
    let mut rest = section.strip_prefix(b"\0\0\0\0\x02")?;
    let mut files: Vec<File<'_>> = Vec::new();
    while !rest.is_empty() {
        let parts = parts(take_counted(&mut rest)?)?;
        let modified = match take_counted(&mut rest)? {
            [] => None,
            time if time.len() == 12 => Some(moment(time)?),
            _ => return None,
        };
        files.push(File { parts, content: take_counted(&mut rest)?, modified });
    }
    // The folder that all are in is one of them. Which are the same matters only where there are many.
    let most = files.iter().map(|file| file.parts.len() - 1).sum::<usize>() + 1;
    (files.len() <= MOST && (most <= MOST || folders(&files) < MOST)).then_some(files)
}

/// How many folders there are, without the one that all are in.
fn folders(files: &[File<'_>]) -> usize {
    let of = |file: &File<'_>| {
        (1..file.parts.len()).map(|depth| file.parts[..depth].join("/")).collect::<Vec<_>>()
    };
    files.iter().flat_map(of).collect::<BTreeSet<_>>().len()
}

/// Of 2 to 32 parts, none of which leads upwards; it does not begin at the root or with a dot.
fn parts(path: &[u8]) -> Option<Vec<&str>> {
    let path = str::from_utf8(path).ok()?;
    let mut parts: Vec<&str> = path.split('/').collect();
    if path.len() > MAX_PATH || matches!(parts[0], "" | ".") || parts.contains(&"..") {
        return None;
    }
    parts.retain(|part| !matches!(*part, "" | "."));
    (2..=MAX_PARTS).contains(&parts.len()).then_some(parts)
}

/// A moment that the machine can tell: its seconds have a sign.
fn moment(time: &[u8]) -> Option<(u64, u32)> {
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let nanos = number(&time[8..]);
    let seconds = number(&time[..8]).checked_add(nanos / 1_000_000_000)?;
    i64::try_from(seconds).ok()?;
    Some((seconds, (nanos % 1_000_000_000) as u32))
}
