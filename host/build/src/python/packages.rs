//! The packages of `requirements.txt`, installed once for each of its contents.

use std::ffi::OsString;
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
/// What can do without its compiled parts is built in seconds; what can't may look for compilers for minutes.
const REBUILD_TIME: Duration = Duration::from_secs(120);

/// Modules that were Python's own, with the packages that have them now.
const ONCE_PYTHONS: [(&str, &str); 14] = [
    ("asynchat", "standard-asynchat"),
    ("asyncore", "standard-asyncore"),
    ("cgi", "legacy-cgi"),
    ("cgitb", "legacy-cgi"),
    ("chunk", "standard-chunk"),
    ("crypt", "legacycrypt"),
    ("imghdr", "standard-imghdr"),
    ("imp", "zombie-imp"),
    ("nntplib", "standard-nntplib"),
    ("pipes", "standard-pipes"),
    ("smtpd", "standard-smtpd"),
    ("sndhdr", "standard-sndhdr"),
    ("telnetlib", "standard-telnetlib"),
    ("uu", "standard-uu"),
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

/// The folder that they are in, if any are required: by the list in `folder`, or by the import of what was once Python's own.
pub(super) fn install(
    build_dir: &BuildDir,
    folder: &Path,
    sources: &[PathBuf],
    progress: &mut dyn Progress,
) -> Result<Option<PathBuf>, SourceCause> {
    let list = folder.join(REQUIREMENTS);
    let required = fs::read(&list).ok();
    let more = once_pythons(sources);
    if required.is_none() && more.is_empty() {
        return Ok(None);
    }
    let named = [required.as_deref().unwrap_or_default(), more.join(" ").as_bytes()].concat();
    let installed = build_dir.path(&format!("packages-{}", &Digest::of(&named).to_string()[..16]));
    if installed.is_dir() {
        return Ok(Some(installed));
    }
    progress.step(match required {
        Some(_) => "Installing the packages of requirements.txt",
        None => "Installing what was once Python's own",
    });
    let mut wanted: Vec<OsString> = more.into_iter().map(OsString::from).collect();
    if required.is_some() {
        wanted.extend(["-r".into(), list.into_os_string()]);
    }
    let fresh = installed.with_extension("new");
    Pip { python: python()?, folder: build_dir.folder(), wanted, fresh: &fresh }.install(progress)?;
    fs::create_dir_all(&fresh)
        .and_then(|()| fs::rename(&fresh, &installed))
        .map_err(|error| SourceCause::BuildDir { path: installed.clone(), reason: error.to_string() })?;
    Ok(Some(installed))
}

/// The packages of modules that were once Python's own, and that a source imports.
fn once_pythons(sources: &[PathBuf]) -> Vec<&'static str> {
    let mut packages = Vec::new();
    let is_python = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "py");
    let sources: Vec<_> = sources.iter().filter(is_python).collect();
    let is_there =
        |module: &str| sources.iter().any(|file| file.file_stem().is_some_and(|stem| stem == module));
    for source in &sources {
        let text = fs::read_to_string(source).unwrap_or_default();
        for (module, package) in ONCE_PYTHONS {
            if !packages.contains(&package)
                && !is_there(module)
                && text.lines().any(|line| imports(line, module))
            {
                packages.push(package);
            }
        }
    }
    packages.sort_unstable();
    packages
}

/// Whether a line of Python imports a module, alone or among others.
fn imports(line: &str, module: &str) -> bool {
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
    /// What is asked for, as pip's arguments.
    wanted: Vec<OsString>,
    /// Where they go.
    fresh: &'a Path,
}

impl Pip<'_> {
    /// Wheels of pure Python if there are such. Else what there is, and those that were compiled once more from their
    /// sources, without their compiled parts.
    fn install(&self, progress: &mut dyn Progress) -> Result<(), SourceCause> {
        // A component holds no native code but its own.
        let pure = ["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"];
        let pure = [&pure[..], &["--python-version", GUEST_PYTHON]].concat();
        let Err(words) = self.run(&pure, INSTALL_TIME, progress)? else {
            return Ok(());
        };
        let refused = |words: &Words| SourceCause::Requirements(words.error().to_owned());
        if self.run(&["--prefer-binary"], INSTALL_TIME, progress)?.is_err() {
            progress.diagnostics(&words.stderr);
            return Err(refused(&words));
        }
        let compiled = compiled(self.fresh);
        if compiled.is_empty() {
            return Ok(());
        }
        progress.step(&format!("Building {} without compiled parts", compiled.join(", ")));
        // pip keeps what it has built, and that may have been with a compiler.
        let arguments = ["--prefer-binary", "--no-cache-dir", "--no-binary", &compiled.join(",")];
        match self.run(&arguments, REBUILD_TIME, progress) {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(SourceCause::TimedOut { .. }) => {
                let needs =
                    if compiled.len() == 1 { "needs its compiled part" } else { "need their compiled parts" };
                return Err(SourceCause::Requirements(format!("{} {needs}", compiled.join(", "))));
            }
            Err(other) => return Err(other),
        }
        match &self::compiled(self.fresh)[..] {
            [] => Ok(()),
            [first, ..] => Err(SourceCause::Requirements(format!("{first} needs its compiled part"))),
        }
    }

    /// Runs pip; what it says when it fails.
    fn run(
        &self,
        arguments: &[&str],
        time: Duration,
        progress: &mut dyn Progress,
    ) -> Result<Result<(), Words>, SourceCause> {
        let _ = fs::remove_dir_all(self.fresh);
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
        pip.args(arguments).arg("--target").arg(self.fresh).args(&self.wanted);
        pip.envs(WITHOUT_COMPILED);
        let mut words = Words::default();
        let is_done = words.run("pip", pip, time, progress)?;
        Ok(if is_done { Ok(()) } else { Err(words) })
    }
}

/// The distributions in a folder that have native code, by their names.
fn compiled(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let infos = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".dist-info"));
    let mut names: Vec<String> = infos
        .filter(|info| {
            let record = fs::read_to_string(info.path().join("RECORD")).unwrap_or_default();
            let file = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
            record
                .lines()
                .map(file)
                .any(|file| [".so", ".pyd", ".dylib"].iter().any(|end| file.ends_with(end)))
        })
        .filter_map(|info| Some(info.file_name().to_str()?.split('-').next()?.to_owned()))
        .collect();
    names.sort_unstable();
    names
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
        fs::write(&app, "import cgi, uu\nimport telnetlib\n").unwrap();
        fs::write(&own, "").unwrap();
        assert_eq!(once_pythons(&[app.clone(), own]), ["legacy-cgi", "standard-telnetlib"]);
        assert_eq!(once_pythons(&[app]), ["legacy-cgi", "standard-telnetlib", "standard-uu"]);
    }

    #[test]
    fn native_code_is_found_by_its_record() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, record: &str| {
            let info = folder.path().join(name);
            fs::create_dir(&info).unwrap();
            fs::write(info.join("RECORD"), record).unwrap();
        };
        put("fast-1.0.dist-info", "fast/_speed.cpython-311.so,sha256=x,1\nfast/__init__.py,,\n");
        put("pure-2.0.dist-info", "pure/__init__.py,,\n");
        assert_eq!(compiled(folder.path()), ["fast"]);
    }
}
