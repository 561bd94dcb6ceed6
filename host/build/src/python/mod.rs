//! A Python file as it is written for `http.server`: made into a component by componentize-py, with an SDK that turns
//! Python's own classes to the host.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::build_dir::{BuildDir, CONTRACT, DEPENDENCIES, made_of};
use crate::depfiles::Inputs;
use crate::error::SourceCause;
use crate::options::SourceOptions;
use crate::run::{self, Said};
use crate::sources::{Sources, files_in, named_after};
use crate::world::world;
use doverb_compile::{Digest, Progress};
use doverb_sdk_python::FILES as SDK;

const TOOL: &str = "componentize-py";
const PACKAGE: &str = "componentize-py==0.25.1";
/// The Python that it brings along, for packages that must fit.
const GUEST_PYTHON: &str = "3.14";
const QUESTION_TIME: Duration = Duration::from_secs(60);
const INSTALL_TIME: Duration = Duration::from_secs(600);
const BUILD_TIME: Duration = Duration::from_secs(600);
/// How much of a tool's words is kept, in bytes.
const MAX_WORDS: usize = 64 * 1024;
/// What a folder's file with the handler may be called; else it is the only one.
pub(super) const MAIN_FILES: [&str; 3] = ["app.py", "main.py", "handler.py"];
/// How many files beside the handler are looked at.
const MAX_NEIGHBOURS: usize = 2_000;
const REQUIREMENTS: &str = "requirements.txt";

/// What the standard library imports only when it is used. There are no files to import it from by then.
const ALWAYS_IMPORTED: [&str; 12] = [
    "_strptime",
    "email.policy",
    "encodings.ascii",
    "encodings.cp1252",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.utf_16",
    "encodings.utf_8_sig",
    "html.entities",
    "http.cookies",
    "json",
    "urllib.parse",
];

/// A Python file, alone or in a folder.
#[derive(Debug)]
pub(super) struct PythonFile {
    /// What the user named.
    root: PathBuf,
    file: PathBuf,
    class: Option<String>,
    /// What the program is run with.
    arguments: Vec<String>,
    build_dir: BuildDir,
    /// The files that the last scan went through.
    files: Vec<PathBuf>,
}

/// What `scan.py` says.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scan {
    Found(Plan),
    Broken { error: Syntax },
    Refused { refusal: String },
    Several { several: Vec<String> },
}

#[derive(Debug, Deserialize)]
struct Plan {
    module: String,
    class: String,
    /// The file to be run, where it is a program that serves.
    program: Option<String>,
    /// Labels with the names of the methods.
    methods: BTreeMap<String, String>,
    any: bool,
    others: Vec<String>,
    notes: Vec<String>,
    imports: Vec<String>,
    files: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Syntax {
    file: PathBuf,
    line: usize,
    column: usize,
    message: String,
    text: String,
}

/// The file of a folder that holds its handler.
fn main_file(folder: &Path) -> Result<PathBuf, SourceCause> {
    let named = MAIN_FILES.iter().map(|name| folder.join(name)).find(|file| file.is_file());
    let only = || match &files_in(folder, &["py"])[..] {
        [file] => Ok(file.clone()),
        _ => Err(SourceCause::NoMainFile(MAIN_FILES.join(", "))),
    };
    named.map_or_else(only, Ok)
}

/// Takes up a file, or the one of a folder that holds the handler.
pub(super) fn open(
    path: PathBuf,
    options: &SourceOptions,
    _progress: &mut dyn Progress,
) -> Result<Box<dyn Sources>, SourceCause> {
    let file = if path.is_dir() { main_file(&path)? } else { path.clone() };
    let build_dir = BuildDir::open(&file)?;
    let (class, arguments) = (options.class.clone(), options.arguments.clone());
    let files = vec![file.clone()];
    Ok(Box::new(PythonFile { root: path, file, class, arguments, build_dir, files }))
}

impl PythonFile {
    fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }

    /// Reads the sources, without running them.
    fn scan(
        &mut self,
        python: &Path,
        sdk: &Path,
        packages: Option<&Path>,
        progress: &mut dyn Progress,
    ) -> Result<Plan, SourceCause> {
        let mut command = self.command(python);
        command.arg(sdk.join("scan.py")).arg(&self.file);
        if let Some(class) = &self.class {
            command.arg("--class").arg(class);
        }
        if let Some(packages) = packages {
            command.arg("--path").arg(packages);
        }
        let mut words = Words::default();
        let status = words.run("python3", command, QUESTION_TIME, progress)?;
        let answer = serde_json::from_str(words.stdout.trim()).map_err(|error| {
            let reason = if status { error.to_string() } else { words.last().to_owned() };
            SourceCause::Answer { tool: "python3", reason }
        })?;
        match answer {
            Scan::Found(plan) => {
                self.files.clone_from(&plan.files);
                plan.notes.iter().for_each(|note| progress.note(&format!("{}: {note}", self.file.display())));
                Ok(plan)
            }
            Scan::Refused { refusal } => Err(SourceCause::Refused(refusal)),
            Scan::Several { several } => Err(SourceCause::SeveralClasses(several)),
            Scan::Broken { error } => {
                let place = format!("{}:{}:{}", self.shown(&error.file), error.line, error.column);
                let text = error.text.trim_end();
                progress.diagnostics(&format!(
                    "{place}: SyntaxError: {}\n    {}\n",
                    error.message,
                    text.trim_start()
                ));
                let first = format!("{place}: SyntaxError: {}", error.message);
                Err(SourceCause::Build { errors: 1, first })
            }
        }
    }

