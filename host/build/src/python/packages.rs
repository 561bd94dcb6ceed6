//! The packages of `requirements.txt`, installed once for each of its contents.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::base::command;
use super::neighbours::Neighbours;
use super::words::Words;
use crate::build_dir::BuildDir;
use crate::error::SourceCause;
use crate::run;
use crate::tended::Usual;
use doverb_compile::files::MAX_BYTES;
use doverb_compile::{Digest, Progress, regular_file};

pub(super) const REQUIREMENTS: &str = "requirements.txt";
/// The Python that they must fit.
const GUEST_PYTHON: &str = "3.14";
const INSTALL_TIME: Usual = Usual::Build(Duration::from_secs(600));
const UNREACHABLE: &str = "the index of packages cannot be reached";
/// When an index of packages that could not be reached is tried again.
const AGAIN: Duration = Duration::from_secs(600);

/// Modules that were Python's own, with the packages that have them now.
const ONCE_PYTHONS: [(&str, &[&str]); 18] = [
    ("aifc", &["standard-aifc", "standard-chunk"]),
    ("asynchat", &["standard-asynchat", "standard-asyncore"]),
    ("asyncore", &["standard-asyncore"]),
    ("cgi", &["legacy-cgi"]),
    ("cgitb", &["legacy-cgi"]),
    ("chunk", &["standard-chunk"]),
    ("distutils", &["standard-distutils"]),
    ("imghdr", &["standard-imghdr"]),
    ("imp", &["zombie-imp"]),
    ("mailcap", &["standard-mailcap"]),
    ("nntplib", &["standard-nntplib"]),
    ("pipes", &["standard-pipes"]),
    ("smtpd", &["standard-smtpd", "standard-asynchat", "standard-asyncore"]),
    ("sndhdr", &["standard-sndhdr"]),
    ("sunau", &["standard-sunau"]),
    ("telnetlib", &["standard-telnetlib"]),
    ("uu", &["standard-uu"]),
    ("xdrlib", &["standard-xdrlib"]),
];

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
}

/// A package without its compiled parts. Many can do without.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stripped {
    name: String,
    /// What it consists of, at the top of the folder.
    parts: Vec<String>,
    /// Why nothing of it is there, if that is so.
    #[serde(default)]
    absent: Option<String>,
}

impl Stripped {
    /// One that a line of the list asks for, and that cannot be had: of it everything is missing.
    fn absent(line: &str, why: &str) -> Self {
        let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let file = line.strip_suffix(".whl").and_then(|wheel| wheel.rsplit('/').next()?.split('-').next());
        let name = file.or_else(|| line.split(|letter| !is_of_name(letter)).next()).unwrap_or_default();
        let name = name.to_owned();
        let parts = [name.clone(), name.replace('-', "_"), name.to_lowercase().replace('-', "_")];
        let mut parts = Vec::from(parts);
        let once = ONCE_PYTHONS.iter().filter(|(_, packages)| packages.contains(&&*name));
        parts.extend(once.map(|(module, _)| (*module).to_owned()));
        parts.dedup();
        Self { name, parts, absent: Some(why.to_owned()) }
    }
}

/// The packages that a list asks for, one a line, and what else it says: options of pip's.
fn single(list: &[u8]) -> (Vec<String>, Vec<String>) {
    let text = decoded(list).replace("\\\r\n", " ").replace("\\\n", " ");
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    // What a package's file must be is nobody's question where only this or that of it can be had.
    let lines = lines.map(|line| line.split(" --").next().unwrap_or_default().trim().to_owned());
    lines.partition(|line| !line.starts_with('-'))
}

