//! Where the plan of a server comes from, and the look at it when it has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{self, Path, PathBuf};
use std::time::Instant;

use doverb::compile::Progress;
use doverb::log::Log;
use doverb::reload::{Retry, Subject};
use doverb::routes::Route;
use doverb::source::{HandlerFolder, InFolder, SourceError, Stamp, place_of};

use super::config::{Config, ConfigError, Fixed, ServerTable};
use super::live::{Live, Policy, Taken};
use super::plan::{MAX_MOUNTS, MountPlan, PlanTarget, Settings};
use super::server_plan::Whole;

/// What is to be served, as the user has said it.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Each handler by its name.
    Arguments(Vec<(Route, PathBuf)>),
    /// All handlers of a folder.
    Folder(PathBuf),
    /// What a doverb.toml says, and what of it can't change any more.
    File { path: PathBuf, fixed: Option<Box<Fixed>> },
}

/// What is to be served.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) mounts: Vec<MountPlan>,
    /// What a file says of the server, which is nothing elsewhere.
    server: ServerTable,
    /// What of that has changed and can't, in a line.
    held: Option<String>,
}

impl Plan {
    fn of(mounts: Vec<MountPlan>) -> Plan {
        Plan { mounts, ..Plan::default() }
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanError {
    #[error(transparent)]
    Folder(#[from] SourceError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(
        "{}: it would be {found} mounts, and a server has {MAX_MOUNTS} at most. Put plain files into a folder of their own",
        path.display()
    )]
    TooMany { path: PathBuf, found: usize },
}

impl PlanError {
    /// Whether it may be gone later though nobody changes anything: a disk failed once.
    fn may_pass(&self) -> bool {
        match self {
            PlanError::Folder(error) => error.cause.may_pass(),
            PlanError::Config(error) => error.may_pass(),
            PlanError::TooMany { .. } => false,
        }
    }
}

impl Origin {
    /// Whether it is one handler, which the command line names.
    pub(super) fn is_one(&self) -> bool {
        matches!(self, Origin::Arguments(all) if all.len() == 1)
    }

    /// The doverb.toml that says it, if one does.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Origin::File { path, .. } => Some(path),
            Origin::Arguments(_) | Origin::Folder(_) => None,
        }
    }

    /// What is to be served now.
    pub(super) fn plan(&self, settings: &Settings) -> Result<Plan, PlanError> {
        let of = |route, target| MountPlan { route, target, settings: settings.clone() };
        match self {
            Origin::Arguments(all) => {
                let plan = |(route, path): &(Route, PathBuf)| of(route.clone(), PlanTarget::of(path, route));
                Ok(Plan::of(all.iter().map(plan).collect()))
            }
            Origin::Folder(folder) => {
                let found = HandlerFolder::of(folder)?;
                let route = |path: &str| Route::new(path).ok();
                let plan = |it: &InFolder| {
                    let mut plan = of(route(&it.path)?, PlanTarget::Handler(it.source.clone()));
                    // What lies beside it is other handlers', and no part of it.
                    plan.settings.source.files &= it.source.is_dir();
                    Some(plan)
                };
                let mut plans: Vec<_> = found.handlers.iter().filter_map(plan).collect();
                let names: Vec<_> =
                    found.others.iter().filter_map(|path| path.file_name()).map(ToOwned::to_owned).collect();
                let files = |route: Route, only: BTreeSet<OsString>| {
                    let folder = folder.clone();
                    of(route, PlanTarget::Files { folder, only: Some(only), below: "/".into() })
                };
                if found.handlers.iter().all(|handler| handler.path != "/") {
                    plans.extend(
                        (!names.is_empty()).then(|| files(Route::root(), names.into_iter().collect())),
                    );
                } else {
                    // Beside a handler for all paths each has a path of its own.
                    let places = names.into_iter().filter_map(|name| Some((route(&place_of(&name))?, name)));
                    plans.extend(places.map(|(route, name)| files(route, BTreeSet::from([name]))));
                }
                match plans.len() {
                    found if found > MAX_MOUNTS => Err(PlanError::TooMany { path: folder.clone(), found }),
                    _ => Ok(Plan::of(plans)),
                }
            }
            Origin::File { path, fixed } => {
                let Config { mounts, server, held, .. } = Config::read(path, settings, fixed.as_deref())?;
                Ok(Plan { mounts, server, held })
            }
        }
    }

    /// What becomes of a plan when some of it can't be loaded.
    pub(super) fn policy(&self) -> Policy {
        match self {
            Origin::File { .. } | Origin::Arguments(_) => Policy::WholeOrNotAtAll,
            Origin::Folder(_) => Policy::AsFarAsItGoes,
        }
    }

    /// What it is read from.
    fn inputs(&self) -> BTreeSet<PathBuf> {
        match self {
            Origin::Arguments(_) => BTreeSet::new(),
            Origin::Folder(folder) => {
                let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
                entries.map(|entry| entry.path()).chain([folder.clone()]).collect()
            }
            Origin::File { path, .. } => BTreeSet::from([path.clone()]),
        }
    }
}

