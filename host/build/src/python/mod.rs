//! A program in Python as it is written for `http.server`: run up to where it would serve, in an interpreter that all
//! programs share, whose memory then is the component.
//!
//! [`base`] makes the interpreter, [`snapshot`] runs the program in folders that are its [`private`] ones, [`neighbours`] are
//! the files that it brings along.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::build_dir::{BuildDir, made_of};
use crate::confined::{self, What};
use crate::depfiles::Inputs;
use crate::error::SourceCause;
use crate::options::SourceOptions;
use crate::sources::{Sources, files_in, has_extension, named_after};
use doverb_compile::{Progress, files, regular_file};
use doverb_core::granted_folders;
use doverb_core::snapshot::SECTION;
use serde::{Deserialize, Serialize};

mod accessors;
mod answer;
mod base;
mod compiled;
mod declared;
mod imports;
mod lacking;
mod native;
mod neighbours;
mod output;
mod packages;
mod private;
mod requirements;
mod snapshot;
mod unlisted;
mod words;

use answer::{Answer, Asked};
use base::{Base, PACKAGE};
use imports::Imports;
use lacking::Lacking;
use neighbours::Neighbours;
use packages::Packages;
use private::{Bounded, Private};
use snapshot::{Folder, Job, Outcome, Plan};

/// What a folder's file with the handler may be called; else it is the only one.
pub(super) const MAIN_FILES: [&str; 5] = ["app.py", "main.py", "handler.py", "server.py", "__main__.py"];

/// A program, alone or in a folder.
#[derive(Debug)]
pub(super) struct Program {
    /// What the user named.
    root: PathBuf,
    file: PathBuf,
    /// What the program sees as `/app`: where it is started, or else the folder of its file, or of the outermost package that this is
    /// in.
    folder: PathBuf,
    /// Where below that it is started.
    start: PathBuf,
    /// Whether it sees all that lies there, and not only its package.
    sees_all: bool,
    /// That package and those below, with dots; empty when there is none.
    package: String,
    options: SourceOptions,
    build_dir: BuildDir,
    /// The files that the last build has looked for.
    seen: BTreeSet<PathBuf>,
    /// What the author was told after the last build.
    noted: Vec<String>,
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
    let own = file.parent().unwrap_or(Path::new("/")).to_owned();
    let (mut folder, package) = Some(outermost(&file))
        .filter(|(_, package)| is_of(&file, package))
        .unwrap_or((own.clone(), String::new()));
    let mut start = if package.is_empty() { folder.clone() } else { own.clone() };
    let mut sees_all = package.is_empty();
    if let Some(started) = &options.started_in
        && started != &own
        && own.starts_with(started)
        && neighbours::may_be_seen(started)
    {
        if sees_all {
            folder.clone_from(started);
        }
        if started.starts_with(&folder) {
            start.clone_from(started);
        }
        sees_all |= started == &folder;
    }
    let start = start.strip_prefix(&folder).unwrap_or(Path::new("")).to_owned();
    let seen = BTreeSet::from([file.clone()]);
    Ok(Box::new(Program {
        root: path,
        file,
        folder,
        start,
        sees_all,
        package,
        options: options.clone(),
        build_dir,
        seen,
        noted: Vec::new(),
    }))
}

/// The folder that the outermost package of a file is in, and the packages down to the file. What a file imports from by dots is a
/// package as well, with nothing in it that says so.
fn outermost(file: &Path) -> (PathBuf, String) {
    let dots = imports::dots(&regular_file::text(file, files::MAX_BYTES).unwrap_or_default());
    let mut folder = file.parent().unwrap_or(Path::new("/"));
    let mut packages = Vec::new();
    while (packages.len() < dots || folder.join("__init__.py").is_file())
        && let (Some(name), Some(above)) =
            (folder.file_name().and_then(|name| name.to_str()), folder.parent())
        && !name.contains('.')
    {
        packages.push(name);
        folder = above;
    }
    packages.reverse();
    (folder.to_owned(), packages.join("."))
}