/// The text of a list, which has a mark in front if it was written by a shell of Windows.
fn decoded(list: &[u8]) -> String {
    let wide = |list: &[u8], of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = list.as_chunks().0.iter().map(|&pair| of(pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match list {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => String::from_utf8_lossy(rest).into_owned(),
    }
}

impl Packages {
    /// What a package lacks, if that is why a program failed which said this.
    pub(super) fn lacking(&self, told: &str) -> Option<SourceCause> {
        let is_in = |part: &String| {
            told.contains(&format!("/packages/{part}/"))
                || told.contains(&format!("No module named '{part}'"))
        };
        let found = self.stripped.iter().rev().find(|package| package.parts.iter().any(is_in));
        found.map(|Stripped { name, absent, .. }| match absent {
            Some(why) => {
                SourceCause::Refused(format!("it needs {name}, which could not be installed: {why}"))
            }
            None => SourceCause::Requirements(format!("{name} needs its compiled part")),
        })
    }
}

/// The folder that they are in, if any are required: by the list in `folder`, or by the import of what was once Python's own.
pub(super) fn install(
    build_dir: &BuildDir,
    folder: &Path,
    sources: &[PathBuf],
    progress: &mut dyn Progress,
) -> Result<Option<Packages>, SourceCause> {
    let list = folder.join(REQUIREMENTS);
    let required = regular_file::read(&list, MAX_BYTES).ok();
    let more = once_pythons(sources);
    if required.is_none() && more.is_empty() {
        return Ok(None);
    }
    let named = [required.as_deref().unwrap_or_default(), more.join(" ").as_bytes()].concat();
    let installed = build_dir.path(&format!("packages-{}", &Digest::of(&named).to_string()[..16]));
    let [noted, tried] = ["stripped", "tried"].map(|extension| installed.with_extension(extension));
    if installed.is_dir() {
        return Ok(Some(Packages { folder: installed, stripped: kept(&noted), is_final: true }));
    }
    if fs::metadata(&tried)
        .and_then(|found| found.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age < AGAIN))
    {
        return Ok(Some(Packages { folder: installed, stripped: kept(&tried), is_final: false }));
    }
    progress.step(match required {
        Some(_) => "Installing the packages of requirements.txt",
        None => "Installing what was once Python's own",
    });
    let fresh = installed.with_extension("new");
    let list = required.as_ref().map(|_| list);
    let pip = Pip { python: python()?, folder: build_dir.folder(), more, list, fresh: &fresh };
    let failed =
        |error: io::Error| SourceCause::BuildDir { path: installed.clone(), reason: error.to_string() };
    let left_out = match pip.install(required.as_deref(), progress)? {
        Installed::But(left_out) => left_out,
        Installed::Unreachable(stripped) => {
            serde_json::to_vec(&stripped)
                .map_err(io::Error::other)
                .and_then(|text| fs::write(&tried, text))
                .map_err(failed)?;
            return Ok(Some(Packages { folder: installed, stripped, is_final: false }));
        }
    };
    let stripped = fs::create_dir_all(&fresh)
        .and_then(|()| strip(&fresh))
        .and_then(|mut stripped| {
            stripped.extend(left_out);
            fs::write(&noted, serde_json::to_vec(&stripped)?)?;
            fs::rename(&fresh, &installed)?;
            Ok(stripped)
        })
        .map_err(failed)?;
    Ok(Some(Packages { folder: installed, stripped, is_final: true }))
}

/// What was noted of an earlier installation.
fn kept(file: &Path) -> Vec<Stripped> {
    fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// The packages of modules that were once Python's own, and that a source imports.
fn once_pythons(sources: &[PathBuf]) -> Vec<&'static str> {
    let mut packages = Vec::new();
    let is_python = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "py");
    let sources: Vec<_> = sources.iter().filter(is_python).collect();
    let is_there =
        |module: &str| sources.iter().any(|file| file.file_stem().is_some_and(|stem| stem == module));
    for source in &sources {
        let text = regular_file::text(source, MAX_BYTES).unwrap_or_default();
        for (module, names) in ONCE_PYTHONS {
            if !is_there(module) && text.lines().any(|line| imports(line, module)) {
                packages.extend(names);
            }
        }
    }
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// Whether a line of Python imports a module, alone or among others.
pub(super) fn imports(line: &str, module: &str) -> bool {
    let line = line.trim_start();
    let first = |name: &str| name.trim().split([' ', '.', ';', '#']).next().unwrap_or_default().to_owned();
    match (line.strip_prefix("import "), line.strip_prefix("from ")) {
        (Some(names), _) => names.split(',').any(|name| first(name) == module),
        (None, Some(name)) => first(name) == module,
        (None, None) => false,
    }
}

/// How they are installed.
struct Pip<'a> {
    python: PathBuf,
    folder: &'a Path,
    /// What is asked for beside the list.
    more: Vec<&'static str>,
    list: Option<PathBuf>,
    /// Where they go.
    fresh: &'a Path,
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
    fn install(&self, list: Option<&[u8]>, progress: &mut dyn Progress) -> Result<Installed, SourceCause> {
        // A component holds no native code but its own.
        let pure = ["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"];
        let pure = [&pure[..], &["--python-version", GUEST_PYTHON]].concat();
        let Err(words) = self.all(&pure, progress)? else {
            return Ok(Installed::But(Vec::new()));
        };
        let (lines, options) = list.map(single).unwrap_or_default();
        if words.is_of_the_network() {
            return Ok(Installed::Unreachable(self.none(&lines, progress)));
        }
        if self.all(&["--prefer-binary"], progress)?.is_ok() {
            return Ok(Installed::But(Vec::new()));
        }
        for option in options {
            progress.note(&format!(
                "not all of {REQUIREMENTS} can be installed, so its packages are one by one, without {option}"
            ));
        }
        match self.one_by_one(&lines, progress)? {
            Some(left_out) => Ok(Installed::But(left_out)),
            None => Ok(Installed::Unreachable(self.none(&lines, progress))),
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
            let Err(words) = self.run(&["--prefer-binary"], &[line.into()], progress)? else {
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
        self.run(arguments, &wanted, progress)
    }

    /// Runs pip; what it says when it fails.
    fn run(
        &self,
        arguments: &[&str],
        wanted: &[OsString],
        progress: &mut dyn Progress,
    ) -> Result<Result<(), Words>, SourceCause> {
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
        let is_done = words.run("pip", pip, INSTALL_TIME, progress)?;
        Ok(if is_done { Ok(()) } else { Err(words) })
    }
}

/// Takes all native code out of a folder of packages: those that can do without have Python's in its place. Where the rest is
/// more than a component may bring along, they are left out as a whole.
fn strip(folder: &Path) -> io::Result<Vec<Stripped>> {
    let mut all = Vec::new();
    for (info, record) in records(folder) {
        let (native, others): (Vec<_>, Vec<_>) = record.into_iter().partition(|file| is_native(file));
        if native.is_empty() {
            continue;
        }
        native.iter().try_for_each(|file| remove(&folder.join(file)))?;
        let top = |file: &PathBuf| {
            let first = file.iter().next()?.to_str()?;
            (!first.ends_with(".dist-info")).then(|| first.trim_end_matches(".py").to_owned())
        };
        let mut parts: Vec<String> = native.iter().chain(&others).filter_map(top).collect();
        parts.sort_unstable();
        parts.dedup();
        let name = info.split('-').next().unwrap_or_default().to_owned();
        all.push((Stripped { name, parts, absent: None }, others));
    }
    let mut rest = Neighbours::default();
    rest.below(folder);
    if rest.too_many {
        all.iter().flat_map(|(_, files)| files).try_for_each(|file| remove(&folder.join(file)))?;
    }
    Ok(all.into_iter().map(|(package, _)| package).collect())
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_native(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    [".so", ".pyd", ".dylib"].iter().any(|end| name.ends_with(end)) || name.contains(".so.")
}

/// Bytes of a distribution's list of its files.
const MAX_RECORD: u64 = 16 << 20;

/// The distributions in a folder, with the files of each that lie in it.
fn records(folder: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut infos: Vec<_> = names.filter(|name| name.ends_with(".dist-info")).collect();
    infos.sort_unstable();
    let files = |info: &String| {
        let record = regular_file::text(&folder.join(info).join("RECORD"), MAX_RECORD).unwrap_or_default();
        let path = |line: &str| PathBuf::from(line.split(',').next().unwrap_or_default());
        let is_here = |path: &PathBuf| path.components().all(|part| matches!(part, Component::Normal(_)));
        record.lines().map(path).filter(is_here).collect()
    };
    infos.into_iter().map(|info| (info.clone(), files(&info))).collect()
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
    fn an_import_is_seen_wherever_it_stands() {
        for line in [
            "import cgi",
            "    import os, cgi",
            "from cgi import escape",
            "import cgi as c",
            "import cgi; print()",
        ] {
            assert!(imports(line, "cgi"), "{line}");
        }
        for line in
            ["import cgitb", "import my.cgi", "# import cgi", "from x import cgi", "print('import cgi')"]
        {
            assert!(!imports(line, "cgi"), "{line}");
        }
    }

    #[test]
    fn what_was_once_pythons_is_a_package_unless_it_lies_beside() {
        let folder = tempfile::tempdir().unwrap();
        let (app, own) = (folder.path().join("app.py"), folder.path().join("uu.py"));
        fs::write(&app, "import cgi, uu\nimport telnetlib\nfrom distutils.util import strtobool\n").unwrap();
        fs::write(&own, "").unwrap();
        assert_eq!(
            once_pythons(&[app.clone(), own]),
            ["legacy-cgi", "standard-distutils", "standard-telnetlib"]
        );
        assert_eq!(
            once_pythons(&[app]),
            ["legacy-cgi", "standard-distutils", "standard-telnetlib", "standard-uu"]
        );
    }

    #[test]
    fn a_list_is_taken_line_by_line_if_it_is_no_more_than_that() {
        let list = "# what it needs\nFlask>=2 # the web\n\npython-gdal==3\n";
        let packages = |list: &[u8]| single(list).0;
        assert_eq!(packages(list.as_bytes()), ["Flask>=2", "python-gdal==3"]);
        for other in ["-r more.txt\na\n", "a \\\n  --hash=sha256:0\n", "a --hash=sha256:0\n", "\u{feff}a\r\n"]
        {
            assert_eq!(packages(other.as_bytes()), ["a"], "{other}");
        }
        assert_eq!(single(b"-r more.txt\n--pre\na\n").1, ["-r more.txt", "--pre"]);
        let wide: Vec<u8> = "\u{feff}a==1\r\nb\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(packages(&wide), ["a==1", "b"], "as PowerShell writes it");
        let swapped: Vec<u8> = wide.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        assert_eq!(packages(&swapped), ["a==1", "b"]);
        assert_eq!(Stripped::absent("/tmp/native-1.0-cp314-cp314-any.whl", "").name, "native");
        let absent =
            ["python-gdal==3", "legacy-cgi"].map(|line| Stripped::absent(line, "there is none")).into();
        let packages = Packages { folder: PathBuf::new(), stripped: absent, is_final: true };
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
    fn packages_are_stripped_of_native_code_and_who_needs_it_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, files: &[&str]| {
            for file in files {
                let path = folder.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
            let info = folder.path().join(name);
            fs::create_dir_all(&info).unwrap();
            let lines: String = files.iter().map(|file| format!("{file},sha256=x,1\n")).collect();
            fs::write(info.join("RECORD"), lines + "../../bin/tool,,\n").unwrap();
        };
        put("fast-1.0.dist-info", &["fast/__init__.py", "fast/_speed.cpython-311.so", "fast.libs/libc.so.6"]);
        put("pure-2.0.dist-info", &["pure.py"]);
        let stripped = strip(folder.path()).unwrap();
        let parts = ["fast", "fast.libs"].map(str::to_owned).to_vec();
        assert_eq!(stripped, [Stripped { name: "fast".into(), parts, absent: None }]);
        assert!(folder.path().join("fast/__init__.py").exists());
        assert!(!folder.path().join("fast/_speed.cpython-311.so").exists());
        let packages = Packages { folder: folder.path().to_owned(), stripped, is_final: true };
        let lacking = packages.lacking("File \"/packages/fast/__init__.py\", line 1").unwrap().to_string();
        assert!(lacking.ends_with(": fast needs its compiled part"), "{lacking}");
        assert!(packages.lacking("File \"app.py\", line 1").is_none());
    }
}
