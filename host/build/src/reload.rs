//! Hot reload: what a handler is made from changes, it is built and compiled beside the version that
//! serves, and takes its place in one step. What fails on the way is logged, and the old version serves on.
//!
//! Events of the file system only say when to look. Whether anything changed is decided by looking at the
//! inputs, which happens every two seconds without events too: they get lost on network file systems,
//! when folders are replaced, and when the system has no watches left.

mod events;
mod reloader;
mod self_written;

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Fingerprint, Source};
use doverb_compile::{CompileOptions, Digest, Progress};
use doverb_core::engine::Engine;
use doverb_core::handler::HandlerOptions;
use doverb_core::log::Log;
use doverb_core::slot::Slot;
use events::Events;
use reloader::{Outcome, Reloader};

/// A change is taken up once nothing has changed for this long: one save is several events.
const QUIET: Duration = Duration::from_millis(100);
/// Something that never rests is looked at nevertheless.
const RESTLESS: Duration = Duration::from_secs(10);
/// How often inputs are looked at without an event.
const LOOK: Duration = Duration::from_secs(2);
/// The same where there are no events.
const LOOK_WITHOUT_EVENTS: Duration = Duration::from_millis(500);
/// How long it sleeps that looks only when it is asked.
const ASLEEP: Duration = Duration::from_secs(3600);
/// How long dropping waits for the thread. Only compiling in this process cannot be interrupted.
const END: Duration = Duration::from_secs(5);

/// Why nothing can be reloaded.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The system gives no thread.
    #[error("the thread that watches for changes cannot be started: {0}")]
    Thread(#[from] io::Error),
}

/// What is reloaded, and how it was made.
pub struct Reload {
    source: Source,
    seen: Fingerprint,
    serving: Digest,
    engine: Engine,
    handler: HandlerOptions,
    compile: CompileOptions,
    slot: Arc<Slot>,
    log: Log,
}

impl Reload {
    /// New versions of `source` go into `slot`, which is of a server with this engine. By default they have no more options than
    /// a handler has by default, are compiled in this process, and what comes of them is told to nobody.
    ///
    /// `seen` is what the source's inputs were before the version that serves was built, so that no change since is missed, and
    /// `serving` is its wasm: the same bytes are not loaded again.
    pub fn new(
        source: Source,
        seen: Fingerprint,
        serving: Digest,
        engine: Engine,
        slot: Arc<Slot>,
    ) -> Reload {
        let (handler, compile) = (HandlerOptions::default(), CompileOptions::default());
        Reload { source, seen, serving, engine, handler, compile, slot, log: Log::discard() }
    }

    /// The options that each version gets.
    #[must_use]
    pub fn handler(mut self, options: HandlerOptions) -> Reload {
        self.handler = options;
        self
    }

    /// How each version is compiled.
    #[must_use]
    pub fn compile(mut self, options: CompileOptions) -> Reload {
        self.compile = options;
        self
    }

    /// Where the outcome is told.
    #[must_use]
    pub fn log(mut self, log: Log) -> Reload {
        self.log = log;
        self
    }
}

/// Reloads a handler until it is dropped.
pub struct Watcher {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
    wake: SyncSender<()>,
    ended: Receiver<()>,
}

impl Watcher {
    /// Starts to watch, in a thread of its own.
    ///
    /// # Errors
    ///
    /// When there is no thread to be had. Without watches it looks twice a second and says so in the log.
    pub fn spawn(reload: Reload) -> Result<Watcher, ReloadError> {
        Watcher::start(reload, false)
    }

    /// Starts to wait for [`Watcher::look_again`], without looking at anything before.
    ///
    /// # Errors
    ///
    /// When there is no thread to be had.
    pub fn spawn_asleep(reload: Reload) -> Result<Watcher, ReloadError> {
        Watcher::start(reload, true)
    }

    fn start(reload: Reload, is_asleep: bool) -> Result<Watcher, ReloadError> {
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        // One waiting wake-up says as much as many.
        let (wake, woken) = mpsc::sync_channel(1);
        let (ends, ended) = mpsc::sync_channel(1);
        let progress = Unattended {
            stop: Arc::clone(&stop),
            log: reload.log.clone(),
            terminal: io::stderr().is_terminal(),
        };
        let events = Events::new(wake.clone());
        let watching = Watching {
            reloader: Reloader::new(reload),
            events,
            woken,
            asked: Arc::clone(&asked),
            is_asleep,
            progress,
            polls: false,
        };
        thread::Builder::new().name("doverb-reload".into()).spawn(move || {
            watching.run();
            let _ = ends.send(());
        })?;
        Ok(Watcher { stop, asked, wake, ended })
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

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop();
        let _ = self.ended.recv_timeout(END);
    }
}

