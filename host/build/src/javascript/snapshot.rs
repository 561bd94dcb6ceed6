//! Makes a component of modules: QuickJS runs their top level, and what it then has in memory is the component.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::quickjs::{self, Failed};
use super::stub;
use crate::error::SourceCause;
use doverb_compile::child::{self, ChildError, Event};
use doverb_compile::{MAX_WASM, Progress};

/// By the clock. Making the component takes a second or two; the rest is for the user's own code.
const TIME: Duration = Duration::from_secs(90);
/// How much of what the child says is kept, in bytes.
const MAX_WORDS: usize = 64 * 1024;
/// What the evaluation of a module says before the error.
const EVALUATION: &str = "JavaScript module evaluation: ";

/// Makes the component of a folder with `wit/` and `modules/entry.js`, here and now.
///
/// # Errors
///
/// What the modules' code has thrown, or why no component could be made of them.
pub fn snapshot(folder: &Path) -> Result<Vec<u8>, String> {
    // An embedder may be inside of a runtime of its own, where WASI's cannot be waited for.
    let work = || -> Result<Vec<u8>, String> {
        let modules = folder.join("modules");
        let entry = modules.join("entry.js");
        let read = |error: io::Error| format!("{}: {error}", entry.display());
        let source = fs::read_to_string(&entry).map_err(read)?;
        let linked = quickjs::link(&folder.join("wit"));
        let linked = linked.map_err(|error| format!("the engine does not fit its world: {error:#}"))?;
        let made = quickjs::run(&linked, &modules, "/entry.js", &source).map_err(why)?;
        stub::stub(&made).map_err(|error| format!("its imports cannot be cut off: {error:#}"))
    };
    let made = thread::scope(|scope| scope.spawn(work).join());
    made.unwrap_or_else(|_| Err("the engine failed".to_owned()))
}

/// The error that counts, of all that were wrapped around it.
fn why(failed: Failed) -> String {
    let texts = match failed {
        Failed::Thrown(text) => match text.split_once(EVALUATION) {
            Some((_, thrown)) => return thrown.trim_end().to_owned(),
            None => vec![text],
        },
        Failed::Other(texts) => texts,
    };
    if let Some(call) = texts.iter().find_map(|text| called(text)) {
        return format!(
            "Error: {call} is called while the module is loaded. The server is only there when a handler's method \
             runs: call it there"
        );
    }
    let last = texts.iter().map(|text| text.trim_end()).rfind(|text| !text.is_empty());
    last.unwrap_or("it failed without a reason").to_owned()
}

/// The function of the host that was called although there is none yet.
fn called(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("unknown import: `")?;
    let (interface, function) = rest.split_once('`')?.0.split_once('#')?;
    let interface = interface.split_once('/').map_or(interface, |(_, name)| name);
    Some(format!("{}.{function}", interface.split('@').next().unwrap_or(interface)))
}

/// The same in a child process of `builder`, where the user's code can use up only so much.
pub(super) fn confined(
    builder: &Path,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<Result<Vec<u8>, String>, SourceCause> {
    let mut command = Command::new(builder);
    command.arg("componentize").arg(folder).env_clear();
    // The allocator would reserve as much at once as the child may have in all.
    command.env("MIMALLOC_ARENA_EAGER_COMMIT", "0");
    let (mut component, mut words) = (Vec::new(), Vec::new());
    let result = child::run(command, [].into(), TIME, &mut |event| {
        match event {
            Event::Stdout(piece) => component.extend_from_slice(piece),
            Event::Stderr(piece) => {
                words.extend_from_slice(&piece[..piece.len().min(MAX_WORDS - words.len())]);
            }
            Event::Quiet => {}
        }
        component.len() as u64 <= MAX_WASM && !progress.cancelled()
    });
    let words = String::from_utf8_lossy(&words);
    match result {
        Ok(status) if status.success() => Ok(Ok(component)),
        Ok(status) => died(status, &words),
        Err(ChildError::Start(source)) => {
            Err(SourceCause::Limit(format!("{} cannot be run to build it: {source}", builder.display())))
        }
        Err(ChildError::TimedOut) => Err(SourceCause::Limit(too_long(TIME.as_secs(), "s"))),
        Err(ChildError::Cancelled) if component.len() as u64 > MAX_WASM => {
            Err(SourceCause::Limit(format!("its component is larger than {} MiB", MAX_WASM >> 20)))
        }
        Err(ChildError::Cancelled) => Err(SourceCause::Cancelled),
    }
}

fn too_long(time: u64, unit: &str) -> String {
    format!(
        "the code at the top level of its modules, which runs when it is built, takes more than {time} {unit} and was \
         stopped. Is there a loop without an end?"
    )
}

/// What became of a child that failed: its own words, or the limit that it ran into.
fn died(status: ExitStatus, words: &str) -> Result<Result<Vec<u8>, String>, SourceCause> {
    if status.signal() == Some(Signal::XCPU.as_raw()) {
        return Err(SourceCause::Limit(too_long(crate::SNAPSHOT_CPU_TIME.as_secs(), "s of processor time")));
    }
    let ran_out = ["memory allocation of", "Cannot allocate memory", "out of memory"];
    if ran_out.iter().any(|phrase| words.contains(phrase)) {
        let memory = crate::SNAPSHOT_MEMORY >> 20;
        return Err(SourceCause::Limit(format!(
            "the code at the top level of its modules, which runs when it is built, needs more than {memory} MiB"
        )));
    }
    match words.trim().strip_prefix("doverb: ") {
        Some(thrown) => Ok(Err(thrown.to_owned())),
        None => Err(SourceCause::Limit(format!(
            "its modules cannot be run to build it: {} ({status})",
            words.trim()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::{called, confined, died};
    use doverb_compile::Silent;

    #[test]
    fn the_hosts_functions_have_their_names() {
        let text = "unknown import: `doverb:handler/response@0.1.0#send-response` has not been defined";
        assert_eq!(called(text).as_deref(), Some("response.send-response"));
        assert_eq!(called("something else"), None);
    }

    #[test]
    fn limits_are_told_apart() {
        let with = |script: &str, words: &str| {
            let status = Command::new("/bin/sh").args(["-c", script]).status().unwrap();
            match died(status, words) {
                Ok(Err(thrown)) => thrown,
                Ok(Ok(_)) => panic!("it did not fail"),
                Err(cause) => cause.to_string(),
            }
        };
        assert!(with("kill -XCPU $$", "").contains("20 s of processor time"));
        assert!(with("exit 1", "doverb: InternalError: out of memory").contains("1024 MiB"));
        assert_eq!(with("exit 1", "doverb: Error: x\n    at y\n"), "Error: x\n    at y");
        assert!(with("exit 3", "odd").contains("odd (exit status: 3)"));
    }

    #[test]
    fn a_builder_that_cannot_be_run_is_named() {
        let error = confined(Path::new("/nonexistent/doverb"), Path::new("/"), &mut Silent).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/doverb"), "{error}");
    }
}
