//! Compiles in a child process: what a hostile component can use up there is bounded.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::bounds::MAX_CODE;
use super::child::{self, ChildError, Event, Lines};
use super::error::CompileCause;
use super::progress::Progress;

/// How much of what the child says is kept, in bytes.
const MAX_WORDS: usize = 64 * 1024;
/// How long its reason may be, in characters.
const MAX_REASON: usize = 1000;
/// What the child calls its input, and so how its reason begins.
pub const INPUT_NAME: &str = "standard input";

/// How the child says how far it is: this, the functions done and all of them, in a line.
const PORTION: &str = "portion ";

/// `doverb compile -`, which needs no environment, no network and no file but that of its functions, and limits its own
/// memory and processor time; the time by the clock is limited here.
pub(super) struct Child<'a> {
    pub(super) compiler: &'a Path,
    pub(super) timeout: Duration,
    /// Its address space, in bytes.
    pub(super) memory: u64,
    /// Where the functions of the component's last version are.
    pub(super) functions: Option<PathBuf>,
    /// Whether it says how far it is.
    pub(super) tells: bool,
}

impl Child<'_> {
    /// Runs it with `wasm` as its input; its output is the code.
    pub(super) fn precompile(
        &self,
        wasm: &Arc<[u8]>,
        progress: &mut dyn Progress,
    ) -> Result<Vec<u8>, CompileCause> {
        let mut command = Command::new(self.compiler);
        let processors = thread::available_parallelism().map_or(1, |count| count.get() as u64);
        let processor_time = self.timeout.as_secs().saturating_add(1).saturating_mul(processors);
        command.args(["compile", "-", "--out", "-", "--cpu-time", &format!("{processor_time}s")]);
        command.args(["--max-memory", &self.memory.to_string()]);
        command.args(self.tells.then_some("--tell"));
        if let Some(functions) = &self.functions {
            command.arg("--functions").arg(functions);
        }
        command.env_clear();
        run(command, wasm, self.timeout, self.memory, progress)
    }
}

/// How `doverb compile --tell` says how far it is, in one line.
#[must_use]
pub fn portion_line(done: u64, all: u64) -> String {
    format!("{PORTION}{done} {all}\n")
}

fn portion(line: &str) -> Option<(u64, u64)> {
    let (done, all) = line.strip_prefix(PORTION)?.split_once(' ')?;
    Some((done.parse().ok()?, all.parse().ok()?))
}

fn run(
    command: Command,
    wasm: &Arc<[u8]>,
    timeout: Duration,
    memory: u64,
    progress: &mut dyn Progress,
) -> Result<Vec<u8>, CompileCause> {
    let compiler = PathBuf::from(command.get_program());
    let (mut code, mut words) = (Vec::new(), Vec::new());
    let mut too_much = false;
    let mut lines = Lines::new(MAX_WORDS);
    let result = child::run(command, Arc::clone(wasm), timeout, &mut |event| {
        match event {
            Event::Stdout(piece) => code.extend_from_slice(piece),
            Event::Stderr(piece) => lines.push(piece, |line| hear(line, &mut words, progress)),
            Event::Quiet => {}
        }
        too_much = code.len() as u64 > MAX_CODE;
        !too_much && !progress.cancelled()
    });
    lines.finish(|line| hear(line, &mut words, progress));
    match result {
        Ok(status) if status.success() => Ok(code),
        Ok(status) => Err(why(status, memory, &String::from_utf8_lossy(&words))),
        Err(ChildError::Start(source)) => Err(CompileCause::Compiler { path: compiler, source }),
        Err(ChildError::TimedOut) => Err(CompileCause::TimedOut(timeout)),
        Err(ChildError::Cancelled) if too_much => Err(CompileCause::TooMuchCode(MAX_CODE)),
        Err(ChildError::Cancelled) => Err(CompileCause::Cancelled),
    }
}

fn hear(line: &str, words: &mut Vec<u8>, progress: &mut dyn Progress) {
    if let Some((done, all)) = portion(line) {
        progress.portion(done, all);
    } else if words.len() + line.len() < MAX_WORDS {
        words.extend_from_slice(line.as_bytes());
        words.push(b'\n');
    }
}