/// The plan of a server that runs.
pub(super) struct Arrangement {
    origin: Origin,
    settings: Settings,
    live: Live,
    whole: Whole,
    log: Log,
    seen: Option<Stamp>,
    /// What could not be loaded when it was last looked at, as it was then: a change there may mend it.
    failed: BTreeMap<PathBuf, Stamp>,
    /// What was last said of what can't change.
    held: Option<String>,
    retry: Retry,
}

impl Arrangement {
    pub(super) fn new(origin: Origin, settings: Settings, live: Live, whole: Whole, log: Log) -> Arrangement {
        let (failed, retry) = (BTreeMap::new(), Retry::default());
        Arrangement { origin, settings, live, whole, log, seen: None, failed, held: None, retry }
    }

    /// Whether it can become another one: the command line stays as it is.
    pub(super) fn changes(&self) -> bool {
        !matches!(self.origin, Origin::Arguments(_))
    }

    /// With what could not be loaded when the server began, as it was before.
    pub(super) fn without(mut self, failed: BTreeMap<PathBuf, Stamp>) -> Arrangement {
        self.failed = failed;
        self
    }

    /// Whether there is something to tell.
    fn take(&mut self, plan: &Plan, hopeless: &BTreeSet<PathBuf>, progress: &mut dyn Progress) -> bool {
        let (began, name) = (Instant::now(), self.name());
        let is_live = |plan: &&MountPlan| self.live.plans().any(|live| live == *plan);
        let stamps = stamps(plan.mounts.iter().filter(|plan| !is_live(plan)));
        let (policy, whole) = (self.origin.policy(), &mut self.whole);
        let mut last = || whole.take(&plan.server);
        let taken = self.live.take(&plan.mounts, policy, hopeless, &mut last, progress);
        if progress.cancelled() {
            return true;
        }
        let passing = taken.failed.iter().filter(|(_, error)| error.may_pass());
        let passing = passing.map(|(plan, error)| format!("{}: {}\n", plan.shown(), error.cause()));
        let passing: String = passing.collect();
        let is_told = self.retry.tried((!passing.is_empty()).then_some(&passing), began.elapsed());
        self.say_what_failed(&taken, stamps, is_told);
        for line in &taken.news {
            self.log.message(format_args!("{line}"));
        }
        if !taken.news.is_empty() {
            let seconds = began.elapsed().as_secs_f64();
            self.log.message(format_args!("reloaded {name} in {seconds:.1} s"));
        }
        let is_held = plan.held != self.held;
        if is_held && let Some(held) = &plan.held {
            self.log.message(format_args!("{name}: {held}"));
        }
        self.held.clone_from(&plan.held);
        let has_failed = !taken.failed.is_empty() || taken.refused.is_some();
        !taken.news.is_empty() || (has_failed && is_told) || is_held
    }

    fn say_what_failed(&mut self, taken: &Taken, mut stamps: BTreeMap<PathBuf, Stamp>, is_told: bool) {
        let name = self.name();
        if let Some(why) = &taken.refused
            && is_told
        {
            self.log.message(format_args!("{name}: {why}; {name} goes on as it was before"));
        }
        for plan in &taken.spared {
            let path = plan.target.path();
            self.failed.extend(stamps.remove_entry(path));
        }
        for (plan, error) in &taken.failed {
            let path = plan.target.path();
            self.failed.extend(stamps.remove_entry(path));
            if !is_told {
                continue;
            }
            let what = match self.origin.policy() {
                Policy::WholeOrNotAtAll => format!("{name} goes on as it was before"),
                Policy::AsFarAsItGoes if self.live.plans().any(|other| other.route == plan.route) => {
                    "what was there goes on serving".into()
                }
                Policy::AsFarAsItGoes => "it is not served".into(),
            };
            self.log.message(format_args!("{}: {}; {what}", plan.shown(), error.cause()));
        }
    }
}