    /// A path as the user would write it: below the folder without the folder.
    fn shown<'a>(&self, file: &'a Path) -> std::path::Display<'a> {
        file.strip_prefix(self.folder()).unwrap_or(file).display()
    }

    fn command(&self, tool: &Path) -> Command {
        let mut command = Command::new(tool);
        command.current_dir(self.build_dir.path(""));
        // Nothing is written beside the sources.
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONIOENCODING", "utf-8");
        // It would look for more packages there.
        command.env("VIRTUAL_ENV", self.build_dir.path("no-environment")).env_remove("PYTHONPATH");
        command
    }

    /// What the component depends on. The file may read any other beside it when it is imported, so all of them count; none where
    /// these are too many to look at.
    fn made_of(&self, tool: &Path, world: &str, entry: &str) -> Option<String> {
        let mut inputs = self.inputs();
        inputs.add(self.folder(), Path::new(""));
        let sdk = SDK
            .iter()
            .chain(CONTRACT)
            .chain(DEPENDENCIES)
            .map(|(_, content)| *content)
            .collect::<Vec<_>>()
            .concat();
        let key = format!("{} {PACKAGE} {world} {entry} {}", tool.display(), Digest::of(sdk.as_bytes()));
        (inputs.files.len() < MAX_NEIGHBOURS).then(|| made_of(&key, inputs.files))
    }

    /// The packages of `requirements.txt`, installed once for each of its contents.
    fn packages(&self, python: &Path, progress: &mut dyn Progress) -> Result<Option<PathBuf>, SourceCause> {
        let list = self.folder().join(REQUIREMENTS);
        let Ok(content) = fs::read(&list) else { return Ok(None) };
        let name = format!("packages-{}", &Digest::of(&content).to_string()[..16]);
        let folder = self.build_dir.path(&name);
        if folder.is_dir() {
            return Ok(Some(folder));
        }
        progress.step("Installing the packages of requirements.txt");
        let fresh = self.build_dir.path(&format!("{name}-new"));
        let _ = fs::remove_dir_all(&fresh);
        let mut pip = self.command(python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-compile",
        ]);
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

    /// The user's exception, without the frames of the tools around it.
    fn failure(&self, words: &Words, progress: &mut dyn Progress) -> SourceCause {
        let mut lines = Vec::new();
        let (mut place, mut ours) = (None, false);
        let relevant =
            words.stderr.lines().skip_while(|line| !line.contains("Traceback (most recent call last)"));
        let relevant =
            relevant.skip(1).skip_while(|line| !line.contains("Traceback (most recent call last)"));
        for line in relevant.skip(1).take_while(|line| !line.trim().is_empty()) {
            if let Some(rest) = line.strip_prefix("  File \"/0/") {
                place = rest.split_once("\", line ").map(|(file, rest)| {
                    let line = rest.split(',').next().unwrap_or_default();
                    format!("{file}:{line}")
                });
                ours = true;
                lines.push(format!("  File \"{rest}"));
            } else if line.starts_with("  File ") {
                ours = false;
            } else if ours || !line.starts_with(' ') {
                lines.push(line.to_owned());
            }
        }
        let Some(last) = lines.last().cloned() else {
            progress.diagnostics(&words.stderr);
            return SourceCause::Build { errors: 0, first: words.error().to_owned() };
        };
        progress.diagnostics(&format!("Traceback (most recent call last):\n{}\n", lines.join("\n")));
        let first = place.map_or(last.clone(), |place| format!("{place}: {last}"));
        SourceCause::Build { errors: 1, first }
    }
}

impl Sources for PythonFile {
    fn wasm_name(&self) -> String {
        named_after(&self.file, false)
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn runtime(&self) -> Option<&'static str> {
        Some(PACKAGE)
    }

