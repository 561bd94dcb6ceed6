//! From a plan to a handler that can be served, and what it takes to load its next version.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use doverb::compile::{CompileError, CompileOptions, Progress, Turn, Wasm};
use doverb::engine::Engine;
use doverb::granted_folders;
use doverb::handler::{Handler, HandlerError, HandlerOptions};
use doverb::log::Log;
use doverb::mount::Mount;
use doverb::reload::{Attendant, Hearing, News, Reload};
use doverb::server::development::Development;
use doverb::server::static_files::StaticFiles;
use doverb::server::{MountOptions, Mounts};
use doverb::slot::Slot;
use doverb::source::{Source, SourceError};
use doverb::terms::Terms;
use doverb_keyvalue::{Stores, Whereabouts};

use super::failure::Failure;
use super::kept_back::KeptBack;
use super::plan::{MountPlan, PlanTarget};
use super::powers::Powers;
use super::served_files::ServedFiles;
use super::signals::Signals;

/// Loads handlers for one server.
pub(super) struct Loader {
    pub(super) engine: Engine,
    pub(super) compile: CompileOptions,
    pub(super) log: Log,
    /// Where the server listens, as programs are told that ask for a port.
    pub(super) port: u16,
    /// Whether somebody looks at the log, and wants to know when a build begins.
    pub(super) is_watched: bool,
    /// Who shows him.
    pub(super) attendant: Option<Attendant>,
    /// What tells the pages in browsers, where somebody develops.
    pub(super) development: Option<Development>,
    /// Whether there are others, so that the log must tell them apart.
    pub(super) is_one_of_many: bool,
    /// Whether somebody else sees to a handler whose file or folder vanishes.
    pub(super) may_vanish: bool,
    /// Where handlers' values are kept.
    pub(super) stores: Stores,
    /// What no client reads where it lies among files that are served.
    pub(super) kept_back: KeptBack,
}

/// The files that this server writes while it serves: its log, where that was led into a file, and its stores. Those of the handler
/// itself count from the beginning, those of others from when they are open.
fn written(powers: &Powers, stores: &Stores) -> impl Fn() -> Vec<PathBuf> + Send + Sync + use<> {
    let own = powers.stores.iter().filter_map(|(_, place)| match place.whereabouts() {
        Whereabouts::File(path) => Some(path.clone()),
        _ => None,
    });
    // What they are stays as it is: where they are no files, nobody need look at them again.
    let streams = ["/dev/stdout", "/dev/stderr"].map(PathBuf::from).into_iter().filter(|path| path.is_file());
    let own: Vec<PathBuf> = own.chain(streams).collect();
    let stores = stores.clone();
    move || [own.clone(), stores.files()].concat()
}

/// A handler, and what it takes to load its next version.
pub(super) struct Loaded {
    pub(super) slot: Arc<Slot>,
    /// None of files, which are what they are at each request.
    pub(super) reload: Option<Reload>,
}

/// Why a handler can't be loaded.
pub(super) enum LoadError {
    Source(SourceError),
    Compile(CompileError),
    Handler(String, HandlerError),
    Other(Failure),
}

impl LoadError {
    /// For who waits for the server to begin.
    pub(super) fn failure(self, signals: &Signals) -> Failure {
        match self {
            LoadError::Source(error) => Failure::source(error, signals),
            LoadError::Compile(error) => Failure::compile(error, signals),
            LoadError::Handler(name, error) => Failure::handler(&name, &error),
            LoadError::Other(failure) => failure,
        }
    }

    /// Whether it may be gone later though nobody changes the handler.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            LoadError::Source(error) => error.cause.may_pass(),
            LoadError::Compile(error) => error.cause.may_pass(),
            LoadError::Handler(..) | LoadError::Other(_) => false,
        }
    }

    /// For the log of one that serves: the cause, without the compiler's words, which nobody may have seen.
    pub(super) fn cause(&self) -> String {
        match self {
            LoadError::Source(error) => error.cause.summary(),
            LoadError::Compile(error) => error.cause.to_string(),
            LoadError::Handler(_, error) => error.to_string(),
            LoadError::Other(Failure::Failed(text) | Failure::Usage(text) | Failure::Told(text)) => {
                text.clone()
            }
            LoadError::Other(Failure::Interrupted(_)) => "interrupted".into(),
        }
    }
}

impl From<Failure> for LoadError {
    fn from(failure: Failure) -> LoadError {
        LoadError::Other(failure)
    }
}