/// Whether a file makes use of the package that it is in. Else it is a script that happens to lie there.
fn is_of(file: &Path, package: &str) -> bool {
    let text = regular_file::text(file, files::MAX_BYTES).unwrap_or_default();
    let top = package.split('.').next().unwrap_or_default();
    let uses = |line: &str| line.trim_start().starts_with("from .") || imports::imports(line, top);
    !top.is_empty() && text.lines().any(uses)
}

/// What has come of running a program.
enum Prepared {
    Made(Made),
    /// It may need packages of its list that were left out.
    LacksOfTheList,
    Failed {
        told: String,
        failure: SourceCause,
    },
}

/// What a build has made.
struct Made {
    snapshot: Vec<u8>,
    /// What the program has imported of its packages.
    imported: Vec<String>,
    told: Told,
}

/// What a build has to tell, which is kept with the component: a later start, which need not build it, tells it too.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Told {
    notes: Vec<String>,
    asked: Option<Asked>,
}

/// Whether a component may bring all of these along.
fn fit(packed: &[files::File]) -> bool {
    let bytes: usize = packed.iter().map(|file| file.content.len()).sum();
    let folders = files::folders(packed.iter().map(|file| &*file.path));
    bytes as u64 <= files::MAX_BYTES && packed.len() <= files::MAX_FILES && folders <= files::MAX_FOLDERS
}

impl Program {
    fn plan(&self) -> Plan {
        let file = self.file.strip_prefix(&self.folder).unwrap_or(&self.file);
        Plan {
            file: file.to_string_lossy().into_owned(),
            start: self.start.to_string_lossy().into_owned(),
            package: self.package.clone(),
            wanted: self.options.class.clone(),
            arguments: self.options.arguments.clone(),
        }
    }

    /// The program with the folders that it sees: its own, or what stands for it, and those that it was granted.
    fn job(&self, private: Option<&Private>, packages: Option<PathBuf>) -> Job {
        let folder = |host: &Path, guest: &str, read_only| Folder {
            host: host.to_owned(),
            guest: guest.to_owned(),
            read_only,
        };
        let mut folders = vec![match private {
            Some(private) => folder(&private.app(), "/app", false),
            None => folder(&self.folder, "/app", true),
        }];
        folders.extend(private.map(|private| folder(&private.temporary(), "/tmp", false)));
        folders.extend(packages.map(|packages| folder(&packages, "/packages", true)));
        // One that cannot be opened is told when the handler is to be served with it.
        folders.extend(self.options.dirs.iter().filter_map(|dir| {
            let place = granted_folders::place(&dir.host).ok()?;
            Some(folder(&place, &dir.guest, dir.read_only))
        }));
        Job { folders, env: self.options.env.clone(), plan: self.plan() }
    }

    /// The files that the component brings along: those beside the program, and those that it has made when it began.
    fn neighbours(
        &self,
        own: &Neighbours,
        private: Option<&Private>,
        packages: Option<(&Path, &[String])>,
        progress: &mut dyn Progress,
    ) -> Result<Vec<u8>, SourceCause> {
        let mut packed = Vec::new();
        if own.too_many {
            progress.note(&format!(
                "{}: the files beside it are left out: there are more than {} of them, or more than {} MiB. \
                 --dir {}::/app:ro lets it read them where they lie",
                self.file.display(),
                files::MAX_FILES,
                files::MAX_BYTES >> 20,
                self.folder.display(),
            ));
        } else if let Some(private) = private.filter(|_| self.options.files) {
            let mut all = Neighbours::default();
            all.below(&private.app());
            if all.too_many {
                return Err(SourceCause::WritesTooMuch);
            }
            packed.extend(all.read(&private.app(), "app")?);
        } else if self.options.files {
            packed.extend(own.read(&self.folder, "app")?);
        }
        let most = format!(
            "{} MiB, or more than {} files, or in more than {} folders",
            files::MAX_BYTES >> 20,
            files::MAX_FILES,
            files::MAX_FOLDERS
        );
        if let Some((packages, imported)) = packages {
            let own = packed.len();
            let mut all = Neighbours::default();
            all.below(packages);
            packed.extend(all.read(packages, "packages")?);
            if all.too_many || !fit(&packed) {
                packed.truncate(own);
                let mut some = Neighbours::default();
                some.parts(packages, imported);
                packed.extend(some.read(packages, "packages")?);
                progress.note(&format!(
                    "{}: what it had not imported of its packages when it began to serve is left out: with the files beside it \
                     they are more than {most}",
                    self.file.display(),
                ));
            }
        }
        if !fit(&packed) {
            return Err(SourceCause::Refused(format!(
                "its packages and the files beside it are more than {most}. --no-files leaves the files out"
            )));
        }
        Ok(files::pack(&packed))
    }

