//! One look at a source: has it changed, and if so, does the new version work?

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attended::Attended;
use super::retry::Retry;
use super::self_written::SelfWritten;
use super::watcher::Subject;
use super::{News, Reload};
use crate::{Fingerprint, SourceCause, Stamp};
use doverb_compile::{CompileCause, Progress, Turn, Wasm};
use doverb_core::handler::Handler;

/// What came of a look.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The inputs are as they were.
    Unchanged,
    /// The inputs are others, and the wasm that they make is as it was.
    AsBefore,
    Reloaded {
        version: u64,
        took: Duration,
    },
    /// The new version is not fit to serve.
    Refused(String),
    /// It was tried again, and is refused for the same reason.
    StillRefused,
}

/// Why a version is not served.
struct Refusal {
    why: String,
    /// Whether the same version may be served later.
    may_pass: bool,
}

impl Refusal {
    /// What is wrong with the version itself.
    fn of_version(why: impl ToString) -> Refusal {
        Refusal { why: why.to_string(), may_pass: false }
    }

    fn of_compiling(cause: &CompileCause) -> Refusal {
        Refusal { why: cause.to_string(), may_pass: cause.may_pass() }
    }
}

/// The new version's number; `None` when it is the old one's bytes.
type Updated = Result<Option<u64>, Refusal>;

/// Looks, builds, compiles and swaps; when to do so is decided elsewhere.
pub(super) struct Reloader {
    reload: Reload,
    /// The inputs as of the last look; `None` before the first.
    stamp: Option<Stamp>,
    written: SelfWritten,
    /// What was found out since somebody asked.
    proven: BTreeSet<PathBuf>,
    /// Whether inputs have changed while the last build ran.
    during: bool,
    /// Whether the newest version was refused, so that an older one serves.
    is_behind: bool,
    retry: Retry,
    /// What the inputs of the version that serves were.
    served: Fingerprint,
}

impl Reloader {
    pub(super) fn new(reload: Reload) -> Reloader {
        let (written, proven) = (SelfWritten::default(), BTreeSet::new());
        let served = reload.seen.clone();
        Reloader {
            reload,
            stamp: None,
            written,
            proven,
            during: false,
            is_behind: false,
            retry: Retry::default(),
            served,
        }
    }

    /// Brings the served version up to date with the source.
    fn bring_up_to_date(&mut self, attended: &mut Attended<'_>) -> Outcome {
        let started = Instant::now();
        // Before the content is read, so that what changes after that is seen by the next look.
        let stamp = self.stamp();
        let now = self.reload.source.fingerprint();
        let changes = now.changes_since(&self.reload.seen);
        self.stamp = Some(stamp.clone());
        if changes.is_empty() && !self.retry.is_due() {
            return Outcome::Unchanged;
        }
        if !self.during {
            self.written.changed_outside(&changes);
        }
        if self.is_behind && now.changes_since(&self.served).is_empty() {
            // What was wrong was taken back: nothing needs to be built.
            self.reload.seen = now;
            self.retry = Retry::default();
            return Outcome::AsBefore;
        }
        self.reload.seen = now.clone();
        self.begin_to_build(&changes, attended);
        let updated = self.update(attended);
        // Whoever shows how it goes on has done so when it is told what came of it.
        attended.end();
        let outcome = self.outcome(updated, now, started);
        self.account_for_changes_since(&stamp);
        outcome
    }

    fn outcome(&mut self, updated: Updated, now: Fingerprint, started: Instant) -> Outcome {
        let passing = updated.as_ref().err().filter(|refusal| refusal.may_pass);
        let is_told = self.retry.tried(passing.map(|refusal| &*refusal.why), started.elapsed());
        match updated {
            Err(_) if !is_told => Outcome::StillRefused,
            Err(refusal) => Outcome::Refused(refusal.why),
            Ok(None) => Outcome::AsBefore,
            Ok(Some(version)) => {
                self.served = now;
                Outcome::Reloaded { version, took: started.elapsed() }
            }
        }
    }

