//! Which methods the files of a Go package have: Go's own parser tells.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::toolchain::QUESTION_TIME;
use crate::error::SourceCause;
use crate::run::{self, Said};
use doverb_compile::Progress;

const TOOL: &str = "the scanner of Go's sources";

/// The methods of a type, and where each is.
pub(super) type Methods = BTreeMap<String, (PathBuf, usize)>;

/// What was found in the files of a package.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Those of each type.
    pub(super) methods: BTreeMap<String, Methods>,
    pub(super) has_main: bool,
    /// Whether a file is not Go: the compiler will say what is wrong with it.
    pub(super) is_broken: bool,
}

impl Scan {
    /// Has `scanner` read `files`: see [`super::scanner`].
    pub(super) fn of(
        scanner: &Path,
        files: &[PathBuf],
        progress: &mut dyn Progress,
    ) -> Result<Scan, SourceCause> {
        let (mut scan, mut odd) = (Scan::default(), None);
        let mut command = Command::new(scanner);
        command.args(files);
        let status = run::run(TOOL, command, QUESTION_TIME, progress, &mut |_, said| {
            let (Said::Stdout(line) | Said::Stderr(line)) = said;
            if scan.take(line, files).is_none() {
                odd.get_or_insert_with(|| line.to_owned());
            }
        })?;
        match odd {
            None if status.success() => Ok(scan),
            odd => Err(SourceCause::Answer { tool: TOOL, reason: odd.unwrap_or_else(|| status.to_string()) }),
        }
    }

    /// Takes up a line of the scanner's. None when it is not understood.
    pub(super) fn take(&mut self, line: &str, files: &[PathBuf]) -> Option<()> {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["main"] => self.has_main = true,
            ["broken"] => self.is_broken = true,
            ["method", file, line, receiver, name] => {
                let place = (files.get(file.parse::<usize>().ok()?)?.clone(), line.parse().ok()?);
                self.methods.entry(receiver.to_owned()).or_default().insert(name.to_owned(), place);
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Scan;

    #[test]
    fn lines_that_are_not_understood_are_told_from_others() {
        let files = ["a.go", "b.go"].map(PathBuf::from);
        let mut scan = Scan::default();
        for line in ["main", "broken", "method 1 12 Hello DoGET"] {
            assert!(scan.take(line, &files).is_some(), "{line}");
        }
        assert!(scan.has_main && scan.is_broken);
        assert_eq!(scan.methods["Hello"]["DoGET"], (PathBuf::from("b.go"), 12));
        for line in ["", "panic: no", "method 2 1 A B", "method x 1 A B", "method 0 1 A"] {
            assert!(scan.take(line, &files).is_none(), "{line}");
        }
    }
}
