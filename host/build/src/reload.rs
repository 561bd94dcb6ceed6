//! Hot reload: what a handler is made from changes, it is built and compiled beside the version that
//! serves, and takes its place in one step. What fails on the way is logged, and the old version serves on.
//!
//! Events of the file system only say when to look. Whether anything changed is decided by looking at the
//! inputs, which happens every two seconds without events too (less often where hundreds look): they get lost on network file systems,
//! when folders are replaced, and when the system has no watches left.

mod attended;
mod events;
mod reloader;
mod retry;
mod self_written;
mod watcher;

use std::io;
use std::sync::Arc;

use crate::{Fingerprint, Source};
use doverb_compile::{CompileOptions, Digest, Progress};
use doverb_core::engine::Engine;
use doverb_core::handler::HandlerOptions;
use doverb_core::log::Log;
use doverb_core::slot::Slot;

pub use retry::Retry;
pub use watcher::{Subject, Watcher};

/// Why nothing can be reloaded.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The system gives no thread.
    #[error("the thread that watches for changes cannot be started: {0}")]
    Thread(#[from] io::Error),
}

/// What has come of a look at a source, for who wants more than the log's lines.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum News {
    /// A new version serves.
    Reloaded,
    /// What was changed is not fit to serve: why, with the compiler's words.
    Refused(String),
    /// The version that serves is the newest again.
    Mended,
}

/// Who hears of it.
pub type Hearing = Arc<dyn Fn(&News) + Send + Sync>;

/// Who shows how a build goes on, from its beginning until it is dropped.
pub type Attendant = Arc<dyn Fn() -> Box<dyn Progress> + Send + Sync>;

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
    /// What the log calls it, where that is not the source's name.
    name: Option<String>,
    /// Whether somebody else sees to a source that vanishes.
    may_vanish: bool,
    /// Whether somebody at a terminal wants to know that a build begins.
    is_watched: bool,
    attendant: Option<Attendant>,
    hearing: Option<Hearing>,
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
        let (log, name, may_vanish) = (Log::discard(), None, false);
        let (is_watched, attendant, hearing) = (false, None, None);
        Reload {
            source,
            seen,
            serving,
            engine,
            handler,
            compile,
            slot,
            log,
            name,
            may_vanish,
            is_watched,
            attendant,
            hearing,
        }
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

    /// What the log calls it. By default by the name of its component's file.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Reload {
        self.name = Some(name.into());
        self
    }

    /// Somebody else sees to it when the source vanishes. By default the log is told, and the old version serves on.
    #[must_use]
    pub fn may_vanish(mut self) -> Reload {
        self.may_vanish = true;
        self
    }

    /// The log says too when a build begins, for somebody who looks at it. By default it has what came of it alone.
    #[must_use]
    pub fn watched(mut self) -> Reload {
        self.is_watched = true;
        self
    }

    /// Who shows how each build goes on, in the place of a line of the log that it begins.
    #[must_use]
    pub fn attended(mut self, attendant: Attendant) -> Reload {
        self.attendant = Some(attendant);
        self
    }

    /// Who hears of what has come of it.
    #[must_use]
    pub fn hearing(mut self, hearing: Hearing) -> Reload {
        self.hearing = Some(hearing);
        self
    }

    /// Where the outcome is told.
    #[must_use]
    pub fn log(mut self, log: Log) -> Reload {
        self.log = log;
        self
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
        watcher.await_end(Duration::from_secs(60));
        fs::write(&wasm, handler("POST")).unwrap();
        drop(watcher);
        assert_eq!(slot.version(), 1);
    }
}