impl Loader {
    /// Builds a source, compiles it and checks that it can be served.
    pub(super) fn load(&self, plan: &MountPlan, progress: &mut dyn Progress) -> Result<Loaded, LoadError> {
        let own = written(&plan.settings.powers, &self.stores);
        self.kept_back.add(plan.settings.powers.secret_files().map(Path::to_owned).chain(own()));
        let path = match &plan.target {
            PlanTarget::Handler(path) => path,
            PlanTarget::Files { folder, only, below } => {
                let (stores, noted) = (self.stores.clone(), self.kept_back.clone());
                let kept_back = move || [stores.files(), noted.files()].concat();
                return files(folder, only.clone(), below, kept_back).map_err(|error| {
                    LoadError::Other(Failure::failed(
                        folder.display(),
                        format!("it can't be served: {error}"),
                    ))
                });
            }
        };
        let settings = &plan.settings;
        let options = settings
            .source
            .options(&self.compile)?
            .env(settings.env.clone())
            .dirs(settings.dirs.clone())
            .port(self.port)
            .written(own);
        let mut source = Source::open_with(path, &options, progress).map_err(LoadError::Source)?;
        let seen = source.fingerprint();
        let built = source.build(progress).map_err(LoadError::Source)?;
        let _turn = Turn::to_read(&built, progress)
            .map_err(|cause| LoadError::Compile(CompileError { path: built.clone(), cause }))?;
        let wasm = Wasm::read(&built).map_err(LoadError::Compile)?.of_runtime(source.runtime());
        let component = wasm.compile(&self.engine, &self.compile, progress).map_err(LoadError::Compile)?;
        let file = source.name();
        let name = settings
            .name
            .clone()
            .unwrap_or_else(|| Path::new(&file).file_stem().unwrap_or_default().display().to_string());
        let mut options = HandlerOptions::new(name);
        for dir in &settings.dirs {
            options = options.with_dir(dir.clone());
        }
        for (name, value) in &settings.env {
            options = options.with_env(name, value);
        }
        if let Some(bytes) = settings.scratch {
            options = options.with_scratch(bytes);
        }
        options = settings.http.grant(options);
        options = settings.powers.grant(options, &plan.route.to_string(), &self.stores)?;
        let handler = Handler::new(&self.engine, &component, options.clone())
            .map_err(|error| LoadError::Handler(path.display().to_string(), error))?
            .with_size(wasm.bytes().len());
        let slot = Slot::new(handler);
        let reload = Reload::new(source, seen, wasm.digest(), self.engine.clone(), Arc::clone(&slot));
        let mut reload = reload.handler(options).compile(self.compile.clone()).log(self.log.clone());
        if self.is_watched {
            reload = reload.watched();
        }
        if let Some(attendant) = &self.attendant {
            reload = reload.attended(Arc::clone(attendant));
        }
        if let Some(development) = &self.development {
            reload = reload.hearing(hearing(development.clone()));
        }
        if self.is_one_of_many {
            reload = reload.named(plan.shown());
        } else if let Some(name) = path.file_name() {
            // As its author knows it, whatever its component is called.
            reload = reload.named(name.display().to_string());
        }
        if self.may_vanish {
            reload = reload.may_vanish();
        }
        Ok(Loaded { slot, reload: Some(reload) })
    }

    /// What is to be watched of files, which are what they are at each request: pages, where somebody develops.
    pub(super) fn served_files(&self, plan: &MountPlan) -> Option<ServedFiles> {
        self.development.as_ref().and_then(|development| ServedFiles::of(&plan.target, development))
    }
}

/// What pages are told of a build.
fn hearing(development: Development) -> Hearing {
    Arc::new(move |news| match news {
        News::Reloaded => development.changed(),
        News::Mended => development.mended(),
        News::Refused(why) => development.failed(why),
        _ => {}
    })
}

fn files(
    folder: &Path,
    only: Option<BTreeSet<OsString>>,
    below: &str,
    kept_back: impl Fn() -> Vec<PathBuf> + Send + Sync + 'static,
) -> io::Result<Loaded> {
    let whole = granted_folders::place(folder)?;
    let name = whole.file_name().unwrap_or(whole.as_os_str()).display().to_string();
    let mut files = StaticFiles::new(&whole)?.below(below).without(kept_back);
    if let Some(only) = only {
        files = files.only(only);
    }
    Ok(Loaded { slot: Slot::new(files.handler(&name)), reload: None })
}

/// Mounts a handler as its plan says.
pub(super) fn mount(plan: &MountPlan, slot: Arc<Slot>, mounts: &Mounts) -> Mount {
    let settings = &plan.settings;
    let mut terms = Terms::new(settings.limits.clone())
        .with_path(plan.route.path())
        .with_name(&plan.route.to_string())
        .with_protocol(settings.protocol);
    if let Some(count) = settings.max_requests {
        terms = terms.with_max_requests(usize::try_from(count).unwrap_or(usize::MAX));
    }
    if let Some(access) = &settings.access {
        terms = terms.with_access(access.clone());
    }
    // They were tried when they were read.
    let terms = settings.attributes.apply(terms.clone()).unwrap_or(terms);
    let workers = settings.workers.map(usize::from);
    mounts.mount(slot, MountOptions { isolation: settings.isolation, workers, terms: Some(terms) })
}
