//! TypeScript's types, checked by the project's own TypeScript while the component is built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::translate::is_typescript;
use crate::run::{self, Said};
use crate::tended::Usual;
use doverb_compile::Progress;

/// By the clock. A large project takes a minute.
const TIME: Usual = Usual::Build(Duration::from_secs(300));
/// How often its end is looked for.
const TICK: Duration = Duration::from_millis(20);
/// How many lines of it are kept.
const MAX_LINES: usize = 200;

/// A check that runs beside the build.
pub(super) struct Check {
    thread: Option<JoinHandle<Option<Vec<String>>>>,
    /// Whether nobody waits for it any more.
    is_given_up: Arc<AtomicBool>,
}

/// Progress of a check, which nobody is shown.
struct Aside(Arc<AtomicBool>);

impl Progress for Aside {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What can be said before the check has begun.
pub(super) enum Begun {
    /// There is nothing to check.
    Plain,
    /// There is no TypeScript in the project, or no Node.
    Missing,
    Running(Check),
}

impl Check {
    /// Begins to check `entry` and what it imports. What the check needs is put into `folder`.
    pub(super) fn begin(entry: &Path, base: &Path, folder: PathBuf) -> Begun {
        if !is_typescript(entry) {
            return Begun::Plain;
        }
        let compiler = base
            .ancestors()
            .map(|folder| folder.join("node_modules/typescript/bin/tsc"))
            .find(|compiler| compiler.is_file());
        let (Some(compiler), Some(node)) = (compiler, run::find("node")) else { return Begun::Missing };
        if prepare(entry, base, &folder).is_err() {
            return Begun::Missing;
        }
        let base = base.to_owned();
        let is_given_up = Arc::new(AtomicBool::new(false));
        let mut aside = Aside(Arc::clone(&is_given_up));
        let thread = thread::spawn(move || {
            let mut command = Command::new(node);
            command.current_dir(&base).arg(compiler).args(["--pretty", "false", "-p"]).arg(folder);
            let mut found = Vec::new();
            run::run("tsc", command, TIME, &mut aside, &mut |_, said| {
                let (Said::Stdout(line) | Said::Stderr(line)) = said;
                if found.len() < MAX_LINES {
                    found.push(line.to_owned());
                }
            })
            .ok()?;
            Some(found.iter().filter_map(|line| located(line)).collect())
        });
        Begun::Running(Check { thread: Some(thread), is_given_up })
    }

    /// Waits for its end: the errors, or none if it could not be done, or nobody wants to wait.
    pub(super) fn end(mut self, progress: &dyn Progress) -> Option<Vec<String>> {
        let thread = self.thread.take()?;
        while !thread.is_finished() {
            self.is_given_up.fetch_or(progress.cancelled(), Ordering::Relaxed);
            thread::sleep(TICK);
        }
        thread.join().ok().flatten()
    }
}

/// Where a build has failed before, nobody wants to know of its types.
impl Drop for Check {
    fn drop(&mut self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }
}

/// Writes a project that is the user's own, if there is one, and that knows the SDK.
fn prepare(entry: &Path, base: &Path, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("doverb.d.ts"), declarations())?;
    let own = base.join("tsconfig.json");
    let mut config = serde_json::json!({
        "compilerOptions": {
            "noEmit": true, "composite": false, "incremental": false, "skipLibCheck": true,
            "allowImportingTsExtensions": true, "rootDir": "/",
        },
        "files": [entry, folder.join("doverb.d.ts")],
        "include": [],
    });
    let options = &mut config["compilerOptions"];
    if own.is_file() {
        config["extends"] = serde_json::json!(own);
    } else {
        options["strict"] = true.into();
        options["target"] = "esnext".into();
        options["lib"] = serde_json::json!(["esnext", "dom", "dom.iterable"]);
        options["module"] = "esnext".into();
        options["moduleResolution"] = "bundler".into();
        options["resolveJsonModule"] = true.into();
        options["esModuleInterop"] = true.into();
        options["jsx"] = "react-jsx".into();
    }
    fs::write(folder.join("tsconfig.json"), config.to_string())
}

/// The SDK's types as a module that needs no place in `node_modules`.
fn declarations() -> String {
    let inside = |text: &str| text.replace("export declare ", "export ");
    let class = ("doverb", doverb_sdk_js::DECLARATIONS.1);
    let modules = std::iter::once(&class).chain(doverb_sdk_js::MORE_DECLARATIONS);
    modules.map(|(name, text)| format!("declare module '{name}' {{\n{}\n}}\n", inside(text))).collect()
}

/// `src/app.ts(3,5): error TS2322: ...` as `src/app.ts:3:5: TS2322: ...`.
fn located(line: &str) -> Option<String> {
    let (place, text) = line.split_once("): error ")?;
    let (file, place) = place.rsplit_once('(')?;
    Some(format!("{file}:{}: {text}", place.replace(',', ":")))
}

#[cfg(test)]
mod tests {
    use super::located;

    #[test]
    fn errors_have_places_as_all_others_have() {
        let line = "src/app.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.";
        let shown = "src/app.ts:3:5: TS2322: Type 'string' is not assignable to type 'number'.";
        assert_eq!(located(line).as_deref(), Some(shown));
        assert_eq!(located("  Types of property 'a' are incompatible."), None);
    }
}
