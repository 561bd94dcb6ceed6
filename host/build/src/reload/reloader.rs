//! One look at a source: has it changed, and if so, does the new version work?

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::self_written::SelfWritten;
use super::watcher::Subject;
use super::{Attendant, News, Reload};
use crate::{Fingerprint, SourceCause, Stamp};
use doverb_compile::{Progress, Turn, Wasm};
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
}

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
    /// What the inputs of the version that serves were.
    served: Fingerprint,
}

impl Reloader {
    pub(super) fn new(reload: Reload) -> Reloader {
        let (written, proven) = (SelfWritten::default(), BTreeSet::new());
        let served = reload.seen.clone();
        Reloader { reload, stamp: None, written, proven, during: false, is_behind: false, served }
    }

    /// Brings the served version up to date with the source.
    fn bring_up_to_date(&mut self, progress: &mut dyn Progress) -> Outcome {
        let started = Instant::now();
        // Before the content is read, so that what changes after that is seen by the next look.
        let stamp = self.stamp();
        let now = self.reload.source.fingerprint();
        let changes = now.changes_since(&self.reload.seen);
        self.stamp = Some(stamp.clone());
        if changes.is_empty() {
            return Outcome::Unchanged;
        }
        if !self.during {
            self.written.changed_outside(&changes);
        }
        if self.is_behind && now.changes_since(&self.served).is_empty() {
            // What was wrong was taken back: nothing needs to be built.
            self.reload.seen = now;
            return Outcome::AsBefore;
        }
        self.reload.seen = now.clone();
        let mut attended = self.begin_to_build(&changes, progress);
        let updated = self.update(&mut attended);
        // Whoever shows how it goes on has done so when it is told what came of it.
        drop(attended);
        let outcome = match updated {
            Ok(None) => Outcome::AsBefore,
            Ok(Some(version)) => {
                self.served = now;
                Outcome::Reloaded { version, took: started.elapsed() }
            }
            Err(why) => Outcome::Refused(why),
        };
        self.account_for_changes_since(&stamp);
        outcome
    }

    /// Whether what the source makes now is what serves: a build may have been refused since.
    fn is_served(&self) -> bool {
        self.reload.source.path().exists()
    }

    /// Somebody who has just saved a file wants to see that it was taken up.
    fn begin_to_build<'a>(
        &self,
        changes: &BTreeSet<PathBuf>,
        progress: &'a mut dyn Progress,
    ) -> Attended<'a> {
        if !self.reload.is_watched || !self.reload.source.is_built() {
            return Attended { progress, shown: None, by: None };
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
            Some(attendant) => {
                let mut attended =
                    Attended { progress, shown: None, by: Some((Arc::clone(attendant), changed)) };
                attended.show("building");
                attended
            }
            None => {
                self.reload.log.message(format_args!("{changed}, building"));
                Attended { progress, shown: None, by: None }
            }
        }
    }

    fn tell(&self, news: &News) {
        if let Some(hearing) = &self.reload.hearing {
            hearing(news);
        }
    }

    /// The new version's number; `None` when it is the old one's bytes. `Err` says what is wrong with it.
    fn update(&mut self, progress: &mut dyn Progress) -> Result<Option<u64>, String> {
        if self.reload.may_vanish && !self.reload.source.path().exists() {
            return Ok(None);
        }
        let is_read = progress.is_read();
        let words = |cause: &SourceCause| if is_read { cause.seen() } else { cause.summary() };
        let path = self.reload.source.build(progress).map_err(|error| words(&error.cause))?;
        let _turn = Turn::to_read(&path, progress).map_err(|cause| cause.to_string())?;
        let wasm = Wasm::read(&path).map_err(|error| error.cause.to_string())?;
        let wasm = wasm.of_runtime(self.reload.source.runtime());
        if wasm.digest() == self.reload.serving {
            return Ok(None);
        }
        let component = wasm
            .compile(&self.reload.engine, &self.reload.compile, progress)
            .map_err(|error| error.cause.to_string())?;
        let handler = Handler::new(&self.reload.engine, &component, self.reload.handler.clone())
            .map_err(|error| error.to_string())?
            .with_size(wasm.bytes().len());
        if progress.cancelled() {
            return Err(SourceCause::Cancelled.to_string());
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

/// Progress that somebody is shown while it is made.
struct Attended<'a> {
    progress: &'a mut dyn Progress,
    shown: Option<Box<dyn Progress>>,
    /// By whom, and what has changed.
    by: Option<(Attendant, String)>,
}

impl Attended<'_> {
    fn show(&mut self, what: &str) {
        if let Some((attendant, changed)) = &self.by {
            self.shown.get_or_insert_with(|| attendant()).step(&format!("{changed}, {what}"));
        }
    }
}

