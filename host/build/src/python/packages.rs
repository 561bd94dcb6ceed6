//! The packages of a program's list that the program may need, installed once for each of its contents.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::base::command;
use super::compiled;
use super::declared::List;
use super::imports::Imports;
use super::native::strip;
use super::requirements::{self, Part, Requirements};
use super::unlisted;
use super::words::Words;
use crate::build_dir::BuildDir;
use crate::error::SourceCause;
use crate::run;
use crate::tended::Usual;
use doverb_compile::{Digest, Progress};

/// The Python that they must fit.
const GUEST_PYTHON: &str = "3.14";
/// How long all of it may take. What has not come by then is left out.
const INSTALL_TIME: Usual = Usual::Build(Duration::from_secs(600));
/// How long the whole list may take, before its packages are tried one by one, and how long one of them may.
const LIST_TIME: Duration = Duration::from_secs(180);
const PACKAGE_TIME: Duration = Duration::from_secs(60);
/// Packages that are named when they are left out.
const MAX_NAMED: usize = 8;
/// What is said of one that the program imports nowhere.
const NOT_IMPORTED: &str = "it is imported nowhere";
const UNREACHABLE: &str = "the index of packages cannot be reached";
/// When an index of packages that could not be reached is tried again.
const AGAIN: Duration = Duration::from_secs(600);

/// What lets packages be built without the parts of them that are compiled, where these are optional.
const WITHOUT_COMPILED: [(&str, &str); 11] = [
    // There is no such compiler: what can do without goes on, what can't fails.
    ("CC", "/bin/false"),
    ("CXX", "/bin/false"),
    ("AIOHTTP_NO_EXTENSIONS", "1"),
    ("DISABLE_SQLALCHEMY_CEXT", "1"),
    ("FROZENLIST_NO_EXTENSIONS", "1"),
    ("MSGPACK_PUREPYTHON", "1"),
    ("MULTIDICT_NO_EXTENSIONS", "1"),
    ("PROPCACHE_NO_EXTENSIONS", "1"),
    ("PYYAML_FORCE_LIBYAML", "0"),
    ("WRAPT_INSTALL_EXTENSIONS", "false"),
    ("YARL_NO_EXTENSIONS", "1"),
];

/// Packages that are installed.
#[derive(Debug)]
pub(super) struct Packages {
    /// Where they are.
    pub(super) folder: PathBuf,
    /// Those whose compiled parts were taken out, or that are not there at all.
    stripped: Vec<Stripped>,
    /// Whether another try would find nothing else: not so where the index of packages could not be reached.
    pub(super) is_final: bool,
    /// Whether those are left out that the program does not import, as far as its words say.
    is_part: bool,
}

/// A package without its compiled parts. Many can do without.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stripped {
    pub(super) name: String,
    /// What it consists of, at the top of the folder.
    pub(super) parts: Vec<String>,
    /// Why nothing of it is there, if that is so.
    #[serde(default)]
    pub(super) absent: Option<String>,
}

impl Stripped {
    /// One that a line of the list asks for, and that cannot be had: of it everything is missing.
    fn absent(line: &str, why: &str) -> Self {
        let name = requirements::name(line).to_owned();
        let parts = [name.clone(), name.replace('-', "_"), name.to_lowercase().replace('-', "_")];
        let mut parts = Vec::from(parts);
        parts.extend(unlisted::modules_of(&name).map(str::to_owned));
        parts.dedup();
        Self { name, parts, absent: Some(why.to_owned()) }
    }
}

impl Packages {
    /// Whether a program that said this may have failed for want of what it was thought not to import.
    pub(super) fn may_lack(&self, told: &str) -> bool {
        self.is_part
            && ["No module named", "PackageNotFoundError", "pkg_resources"]
                .iter()
                .any(|word| told.contains(word))
    }

    /// What a package lacks, if that is why a program failed which said this.
    pub(super) fn lacking(&self, told: &str) -> Option<SourceCause> {
        let is_in = |part: &String| {
            told.contains(&format!("/packages/{part}/"))
                || told.contains(&format!("No module named '{part}'"))
        };
        let found = self.stripped.iter().rev().find(|package| package.parts.iter().any(is_in));
        found.map(|Stripped { name, absent, .. }| match absent {
            Some(why) if why != UNREACHABLE && compiled::is_known(name) => compiled::is_needed(name),
            Some(why) => {
                SourceCause::Refused(format!("it needs {name}, which could not be installed: {why}"))
            }
            None => compiled::is_needed(name),
        })
    }
}

