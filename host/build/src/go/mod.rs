//! Go: one file, or a folder with a go.mod, compiled by Go's own compiler for WASI.

mod exports;
mod scan;
mod scanner;
mod toolchain;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::adapter_memory;
use crate::build_dir::BuildDir;
use crate::componentize::componentize;
use crate::depfiles::Inputs;
use crate::diagnostics::{self, Report};
use crate::error::SourceCause;
use crate::options::SourceOptions;
use crate::run::{self, Said};
use crate::sources::{Sources, folder_and_file, named_after};
use doverb_compile::Progress;
use exports::exports;
use scan::Scan;
use toolchain::{QUESTION_TIME, Toolchain};

/// What is there, for people.
pub(super) fn tool(progress: &mut dyn Progress) -> Result<String, SourceCause> {
    let found = Toolchain::find(progress)?;
    Ok(format!("go {} ({})", found.version, found.go.display()))
}

/// The file with the exports. The compiler takes it for one of the sources.
const EXPORTS: &str = "doverb_exports.go";

/// Sources of one handler.
#[derive(Debug)]
pub(super) struct GoSources {
    /// What the user named.
    root: PathBuf,
    folder: PathBuf,
    /// The only one, or all in the folder.
    file: Option<PathBuf>,
    class: Option<String>,
    /// What the last build has read in other folders.
    read: BTreeSet<PathBuf>,
    build_dir: BuildDir,
}

/// Takes up a file, or a folder with a go.mod.
pub(super) fn open(
    path: PathBuf,
    options: &SourceOptions,
    _progress: &mut dyn Progress,
) -> Result<Box<dyn Sources>, SourceCause> {
    let build_dir = BuildDir::open(&path)?;
    let (folder, file) = folder_and_file(&path);
    let class = options.class.clone();
    Ok(Box::new(GoSources { root: path, folder, file, class, read: BTreeSet::new(), build_dir }))
}

impl GoSources {
    fn sources(&self) -> Vec<PathBuf> {
        if let Some(file) = &self.file {
            return vec![file.clone()];
        }
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_source = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            name.ends_with(b".go") && !name.ends_with(b"_test.go") && !matches!(name[0], b'.' | b'_')
        };
        let sources: BTreeSet<_> = entries.filter(is_source).collect();
        sources.into_iter().collect()
    }

    /// Writes the SDK, and where it is: a workspace, so that the author's go.mod needs no line for it.
    fn lay_out(&self, version: &str) -> Result<(), SourceCause> {
        let sdk = self.build_dir.unpack("sdk", doverb_sdk_go::FILES)?;
        let mut work = format!("go {version}\n\nuse {:?}\n", text(&sdk));
        if self.file.is_none() {
            work.push_str(&format!("use {:?}\n", text(&self.folder)));
        }
        self.build_dir.write(&self.build_dir.path("go.work"), work.as_bytes())
    }

    /// Writes the exports, and lays them over the sources.
    fn overlay(&self, text_of_exports: &str) -> Result<(), SourceCause> {
        let exports = self.build_dir.path(EXPORTS);
        self.build_dir.write(&exports, text_of_exports.as_bytes())?;
        let replace = serde_json::json!({ "Replace": { text(&self.folder.join(EXPORTS)): text(&exports) } });
        self.build_dir.write(&self.build_dir.path("overlay.json"), replace.to_string().as_bytes())
    }

    fn command(&self, go: &Toolchain, arguments: &[&str]) -> Command {
        let mut command = go.for_wasm(&self.folder);
        command.args(arguments).env("GOWORK", self.build_dir.path("go.work"));
        command
    }

    /// The package: the folder, or the file and `more`.
    fn package(&self, command: &mut Command, more: &[&str]) {
        match &self.file {
            Some(file) => {
                let names = [file.file_name().unwrap_or_default()];
                let names = names.into_iter().chain(more.iter().map(OsStr::new));
                command.args(names.map(|name| Path::new(".").join(name)));
            }
            None => {
                command.arg(".");
            }
        }
    }

    fn compile(
        &self,
        go: &Toolchain,
        calls_servers: bool,
        progress: &mut dyn Progress,
    ) -> Result<Vec<u8>, SourceCause> {
        let module = self.build_dir.path("module.wasm");
        let mut command =
            self.command(go, &["build", "-buildmode=c-shared", "-trimpath", "-ldflags=-w", "-o"]);
        command.arg(&module).arg("-overlay").arg(self.build_dir.path("overlay.json"));
        if calls_servers {
            command.arg("-tags=doverb_http");
        }
        self.package(&mut command, &[EXPORTS]);
        diagnostics::run("go", command, &mut Report::default(), Report::go_line, progress)?;
        run::made(&module)
    }

    /// The files that Go makes the handler of: those of the sources, and what the standard library has not of the rest.
    /// Go knows which a build tag or a name leaves out. What is wrong with them, the compiler says.
    fn list(&self, go: &Toolchain, progress: &mut dyn Progress) -> Result<Listed, SourceCause> {
        const FILES: &str = "{{if eq .ImportPath \"net/http\"}}http .\n{{end}}{{if not .Standard}}{{$dir := .Dir}}{{$kind := \"theirs \"}}\
            {{if not .DepOnly}}{{$kind = \"own \"}}{{end}}{{range .GoFiles}}{{$kind}}{{$dir}}/{{.}}\n{{end}}\
            {{range .EmbedFiles}}theirs {{$dir}}/{{.}}\n{{end}}{{with .Module}}theirs {{.GoMod}}\n{{end}}{{end}}";
        let mut command = self.command(go, &["list", "-e", "-deps", "-f", FILES]);
        self.package(&mut command, &[]);
        let mut listed = Listed::default();
        run::run("go", command, QUESTION_TIME, progress, &mut |_, said| {
            let Said::Stdout(line) = said else { return };
            let Some((kind, file)) = line.split_once(' ') else { return };
            if kind == "http" {
                listed.calls_servers = true;
                return;
            }
            let file = PathBuf::from(file);
            if kind == "own" {
                // As the user named the folder: Go has followed symbolic links.
                listed.own.extend(file.file_name().map(|name| self.folder.join(name)));
            }
            listed.all.insert(file);
        })?;
        listed.all.retain(|file| file.is_absolute() && !file.starts_with(self.build_dir.folder()));
        Ok(listed)
    }

    /// The exports of what `own` declare. Files that are not Go are the compiler's to complain of.
    fn exports(
        &self,
        go: &Toolchain,
        own: Vec<PathBuf>,
        progress: &mut dyn Progress,
    ) -> Result<String, SourceCause> {
        let files = if own.is_empty() { self.sources() } else { own };
        let scanner = scanner::of(go, &self.build_dir, progress)?;
        let scan = Scan::of(&scanner, &files, progress)?;
        match exports(&scan, self.class.as_deref()) {
            Err(_) if scan.is_broken => Ok("package main\n".to_owned()),
            exports => exports,
        }
    }
}

