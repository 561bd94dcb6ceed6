//! A thread that looks when something has changed, or is asked to.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::events::Events;
use super::reloader::Reloader;
use super::{Reload, ReloadError};
use crate::Stamp;
use doverb_compile::Progress;
use doverb_core::log::{Log, told};

/// A change is taken up once nothing has changed for this long: one save is several events.
const QUIET: Duration = Duration::from_millis(100);
/// Something that never rests is looked at nevertheless.
const RESTLESS: Duration = Duration::from_secs(10);
/// How often inputs are looked at without an event.
const LOOK: Duration = Duration::from_secs(2);
/// The same where there are no events.
const LOOK_WITHOUT_EVENTS: Duration = Duration::from_millis(500);
/// What of these times belongs to each of many who look, so that all together do so fifty times a second at most, or a hundred
/// without events.
const EACH: Duration = Duration::from_millis(20);
const EACH_WITHOUT_EVENTS: Duration = Duration::from_millis(10);
/// Those who look.
static LOOKING: AtomicU32 = AtomicU32::new(0);
/// How much longer it rests than it has looked, at least: where there is much to look at that takes its time.
const OF_ITS_TIME: u32 = 20;
/// But no longer than this.
const MOST: Duration = Duration::from_secs(60);
/// How long it sleeps that looks only when it is asked.
const ASLEEP: Duration = Duration::from_secs(3600);
/// How long dropping waits for the thread. Only compiling in this process cannot be interrupted.
const END: Duration = Duration::from_secs(5);

/// What is looked at when it has changed.
pub trait Subject: Send {
    /// What the log calls it.
    fn name(&self) -> String;

    /// What its inputs are like now, without reading them.
    fn stamp(&self) -> Stamp;

    /// Whether something may have changed since the last look.
    fn has_changed(&self) -> bool;

    /// The folders in which a change may be one of an input.
    fn watched(&self) -> BTreeSet<PathBuf>;

    /// Brings what follows from its inputs up to date, and tells what came of it. It says so as well if nothing has changed
    /// where it `was_asked`.
    fn look(&mut self, was_asked: bool, progress: &mut dyn Progress);

    /// How long to give a user the time for another change before the next look.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// Something has changed within that time.
    fn changed_by_a_user(&mut self) {}
}

/// Reloads a handler, or looks at another subject, until it is dropped.
pub struct Watcher {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
    wake: SyncSender<()>,
    ended: Mutex<Receiver<()>>,
    /// Whether its thread was waited for.
    is_awaited: AtomicBool,
}

impl Watcher {
    /// Starts to watch, in a thread of its own.
    ///
    /// # Errors
    ///
    /// When there is no thread to be had. Without watches it looks twice a second and says so in the log.
    pub fn spawn(reload: Reload) -> Result<Watcher, ReloadError> {
        let log = reload.log.clone();
        Watcher::start(Box::new(Reloader::new(reload)), log, false)
    }

    /// Starts to wait for [`Watcher::look_again`], without looking at anything before.
    ///
    /// # Errors
    ///
    /// When there is no thread to be had.
    pub fn spawn_asleep(reload: Reload) -> Result<Watcher, ReloadError> {
        let log = reload.log.clone();
        Watcher::start(Box::new(Reloader::new(reload)), log, true)
    }

    /// Starts to watch something else than a handler; where it `is_asleep` it waits for [`Watcher::look_again`].
    ///
    /// # Errors
    ///
    /// When there is no thread to be had.
    pub fn of(subject: impl Subject + 'static, log: Log, is_asleep: bool) -> Result<Watcher, ReloadError> {
        Watcher::start(Box::new(subject), log, is_asleep)
    }

    fn start(subject: Box<dyn Subject>, log: Log, is_asleep: bool) -> Result<Watcher, ReloadError> {
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        // One waiting wake-up says as much as many.
        let (wake, woken) = mpsc::sync_channel(1);
        let (ends, ended) = mpsc::sync_channel(1);
        let progress = Unattended { stop: Arc::clone(&stop), log, terminal: io::stderr().is_terminal() };
        let events = Events::new(wake.clone());
        let watching =
            Watching { subject, events, woken, asked: Arc::clone(&asked), is_asleep, progress, polls: false };
        thread::Builder::new().name("doverb-reload".into()).spawn(move || {
            watching.run();
            let _ = ends.send(());
        })?;
        Ok(Watcher { stop, asked, wake, ended: Mutex::new(ended), is_awaited: AtomicBool::new(false) })
    }