/// The folder that they are in, if any are required: by a list, or by the import of what was once Python's own; and
/// those that no list names. Of the list it may be a part that the program needs which imports this.
pub(super) fn install(
    build_dir: &BuildDir,
    list: Option<&List>,
    sources: &[PathBuf],
    imports: Option<&Imports>,
    unlisted: &[&'static str],
    progress: &mut dyn Progress,
) -> Result<Option<Packages>, SourceCause> {
    let required = list.map(|list| &*list.text);
    let mut more = unlisted::once_pythons(sources);
    more.extend(unlisted);
    if required.is_none() && more.is_empty() {
        return Ok(None);
    }
    let whole = [required.unwrap_or_default(), more.join(" ").as_bytes()].concat();
    let place = |named: &[u8]| build_dir.path(&format!("packages-{}", &Digest::of(named).to_string()[..16]));
    let requirements = required.map(Requirements::of).unwrap_or_default();
    // That all of it was needed before is noted.
    let marker = place(&whole).with_extension("whole");
    if imports.is_none() {
        fs::write(&marker, "")
            .map_err(|error| SourceCause::BuildDir { path: marker.clone(), reason: error.to_string() })?;
    }
    let part = imports.filter(|_| !marker.exists()).and_then(|imports| requirements.needed(imports));
    let part = part.and_then(|part| part.beside(&more));
    let named = part
        .as_ref()
        .map_or(whole.clone(), |part| [&whole[..], b"\nonly\n", part.lines.join("\n").as_bytes()].concat());
    let installed = place(&named);
    let is_part = part.is_some();
    let [noted, tried] = ["stripped", "tried"].map(|extension| installed.with_extension(extension));
    if installed.is_dir() {
        return Ok(Some(Packages { folder: installed, stripped: kept(&noted), is_final: true, is_part }));
    }
    if fs::metadata(&tried)
        .and_then(|found| found.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age < AGAIN))
    {
        return Ok(Some(Packages { folder: installed, stripped: kept(&tried), is_final: false, is_part }));
    }
    let failed =
        |error: io::Error| SourceCause::BuildDir { path: installed.clone(), reason: error.to_string() };
    let mut not_imported = Vec::new();
    let name = list.map_or("", |list| list.name);
    let list = match &part {
        Some(part) => {
            progress.note(&part.told(name));
            not_imported.extend(part.left_out.iter().map(|line| Stripped::absent(line, NOT_IMPORTED)));
            Some(written(part, &requirements.options, &installed).map_err(failed)?)
        }
        None => list.map(|list| list.written(&installed)).transpose().map_err(failed)?,
    };
    let lines = part.map_or(requirements.lines, |part| part.lines);
    let fresh = installed.with_extension("new");
    let _ = fs::remove_dir_all(&fresh);
    let mut left_out = Vec::new();
    if !(lines.is_empty() && more.is_empty()) {
        match required {
            Some(_) => progress.step(&format!("Installing the packages of {name}")),
            None if unlisted.is_empty() => progress.step("Installing what was once Python's own"),
            None => progress.step("Installing what the program imports"),
        }
        let until = Instant::now() + INSTALL_TIME.bound().time;
        let options = requirements.options;
        let pip = Pip {
            python: python()?,
            folder: build_dir.folder(),
            more,
            name,
            list,
            options,
            fresh: &fresh,
            until,
        };
        match pip.install(&lines, progress)? {
            Installed::But(some) => left_out = some,
            Installed::Unreachable(mut stripped) => {
                stripped.extend(not_imported);
                serde_json::to_vec(&stripped)
                    .map_err(io::Error::other)
                    .and_then(|text| fs::write(&tried, text))
                    .map_err(failed)?;
                return Ok(Some(Packages { folder: installed, stripped, is_final: false, is_part }));
            }
        }
    }
    left_out.extend(not_imported);
    let stripped = fs::create_dir_all(&fresh)
        .and_then(|()| strip(&fresh))
        .and_then(|mut stripped| {
            stripped.extend(left_out);
            fs::write(&noted, serde_json::to_vec(&stripped)?)?;
            fs::rename(&fresh, &installed)?;
            Ok(stripped)
        })
        .map_err(failed)?;
    Ok(Some(Packages { folder: installed, stripped, is_final: true, is_part }))
}