    /// Whether what the source makes now is what serves: a build may have been refused since.
    fn is_served(&self) -> bool {
        self.reload.source.path().exists()
    }

    /// Somebody who has just saved a file wants to see that it was taken up.
    fn begin_to_build(&self, changes: &BTreeSet<PathBuf>, attended: &mut Attended<'_>) {
        // What is tried again without a change is told when it works.
        if !self.reload.is_watched || !self.reload.source.is_built() || changes.is_empty() {
            return;
        }
        let mut names =
            changes.iter().map(|path| path.file_name().unwrap_or(path.as_os_str()).display().to_string());
        let first = names.next().unwrap_or_default();
        let more = match names.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let changed = format!("{first}{more} changed");
        match &self.reload.attendant {
            Some(attendant) => attended.begin(Arc::clone(attendant), changed),
            None => self.reload.log.message(format_args!("{changed}, building")),
        }
    }

    fn tell(&self, news: &News) {
        if let Some(hearing) = &self.reload.hearing {
            hearing(news);
        }
    }

    fn update(&mut self, progress: &mut dyn Progress) -> Updated {
        if self.reload.may_vanish && !self.reload.source.path().exists() {
            return Ok(None);
        }
        let is_read = progress.is_read();
        let words = |cause: &SourceCause| if is_read { cause.seen() } else { cause.summary() };
        let of_building = |cause: &SourceCause| Refusal { why: words(cause), may_pass: cause.may_pass() };
        let path = self.reload.source.build(progress).map_err(|error| of_building(&error.cause))?;
        let _turn = Turn::to_read(&path, progress).map_err(|cause| Refusal::of_compiling(&cause))?;
        let wasm = Wasm::read(&path).map_err(|error| Refusal::of_compiling(&error.cause))?;
        let wasm = wasm.of_runtime(self.reload.source.runtime());
        if wasm.digest() == self.reload.serving {
            return Ok(None);
        }
        let component = wasm
            .compile(&self.reload.engine, &self.reload.compile, progress)
            .map_err(|error| Refusal::of_compiling(&error.cause))?;
        let handler = Handler::new(&self.reload.engine, &component, self.reload.handler.clone())
            .map_err(Refusal::of_version)?
            .with_size(wasm.bytes().len());
        if progress.cancelled() {
            return Err(Refusal::of_version(SourceCause::Cancelled));
        }
        let version = self.reload.slot.swap(handler);
        self.reload.serving = wasm.digest();
        Ok(Some(version))
    }

    /// Leaves what changed while we built to the next look, except for what the build writes itself.
    fn account_for_changes_since(&mut self, stamp: &Stamp) {
        self.during = false;
        if !self.reload.source.is_built() {
            return;
        }
        let after_stamp = self.stamp();
        if after_stamp == *stamp {
            self.written.build_ended(&BTreeSet::new());
            return;
        }
        let after = self.reload.source.fingerprint();
        let during = after.changes_since(&self.reload.seen);
        self.proven.extend(self.written.build_ended(&during));
        self.reload.seen.accept(&after, self.written.known());
        self.during = !during.is_empty();
        if during.is_subset(self.written.known()) {
            // Nothing is left that calls for a look; inputs first heard of now are as they were built.
            self.reload.seen = after;
            self.stamp = Some(after_stamp);
            self.during = false;
        }
    }
}

impl Subject for Reloader {
    fn name(&self) -> String {
        self.reload.name.clone().unwrap_or_else(|| self.reload.source.name())
    }

    fn stamp(&self) -> Stamp {
        self.reload.source.stamp()
    }

    fn has_changed(&self) -> bool {
        self.retry.is_due() || self.stamp.as_ref() != Some(&self.stamp())
    }

    fn watched(&self) -> BTreeSet<PathBuf> {
        self.reload.source.watched()
    }