    fn build(&mut self, progress: &mut dyn Progress) -> Result<PathBuf, SourceCause> {
        let name = self.wasm_name();
        progress.step(&format!("Building {name}"));
        let tool = run::find(TOOL).ok_or_else(|| run::missing_from_pypi(TOOL, PACKAGE))?;
        let python = python_of(&tool)?;
        let _lock = self.build_dir.lock(progress)?;
        let sdk = self.build_dir.unpack("sdk", SDK)?;
        self.build_dir.unpack("wit/deps/doverb", CONTRACT)?;
        self.build_dir.unpack("wit/deps", DEPENDENCIES)?;
        let packages = self.packages(&python, progress)?;
        let plan = self.scan(&python, &sdk, packages.as_deref(), progress)?;
        let (contract, entry) = (plan.world(), plan.entry(&self.arguments));
        let component = self.build_dir.path(&name);
        let made_of = self.made_of(&tool, &contract, &entry);
        if made_of.as_ref().is_some_and(|made_of| self.build_dir.is_fresh(&name, made_of)) {
            return Ok(component);
        }
        self.build_dir.write(&self.build_dir.path("wit/world.wit"), contract.as_bytes())?;
        self.build_dir.write(&self.build_dir.path("entry/doverb_entry.py"), entry.as_bytes())?;
        let mut command = self.command(&tool);
        command.args(["--quiet", "--wit-path", "wit", "--world", "handler", "componentize", "doverb_entry"]);
        // The first is where its own modules are found, and what its tracebacks leave out: see `world.py`.
        command.arg("-p").arg(self.folder()).args(["-p", "entry", "-p", "sdk"]);
        if let Some(packages) = packages {
            command.arg("-p").arg(packages);
        }
        command.arg("--output").arg(&component);
        let mut words = Words::default();
        if !words.run(TOOL, command, BUILD_TIME, progress)? {
            return Err(self.failure(&words, progress));
        }
        if let Some(made_of) = made_of {
            self.build_dir.note(&name, &made_of)?;
        }
        Ok(component)
    }

    fn inputs(&self) -> Inputs {
        let mut inputs = Inputs::default();
        inputs.files.extend(self.files.iter().filter(|file| file.starts_with(self.folder())).cloned());
        inputs.files.insert(self.file.clone());
        inputs.files.insert(self.folder().join(REQUIREMENTS));
        inputs
    }
}

/// The Python that the tool is installed in: it has pip for sure.
fn python_of(tool: &Path) -> Result<PathBuf, SourceCause> {
    let beside = tool.with_file_name("python3");
    let found = Some(beside).filter(|python| python.is_file()).or_else(|| run::find("python3"));
    found.ok_or_else(|| SourceCause::Missing {
        tool: "python3".into(),
        install: "from your system's packages (on Debian: apt-get install python3 python3-venv)".into(),
    })
}

impl Plan {
    fn world(&self) -> String {
        let methods = self.methods.keys().map(String::as_str).chain(self.any.then_some("ANY"));
        let methods: Vec<String> = methods.map(|method| format!("do-{method}")).collect();
        world(&[], methods.iter().chain(&self.others).map(String::as_str))
    }

    fn entry(&self, arguments: &[String]) -> String {
        let export = |label: &String| format!("do_{}", label.to_lowercase().replace('-', "_"));
        let methods: BTreeMap<String, &String> =
            self.methods.iter().map(|(label, method)| (export(label), method)).collect();
        let imports: Vec<&str> =
            ALWAYS_IMPORTED.into_iter().chain(self.imports.iter().map(String::as_str)).collect();
        // JSON's texts, lists and objects are Python's as well.
        let python = |value: serde_json::Value| value.to_string();
        if let Some(program) = &self.program {
            return format!(
                "from doverb import world\n\nWitWorld = world.build_program({}, {}, {}, {}, {}, {})\n",
                python(format!("/0/{program}").into()),
                python(serde_json::json!(arguments)),
                python(serde_json::json!(methods)),
                python(serde_json::json!(imports)),
                python(self.module.as_str().into()),
                python(self.class.as_str().into()),
            );
        }
        format!(
            "from doverb import world\n\nWitWorld = world.build({}, {}, {}, {})\n",
            python(self.module.as_str().into()),
            python(self.class.as_str().into()),
            python(serde_json::json!(methods)),
            python(serde_json::json!(imports)),
        )
    }
}

/// What a tool says.
#[derive(Default)]
struct Words {
    stdout: String,
    stderr: String,
}

impl Words {
    /// Runs the tool, and says whether it succeeded.
    fn run(
        &mut self,
        name: &'static str,
        command: Command,
        time: Duration,
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

    /// The last line that calls itself an error, or the last of all.
    fn error(&self) -> &str {
        let error = self.stderr.lines().rev().find_map(|line| line.trim().strip_prefix("ERROR: "));
        error.unwrap_or_else(|| self.last())
    }
}
