//! The packages of `requirements.txt`, installed once for each of its contents.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::base::command;
use super::words::Words;
use crate::build_dir::BuildDir;
use crate::error::SourceCause;
use crate::run;
use doverb_compile::{Digest, Progress};

pub(super) const REQUIREMENTS: &str = "requirements.txt";
/// The Python that they must fit.
const GUEST_PYTHON: &str = "3.14";
const INSTALL_TIME: Duration = Duration::from_secs(600);

/// The folder that they are in, if any are required.
pub(super) fn install(
    build_dir: &BuildDir,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<Option<PathBuf>, SourceCause> {
    let list = folder.join(REQUIREMENTS);
    let Ok(content) = fs::read(&list) else { return Ok(None) };
    let name = format!("packages-{}", &Digest::of(&content).to_string()[..16]);
    let folder = build_dir.path(&name);
    if folder.is_dir() {
        return Ok(Some(folder));
    }
    progress.step("Installing the packages of requirements.txt");
    let fresh = build_dir.path(&format!("{name}-new"));
    let _ = fs::remove_dir_all(&fresh);
    let python = python()?;
    let mut pip = command(&python, build_dir.folder());
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]);
    // A component holds no native code but its own.
    pip.args(["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"]);
    pip.args(["--python-version", GUEST_PYTHON, "--target"]).arg(&fresh).arg("-r").arg(&list);
    let mut words = Words::default();
    if !words.run("pip", pip, INSTALL_TIME, progress)? {
        progress.diagnostics(&words.stderr);
        return Err(SourceCause::Requirements(words.error().to_owned()));
    }
    fs::create_dir_all(&fresh)
        .and_then(|()| fs::rename(&fresh, &folder))
        .map_err(|error| SourceCause::BuildDir { path: folder.clone(), reason: error.to_string() })?;
    Ok(Some(folder))
}

/// A Python that has pip: the one that the tool is installed in has it for sure.
fn python() -> Result<PathBuf, SourceCause> {
    let beside = super::base::tool().ok().map(|tool| tool.with_file_name("python3"));
    let found = beside.filter(|python| python.is_file()).or_else(|| run::find("python3"));
    found.ok_or_else(|| SourceCause::Missing {
        tool: "python3".into(),
        install: "from your system's packages (on Debian: apt-get install python3 python3-venv)".into(),
    })
}