    /// Has it look at once, and say what came of it. Does not wait.
    pub fn look_again(&self) {
        self.asked.store(true, Ordering::SeqCst);
        let _ = self.wake.try_send(());
    }

    /// Starts to end: a build that runs is stopped, and no version is swapped in after this but one
    /// that was complete already. Does not wait.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = self.wake.try_send(());
    }
}

impl Watcher {
    /// Ends several. All together they have as long as one: they may all look at a disk that does not answer.
    pub fn end_all(watchers: &[Arc<Watcher>]) {
        watchers.iter().for_each(|watcher| watcher.stop());
        let deadline = Instant::now() + END;
        watchers.iter().for_each(|watcher| watcher.await_until(deadline));
    }

    fn await_until(&self, deadline: Instant) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_awaited.swap(true, Ordering::SeqCst) {
            let _ = ended.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        }
    }
}

#[cfg(test)]
impl Watcher {
    pub(super) fn await_end(&self, patience: Duration) {
        self.ended.lock().unwrap().recv_timeout(patience).unwrap();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop();
        self.await_until(Instant::now() + END);
    }
}

/// How long to wait for an event before the next look, where so many look.
fn patience(polls: bool, all: u32) -> Duration {
    let (least, each) = if polls { (LOOK_WITHOUT_EVENTS, EACH_WITHOUT_EVENTS) } else { (LOOK, EACH) };
    least.max(each * all)
}

/// One who looks.
struct Looking;

impl Looking {
    fn begin() -> Looking {
        LOOKING.fetch_add(1, Ordering::Relaxed);
        Looking
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        LOOKING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the thread has.
struct Watching {
    subject: Box<dyn Subject>,
    events: Events,
    woken: Receiver<()>,
    /// Whether somebody wants it to look, whatever it has heard.
    asked: Arc<AtomicBool>,
    /// Whether it looks only then.
    is_asleep: bool,
    progress: Unattended,
    polls: bool,
}

impl Watching {
    fn run(mut self) {
        let _looking = (!self.is_asleep).then(Looking::begin);
        // The first look needs no event: something may have changed since `seen` was taken.
        while !self.progress.cancelled() {
            let asked = self.asked.swap(false, Ordering::SeqCst);
            let began = Instant::now();
            if asked || (!self.is_asleep && self.subject.has_changed()) {
                self.settle();
                self.be_patient();
                self.subject.look(asked, &mut self.progress);
                if self.is_asleep {
                    continue;
                }
                // A folder may have been replaced along with what was in it.
                self.events.renew();
                self.watch();
                // What changed meanwhile gave no event, or one that was for the old watches.
                continue;
            }
            if self.is_asleep {
                self.wait(ASLEEP);
                continue;
            }
            self.watch();
            let least = (began.elapsed() * OF_ITS_TIME).min(MOST);
            if self.wait(patience(self.polls, LOOKING.load(Ordering::Relaxed)).max(least)) {
                // One save is several events. What has changed settles above.
                self.rest();
            }
        }
    }

    /// True when something woke us.
    fn wait(&self, patience: Duration) -> bool {
        match self.woken.recv_timeout(patience) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                self.progress.stop.store(true, Ordering::SeqCst);
                false
            }
        }
    }

    /// Waits until the inputs rest, whatever else happens in the folders that they are in: others may write there all the time.
    fn settle(&self) {
        let started = Instant::now();
        let mut stamp = self.subject.stamp();
        while started.elapsed() < RESTLESS && !self.progress.cancelled() {
            self.rest();
            let now = self.subject.stamp();
            if now == stamp {
                return;
            }
            stamp = now;
        }
    }

    /// Waits for as long as inputs must have been the same, unless it is to end.
    fn rest(&self) {
        let until = Instant::now() + QUIET;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if !self.wait(left) || left.is_zero() || self.progress.cancelled() {
                return;
            }
        }
    }

    /// After builds whose inputs changed while they ran, gives a user the time to save again.
    fn be_patient(&mut self) {
        let (started, stamp) = (Instant::now(), self.subject.stamp());
        while !self.progress.cancelled() {
            let Some(left) = self.subject.patience().checked_sub(started.elapsed()) else { return };
            if left.is_zero() {
                return;
            }
            self.wait(left);
            if self.subject.stamp() != stamp {
                self.subject.changed_by_a_user();
                return self.settle();
            }
        }
    }

    /// Brings the watches up to date with what there is now.
    fn watch(&mut self) {
        if self.polls {
            return;
        }
        if let Err(error) = self.events.watch(self.subject.watched()) {
            self.polls = true;
            self.progress.note(&format!(
                "{}: changes are looked for twice a second, since the system does not report them: {error}",
                self.subject.name()
            ));
        }
    }
}