/// What a failed child died of: its own last line, or the limit that it ran into.
fn why(status: ExitStatus, memory: u64, words: &str) -> CompileCause {
    let is = |signal: Signal| status.signal() == Some(signal.as_raw());
    if is(Signal::XCPU) {
        return CompileCause::Processor;
    }
    if is(Signal::XFSZ) {
        return CompileCause::TooMuchCode(MAX_CODE);
    }
    // What Rust says when the allocator fails, what the system says when a thread or a mapping does.
    let ran_out = ["memory allocation of", "Cannot allocate memory", "Resource temporarily unavailable"];
    if ran_out.iter().any(|phrase| words.contains(phrase)) {
        return CompileCause::Memory(memory);
    }
    let prefix = format!("doverb: {INPUT_NAME}: ");
    if let Some(reason) = words.lines().find_map(|line| line.strip_prefix(&prefix)) {
        let reason = reason.strip_prefix("it does not compile: ").unwrap_or(reason);
        return CompileCause::Invalid(reason.chars().take(MAX_REASON).collect());
    }
    let said = words.lines().map(str::trim).filter(|line| !line.is_empty()).take(2);
    let said: String = said.collect::<Vec<_>>().join(" ").chars().take(MAX_REASON).collect();
    CompileCause::Died(if said.is_empty() { status.to_string() } else { format!("{said} ({status})") })
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{Child, CompileCause, portion_line, run};
    use crate::{Progress, Silent};

    /// What a shell script in the compiler's place makes of it.
    fn with_script(script: &str, timeout: Duration) -> Result<Vec<u8>, CompileCause> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        run(command, &b"wasm"[..].into(), timeout, 4 << 30, &mut Silent)
    }

    fn cause(script: &str) -> CompileCause {
        with_script(script, Duration::from_secs(60)).unwrap_err()
    }

    #[test]
    fn the_childs_output_is_the_code() {
        assert_eq!(with_script("/bin/cat", Duration::from_secs(60)).unwrap(), b"wasm");
    }

    #[test]
    fn the_childs_line_is_the_reason() {
        let said = "echo noise >&2; echo 'doverb: standard input: it does not compile: bad type' >&2; exit 1";
        assert_eq!(cause(said).to_string(), "it does not compile: bad type");
    }

    #[test]
    fn limits_are_told_apart() {
        assert!(matches!(cause("kill -XCPU $$"), CompileCause::Processor));
        assert!(matches!(cause("kill -XFSZ $$"), CompileCause::TooMuchCode(_)));
        let abort = "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$";
        assert!(matches!(cause(abort), CompileCause::Memory(_)));
        assert!(matches!(cause("kill -SEGV $$"), CompileCause::Died(_)));
        let late = with_script("exec /bin/sleep 600", Duration::from_millis(100));
        assert!(matches!(late, Err(CompileCause::TimedOut(_))));
    }

    #[test]
    fn what_is_done_is_told_and_no_part_of_the_reason() {
        struct Portions(Vec<(u64, u64)>);
        impl Progress for Portions {
            fn portion(&mut self, done: u64, all: u64) {
                self.0.push((done, all));
            }
            fn cancelled(&self) -> bool {
                false
            }
        }
        let mut portions = Portions(Vec::new());
        let script = format!("printf '{}{}bad luck\n' >&2; exit 1", portion_line(0, 9), portion_line(5, 9));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script.replace('\n', "\\n")]);
        let error =
            run(command, &b"wasm"[..].into(), Duration::from_secs(60), 4 << 30, &mut portions).unwrap_err();
        assert_eq!(portions.0, [(0, 9), (5, 9)]);
        assert!(error.to_string().contains("bad luck") && !error.to_string().contains("portion"), "{error}");
    }

    #[test]
    fn a_flood_of_words_is_not_kept() {
        let flood = "i=0; while [ $i -lt 3000 ]; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; i=$((i+1)); \
                     done >&2; exit 1";
        assert!(cause(flood).to_string().len() < 4000);
    }

    #[test]
    fn a_compiler_that_cannot_be_run_is_named() {
        let path = "/nonexistent/doverb".as_ref();
        let child = Child {
            compiler: path,
            timeout: Duration::from_secs(60),
            memory: 4 << 30,
            functions: None,
            tells: false,
        };
        let error = child.precompile(&b"wasm"[..].into(), &mut Silent).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/doverb"), "{error}");
    }
}
