//! A folder with a Cargo package: built with Cargo, its inputs listed from what rustc has read.

mod messages;
mod rustup;

pub(super) use rustup::has_target;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::depfiles::{Inputs, MAX_DEP_INFO, from_dep_info};
use crate::error::SourceCause;
use crate::options::SourceOptions;
use crate::run::{self, Said};
use crate::shown::Shown;
use crate::sources::Sources;
use crate::tended::Usual;
use cargo_metadata::{Artifact, Message, Metadata, Package};
use doverb_compile::{Progress, regular_file};
use messages::{is_handler, is_status};
use rustup::TARGET;

/// A first build fetches and compiles all dependencies.
const BUILD_TIME: Usual = Usual::Build(Duration::from_secs(1800));
const QUESTION_TIME: Usual = Usual::Question(Duration::from_secs(120));
/// How much of Cargo's own words is kept, in bytes.
const MAX_WORDS: usize = 64 * 1024;

/// A folder whose package makes a handler.
#[derive(Debug)]
pub(super) struct CargoFolder {
    folder: PathBuf,
    manifest: PathBuf,
    plan: Plan,
    target_is_there: bool,
}

/// What Cargo would do in the folder. Read anew for each build, since its Cargo.toml may change.
#[derive(Debug)]
struct Plan {
    /// The Cargo.toml of the package that is built, links resolved, as Cargo names it.
    manifest: PathBuf,
    library: String,
    workspace: PathBuf,
    target: PathBuf,
}

/// Takes up a folder. One file of a package is refused, as it can't be built alone.
pub(super) fn open(
    path: PathBuf,
    _options: &SourceOptions,
    progress: &mut dyn Progress,
) -> Result<Box<dyn Sources>, SourceCause> {
    if !path.is_dir() {
        return Err(SourceCause::RustFile);
    }
    Ok(Box::new(CargoFolder::open(path, progress)?))
}

impl CargoFolder {
    fn open(folder: PathBuf, progress: &mut dyn Progress) -> Result<CargoFolder, SourceCause> {
        let plan = Plan::ask(&folder, progress)?;
        Ok(CargoFolder { manifest: folder.join("Cargo.toml"), folder, plan, target_is_there: false })
    }
}

impl Sources for CargoFolder {
    fn root(&self) -> &Path {
        &self.manifest
    }

    fn wasm_name(&self) -> String {
        format!("{}.wasm", self.plan.library.replace('-', "_"))
    }

    fn build(&mut self, progress: &mut dyn Progress) -> Result<PathBuf, SourceCause> {
        progress.step(&format!("Building {}", self.wasm_name()));
        self.plan = Plan::ask(&self.folder, progress)?;
        if !self.target_is_there {
            rustup::ensure_target(&self.folder, progress)?;
            self.target_is_there = true;
        }
        let mut cargo = rustup::command("cargo", &self.folder);
        cargo.args([
            "build",
            "--release",
            "--lib",
            "--target",
            TARGET,
            "--color",
            "never",
            "--manifest-path",
        ]);
        cargo.arg(&self.plan.manifest);
        let format = if progress.color() { "json,json-diagnostic-rendered-ansi" } else { "json" };
        cargo.args(["--message-format", format]);
        let mut report = Report::default();
        let status = run::run("cargo", cargo, BUILD_TIME, progress, &mut |progress, said| match said {
            Said::Stdout(line) => report.message(line, progress, &self.plan),
            Said::Stderr(line) if is_status(line) => progress.step(line.trim()),
            Said::Stderr(line) => report.word(line),
        });
        // Cargo's own words come after rustc's, and are warnings when all went well.
        if !report.words.is_empty() && !matches!(status, Err(SourceCause::Cancelled)) {
            progress.diagnostics(&report.words);
        }
        if status?.success() { report.wasm.ok_or(SourceCause::NoArtifact) } else { Err(report.failure()) }
    }

    /// What the last build has read, as far as it is no registry's, and what is there to be read.
    fn inputs(&self) -> Inputs {
        let mut inputs = Inputs::default();
        let target = &self.plan.target;
        let package = self.plan.manifest.parent().unwrap_or(&self.folder);
        inputs.add(&package.join("src"), target);
        let listed = regular_file::text(&self.dep_info(), MAX_DEP_INFO)
            .map(|text| from_dep_info(&text))
            .unwrap_or_default();
        for path in listed.iter().filter(|path| path.is_absolute() && !path.starts_with(target)) {
            inputs.add(path, target);
            inputs.files.extend(manifest_of(path));
        }
        for folder in BTreeSet::from([&self.folder, package, &self.plan.workspace]) {
            for name in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml"] {
                inputs.files.insert(folder.join(name));
            }
        }
        inputs.files.insert(package.join("build.rs"));
        // A Cargo.lock is missing beside members of a workspace; only folders that exist can be watched.
        inputs.files.retain(|file| file.parent().is_some_and(Path::is_dir));
        inputs
    }
}

