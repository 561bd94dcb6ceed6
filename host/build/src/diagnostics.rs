//! What clang, wasm-ld and Go say: which lines are errors, and where.

use std::process::Command;
use std::time::Duration;

use super::error::SourceCause;
use super::run::{self, Said};
use super::shown::Kept;
use super::tended::Usual;
use doverb_compile::Progress;

/// A first build compiles the language's libraries too.
const BUILD_TIME: Usual = Usual::Build(Duration::from_secs(900));

/// Runs a compiler, takes its lines into `report` by `read`, and shows them whole. The failure is the report's.
pub(super) fn run(
    tool: &'static str,
    command: Command,
    report: &mut Report,
    read: fn(&mut Report, &str),
    progress: &mut dyn Progress,
) -> Result<(), SourceCause> {
    let mut words = Kept::default();
    let status = run::run(tool, command, BUILD_TIME, progress, &mut |_, said| {
        let (Said::Stdout(line) | Said::Stderr(line)) = said;
        read(report, line);
        words.line(line);
    });
    if !matches!(status, Err(SourceCause::Cancelled)) {
        words.show(progress);
    }
    if status?.success() { Ok(()) } else { Err(std::mem::take(report).failure(tool)) }
}

/// What a compiler has said so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    errors: usize,
    first: Option<String>,
    /// A line that is no error of a known kind, for when there is none.
    last: Option<String>,
}

impl Report {
    pub(super) fn line(&mut self, line: &str) {
        if let Some(error) = error(line) {
            self.errors += 1;
            self.first.get_or_insert(error);
        } else if !line.trim().is_empty() {
            self.last = Some(line.trim().to_owned());
        }
    }

    /// Go has no word for an error: what begins with a place is one.
    pub(super) fn go_line(&mut self, line: &str) {
        if is_go_error(line) {
            self.errors += 1;
            self.first.get_or_insert(line.strip_prefix("./").unwrap_or(line).to_owned());
        } else if !line.starts_with('#') && !line.trim().is_empty() {
            self.last = Some(line.trim().to_owned());
        }
    }

    pub(super) fn failure(self, tool: &str) -> SourceCause {
        let first = self.first.or(self.last).unwrap_or_else(|| format!("{tool} failed"));
        SourceCause::Build { errors: self.errors, first }
    }
}

/// The error in one line with its place: `hello.c:3:5: use of undeclared identifier 'x'`.
fn error(line: &str) -> Option<String> {
    for marker in [": fatal error: ", ": error: "] {
        if let Some((place, text)) = line.split_once(marker) {
            let place = place.strip_prefix("./").unwrap_or(place);
            let is_place = !place.starts_with(' ') && !place.is_empty();
            return is_place.then(|| format!("{place}: {text}"));
        }
    }
    line.strip_prefix("error: ").map(str::to_owned)
}

/// `./hello.go:12:2: undefined: x`; a line that goes on is indented.
fn is_go_error(line: &str) -> bool {
    let mut parts = line.splitn(4, ':');
    let (file, row, column) = (parts.next(), parts.next(), parts.next());
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u32>().is_ok());
    let is_file = file.is_some_and(|file| file.ends_with(".go") && !file.starts_with([' ', '\t']));
    is_file && is_number(row) && is_number(column) && parts.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::{Report, error};

    #[test]
    fn go_names_the_place_alone() {
        let mut report = Report::default();
        for line in
            ["# hello", "./hello.go:12:2: undefined: x", "\thave (string)", "a/b.go:1:1: y declared: 1"]
        {
            report.go_line(line);
        }
        let failure = report.failure("go");
        assert_eq!(failure.summary(), "hello.go:12:2: undefined: x (and 1 more error)");
        let mut report = Report::default();
        report.go_line("hello.go:3:8: package x/y is not in std");
        report.go_line("go: updates to go.mod needed");
        assert_eq!(report.failure("go").summary(), "hello.go:3:8: package x/y is not in std");
    }

    #[test]
    fn an_error_has_its_place() {
        let expected = Some("hello.c:4:26: use of undeclared identifier 'x'".to_owned());
        assert_eq!(error("./hello.c:4:26: error: use of undeclared identifier 'x'"), expected);
        let expected = Some("a.c:1:10: 'no.h' file not found".to_owned());
        assert_eq!(error("a.c:1:10: fatal error: 'no.h' file not found"), expected);
        assert_eq!(
            error("wasm-ld: error: a.o: undefined symbol: f"),
            Some("wasm-ld: a.o: undefined symbol: f".into())
        );
        for line in ["2 errors generated.", "a.c:1:1: warning: unused", "    4 |  x(\": error: \");", ""] {
            assert_eq!(error(line), None, "{line}");
        }
    }

    #[test]
    fn errors_are_counted_and_the_last_word_is_the_reason_when_there_is_none() {
        let mut report = Report::default();
        for line in ["a.c:1:1: error: one", "a.c:2:1: error: two", "2 errors generated."] {
            report.line(line);
        }
        assert!(report.failure("clang").to_string().contains("2 errors above"));
        let mut report = Report::default();
        report.line("the disk is full");
        assert_eq!(report.failure("clang").to_string(), "it does not build: the disk is full");
        assert_eq!(Report::default().failure("clang").to_string(), "it does not build: clang failed");
    }
}