impl Subject for Arrangement {
    fn name(&self) -> String {
        match &self.origin {
            Origin::Arguments(_) => "the command line".into(),
            Origin::Folder(path) | Origin::File { path, .. } => path.display().to_string(),
        }
    }

    fn stamp(&self) -> Stamp {
        let failed = self.failed.keys().flat_map(|path| deep(path));
        Stamp::take(self.origin.inputs().into_iter().chain(failed).collect())
    }

    fn has_changed(&self) -> bool {
        self.retry.is_due()
            || self.seen.as_ref() != Some(&Stamp::take(self.origin.inputs()))
            || self.failed.iter().any(|(path, stamp)| deep_stamp(path) != *stamp)
    }

    fn watched(&self) -> BTreeSet<PathBuf> {
        let absolute = |path: &Path| path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let own = match &self.origin {
            Origin::Arguments(_) => None,
            Origin::Folder(folder) => Some(absolute(folder)),
            Origin::File { path, .. } => absolute(path).parent().map(Path::to_owned),
        };
        let above = own.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect::<Vec<_>>();
        let failed = self.failed.keys().map(|path| absolute(path));
        let failed = failed.flat_map(|path| match path.is_dir() {
            true => vec![path.join("src"), path],
            false => path.parent().map(Path::to_owned).into_iter().collect(),
        });
        own.into_iter().chain(above).chain(failed).collect()
    }

    fn look(&mut self, was_asked: bool, progress: &mut dyn Progress) {
        if was_asked {
            self.retry.hasten();
        }
        let (began, is_due) = (Instant::now(), self.retry.is_due());
        // Before anything is read, so that what changes after that is seen by the next look.
        self.seen = Some(Stamp::take(self.origin.inputs()));
        let mut failed = std::mem::take(&mut self.failed);
        // What has failed fails again, unless it has changed; what is wanted as a whole is tried as a whole.
        failed.retain(|path, stamp| deep_stamp(path) == *stamp);
        let is_tried = was_asked || is_due || self.origin.policy() == Policy::WholeOrNotAtAll;
        let hopeless = if is_tried { BTreeSet::new() } else { failed.into_keys().collect() };
        let has_news = match self.origin.plan(&self.settings) {
            Ok(plan) => self.take(&plan, &hopeless, progress),
            Err(error) => {
                let (name, why) = (self.name(), error.to_string());
                let is_told = self.retry.tried(error.may_pass().then_some(&why), began.elapsed());
                if is_told {
                    why.lines().for_each(|line| self.log.message(format_args!("{line}")));
                    self.log.message(format_args!("{name}: it is refused, and all goes on as it was before"));
                }
                is_told
            }
        };
        if was_asked && !has_news {
            self.log.message(format_args!("{}: nothing has changed", self.name()));
        }
    }
}

/// What to look at of a source that can't be loaded: what is in its folder and right below is enough to see that somebody works
/// on it. What builds write there is not looked at.
fn deep(path: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let all = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let is_own = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            !name.starts_with(b".") && !matches!(name, b"target" | b"node_modules" | b"__pycache__")
        };
        all.map(|entry| entry.path()).filter(is_own).collect::<Vec<_>>()
    };
    let below = entries(path).into_iter().flat_map(|path| entries(&path).into_iter().chain([path]));
    below.chain([path.to_owned()]).collect()
}

/// What plans are made of, as it is now.
pub(super) fn stamps<'a>(plans: impl Iterator<Item = &'a MountPlan>) -> BTreeMap<PathBuf, Stamp> {
    let path = |plan: &MountPlan| plan.target.path().to_owned();
    plans.map(path).map(|path| (path.clone(), deep_stamp(&path))).collect()
}

fn deep_stamp(path: &Path) -> Stamp {
    Stamp::take(deep(path).into_iter().collect())
}