    fn own_files(&self) -> Neighbours {
        self.own(Neighbours::without(self.written()))
    }

    /// The folders in which the program writes while it serves: nothing in them is an edit of it.
    fn written(&self) -> Vec<PathBuf> {
        let written = self.options.dirs.iter().filter(|dir| !dir.read_only);
        written.map(|dir| std::path::absolute(&dir.host).unwrap_or_else(|_| dir.host.clone())).collect()
    }

    fn own(&self, own: Neighbours) -> Neighbours {
        let mut own = own.without_files(&(self.options.written.0)());
        if self.sees_all {
            own.below(&self.folder);
        } else {
            own.right_in(&self.folder);
            own.below(&self.folder.join(self.package.split('.').next().unwrap_or_default()));
        }
        own
    }

    /// A copy of the program's folder, unless there is too much in it.
    fn private(&self) -> Result<Option<Private>, SourceCause> {
        let all = self.own_files();
        if all.too_many {
            return Ok(None);
        }
        let made = Private::new().and_then(|private| {
            all.copy(&self.folder, &private.app())?;
            Ok(private)
        });
        made.map(Some).map_err(SourceCause::Read)
    }

    /// What the component depends on.
    fn made_of(&self, base: &Base) -> String {
        let Plan { file, start, package, wanted, arguments } = self.plan();
        let options = &self.options;
        let plan = (file, start, package, wanted, arguments, &options.env, options.files, &options.dirs);
        made_of(&format!("{PACKAGE} {} {plan:?}", base.wasm.digest()), self.inputs().files)
    }

    /// Runs the program, in a child process if there is one for that.
    fn prepare(
        &mut self,
        base: &Base,
        job: &Job,
        private: Option<&Private>,
        packages: Option<&Packages>,
        progress: &mut dyn Progress,
    ) -> Result<Prepared, SourceCause> {
        let code = base.code(&self.options.compile, progress)?;
        let made = match &self.options.builder {
            Some(builder) => {
                let text =
                    serde_json::to_vec(job).map_err(|error| SourceCause::Component(error.to_string()))?;
                let folder = self.build_dir.folder();
                self.build_dir.write(&folder.join(snapshot::JOB), &text)?;
                let what = What("the program, which is run up to where it serves when it is built,");
                let arguments = [Path::new("--python"), folder];
                let mut bounded = Bounded::new(private, progress);
                let made = confined::run(builder, &arguments, code, what, &mut bounded);
                if bounded.is_full() {
                    return Err(SourceCause::WritesTooMuch);
                }
                made?
            }
            // SAFETY: it is what `native_code` gave for the base.
            None => unsafe { snapshot::alone(&code, job) },
        };
        let made =
            made.map_err(|error| SourceCause::Component(format!("it cannot be run to build it: {error}")))?;
        let (Outcome { answer, printed }, section) = snapshot::read(&made)
            .ok_or_else(|| SourceCause::Component("the process that runs it gave no answer".to_owned()))?;
        self.seen.extend(answer.files().iter().map(|file| self.folder.join(file)));
        match answer {
            Answer::Made { notes, asked, packages: imported, .. } => {
                let told = Told { notes, asked };
                Ok(Prepared::Made(Made { snapshot: section.to_vec(), imported, told }))
            }
            Answer::Several { several, .. } => Err(SourceCause::SeveralClasses(several)),
            Answer::Refused { refusal, .. } => {
                Ok(Prepared::Failed { told: printed, failure: SourceCause::Refused(refusal) })
            }
            Answer::Failed { told, .. } if packages.is_some_and(|packages| packages.may_lack(&told)) => {
                Ok(Prepared::LacksOfTheList)
            }
            Answer::Failed { failed, told, .. } => {
                if let Some(lack) = packages.and_then(|packages| packages.lacking(&told)) {
                    return Err(lack);
                }
                Ok(Prepared::Failed { told, failure: SourceCause::Build { errors: 1, first: failed } })
            }
        }
    }

