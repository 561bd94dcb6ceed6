//! The `doverb` command, run to its end.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::log_lines::LogLines;
use crate::{LATER, artifacts};

/// What a command did.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit status; none when a signal ended it.
    pub code: Option<i32>,
    /// The lines of its standard output.
    pub stdout: Vec<String>,
    /// The lines of its standard error.
    pub stderr: Vec<String>,
}

/// Runs `doverb` with these arguments to its end.
///
/// # Panics
///
/// When it does not end.
#[must_use]
pub fn doverb(arguments: &[impl AsRef<OsStr>]) -> Outcome {
    doverb_with(arguments, &[])
}

/// The same with these variables in its environment.
///
/// # Panics
///
/// When it does not end.
#[must_use]
pub fn doverb_with(arguments: &[impl AsRef<OsStr>], environment: &[(&str, &str)]) -> Outcome {
    let mut command = Command::new(artifacts::binary());
    command
        .args(arguments)
        .env("DOVERB_CACHE_DIR", artifacts::cache())
        .env("DOVERB_TOOLS", artifacts::tools())
        .envs(environment.iter().copied());
    run(command, LATER)
}

/// The environment where no tool is.
pub const NO_TOOLS: [(&str, &str); 3] =
    [("PATH", "/nonexistent"), ("DOVERB_TOOLS", "/nonexistent"), ("HOME", "/nonexistent")];

/// What Debian calls the packages of the programs that tests run from the machine.
const PACKAGES: [(&str, &str); 5] = [
    ("cc", "gcc libc6-dev"),
    ("chromedriver", "chromium chromium-driver"),
    ("node", "nodejs"),
    ("python3", "python3 python3-venv"),
    ("wrk", "wrk"),
];

/// Starts a command.
///
/// # Panics
///
/// When it cannot be started; a program that is not there comes with how to get it.
pub fn spawn(command: &mut Command) -> Child {
    let error = match command.spawn() {
        Ok(child) => return child,
        Err(error) => error,
    };
    let program = command.get_program();
    let package = PACKAGES.iter().find(|(name, _)| program == *name);
    match package.filter(|_| error.kind() == ErrorKind::NotFound) {
        Some((name, package)) => panic!("{name} is missing. On Debian: apt-get install {package}"),
        None => panic!("{command:?}: {error}"),
    }
}

/// Runs a command to its end.
///
/// # Panics
///
/// When it cannot be started, or does not end within `patience`; it is killed then.
#[must_use]
pub fn run(mut command: Command, patience: Duration) -> Outcome {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = spawn(&mut command);
    let stdout = LogLines::of(child.stdout.take().expect("it is piped"));
    let stderr = LogLines::of(child.stderr.take().expect("it is piped"));
    let pid = Pid::from_child(&child);
    let ended =
        std::panic::catch_unwind(move || (stdout.wait_for_end(patience), stderr.wait_for_end(patience)));
    if ended.is_err() {
        let _ = kill_process(pid, Signal::KILL);
    }
    let code = child.wait().expect("it is our child").code();
    let (stdout, stderr) = ended.unwrap_or_else(|_| panic!("{command:?} did not end"));
    Outcome { code, stdout, stderr }
}
