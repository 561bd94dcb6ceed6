//! The file system's events, boiled down to "look now".
//!
//! All who look have one watcher together: a system gives a user some 128 of them, and each has a thread.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use notify::event::{AccessKind, AccessMode};
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How many folders are watched for one who looks; changes in others are seen by looking.
const MAX_FOLDERS: usize = 1024;

/// The one of this process, as long as somebody looks.
static HUB: Mutex<Weak<Hub>> = Mutex::new(Weak::new());

/// Watches folders, and wakes the one who looks.
pub(super) struct Events {
    wake: SyncSender<()>,
    watching: Option<Watching>,
    /// Whether a folder may have been replaced by another of the same name, which has no watch.
    stale: bool,
}

/// Folders that are watched for one who looks. Dropped, they are not.
struct Watching {
    hub: Arc<Hub>,
    number: u64,
    /// As they were asked for.
    asked: BTreeSet<PathBuf>,
    /// The same by the names that lead to them without a link: the system has one watch of a folder, whatever it is called.
    folders: BTreeSet<PathBuf>,
}

/// All folders that are watched, and for whom.
struct Hub {
    watcher: Mutex<RecommendedWatcher>,
    /// Apart from the watcher, whose thread must never wait for who waits for it.
    wanted: Arc<Mutex<Wanted>>,
}

#[derive(Default)]
struct Wanted {
    next: u64,
    wakes: HashMap<u64, SyncSender<()>>,
    folders: HashMap<PathBuf, BTreeSet<u64>>,
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
        let folders: BTreeSet<PathBuf> = folders.into_iter().take(MAX_FOLDERS).collect();
        let same = self.watching.as_ref().is_some_and(|watching| watching.asked == folders);
        if same && !self.stale {
            return Ok(());
        }
        let watching = match &mut self.watching {
            Some(watching) => watching,
            none => none.insert(Watching::new(Hub::of_process()?, self.wake.clone())),
        };
        watching.go_over(folders)?;
        self.stale = false;
        Ok(())
    }
}

impl Watching {
    fn new(hub: Arc<Hub>, wake: SyncSender<()>) -> Watching {
        let mut wanted = lock(&hub.wanted);
        let number = wanted.next;
        wanted.next += 1;
        wanted.wakes.insert(number, wake);
        drop(wanted);
        Watching { hub, number, asked: BTreeSet::new(), folders: BTreeSet::new() }
    }

    /// Watches these folders from now on, each anew: what has its name may be another one.
    fn go_over(&mut self, asked: BTreeSet<PathBuf>) -> Result<(), notify::Error> {
        // One that is not there gives no events; the next look lists anew.
        let there: BTreeSet<PathBuf> = asked.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
        self.asked = asked;
        // Wanted first: what happens between the two is an event too many at most.
        for folder in &there {
            lock(&self.hub.wanted).folders.entry(folder.clone()).or_default().insert(self.number);
        }
        let old = std::mem::replace(&mut self.folders, there);
        for folder in &self.folders {
            match lock(&self.hub.watcher).watch(folder, RecursiveMode::NonRecursive) {
                Err(error) if is_gone(&error) => {}
                result => result?,
            }
        }
        old.difference(&self.folders).for_each(|folder| self.hub.let_go(folder, self.number));
        Ok(())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        lock(&self.hub.wanted).wakes.remove(&self.number);
        self.folders.iter().for_each(|folder| self.hub.let_go(folder, self.number));
    }
}

impl Hub {
    fn of_process() -> Result<Arc<Hub>, notify::Error> {
        let mut of_process = lock(&HUB);
        if let Some(hub) = of_process.upgrade() {
            return Ok(hub);
        }
        let wanted = Arc::new(Mutex::new(Wanted::default()));
        let told = Arc::clone(&wanted);
        let look = move |event: notify::Result<Event>| match event {
            Ok(event) if !is_change(event.kind) => {}
            Ok(event) if !event.need_rescan() && !event.paths.is_empty() => lock(&told).wake(&event.paths),
            // Something was missed: nobody knows what.
            _ => lock(&told).wake_all(),
        };
        let watcher = RecommendedWatcher::new(look, Config::default().with_follow_symlinks(false))?;
        let hub = Arc::new(Hub { watcher: Mutex::new(watcher), wanted });
        *of_process = Arc::downgrade(&hub);
        Ok(hub)
    }

    /// One less wants to know of a folder.
    fn let_go(&self, folder: &Path, number: u64) {
        // Held all the time, so that nobody wants it meanwhile.
        let mut watcher = lock(&self.watcher);
        let mut wanted = lock(&self.wanted);
        let Some(numbers) = wanted.folders.get_mut(folder) else { return };
        numbers.remove(&number);
        if numbers.is_empty() {
            wanted.folders.remove(folder);
            drop(wanted);
            // One that has vanished is watched no more.
            let _ = watcher.unwatch(folder);
        }
    }
}

impl Wanted {
    /// Wakes those who look at a folder, or at what is in it.
    fn wake(&self, paths: &[PathBuf]) {
        let folders = paths.iter().flat_map(|path| [Some(&**path), path.parent()]).flatten();
        for number in folders.filter_map(|folder| self.folders.get(folder)).flatten() {
            // A full channel has woken it already.
            if let Some(wake) = self.wakes.get(number) {
                let _ = wake.try_send(());
            }
        }
    }

    fn wake_all(&self) {
        for wake in self.wakes.values() {
            let _ = wake.try_send(());
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that runs under the lock leaves anything half done.
    of.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn hundreds_look_by_one_watcher_and_each_is_woken_for_its_own() {
        let root = tempfile::tempdir().unwrap();
        let at = |number: usize| root.path().join(number.to_string());
        let mut all: Vec<_> = (0..300)
            .map(|number| {
                fs::create_dir(at(number)).unwrap();
                let (wake, woken) = mpsc::sync_channel(1);
                let mut events = Events::new(wake);
                events.watch(BTreeSet::from([at(number)])).unwrap();
                (events, woken)
            })
            .collect();
        fs::write(at(299).join("a"), "one").unwrap();
        all[299].1.recv_timeout(PATIENCE).unwrap();
        assert!(all[0].1.try_recv().is_err(), "nothing has happened there");
        // Two look at the same folder; the one that stays is told when the other has gone.
        let (wake, woken) = mpsc::sync_channel(1);
        let mut second = Events::new(wake);
        second.watch(BTreeSet::from([at(0), at(1)])).unwrap();
        drop(all.remove(0));
        fs::write(at(0).join("a"), "one").unwrap();
        woken.recv_timeout(PATIENCE).unwrap();
        second.watch(BTreeSet::from([at(1)])).unwrap();
        while woken.try_recv().is_ok() {}
        fs::write(at(0).join("a"), "two").unwrap();
        fs::write(at(1).join("a"), "two").unwrap();
        woken.recv_timeout(PATIENCE).unwrap();
        all[0].1.recv_timeout(PATIENCE).unwrap();
    }
}
