//! The program that reads a package's Go files with Go's own parser: compiled once for each version of Go.

use std::fs;
use std::path::{Path, PathBuf};

use super::toolchain::Toolchain;
use crate::build_dir::{BuildDir, Lock};
use crate::diagnostics::{self, Report};
use crate::error::SourceCause;
use doverb_compile::{Digest, Progress};

const SOURCES: &[(&str, &str)] =
    &[("go.mod", "module scanner\n\ngo 1.24\n"), ("scan.go", include_str!("scanner/scan.go"))];

/// Where the program is. Compiled if this version of Go has not done so yet.
pub(super) fn of(
    go: &Toolchain,
    build_dir: &BuildDir,
    progress: &mut dyn Progress,
) -> Result<PathBuf, SourceCause> {
    let programs = build_dir.programs()?;
    let key = Digest::of(format!("{} {SOURCES:?}", go.version).as_bytes()).to_string();
    let program = programs.join(format!("go-scanner-{}", &key[..16]));
    if program.is_file() {
        return Ok(program);
    }
    // Builds of other sources may want it at this moment, too, and it takes a while.
    let _lock = Lock::take(&programs.join("lock"), progress)?;
    if !program.is_file() {
        progress.step(&format!("Building what reads sources, once for Go {}", go.version));
        compile(go, build_dir, &program, progress)?;
    }
    Ok(program)
}

fn compile(
    go: &Toolchain,
    build_dir: &BuildDir,
    program: &Path,
    progress: &mut dyn Progress,
) -> Result<(), SourceCause> {
    let folder = build_dir.unpack("scanner", SOURCES)?;
    // It takes its place when it is whole.
    let made = program.with_extension("new");
    let mut command = go.for_host(&folder);
    command.env("GOWORK", "off").args(["build", "-trimpath", "-ldflags=-s -w", "-o"]).arg(&made).arg(".");
    diagnostics::run("go", command, &mut Report::default(), Report::go_line, progress)?;
    fs::rename(&made, program)
        .map_err(|error| SourceCause::BuildDir { path: program.to_owned(), reason: error.to_string() })
}