    fn look(&mut self, was_asked: bool, progress: &mut dyn Progress) {
        if was_asked {
            self.retry.hasten();
        }
        let mut attended = Attended::new(progress);
        let outcome = self.bring_up_to_date(&mut attended);
        let words = attended.words();
        let (name, log) = (self.name(), &self.reload.log);
        let was_behind = self.is_behind;
        match outcome {
            // A mistake was taken back, or a comment changed, and the component is what it was.
            Outcome::AsBefore if was_behind && self.is_served() => {
                log.message(format_args!("{name} is as before again"));
                self.is_behind = false;
                self.tell(&News::Mended);
            }
            Outcome::Unchanged | Outcome::AsBefore if was_asked => {
                log.message(format_args!("{name}: nothing has changed"))
            }
            Outcome::Unchanged | Outcome::AsBefore => {}
            // Whoever stops the server does not want to hear that a build was stopped.
            Outcome::Refused(_) if progress.cancelled() => {}
            Outcome::StillRefused => {}
            Outcome::Reloaded { version, took } => {
                let seconds = took.as_secs_f64();
                log.message(format_args!("reloaded {name} (version {version}) in {seconds:.1} s"));
                self.is_behind = false;
                self.tell(&News::Reloaded);
            }
            Outcome::Refused(why) => {
                log.message(format_args!("{name}: {why}; the old version goes on serving"));
                self.is_behind = true;
                self.reload.slot.refuse();
                self.tell(&News::Refused(if words.is_empty() { format!("{name}: {why}") } else { words }));
            }
        }
        let written = std::mem::take(&mut self.proven);
        if !written.is_empty() {
            let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
            log.message(format_args!(
                "{name}: its build writes {} each time; that alone does not start another build",
                files.join(", ")
            ));
        }
    }

    fn patience(&self) -> Duration {
        self.written.patience()
    }