impl CargoFolder {
    /// Where Cargo lists what went into the `.wasm` file, path dependencies included.
    fn dep_info(&self) -> PathBuf {
        let name = self.wasm_name();
        self.plan.target.join(TARGET).join("release").join(name).with_extension("d")
    }
}

/// The Cargo.toml of the package that a file belongs to.
fn manifest_of(file: &Path) -> Option<PathBuf> {
    let candidates = file.ancestors().skip(1).take(8).map(|folder| folder.join("Cargo.toml"));
    candidates.into_iter().find(|manifest| manifest.is_file())
}

impl Plan {
    fn ask(folder: &Path, progress: &mut dyn Progress) -> Result<Plan, SourceCause> {
        let mut cargo = rustup::command("cargo", folder);
        cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--color", "never"]);
        cargo.arg("--manifest-path").arg(folder.join("Cargo.toml"));
        let (mut answer, mut report) = (String::new(), Report::default());
        let status = run::run("cargo", cargo, QUESTION_TIME, progress, &mut |_, said| match said {
            Said::Stdout(line) => answer.push_str(line),
            Said::Stderr(line) => report.word(line),
        })?;
        if !status.success() {
            progress.diagnostics(&report.words);
            return Err(report.failure());
        }
        let metadata: Metadata = serde_json::from_str(&answer)
            .map_err(|error| SourceCause::Answer { tool: "cargo metadata", reason: error.to_string() })?;
        Plan::choose(folder, metadata)
    }

    /// The folder's own package, or the only one that makes a handler in a workspace without one.
    fn choose(folder: &Path, metadata: Metadata) -> Result<Plan, SourceCause> {
        let manifest = resolved(&folder.join("Cargo.toml"));
        let is_own = |package: &Package| resolved(package.manifest_path.as_std_path()) == manifest;
        let has_own = metadata.packages.iter().any(is_own);
        let mut handlers: Vec<(&Package, &str)> = Vec::new();
        for package in metadata.packages.iter().filter(|package| !has_own || is_own(package)) {
            let library = package.targets.iter().find(|target| is_handler(target));
            handlers.extend(library.map(|library| (package, library.name.as_str())));
        }
        match handlers[..] {
            [(package, library)] => Ok(Plan {
                manifest: package.manifest_path.clone().into(),
                library: library.to_owned(),
                workspace: metadata.workspace_root.into(),
                target: metadata.target_directory.into(),
            }),
            [] => Err(SourceCause::NoLibrary),
            _ => Err(SourceCause::Several(
                handlers.iter().map(|(package, _)| package.name.to_string()).collect(),
            )),
        }
    }
}

fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// What a build has said so far.
#[derive(Default)]
struct Report {
    errors: usize,
    first: Option<String>,
    wasm: Option<PathBuf>,
    shown: Shown,
    /// Cargo's own warnings and errors.
    words: String,
}

impl Report {
    fn message(&mut self, line: &str, progress: &mut dyn Progress, plan: &Plan) {
        match messages::message(line) {
            Some(Message::CompilerMessage(said)) => {
                if let Some(error) = messages::error(&said.message) {
                    self.errors += 1;
                    self.first.get_or_insert(error);
                }
                if let Some(text) = &said.message.rendered {
                    self.shown.show(text, progress);
                }
            }
            Some(Message::CompilerArtifact(artifact)) => {
                self.wasm = wasm_of(artifact, plan).or(self.wasm.take());
            }
            _ => {}
        }
    }

    fn word(&mut self, line: &str) {
        if self.words.len() + line.len() < MAX_WORDS {
            self.words.push_str(line);
            self.words.push('\n');
        }
    }

    /// Without an error of rustc's, the first of Cargo's is the reason.
    fn failure(self) -> SourceCause {
        let cargos = || self.words.lines().find_map(|line| line.strip_prefix("error: ")).map(str::to_owned);
        let first = self.first.clone().or_else(cargos);
        SourceCause::Build { errors: self.errors, first: first.unwrap_or_else(|| "cargo failed".into()) }
    }
}

