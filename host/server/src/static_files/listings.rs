//! The pages of folders without an index: made one at a time, and one for all who ask for it at once. A folder may have very many
//! entries, and a page of them be long.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use doverb_core::exchange::Exchange;
use doverb_core::failure::Failure;
use tokio::sync::{Mutex, oneshot};

use super::folder::{Folder, Stamp};
use super::listing;

/// How long others wait for their turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a page may be given to others: what a link leads to may change, of which the folder knows nothing.
const FRESH: Duration = Duration::from_secs(1);
/// A folder that has changed so shortly before may do so again without another time.
const MOMENT: Duration = Duration::from_millis(100);
/// What is sent at once.
const PIECE: usize = 32 * 1024;

/// Makes pages of one folder and those below. Who has it makes one; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Listings(Arc<Mutex<Pages>>);

/// Those that were made a moment ago, by the folder below.
#[derive(Default)]
struct Pages(HashMap<PathBuf, Made>);

/// A page that was made a moment ago.
struct Made {
    when: Instant,
    stamp: Stamp,
    entries: Arc<[u8]>,
}

impl Listings {
    /// The part of a page that is the same for all; none where there is no folder any more.
    pub(super) async fn entries(&self, folder: Arc<Folder>, relative: PathBuf) -> io::Result<Arc<[u8]>> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.0).lock_owned()).await;
        let mut pages = turn.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
        let (tells, told) = oneshot::channel();
        // A thread that goes when it is made: each of those that are kept would keep memory for the next one.
        thread::Builder::new().name("doverb-listing".into()).spawn(move || {
            let entries = pages.make(&folder, &relative);
            // Also where nobody waits for it any more.
            drop(pages);
            let _ = tells.send(entries);
        })?;
        told.await.map_err(io::Error::other)?
    }
}

impl Pages {
    fn make(&mut self, folder: &Folder, relative: &Path) -> io::Result<Arc<[u8]>> {
        let stamp = folder.stamp(relative)?;
        let (now, when) = (SystemTime::now(), Instant::now());
        if let Some(entries) = self.0.get(relative).and_then(|made| made.entries_of(stamp)) {
            return Ok(entries);
        }
        let entries: Arc<[u8]> = listing::entries(&folder.listing(relative)?).into_bytes().into();
        self.0.retain(|_, made| made.when.elapsed() < FRESH);
        if stamp.is_older(now, MOMENT) {
            self.0.insert(relative.to_owned(), Made { when, stamp, entries: Arc::clone(&entries) });
        }
        Ok(entries)
    }
}

impl Made {
    /// What it has, where the folder is as it was.
    fn entries_of(&self, stamp: Stamp) -> Option<Arc<[u8]>> {
        let is_good = self.stamp == stamp && self.when.elapsed() < FRESH;
        is_good.then(|| Arc::clone(&self.entries))
    }
}

/// Sends a part of a page as its client takes it.
pub(super) async fn send(request: &mut Exchange, part: &[u8]) -> Result<(), Failure> {
    for piece in part.chunks(PIECE) {
        request.write(piece)?;
        request.flush_body().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_page_is_made_once_for_all_who_are_sent_it_and_anew_when_the_folder_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a"), "").expect("a file");
        let set_back = |by: u64| {
            let file = fs::File::open(folder.path()).expect("the folder");
            file.set_modified(SystemTime::now() - Duration::from_secs(by)).expect("another time");
        };
        set_back(60);
        let (opened, mut pages) = (Folder::open(folder.path()).expect("the folder"), Pages::default());
        let mut make = || pages.make(&opened, Path::new(".")).expect("a page");
        let first = make();
        assert!(Arc::ptr_eq(&first, &make()));
        fs::write(folder.path().join("b"), "").expect("a file");
        let second = make();
        assert!(String::from_utf8_lossy(&second).contains(">b<"));
        // It has changed just now, and may have another name in it in the next moment.
        assert!(!Arc::ptr_eq(&second, &make()));
        set_back(30);
        let third = make();
        assert!(Arc::ptr_eq(&third, &make()));
        assert_eq!(pages.0.len(), 1, "no other is kept");
    }
}