impl List {
    /// Where pip finds it.
    fn written(&self, installed: &Path) -> io::Result<PathBuf> {
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => {
                let file = installed.with_extension("list");
                fs::write(&file, &self.text).map(|()| file)
            }
        }
    }
}

/// A list of a part of one, beside what is installed of it, with the versions that the whole list has.
fn written(part: &Part, options: &[String], installed: &Path) -> io::Result<PathBuf> {
    let [list, versions] = ["list", "versions"].map(|extension| installed.with_extension(extension));
    fs::write(&versions, part.versions.join("\n"))?;
    let lines = [options, &part.lines].concat().join("\n");
    fs::write(&list, format!("{lines}\n-c {}\n", versions.display()))?;
    Ok(list)
}

impl Part {
    /// What is left of it where these are installed all the same.
    fn beside(mut self, more: &[&str]) -> Option<Part> {
        self.left_out.retain(|line| !more.contains(&requirements::name(line)));
        (!self.left_out.is_empty()).then_some(self)
    }

    /// What is said of it; the list is called so.
    fn told(&self, list: &str) -> String {
        let names: Vec<_> =
            self.left_out.iter().take(MAX_NAMED).map(|line| requirements::name(line)).collect();
        let more = self.left_out.len() - names.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("what the program does not import is left out of {list}: {}{more}", names.join(", "))
    }
}

/// What was noted of an earlier installation.
fn kept(file: &Path) -> Vec<Stripped> {
    fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// How they are installed.
struct Pip<'a> {
    python: PathBuf,
    folder: &'a Path,
    /// What is asked for beside the list.
    more: Vec<&'static str>,
    /// What its author calls the list, and where it lies.
    name: &'static str,
    list: Option<PathBuf>,
    /// What the list says besides.
    options: Vec<String>,
    /// Where they go.
    fresh: &'a Path,
    until: Instant,
}

/// What came of it. What is missing is no hindrance to who does not import it.
enum Installed {
    /// All but these, which cannot be had.
    But(Vec<Stripped>),
    /// Nothing, as the index of packages cannot be reached.
    Unreachable(Vec<Stripped>),
}

