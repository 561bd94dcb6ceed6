//! Runs the tools of other languages: where they are, what they say, and how to get those that are not there.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use super::error::SourceCause;
use super::tended::{Tended, Usual, tended};
use doverb_compile::child::{self, ChildError, Event, Lines};
use doverb_compile::{MAX_WASM, Progress, regular_file};

/// The folder for tools of Doverb's own, a Python virtual environment: `$DOVERB_TOOLS`, or
/// `~/.local/share/doverb/tools`.
pub(super) const TOOLS: &str = ".local/share/doverb/tools";
/// The longest line that a tool may give: one of Cargo's messages may quote a whole file.
const MAX_LINE: usize = 8 << 20;
/// How much a tool may print in all, in bytes. It is read as it comes, and of what is shown there is another bound.
const MAX_OUTPUT: u64 = 64 << 20;
/// How much of a tool's complaint is repeated, in characters.
const MAX_COMPLAINT: usize = 500;

/// Finds an executable: in `$DOVERB_TOOLS`, then beside our own, where pip puts what it installs with us, then as a shell
/// would, then in the folder that our own hints install to.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let chosen = env::var_os("DOVERB_TOOLS").unwrap_or_default();
    // It may be several, as in PATH.
    let chosen = env::split_paths(&chosen)
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.join("bin"));
    let beside = env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    // Others' folders have nothing of ours in them: a virtual environment says that it is one.
    let beside = beside.filter(|folder| folder.with_file_name("pyvenv.cfg").is_file());
    let path = env::var_os("PATH").unwrap_or_default();
    let own = env::home_dir().map(|home| home.join(TOOLS).join("bin"));
    let folders = chosen.chain(beside).chain(env::split_paths(&path)).chain(own);
    let folders: OsString = env::join_paths(folders).ok()?;
    which::which_in_global(name, Some(folders)).ok()?.next()
}

/// What to say when `tool` is in no folder and PyPI has it as `package`.
pub(super) fn missing_from_pypi(tool: &str, package: &str) -> SourceCause {
    let install = format!("python3 -m venv ~/{TOOLS} && ~/{TOOLS}/bin/pip install {package}");
    SourceCause::Missing { tool: tool.to_owned(), install }
}

/// A line that a tool printed.
pub(super) enum Said<'a> {
    Stdout(&'a str),
    Stderr(&'a str),
}

/// Runs `tool` and hands out its lines as they come.
pub(super) fn run(
    tool: &'static str,
    command: Command,
    time: Usual,
    progress: &mut dyn Progress,
    said: &mut dyn FnMut(&mut dyn Progress, Said<'_>),
) -> Result<ExitStatus, SourceCause> {
    let (mut out, mut err) = (Lines::new(MAX_LINE), Lines::new(MAX_LINE));
    let (mut printed, mut stopped) = (0, None);
    let bound = time.bound();
    let result = child::run(tended(command), [].into(), bound.time, &mut |event| {
        match event {
            Event::Stdout(piece) | Event::Stderr(piece) => printed += piece.len() as u64,
            Event::Quiet => {}
        }
        match event {
            Event::Stdout(piece) => out.push(piece, |line| said(progress, Said::Stdout(line))),
            Event::Stderr(piece) => err.push(piece, |line| match Tended::parse(line) {
                Some(why) => stopped = Some(why),
                None => said(progress, Said::Stderr(line)),
            }),
            Event::Quiet => {}
        }
        printed <= MAX_OUTPUT && !progress.cancelled()
    });
    out.finish(|line| said(progress, Said::Stdout(line)));
    err.finish(|line| said(progress, Said::Stderr(line)));
    match stopped {
        Some(Tended::NotStarted(error)) => {
            return Err(SourceCause::Tool { tool, source: io::Error::from_raw_os_error(error) });
        }
        Some(why) => return Err(SourceCause::Limit(format!("{tool} {why}"))),
        None => {}
    }
    result.map_err(|error| match error {
        ChildError::Start(source) => SourceCause::Tool { tool, source },
        ChildError::TimedOut => {
            SourceCause::TimedOut { tool, seconds: bound.time.as_secs_f64(), advice: bound.advice }
        }
        ChildError::Cancelled if printed > MAX_OUTPUT => {
            SourceCause::Limit(format!("{tool} prints more than {} MiB, and was stopped", MAX_OUTPUT >> 20))
        }
        ChildError::Cancelled => SourceCause::Cancelled,
    })
}

/// What a tool has made, if it was a file of a size that a component may have.
pub(super) fn made(file: &Path) -> Result<Vec<u8>, SourceCause> {
    match regular_file::read(file, MAX_WASM) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SourceCause::NoArtifact),
        made => made.map_err(|error| SourceCause::Component(error.to_string())),
    }
}

/// Runs a tool that answers with one line.
pub(super) fn ask(
    tool: &'static str,
    command: Command,
    time: Usual,
    progress: &mut dyn Progress,
) -> Result<Result<String, String>, SourceCause> {
    let (mut answer, mut complaint) = (None, None);
    let status = run(tool, command, time, progress, &mut |_, said| match said {
        Said::Stdout(line) => answer = answer.take().or_else(|| Some(line.to_owned())),
        Said::Stderr(line) if line.starts_with("error") || complaint.is_none() => {
            complaint = Some(line.chars().take(MAX_COMPLAINT).collect::<String>());
        }
        Said::Stderr(_) => {}
    })?;
    let silent = || format!("{tool} ended with {status}");
    Ok(if status.success() { Ok(answer.unwrap_or_default()) } else { Err(complaint.unwrap_or_else(silent)) })
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{ask, find, missing_from_pypi};
    use crate::tended::Usual;
    use doverb_compile::Silent;

    #[test]
    fn an_executable_is_found_as_a_shell_would() {
        assert!(find("sh").unwrap().is_absolute());
        assert_eq!(find("no-such-tool"), None);
    }

    #[test]
    fn what_is_missing_comes_with_a_line_for_a_shell() {
        let text = missing_from_pypi("zig", "ziglang==0.15.1").to_string();
        assert!(text.starts_with("zig is missing. Install it: python3 -m venv ~/.local/share/"), "{text}");
        assert!(text.ends_with("/bin/pip install ziglang==0.15.1"), "{text}");
    }

    #[test]
    fn a_tool_that_prints_without_an_end_is_ended() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exec yes"]);
        let error = ask("sh", command, Usual::Question(Duration::from_secs(600)), &mut Silent).unwrap_err();
        assert_eq!(error.to_string(), "sh prints more than 64 MiB, and was stopped");
    }

    #[test]
    fn the_first_line_is_the_answer_and_an_error_the_complaint() {
        let shell = |script: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script]);
            ask("sh", command, Usual::Question(Duration::from_secs(60)), &mut Silent).unwrap()
        };
        assert_eq!(shell("echo one; echo two"), Ok("one".into()));
        assert_eq!(shell("echo info: x >&2; echo error: bad >&2; exit 1"), Err("error: bad".into()));
        assert_eq!(shell("exit 3"), Err("sh ended with exit status: 3".into()));
    }
}