    /// Tells what the author should know, once and not at every edit.
    fn note(&mut self, told: &Told, progress: &mut dyn Progress) {
        let mut notes = told.notes.clone();
        if let Some(asked) = &told.asked {
            let is_other = |port: &u16| *port != 0 && self.options.port.is_some_and(|ours| ours != *port);
            if let Some(port) = asked.port.filter(is_other) {
                notes.push(format!(
                    "the program asks for port {port}; the server listens where it was told to"
                ));
            }
            if asked.tls {
                notes.push("the program wraps its socket in TLS; only the server speaks it, once it has a certificate and its key".into());
            }
        }
        for note in notes.iter().filter(|note| !self.noted.contains(note)) {
            progress.note(&format!("{}: {note}", self.file.display()));
        }
        self.noted = notes;
    }
}

impl Sources for Program {
    fn wasm_name(&self) -> String {
        named_after(&self.file, false)
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn runtime(&self) -> Option<&str> {
        Some(PACKAGE)
    }

    fn build(&mut self, progress: &mut dyn Progress) -> Result<PathBuf, SourceCause> {
        let name = self.wasm_name();
        // The program's interpreter would wait for who writes to a pipe.
        regular_file::open(&self.file).map_err(SourceCause::Read)?;
        let _lock = self.build_dir.lock(progress)?;
        let base = base::open(&self.build_dir, self.options.shipped.as_deref(), progress)?;
        progress.step(&format!("Building {name}"));
        let component = self.build_dir.path(&name);
        let before = self.made_of(&base);
        let told_file = self.build_dir.path(&format!("{name}.told"));
        let told = fs::read(&told_file).ok().and_then(|told| serde_json::from_slice::<Told>(&told).ok());
        if let Some(told) = told.filter(|_| self.build_dir.is_fresh(&name, &before)) {
            self.note(&told, progress);
            return Ok(component);
        }
        let own = self.own_files();
        // Those in a folder that it may write in are its sources too.
        let all = self.own(Neighbours::default());
        let sources = if all.too_many { vec![self.file.clone()] } else { all.files };
        let list = declared::of(&self.file, &self.folder, progress);
        // Which of its modules a package looks for by itself nobody knows before it is in.
        let imports = (!all.too_many).then(|| Imports::of(&self.file, &sources));
        let build_dir = self.build_dir.clone();
        let mut wanted = imports.as_ref();
        let unlisted_file = self.build_dir.path(&format!("{name}.unlisted"));
        let mut unlisted = unlisted::noted(&fs::read(&unlisted_file).unwrap_or_default());
        let (made, private, folder, is_final) = loop {
            let packages =
                packages::install(&build_dir, list.as_ref(), &sources, wanted, &unlisted, progress)?;
            let private = self.private()?;
            let folder = packages.as_ref().map(|packages| packages.folder.clone());
            let job = self.job(private.as_ref(), folder.clone());
            let is_final = packages.as_ref().is_none_or(|packages| packages.is_final);
            match self.prepare(&base, &job, private.as_ref(), packages.as_ref(), progress)? {
                Prepared::Made(made) => break (made, private, folder, is_final),
                Prepared::LacksOfTheList => wanted = None,
                Prepared::Failed { told, failure } => {
                    let lacking = Lacking::of(&told, &failure, imports.as_ref());
                    let mut more = unlisted::lacking(&lacking);
                    more.retain(|package| !unlisted.contains(package));
                    if more.is_empty() {
                        if let Some(lack) = compiled::lacking(&lacking) {
                            return Err(lack);
                        }
                        progress.diagnostics(&told);
                        return Err(failure);
                    }
                    progress.note(&unlisted::told(&more));
                    unlisted.extend(more);
                }
            }
        };
        let packages_of_it = folder.as_deref().map(|folder| (folder, &*made.imported));
        let files = self.neighbours(&own, private.as_ref(), packages_of_it, progress)?;
        self.note(&made.told, progress);
        let told =
            serde_json::to_vec(&made.told).map_err(|error| SourceCause::Component(error.to_string()))?;
        self.build_dir.write(&told_file, &told)?;
        if !unlisted.is_empty() {
            self.build_dir.write(&unlisted_file, serde_json::json!(unlisted).to_string().as_bytes())?;
        }
        write(&component, &base, &made.snapshot, &files)
            .map_err(|error| SourceCause::BuildDir { path: component.clone(), reason: error.to_string() })?;
        // What it has looked for counts as well, and is known now. What another try might bring is tried for when it is built
        // again.
        if is_final {
            self.build_dir.note(&name, &self.made_of(&base))?;
        }
        Ok(component)
    }

    fn inputs(&self) -> Inputs {
        let mut inputs = Inputs::default();
        let written = self.written();
        let is_source = |file: &PathBuf| {
            has_extension(file, &["py"]) || !written.iter().any(|folder| file.starts_with(folder))
        };
        inputs.files.extend(self.seen.iter().filter(|file| is_source(file)).cloned());
        inputs.files.insert(self.file.clone());
        inputs.files.extend(declared::files(&self.file, &self.folder));
        let own = self.own_files();
        if self.options.files && !own.too_many {
            inputs.folders.extend(own.files.iter().filter_map(|file| file.parent()).map(Path::to_owned));
            inputs.files.extend(own.files);
        }
        inputs
    }
}

/// The base with what is the program's own, behind all of its code.
fn write(path: &Path, base: &Base, snapshot: &[u8], files: &[u8]) -> std::io::Result<()> {
    let fresh = path.with_extension("wasm-new");
    let mut file = fs::File::create(&fresh)?;
    file.write_all(base.wasm.bytes())?;
    for (name, content) in [(SECTION, snapshot), (files::SECTION, files)] {
        let section = wasm_encoder::CustomSection { name: name.into(), data: content.into() };
        let mut bytes = Vec::with_capacity(content.len() + 64);
        wasm_encoder::ComponentSection::append_to_component(&section, &mut bytes);
        file.write_all(&bytes)?;
    }
    drop(file);
    fs::rename(&fresh, path)
}

pub(super) use base::{shipped, tool};
pub use snapshot::in_child;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_package_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("shop/pages");
        fs::create_dir_all(&inner).unwrap();
        let file = inner.join("handler.py");
        fs::write(&file, "").unwrap();
        assert_eq!(outermost(&file), (inner.clone(), String::new()));
        fs::write(inner.join("__init__.py"), "").unwrap();
        assert_eq!(outermost(&file), (folder.path().join("shop"), "pages".to_owned()));
        fs::write(folder.path().join("shop/__init__.py"), "").unwrap();
        assert_eq!(outermost(&file), (folder.path().to_owned(), "shop.pages".to_owned()));
        for package in ["shop/pages", "shop"] {
            fs::remove_file(folder.path().join(package).join("__init__.py")).unwrap();
        }
        assert_eq!(outermost(&file), (inner.clone(), String::new()));
        fs::write(&file, "from . import words\n").unwrap();
        assert_eq!(outermost(&file), (folder.path().join("shop"), "pages".to_owned()));
        fs::write(&file, "from ..pages import words\n").unwrap();
        assert_eq!(outermost(&file), (folder.path().to_owned(), "shop.pages".to_owned()));
    }
}
