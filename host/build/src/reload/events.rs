//! The file system's events, boiled down to "look now".

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use notify::event::{AccessKind, AccessMode};
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How many folders are watched; changes in others are seen by looking.
const MAX_FOLDERS: usize = 1024;

/// Watches folders, and wakes the one who looks.
pub(super) struct Events {
    wake: SyncSender<()>,
    watching: Option<(RecommendedWatcher, BTreeSet<PathBuf>)>,
    /// Whether a folder may have been replaced by another of the same name, which has no watch.
    stale: bool,
}

impl Events {
    pub(super) fn new(wake: SyncSender<()>) -> Events {
        Events { wake, watching: None, stale: true }
    }

    /// From now on the watches are made anew with the next [`watch`](Events::watch).
    pub(super) fn renew(&mut self) {
        self.stale = true;
    }

    /// Watches these folders and no others.
    pub(super) fn watch(&mut self, folders: BTreeSet<PathBuf>) -> Result<(), notify::Error> {
        let same = self.watching.as_ref().is_some_and(|(_, watched)| *watched == folders);
        if same && !self.stale {
            return Ok(());
        }
        let wake = self.wake.clone();
        let look = move |event: notify::Result<Event>| {
            if event.map_or(true, |event| is_change(event.kind)) {
                // A full channel has woken it already.
                let _ = wake.try_send(());
            }
        };
        let mut watcher = RecommendedWatcher::new(look, Config::default().with_follow_symlinks(false))?;
        for folder in folders.iter().take(MAX_FOLDERS) {
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Err(error) if is_gone(&error) => {}
                result => result?,
            }
        }
        self.watching = Some((watcher, folders));
        self.stale = false;
        Ok(())
    }
}

/// Our own reading must not make us look again.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// A folder that vanished since it was listed; the next look lists anew.
fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::Events;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn a_write_wakes_and_a_read_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hello.wasm");
        fs::write(&file, "one").unwrap();
        let (wake, woken) = mpsc::sync_channel(1);
        let mut events = Events::new(wake);
        events.watch(BTreeSet::from([folder.path().to_owned()])).unwrap();
        fs::read(&file).unwrap();
        assert!(woken.recv_timeout(Duration::from_millis(200)).is_err());
        fs::write(&file, "two").unwrap();
        woken.recv_timeout(PATIENCE).unwrap();
    }

    #[test]
    fn a_folder_made_anew_is_watched_after_renewal() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("app");
        fs::create_dir(&folder).unwrap();
        let (wake, woken) = mpsc::sync_channel(1);
        let mut events = Events::new(wake);
        let folders = BTreeSet::from([folder.clone(), root.path().join("missing")]);
        events.watch(folders.clone()).unwrap();
        fs::remove_dir(&folder).unwrap();
        woken.recv_timeout(PATIENCE).unwrap();
        fs::create_dir(&folder).unwrap();
        events.renew();
        events.watch(folders).unwrap();
        while woken.try_recv().is_ok() {}
        fs::write(folder.join("hello.wasm"), "one").unwrap();
        woken.recv_timeout(PATIENCE).unwrap();
    }
}