/// What a handler is made of.
#[derive(Debug, Default)]
struct Listed {
    /// The files of the package itself.
    own: Vec<PathBuf>,
    all: BTreeSet<PathBuf>,
    /// Whether net/http is among its packages, whose requests the SDK then sends.
    calls_servers: bool,
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

impl Sources for GoSources {
    fn root(&self) -> &Path {
        &self.root
    }

    fn wasm_name(&self) -> String {
        named_after(&self.root, self.file.is_none())
    }

    fn build(&mut self, progress: &mut dyn Progress) -> Result<PathBuf, SourceCause> {
        progress.step(&format!("Building {}", self.wasm_name()));
        let go = Toolchain::find(progress)?;
        let _lock = self.build_dir.lock(progress)?;
        self.lay_out(&go.version)?;
        let listed = self.list(&go, progress)?;
        self.read = listed.all;
        self.overlay(&self.exports(&go, listed.own, progress)?)?;
        let module = self.compile(&go, listed.calls_servers, progress)?;
        let wrong = |error: wasm_encoder::reencode::Error| SourceCause::Component(error.to_string());
        let no_place = || SourceCause::Component("the SDK's memory for WASI is not in it".into());
        let module = adapter_memory::provide(&module).map_err(wrong)?.ok_or_else(no_place)?;
        let wasm = self.build_dir.path(&self.wasm_name());
        self.build_dir.write(&wasm, &componentize(&module)?)?;
        Ok(wasm)
    }

    fn inputs(&self) -> Inputs {
        let mut inputs = Inputs::default();
        if self.file.is_none() {
            // With what is embedded, and packages in subfolders.
            inputs.add(&self.folder, self.build_dir.folder());
            inputs.files.extend(["go.mod", "go.sum"].map(|name| self.folder.join(name)));
        }
        inputs.files.extend(self.sources());
        inputs.files.extend(self.read.iter().cloned());
        inputs
    }
}
