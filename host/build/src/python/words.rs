//! What a tool says.

use std::process::Command;

use crate::error::SourceCause;
use crate::run::{self, Said};
use crate::tended::Usual;
use doverb_compile::Progress;

/// How much of a tool's words is kept, in bytes.
const MAX_WORDS: usize = 64 * 1024;

/// What a tool says.
#[derive(Default)]
pub(super) struct Words {
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Words {
    /// What is said in the place of a tool that did not come to say anything.
    pub(super) fn of(error: &str) -> Words {
        Words { stderr: format!("ERROR: {error}"), ..Words::default() }
    }

    /// Runs the tool, and says whether it succeeded.
    pub(super) fn run(
        &mut self,
        name: &'static str,
        command: Command,
        time: Usual,
        progress: &mut dyn Progress,
    ) -> Result<bool, SourceCause> {
        let status = run::run(name, command, time, progress, &mut |_, said| {
            let (text, line) = match said {
                Said::Stdout(line) => (&mut self.stdout, line),
                Said::Stderr(line) => (&mut self.stderr, line),
            };
            if text.len() + line.len() < MAX_WORDS {
                text.push_str(line);
                text.push('\n');
            }
        })?;
        Ok(status.success())
    }

    fn last(&self) -> &str {
        self.stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim()
    }

    /// Whether pip could not reach the index of packages: then nothing can be said about what is there.
    pub(super) fn is_of_the_network(&self) -> bool {
        self.stderr.contains("WARNING: Retrying (")
    }

    /// The last line that calls itself an error, or says what did not run, or the last of all.
    pub(super) fn error(&self) -> &str {
        let last = |mark| self.stderr.lines().rev().find_map(|line| line.trim().strip_prefix(mark));
        last("ERROR: ").or_else(|| last("\u{d7} ")).unwrap_or_else(|| self.last())
    }
}
