//! The other engine: StarlingMonkey, which has the Web's APIs, by npm's componentize-js.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::graph::Graph;
use crate::error::SourceCause;
use crate::run::{self, Said};
use doverb_compile::{MAX_WASM, Progress};

const PACKAGE: &str = "@bytecodealliance/componentize-js";
/// It needs the other without saying so.
const INSTALL: &str = "@bytecodealliance/componentize-js@0.23 @bytecodealliance/preview2-shim@0.17";
/// By the clock: it takes some ten seconds.
const TIME: Duration = Duration::from_secs(300);
/// How much of what it says is kept, in bytes.
const MAX_WORDS: usize = 64 * 1024;

/// Makes the component of a folder with `wit/` and `modules/entry.js`.
pub(super) fn componentize(
    folder: &Path,
    base: &Path,
    graph: &Graph,
    progress: &mut dyn Progress,
) -> Result<Vec<u8>, SourceCause> {
    let node = run::find("node").ok_or_else(|| SourceCause::Missing {
        tool: "node".into(),
        install: "https://nodejs.org has it, and so has your system as nodejs".into(),
    })?;
    let package = package(base).ok_or_else(|| SourceCause::Missing {
        tool: format!("npm's {PACKAGE}"),
        install: format!("npm install --prefix ~/{} {INSTALL}", run::TOOLS),
    })?;
    let script = folder.join("componentize.mjs");
    let out = folder.join("web.wasm");
    fs::write(&script, doverb_sdk_js::COMPONENTIZE).map_err(SourceCause::Read)?;
    let mut command = Command::new(node);
    // The package's own file, as the script does not look for packages where we do.
    command.current_dir(folder).arg(&script).arg(package).arg(&out);
    let mut words = String::new();
    let status = run::run("node", command, TIME, progress, &mut |_, said| {
        let (Said::Stdout(line) | Said::Stderr(line)) = said;
        if words.len() < MAX_WORDS {
            words.push_str(line);
            words.push('\n');
        }
    })?;
    if !status.success() {
        return Err(super::failed(graph, why(words.trim()), progress));
    }
    let size = out.metadata().map_err(SourceCause::Read)?.len();
    if size > MAX_WASM {
        return Err(SourceCause::Limit(format!("its component is larger than {} MiB", MAX_WASM >> 20)));
    }
    fs::read(&out).map_err(SourceCause::Read)
}

/// A call of the host at the top level ends in a trap, far above the words that say so.
fn why(words: &str) -> &str {
    let unknown = words.lines().find(|line| line.contains("attempted to call an unknown imported function"));
    unknown.map_or(words, |line| line[line.find("Error:").unwrap_or(0)..].trim())
}

/// The folder of the package: the project's own, or one in a folder for tools, each as Node would look for it.
fn package(base: &Path) -> Option<PathBuf> {
    let chosen = env::var_os("DOVERB_TOOLS").map(PathBuf::from);
    let own = env::home_dir().map(|home| home.join(run::TOOLS));
    let starts = [Some(base.to_owned()), chosen, own];
    let folders = starts.iter().flatten().flat_map(|start| start.ancestors());
    folders
        .map(|folder| folder.join("node_modules").join(PACKAGE))
        .find(|it| it.join("package.json").is_file())
}

#[cfg(test)]
mod tests {
    use super::why;

    #[test]
    fn a_call_at_the_top_level_is_the_reason() {
        let words = "Failed\nCaused by:\n    1: Error: attempted to call an unknown imported function: 'a' 'b'\n       x";
        assert_eq!(why(words), "Error: attempted to call an unknown imported function: 'a' 'b'");
        assert_eq!(why("Error: x\n at y"), "Error: x\n at y");
    }
}