/// Progress of work that nobody waits for.
struct Unattended {
    stop: Arc<AtomicBool>,
    log: Log,
    terminal: bool,
}

impl Progress for Unattended {
    /// The whole of it is for a developer who looks; a log file gets one line when the build has failed.
    fn diagnostics(&mut self, text: &str) {
        if self.terminal {
            self.log.flush();
            let _ = io::stderr().write_all(told(text).as_bytes());
        }
    }

    fn note(&mut self, line: &str) {
        self.log.message(format_args!("{line}"));
    }

    fn color(&self) -> bool {
        self.terminal
    }

    fn is_read(&self) -> bool {
        self.terminal
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex};
    use std::time::Instant;
    use std::{fs, thread};

    use super::{END, LOOK, LOOK_WITHOUT_EVENTS, RESTLESS, Subject, Watcher, patience};
    use crate::Stamp;
    use doverb_compile::Progress;
    use doverb_core::log::Log;

    /// A disk that does not answer until the test has ended.
    struct Dead(Sender<()>, Arc<Mutex<Receiver<()>>>);

    impl Subject for Dead {
        fn name(&self) -> String {
            "dead".into()
        }
        fn stamp(&self) -> Stamp {
            Stamp::take(BTreeSet::new())
        }
        fn has_changed(&self) -> bool {
            let _ = self.0.send(());
            let _ = self.1.lock().map(|answer| answer.recv());
            false
        }
        fn watched(&self) -> BTreeSet<PathBuf> {
            BTreeSet::new()
        }
        fn look(&mut self, _: bool, _: &mut dyn Progress) {}
    }

    #[test]
    fn all_that_look_at_a_disk_that_does_not_answer_end_together() {
        let ((looks, looked), (answers, answer)) = (channel(), channel());
        let answer = Arc::new(Mutex::new(answer));
        let watcher = |_| {
            let dead = Dead(looks.clone(), Arc::clone(&answer));
            Arc::new(Watcher::of(dead, Log::discard(), false).unwrap())
        };
        let watchers: Vec<_> = (0..4).map(watcher).collect();
        watchers.iter().for_each(|_| looked.recv().unwrap());
        let began = Instant::now();
        Watcher::end_all(&watchers);
        drop(watchers);
        assert!(began.elapsed() < 2 * END, "{:?}", began.elapsed());
        drop(answers);
    }

    /// A file, of whose changes somebody is told.
    struct Input {
        path: PathBuf,
        seen: Option<Stamp>,
        looked: Sender<()>,
    }

    impl Subject for Input {
        fn name(&self) -> String {
            "input".into()
        }
        fn stamp(&self) -> Stamp {
            Stamp::take([self.path.clone()].into())
        }
        fn has_changed(&self) -> bool {
            self.seen.as_ref() != Some(&self.stamp())
        }
        fn watched(&self) -> BTreeSet<PathBuf> {
            self.path.parent().map(PathBuf::from).into_iter().collect()
        }
        fn look(&mut self, _: bool, _: &mut dyn Progress) {
            self.seen = Some(self.stamp());
            let _ = self.looked.send(());
        }
    }

    #[test]
    fn a_change_is_seen_where_others_write_beside_it_all_the_time() {
        let folder = tempfile::tempdir().unwrap();
        let (path, beside) = (folder.path().join("input"), folder.path().join("beside"));
        fs::write(&path, "one").unwrap();
        let (looks, looked) = channel();
        let (ends, began) = (AtomicBool::new(false), Instant::now());
        thread::scope(|scope| {
            scope.spawn(|| {
                while !ends.load(Ordering::Relaxed) {
                    fs::write(&beside, "and again").unwrap();
                }
            });
            let input = Input { path: path.clone(), seen: None, looked: looks };
            let _watcher = Watcher::of(input, Log::discard(), false).unwrap();
            let first = looked.recv_timeout(RESTLESS);
            fs::write(&path, "another").unwrap();
            let second = looked.recv_timeout(RESTLESS);
            ends.store(true, Ordering::Relaxed);
            assert!(first.is_ok() && second.is_ok());
        });
        assert!(began.elapsed() < RESTLESS, "{:?}", began.elapsed());
    }

    #[test]
    fn many_look_less_often_each() {
        assert_eq!((patience(false, 1), patience(false, 100)), (LOOK, LOOK));
        assert_eq!(patience(false, 500).as_secs(), 10);
        assert_eq!((patience(true, 10), patience(true, 500).as_secs()), (LOOK_WITHOUT_EVENTS, 5));
    }
}
