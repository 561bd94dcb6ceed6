//! Runs a source's own code while it is built, in a child process of `doverb` where it can use up only so much.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use crate::error::SourceCause;
use crate::tended::{Bound, Usual};
use doverb_compile::child::{self, ChildError, Event};
use doverb_compile::{MAX_WASM, Progress};

/// By the clock. The work around the user's own code takes a second or two.
const TIME: Usual = Usual::Question(Duration::from_secs(90));
/// How much of what the child says is kept, in bytes.
const MAX_WORDS: usize = 64 * 1024;

/// Which code runs, as the user knows it: `the code at the top level of its modules, which runs when it is built,`.
#[derive(Clone, Copy)]
pub(super) struct What(pub(super) &'static str);

/// Runs `doverb componentize` with these arguments, and `input` as its standard input. Returns what it has made, or what the
/// user's code has thrown.
pub(super) fn run(
    builder: &Path,
    arguments: &[&Path],
    input: Arc<[u8]>,
    what: What,
    progress: &mut dyn Progress,
) -> Result<Result<Vec<u8>, String>, SourceCause> {
    let mut command = Command::new(builder);
    command.arg("componentize").args(arguments).env_clear();
    // The allocator would reserve as much at once as the child may have in all.
    command.env("MIMALLOC_ARENA_EAGER_COMMIT", "0");
    let (mut made, mut words) = (Vec::new(), Vec::new());
    let Bound { time, advice } = TIME.bound();
    let result = child::run(command, input, time, &mut |event| {
        match event {
            Event::Stdout(piece) => made.extend_from_slice(piece),
            Event::Stderr(piece) => {
                words.extend_from_slice(&piece[..piece.len().min(MAX_WORDS - words.len())]);
            }
            Event::Quiet => {}
        }
        made.len() as u64 <= MAX_WASM && !progress.cancelled()
    });
    let words = String::from_utf8_lossy(&words);
    match result {
        Ok(status) if status.success() => Ok(Ok(made)),
        Ok(status) => died(status, &words, what),
        Err(ChildError::Start(source)) => {
            Err(SourceCause::Limit(format!("{} cannot be run to build it: {source}", builder.display())))
        }
        Err(ChildError::TimedOut) => {
            // A question ends by itself.
            let advice = advice.strip_prefix('.').unwrap_or(advice);
            Err(SourceCause::Limit(too_long(what, time.as_secs_f64(), "s") + advice))
        }
        Err(ChildError::Cancelled) if made.len() as u64 > MAX_WASM => {
            Err(SourceCause::Limit(format!("its component is larger than {} MiB", MAX_WASM >> 20)))
        }
        Err(ChildError::Cancelled) => Err(SourceCause::Cancelled),
    }
}

fn too_long(What(what): What, time: f64, unit: &str) -> String {
    format!("{what} takes more than {time} {unit} and was stopped. Is there a loop without an end?")
}

/// What became of a child that failed: its own words, or the limit that it ran into.
fn died(status: ExitStatus, words: &str, What(what): What) -> Result<Result<Vec<u8>, String>, SourceCause> {
    if status.signal() == Some(Signal::XCPU.as_raw()) {
        let time = crate::SNAPSHOT_CPU_TIME.as_secs_f64();
        return Err(SourceCause::Limit(too_long(What(what), time, "s of processor time")));
    }
    let ran_out = ["memory allocation of", "Cannot allocate memory", "out of memory"];
    if ran_out.iter().any(|phrase| words.contains(phrase)) {
        let memory = crate::SNAPSHOT_MEMORY >> 20;
        return Err(SourceCause::Limit(format!("{what} needs more than {memory} MiB")));
    }
    match words.trim().strip_prefix("doverb: ") {
        Some(thrown) => Ok(Err(thrown.to_owned())),
        None => Err(SourceCause::Limit(format!(
            "its code cannot be run to build it: {} ({status})",
            words.trim()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::{What, died, run};
    use doverb_compile::Silent;

    const WHAT: What = What("the program, which runs when it is built,");

    #[test]
    fn limits_are_told_apart() {
        let with = |script: &str, words: &str| {
            let status = Command::new("/bin/sh").args(["-c", script]).status().unwrap();
            match died(status, words, WHAT) {
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
        let folder = tempfile::tempdir().unwrap();
        let none = folder.path().join("doverb");
        let error = run(&none, &[Path::new("/")], [].into(), WHAT, &mut Silent).unwrap_err();
        assert!(error.to_string().contains(&none.display().to_string()), "{error}");
    }
}