/// What the thread has.
struct Watching {
    reloader: Reloader,
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
        // The first look needs no event: something may have changed since `seen` was taken.
        while !self.progress.cancelled() {
            let asked = self.asked.swap(false, Ordering::SeqCst);
            if asked || (!self.is_asleep && self.reloader.has_changed()) {
                self.settle();
                self.be_patient();
                let outcome = self.reloader.look(&mut self.progress);
                if asked && matches!(outcome, Outcome::Unchanged) {
                    let name = self.reloader.name();
                    self.progress.log.message(format_args!("{name}: nothing has changed"));
                }
                self.tell(outcome);
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
            let patience = if self.polls { LOOK_WITHOUT_EVENTS } else { LOOK };
            if self.wait(patience) {
                self.settle();
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

    /// Waits until the inputs rest.
    fn settle(&self) {
        let started = Instant::now();
        let mut stamp = self.reloader.stamp();
        while started.elapsed() < RESTLESS && !self.progress.cancelled() {
            let woken = self.wait(QUIET);
            let now = self.reloader.stamp();
            if !woken && now == stamp {
                return;
            }
            stamp = now;
        }
    }

    /// After builds whose inputs changed while they ran, gives a user the time to save again.
    fn be_patient(&mut self) {
        let (started, stamp) = (Instant::now(), self.reloader.stamp());
        while !self.progress.cancelled() {
            let Some(left) = self.reloader.patience().checked_sub(started.elapsed()) else { return };
            if left.is_zero() {
                return;
            }
            self.wait(left);
            if self.reloader.stamp() != stamp {
                self.reloader.changed_by_a_user();
                return self.settle();
            }
        }
    }

    /// Brings the watches up to date with what there is now.
    fn watch(&mut self) {
        if self.polls {
            return;
        }
        if let Err(error) = self.events.watch(self.reloader.watched()) {
            self.polls = true;
            self.progress.note(&format!(
                "{}: changes are looked for twice a second, since the system does not report them: {error}",
                self.reloader.name()
            ));
        }
    }

    fn tell(&mut self, outcome: Outcome) {
        let (name, log) = (self.reloader.name(), &self.progress.log);
        match outcome {
            Outcome::Unchanged => {}
            // Whoever stops the server does not want to hear that a build was stopped.
            Outcome::Refused(_) if self.progress.cancelled() => {}
            Outcome::Reloaded { version, took } => {
                let seconds = took.as_secs_f64();
                log.message(format_args!("reloaded {name} (version {version}) in {seconds:.1} s"));
            }
            Outcome::Refused(why) => {
                log.message(format_args!("{name}: {why}; the old version goes on serving"));
            }
        }
        let written = self.reloader.take_self_written();
        if !written.is_empty() {
            let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
            log.message(format_args!(
                "{name}: its build writes {} each time; that alone does not start another build",
                files.join(", ")
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
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }

    fn note(&mut self, line: &str) {
        self.log.message(format_args!("{line}"));
    }

    fn color(&self) -> bool {
        self.terminal
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{self, Write};
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::time::{Duration, Instant};

    use super::Watcher;
    use super::reloader::tests::{handler, reload};
    use doverb_core::log::Log;
    use doverb_core::slot::Slot;

    /// A log whose reader can wait for a line.
    struct Wire(Sender<String>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn await_line(log: &Receiver<String>, expected: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut all = String::new();
        while !all.contains(expected) {
            let left = deadline.saturating_duration_since(Instant::now());
            all += &log.recv_timeout(left).unwrap_or_else(|_| panic!("no {expected:?} in {all:?}"));
        }
    }

    fn watch(wasm: &Path, folder: &Path) -> (Watcher, Receiver<String>, Arc<Slot>) {
        let (sender, lines) = mpsc::channel();
        let reload = reload(wasm, folder, Log::writer(true, Box::new(Wire(sender))));
        let slot = Arc::clone(&reload.slot);
        (Watcher::spawn(reload).unwrap(), lines, slot)
    }

    #[test]
    fn a_file_renamed_into_place_is_loaded_and_a_broken_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (wasm, new) = (folder.path().join("hello.wasm"), folder.path().join("new"));
        fs::write(&wasm, handler("GET")).unwrap();
        let (_watcher, lines, slot) = watch(&wasm, folder.path());
        fs::write(&new, handler("POST")).unwrap();
        fs::rename(&new, &wasm).unwrap();
        await_line(&lines, "reloaded hello.wasm (version 2) in ");
        fs::write(&wasm, "junk").unwrap();
        await_line(&lines, "; the old version goes on serving");
        assert_eq!(slot.version(), 2);
    }

    #[test]
    fn a_folder_made_anew_and_a_link_that_is_moved_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (release, method) in [("one", "GET"), ("two", "POST"), ("three", "PUT")] {
            fs::create_dir(at(release)).unwrap();
            fs::write(at(release).join("hello.wasm"), handler(method)).unwrap();
        }
        symlink("one", at("current")).unwrap();
        let (_watcher, lines, _slot) = watch(&at("current/hello.wasm"), folder.path());
        symlink("two", at("next")).unwrap();
        fs::rename(at("next"), at("current")).unwrap();
        await_line(&lines, "(version 2)");
        fs::remove_dir_all(at("two")).unwrap();
        await_line(&lines, "there is no such file");
        fs::rename(at("three"), at("two")).unwrap();
        await_line(&lines, "(version 3)");
    }

    #[test]
    fn a_stopped_watcher_ends_soon_and_loads_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let wasm = folder.path().join("hello.wasm");
        fs::write(&wasm, handler("GET")).unwrap();
        let (watcher, _lines, slot) = watch(&wasm, folder.path());
        watcher.stop();
        watcher.ended.recv_timeout(Duration::from_secs(60)).unwrap();
        fs::write(&wasm, handler("POST")).unwrap();
        drop(watcher);
        assert_eq!(slot.version(), 1);
    }
}
