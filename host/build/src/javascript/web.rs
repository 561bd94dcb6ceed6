//! The other engine: StarlingMonkey, which has the Web's APIs, by npm's componentize-js.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::graph::Graph;
use crate::error::SourceCause;
use crate::run::{self, Said};
use crate::tended::Usual;
use doverb_compile::{MAX_WASM, Progress};

const PACKAGE: &str = "@bytecodealliance/componentize-js";
/// It needs the other without saying so.
const INSTALL: &str = "@bytecodealliance/componentize-js@0.23 @bytecodealliance/preview2-shim@0.17";
/// By the clock: it takes some ten seconds.
const TIME: Usual = Usual::Build(Duration::from_secs(300));
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
        return Err(super::failed(graph, &why(words.trim()), base, progress));
    }
    let size = out.metadata().map_err(SourceCause::Read)?.len();
    if size > MAX_WASM {
        return Err(SourceCause::Limit(format!("its component is larger than {} MiB", MAX_WASM >> 20)));
    }
    run::made(&out)
}

/// What is wrong, as QuickJS says it: the error, and where. Of what the tool says around it nobody has any use.
fn why(words: &str) -> String {
    let unknown = words.lines().find_map(|line| {
        let (_, called) = line.split_once("attempted to call an unknown imported function: ")?;
        let function = called.split('\'').rfind(|part| !part.trim().is_empty())?;
        Some(format!(
            "Error: {function} is called while the module is loaded. The server is only there when a handler's method \
             runs: call it there"
        ))
    });
    if let Some(unknown) = unknown {
        return unknown;
    }
    let mut lines = words.lines();
    let Some((place, error)) = lines.find_map(thrown) else { return words.to_owned() };
    let property = error.contains("invalid property name in regular expression");
    let advice = if property { r". This engine has no \p{...}; the usual one has it" } else { "" };
    let frames = lines.filter_map(|line| line.trim().split_once("@modules").map(|(_, place)| place));
    let mut frames: Vec<String> = frames.filter(|frame| *frame != place).map(str::to_owned).collect();
    frames.insert(0, place.to_owned());
    let frames: Vec<String> = frames.iter().map(|place| format!("\n    at <anonymous> ({place})")).collect();
    format!("{error}{advice}{}", frames.concat())
}

/// The place and the error of a line as `modules/app/shop.ts:2:16 SyntaxError: ...`.
fn thrown(line: &str) -> Option<(&str, &str)> {
    let (place, error) = line.strip_prefix("modules")?.split_once(' ')?;
    let is_place =
        place.starts_with('/') && place.rsplit(':').take(2).all(|part| part.parse::<u32>().is_ok());
    let is_error = error.split_once(':').is_some_and(|(name, _)| name.ends_with("Error"));
    (is_place && is_error).then_some((place, error.trim_end_matches(':')))
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
        let words = "Failed\nCaused by:\n    1: Error: attempted to call an unknown imported function: 'wasi:a/b' 'get-c'\n       x";
        assert!(
            why(words).starts_with("Error: get-c is called while the module is loaded."),
            "{}",
            why(words)
        );
        assert_eq!(why("Error: x\n at y"), "Error: x\n at y");
    }

    #[test]
    fn an_error_has_its_place_and_nothing_around_it() {
        let words = "Failed to initialize component (wizer (/a/b)):\nException while evaluating top-level script\n\
                     modules/app/a.ts:3:1 TypeError: x is undefined\nStack:\n  @modules/app/b.ts:5:1\n";
        assert_eq!(
            why(words),
            "TypeError: x is undefined\n    at <anonymous> (/app/a.ts:3:1)\n    at <anonymous> (/app/b.ts:5:1)"
        );
        let words = "modules/app/a.js:2:16 SyntaxError: invalid property name in regular expression:\nmodules/app/a.js:2:16 \\p{L}";
        let said = why(words);
        assert!(said.contains(r"has no \p{...}; the usual one has it"), "{said}");
        assert!(said.ends_with("\n    at <anonymous> (/app/a.js:2:16)"), "{said}");
    }
}