impl Pip<'_> {
    /// Wheels of pure Python if there are such, else what there is, and in the end each of the list for itself.
    fn install(&self, lines: &[String], progress: &mut dyn Progress) -> Result<Installed, SourceCause> {
        // A component holds no native code but its own.
        let pure = ["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"];
        let pure = [&pure[..], &["--python-version", GUEST_PYTHON]].concat();
        let Err(words) = self.all(&pure, progress)? else {
            return Ok(Installed::But(Vec::new()));
        };
        if words.is_of_the_network() {
            return Ok(Installed::Unreachable(self.none(lines, progress)));
        }
        if self.all(&["--prefer-binary"], progress)?.is_ok() {
            return Ok(Installed::But(Vec::new()));
        }
        for option in &self.options {
            progress.note(&format!(
                "not all of {} can be installed, so its packages are one by one, without {option}",
                self.name
            ));
        }
        match self.one_by_one(lines, progress)? {
            Some(left_out) => Ok(Installed::But(left_out)),
            None => Ok(Installed::Unreachable(self.none(lines, progress))),
        }
    }

    /// All that is asked for, when nothing can be had now.
    fn none(&self, lines: &[String], progress: &mut dyn Progress) -> Vec<Stripped> {
        let why = UNREACHABLE;
        let asked = self.more.iter().copied().chain(lines.iter().map(String::as_str));
        let absent: Vec<_> = asked.map(|line| Stripped::absent(line, why)).collect();
        let names: Vec<_> = absent.iter().map(|package| &*package.name).collect();
        progress.note(&format!("{why}, and for now these are left out: {}", names.join(", ")));
        absent
    }

    /// Installs what can be had, and returns what cannot; `None` if nobody can say.
    fn one_by_one(
        &self,
        lines: &[String],
        progress: &mut dyn Progress,
    ) -> Result<Option<Vec<Stripped>>, SourceCause> {
        let _ = fs::remove_dir_all(self.fresh);
        let mut left_out = Vec::new();
        for line in self.more.iter().copied().chain(lines.iter().map(String::as_str)) {
            let Err(words) = self.run(&["--prefer-binary"], &[line.into()], PACKAGE_TIME, progress)? else {
                continue;
            };
            if words.is_of_the_network() {
                return Ok(None);
            }
            progress.note(&format!("{line} cannot be installed, and is left out: {}", words.error()));
            left_out.push(Stripped::absent(line, words.error()));
        }
        Ok(Some(left_out))
    }

    /// Installs all of it anew.
    fn all(&self, arguments: &[&str], progress: &mut dyn Progress) -> Result<Result<(), Words>, SourceCause> {
        let _ = fs::remove_dir_all(self.fresh);
        let mut wanted: Vec<OsString> = self.more.iter().map(OsString::from).collect();
        wanted.extend(self.list.iter().flat_map(|list| ["-r".into(), list.into()]));
        self.run(arguments, &wanted, LIST_TIME, progress)
    }

    /// Runs pip; what it says when it fails.
    fn run(
        &self,
        arguments: &[&str],
        wanted: &[OsString],
        time: Duration,
        progress: &mut dyn Progress,
    ) -> Result<Result<(), Words>, SourceCause> {
        let time = time.min(self.until.saturating_duration_since(Instant::now()));
        if time.is_zero() {
            return Ok(Err(Words::of("installing takes too long")));
        }
        let mut pip = command(&self.python, self.folder);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-compile",
        ]);
        pip.args(arguments).arg("--target").arg(self.fresh).args(wanted);
        pip.envs(WITHOUT_COMPILED);
        let mut words = Words::default();
        match words.run("pip", pip, Usual::Question(time), progress) {
            Ok(true) => Ok(Ok(())),
            Ok(false) => Ok(Err(words)),
            // What is too large or too slow is missing, and the rest is not.
            Err(cause @ (SourceCause::TimedOut { .. } | SourceCause::Limit(_))) => {
                Ok(Err(Words::of(&cause.to_string())))
            }
            Err(cause) => Err(cause),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_needs_what_could_not_be_installed_is_known() {
        let absent =
            ["python-gdal==3", "legacy-cgi"].map(|line| Stripped::absent(line, "there is none")).into();
        let packages = Packages { folder: PathBuf::new(), stripped: absent, is_final: true, is_part: false };
        let told = |module: &str| {
            let lacking = packages.lacking(&format!("ModuleNotFoundError: No module named '{module}'"));
            lacking.map(|cause| cause.to_string())
        };
        let needs =
            |name: &str| Some(format!("it needs {name}, which could not be installed: there is none"));
        assert_eq!(told("python_gdal"), needs("python-gdal"));
        assert_eq!(told("cgi"), needs("legacy-cgi"), "a module that was once Python's");
        assert_eq!(told("other"), None);
    }

    #[test]
    fn who_needs_a_compiled_part_is_known_and_what_to_take_instead() {
        let parts = ["fast", "fast.libs"].map(str::to_owned).to_vec();
        let stripped = vec![Stripped { name: "fast".into(), parts, absent: None }];
        let packages = Packages { folder: PathBuf::new(), stripped, is_final: true, is_part: false };
        let lacking = packages.lacking("File \"/packages/fast/__init__.py\", line 1").unwrap().to_string();
        assert!(lacking.starts_with("it needs fast, which is compiled"), "{lacking}");
        let absent = vec![Stripped::absent("bcrypt==4", "no compiler")];
        let packages = Packages { folder: PathBuf::new(), stripped: absent, is_final: true, is_part: false };
        let lacking = packages.lacking("No module named 'bcrypt'").unwrap().to_string();
        assert!(lacking.ends_with("Take hashlib.scrypt in its place"), "{lacking}");
        assert!(packages.lacking("File \"app.py\", line 1").is_none());
    }
}