    fn changed_by_a_user(&mut self) {
        self.written.changed_outside(&BTreeSet::new());
        self.during = false;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use super::{Attended, Outcome, Reloader};
    use crate::Source;
    use crate::reload::Reload;
    use crate::reload::watcher::Subject;
    use doverb_compile::{CompileOptions, Digest, Silent, Wasm};
    use doverb_core::engine::Engine;
    use doverb_core::handler::{Handler, HandlerOptions};
    use doverb_core::limits::Limits;
    use doverb_core::log::Log;
    use doverb_core::slot::Slot;

    /// A handler whose bytes differ with `name`, the method that it serves.
    pub(crate) fn handler(name: &str) -> Vec<u8> {
        let text = format!(
            r#"(component
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func $f (canon lift (core func $i "f")))
                (export "do-{name}" (func $f)))"#
        );
        wat::parse_str(text).unwrap()
    }

    /// Everything to reload `wasm` with, which is served now; its cache is in `folder`.
    pub(crate) fn reload(wasm: &Path, folder: &Path, log: Log) -> Reload {
        let limits = Limits::default().with_max_instances(2);
        let engine = Engine::new(&limits).unwrap();
        // SAFETY: nothing else writes into this folder.
        let compile = unsafe { CompileOptions::default().cache_dir(folder.join("cache")) };
        let source = Source::open(wasm, &mut Silent).unwrap();
        let seen = source.fingerprint();
        let first = Wasm::read(wasm).unwrap();
        let component = first.compile(&engine, &compile, &mut Silent).unwrap();
        let options = HandlerOptions::new("hello");
        let slot = Slot::new(Handler::new(&engine, &component, options.clone()).unwrap());
        Reload::new(source, seen, first.digest(), engine, slot).handler(options).compile(compile).log(log)
    }

    struct Scene {
        folder: tempfile::TempDir,
        reloader: Reloader,
        slot: Arc<Slot>,
    }

    impl Scene {
        fn new() -> Scene {
            let folder = tempfile::tempdir().unwrap();
            let wasm = folder.path().join("hello.wasm");
            fs::write(&wasm, handler("GET")).unwrap();
            let reload = reload(&wasm, folder.path(), Log::discard());
            let slot = Arc::clone(&reload.slot);
            Scene { folder, reloader: Reloader::new(reload), slot }
        }

        fn write(&self, content: &[u8]) {
            fs::write(self.folder.path().join("hello.wasm"), content).unwrap();
        }

        fn look(&mut self) -> Outcome {
            self.reloader.bring_up_to_date(&mut Attended::new(&mut Silent))
        }

        fn refusal(&mut self) -> String {
            match self.look() {
                Outcome::Refused(why) => why,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_new_version_is_swapped_in_once() {
        let mut scene = Scene::new();
        assert!(matches!(scene.look(), Outcome::Unchanged));
        scene.write(&handler("POST"));
        assert!(matches!(scene.look(), Outcome::Reloaded { version: 2, .. }));
        assert!(matches!(scene.look(), Outcome::Unchanged));
        assert_eq!(scene.slot.version(), 2);
    }

    #[test]
    fn the_bytes_that_serve_are_no_new_version() {
        let mut scene = Scene::new();
        scene.look();
        scene.write(&handler("GET"));
        assert!(scene.reloader.has_changed());
        assert!(matches!(scene.look(), Outcome::Unchanged));
        assert!(!scene.reloader.has_changed());
        assert_eq!(scene.slot.version(), 1);
    }

    #[test]
    fn what_is_not_fit_to_serve_is_refused_once_and_the_old_version_stays() {
        let mut scene = Scene::new();
        let whole = handler("POST");
        let no_methods = wat::parse_str("(component)").unwrap();
        for (content, reason) in
            [(&b"junk"[..], "not WebAssembly"), (&whole[..whole.len() - 1], "cut off"), (&no_methods, "do-*")]
        {
            scene.write(content);
            let why = scene.refusal();
            assert!(why.contains(reason), "{why}");
            assert!(matches!(scene.look(), Outcome::Unchanged), "{reason}: refused twice");
        }
        assert_eq!(scene.slot.version(), 1);
        scene.write(&whole);
        assert!(matches!(scene.look(), Outcome::Reloaded { version: 2, .. }));
    }

    #[test]
    fn what_was_refused_for_a_reason_that_may_pass_is_tried_again_and_told_once() {
        let mut scene = Scene::new();
        scene.write(&handler("POST"));
        let cache = scene.folder.path().join("cache");
        fs::remove_dir_all(&cache).unwrap();
        fs::write(&cache, "").unwrap();
        let why = scene.refusal();
        assert!(why.contains("cannot be used"), "{why}");
        assert!(matches!(scene.look(), Outcome::Unchanged), "it is not tried all the time");
        scene.reloader.retry.hasten();
        assert!(scene.reloader.has_changed());
        assert_eq!(scene.refusal(), why, "who asks is told");
        assert_eq!(scene.slot.version(), 1);
        fs::remove_file(&cache).unwrap();
        scene.reloader.retry.hasten();
        assert!(matches!(scene.look(), Outcome::Reloaded { version: 2, .. }));
        assert!(!scene.reloader.has_changed());
    }

    #[test]
    fn a_file_that_vanished_is_told_once_and_its_return_is_no_new_version() {
        let mut scene = Scene::new();
        fs::remove_file(scene.folder.path().join("hello.wasm")).unwrap();
        assert!(scene.refusal().contains("no such file"));
        assert!(matches!(scene.look(), Outcome::Unchanged));
        scene.write(&handler("GET"));
        assert!(matches!(scene.look(), Outcome::AsBefore));
        scene.write(&handler("PUT"));
        assert!(matches!(scene.look(), Outcome::Reloaded { version: 2, .. }));
    }

    #[test]
    fn a_change_from_before_the_first_look_is_not_missed() {
        let mut scene = Scene::new();
        scene.write(&handler("POST"));
        assert!(scene.reloader.has_changed());
        assert!(matches!(scene.look(), Outcome::Reloaded { .. }));
        assert_eq!(scene.reloader.reload.serving, Digest::of(&handler("POST")));
    }
}