impl Progress for Attended<'_> {
    fn step(&mut self, what: &str) {
        let mut letters = what.chars();
        let first = letters.next().map(char::to_lowercase).into_iter().flatten();
        self.show(&first.chain(letters).collect::<String>());
        self.progress.step(what);
    }

    fn portion(&mut self, done: u64, all: u64) {
        self.shown.iter_mut().for_each(|shown| shown.portion(done, all));
        self.progress.portion(done, all);
    }

    fn diagnostics(&mut self, text: &str) {
        // What is written now must not run into what is shown; the next step is shown again.
        self.shown = None;
        self.progress.diagnostics(text);
    }

    fn note(&mut self, line: &str) {
        self.progress.note(line);
    }

    fn color(&self) -> bool {
        self.progress.color()
    }

    fn is_read(&self) -> bool {
        self.progress.is_read()
    }

    fn cancelled(&self) -> bool {
        self.progress.cancelled()
    }
}

/// Progress whose diagnostics are kept, too.
struct Heard<'a> {
    progress: &'a mut dyn Progress,
    words: String,
}

/// How much of them.
const MAX_WORDS: usize = 16 * 1024;

impl Progress for Heard<'_> {
    fn step(&mut self, what: &str) {
        self.progress.step(what);
    }

    fn portion(&mut self, done: u64, all: u64) {
        self.progress.portion(done, all);
    }

    fn diagnostics(&mut self, text: &str) {
        if self.words.len() + text.len() <= MAX_WORDS {
            self.words.push_str(&without_colour(text));
        }
        self.progress.diagnostics(text);
    }

    fn note(&mut self, line: &str) {
        self.progress.note(line);
    }

    fn color(&self) -> bool {
        self.progress.color()
    }

    fn is_read(&self) -> bool {
        self.progress.is_read()
    }

    fn cancelled(&self) -> bool {
        self.progress.cancelled()
    }
}

/// A text without what a terminal takes for colours.
fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let end = after.find(|character: char| ('@'..='~').contains(&character));
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

impl Subject for Reloader {
    fn name(&self) -> String {
        self.reload.name.clone().unwrap_or_else(|| self.reload.source.name())
    }

    fn stamp(&self) -> Stamp {
        self.reload.source.stamp()
    }

    fn has_changed(&self) -> bool {
        self.stamp.as_ref() != Some(&self.stamp())
    }

    fn watched(&self) -> BTreeSet<PathBuf> {
        self.reload.source.watched()
    }

    fn look(&mut self, was_asked: bool, progress: &mut dyn Progress) {
        let mut heard = Heard { progress, words: String::new() };
        let outcome = self.bring_up_to_date(&mut heard);
        let Heard { progress, words } = heard;
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

    use super::{Outcome, Reloader};
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
            self.reloader.bring_up_to_date(&mut Silent)
        }

        fn refusal(&mut self) -> String {
            match self.look() {
                Outcome::Refused(why) => why,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(super::without_colour("a\x1b[1;31mb\x1b[0m c\x1b["), "ab c");
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