fn wasm_of(artifact: Artifact, plan: &Plan) -> Option<PathBuf> {
    let ours = artifact.manifest_path == plan.manifest && is_handler(&artifact.target);
    let mut files = artifact.filenames.into_iter();
    files.find(|file| ours && file.extension() == Some("wasm")).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{CargoFolder, Plan, Report, SourceCause};
    use crate::sources::Sources;
    use doverb_compile::{Silent, Wasm};

    fn plan(folder: &str, packages: &[(&str, &str)]) -> Result<Plan, SourceCause> {
        let packages = packages.iter().map(|(name, kind)| {
            format!(
                r#"{{"name":"{name}","version":"0.1.0","id":"{name}","dependencies":[],"features":{{}},
                "manifest_path":"/w/{name}/Cargo.toml","targets":[{{"name":"{name}","kind":["{kind}"],
                "crate_types":["{kind}"],"src_path":"/w/{name}/src/lib.rs"}}]}}"#
            )
        });
        let packages: Vec<String> = packages.collect();
        let text = format!(
            r#"{{"packages":[{}],"workspace_members":[],"workspace_root":"/w","target_directory":"/w/target",
            "version":1}}"#,
            packages.join(",")
        );
        Plan::choose(Path::new(folder), serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn the_folders_own_package_is_built() {
        let members = [("a", "cdylib"), ("b", "cdylib"), ("c", "lib")];
        assert_eq!(plan("/w/b", &members).unwrap().library, "b");
        assert!(matches!(plan("/w/c", &members), Err(SourceCause::NoLibrary)));
    }

    #[test]
    fn a_workspace_is_built_if_it_has_one_handler() {
        assert_eq!(plan("/w", &[("a", "lib"), ("b", "cdylib")]).unwrap().library, "b");
        let several = plan("/w", &[("a", "cdylib"), ("b", "cdylib")]).unwrap_err().to_string();
        assert!(several.contains("a, b"), "{several}");
        assert!(matches!(plan("/w", &[]), Err(SourceCause::NoLibrary)));
    }

    #[test]
    fn the_packages_own_wasm_is_taken() {
        let plan = plan("/w/b", &[("b", "cdylib")]).unwrap();
        let mut report = Report::default();
        for (package, kind, file) in [
            ("a", "cdylib", "a.wasm"),
            ("b", "cdylib", "b.wasm"),
            ("b", "bin", "tool.wasm"),
            ("b", "lib", "b.rlib"),
        ] {
            let line = format!(
                r#"{{"reason":"compiler-artifact","package_id":"{package}",
                "manifest_path":"/w/{package}/Cargo.toml","target":{{"name":"x","kind":["{kind}"],
                "crate_types":["{kind}"],"src_path":"/w/{package}/src/lib.rs"}},"profile":{{"opt_level":"3",
                "debug_assertions":false,"overflow_checks":false,"test":false}},"features":[],
                "filenames":["/w/target/{file}"],"fresh":false}}"#
            );
            report.message(&line, &mut Silent, &plan);
        }
        assert_eq!(report.wasm, Some(PathBuf::from("/w/target/b.wasm")));
    }

    #[test]
    fn cargos_own_error_is_the_reason_when_rustc_gave_none() {
        let mut report = Report::default();
        report.word("warning: unused manifest key");
        report.word("error: failed to parse the version");
        assert_eq!(report.failure().to_string(), "it does not build: failed to parse the version");
    }

    #[test]
    fn a_package_is_built_and_names_its_inputs_or_its_first_error() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().canonicalize().unwrap().join(name);
        let manifest = "[package]\nname = \"doverb-test-guest\"\nedition = \"2024\"\n\
            [lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
        fs::create_dir(at("src")).unwrap();
        fs::write(at("Cargo.toml"), manifest).unwrap();
        fs::write(at("text.txt"), "one").unwrap();
        fs::write(at("src/lib.rs"), "pub const TEXT: &str = include_str!(\"../text.txt\");").unwrap();
        let mut guest = CargoFolder::open(at(""), &mut Silent).unwrap();
        assert_eq!(guest.wasm_name(), "doverb_test_guest.wasm");
        let wasm = guest.build(&mut Silent).unwrap();
        Wasm::read(&wasm).unwrap();
        let inputs = guest.inputs().files;
        for name in ["src/lib.rs", "text.txt", "Cargo.toml", "Cargo.lock"] {
            assert!(inputs.contains(&at(name)), "{name} is not in {inputs:?}");
        }
        assert!(!inputs.contains(&wasm));
        fs::write(at("src/lib.rs"), "\n  fn f() -> u8 { x }").unwrap();
        let Err(SourceCause::Build { errors: 1, first }) = guest.build(&mut Silent) else { panic!("built") };
        assert!(first.starts_with("src/lib.rs:2:18: cannot find value `x`"), "{first}");
    }
}
