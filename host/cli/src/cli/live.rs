//! The mounts of a server that runs, and how they become those of another plan.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use doverb::compile::Progress;
use doverb::granted_folders;
use doverb::mount::Mount;
use doverb::reload::{Reload, Watcher};
use doverb::routes::{Route, Target};
use doverb::server::development::PATH;
use doverb::server::{MountOptions, Mounts};
use doverb::slot::Slot;

use super::failure::Failure;
use super::loader::{self, LoadError, Loaded, Loader};
use super::plan::MountPlan;
use super::watchers::Watchers;

/// What is mounted, and what it was made from.
pub(super) struct Live {
    loader: Loader,
    watchers: Watchers,
    /// Whether handlers are looked at only when somebody asks.
    is_asleep: bool,
    mounts: Option<Mounts>,
    all: Vec<Entry>,
    /// What pages listen to, where somebody develops.
    pages: Option<Mount>,
}

struct Entry {
    plan: MountPlan,
    slot: Arc<Slot>,
    mount: Option<Mount>,
    /// Until it is watched.
    reload: Option<Reload>,
    watcher: Option<Arc<Watcher>>,
}

/// Whether a plan is taken over as far as it goes, or whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    AsFarAsItGoes,
    WholeOrNotAtAll,
}

/// What has come of a plan.
#[derive(Default)]
pub(super) struct Taken {
    /// Lines for the log.
    pub(super) news: Vec<String>,
    /// What could not be loaded.
    pub(super) failed: Vec<(MountPlan, LoadError)>,
    /// What was not tried, as it would fail again.
    pub(super) spared: Vec<MountPlan>,
    /// Why nothing of it was taken over, though all could be loaded.
    pub(super) refused: Option<String>,
}

impl Live {
    pub(super) fn new(loader: Loader, watchers: Watchers, is_asleep: bool) -> Live {
        Live { loader, watchers, is_asleep, mounts: None, all: Vec::new(), pages: None }
    }

    /// Loads what a server begins with, and gives back what can't be loaded, by a policy that lets the rest go on without it.
    ///
    /// # Errors
    ///
    /// When something can't be loaded and all of it is wanted, or when nothing is left.
    pub(super) fn load(
        &mut self,
        plans: &[MountPlan],
        policy: Policy,
        progress: &mut dyn Progress,
    ) -> Result<Vec<(MountPlan, LoadError)>, LoadError> {
        note_folders(plans);
        let mut failed = Vec::new();
        for plan in plans {
            match self.loader.load(plan, progress) {
                Ok(Loaded { slot, reload }) => {
                    let plan = plan.clone();
                    self.all.push(Entry { plan, slot, mount: None, reload, watcher: None });
                }
                Err(error) if policy == Policy::WholeOrNotAtAll || progress.cancelled() => return Err(error),
                Err(error) => failed.push((plan.clone(), error)),
            }
        }
        if self.all.is_empty() && !failed.is_empty() {
            return Err(failed.swap_remove(0).1);
        }
        Ok(failed)
    }

    /// Mounts what is loaded.
    pub(super) fn mount_at(&mut self, mounts: &Mounts) {
        self.mounts = Some(mounts.clone());
        self.route();
    }

    /// Watches what is mounted, each handler in a thread of its own.
    pub(super) fn watch(&mut self) -> Result<(), Failure> {
        for entry in &mut self.all {
            let watcher = match entry.reload.take() {
                Some(reload) if self.is_asleep => Watcher::spawn_asleep(reload),
                Some(reload) => Watcher::spawn(reload),
                None if entry.watcher.is_some() => continue,
                None => match self.loader.served_files(&entry.plan) {
                    Some(files) => Watcher::of(files, self.loader.log.clone(), self.is_asleep),
                    None => continue,
                },
            };
            let watcher = Arc::new(watcher.map_err(|error| Failure::Failed(error.to_string()))?);
            self.watchers.add(&watcher);
            entry.watcher = Some(watcher);
        }
        Ok(())
    }

    /// The plans of what is mounted.
    pub(super) fn plans(&self) -> impl Iterator<Item = &MountPlan> {
        self.all.iter().map(|entry| &entry.plan)
    }

    /// Goes over to another plan: what is the same stays, the rest is loaded beside what serves and then takes its place in one
    /// step. What serves at a place for which something can't be loaded stays there; what comes of one of the `hopeless` paths
    /// is not tried. When all is loaded `last` may still refuse the plan, or have news of its own.
    pub(super) fn take(
        &mut self,
        plans: &[MountPlan],
        policy: Policy,
        hopeless: &BTreeSet<PathBuf>,
        last: &mut dyn FnMut() -> Result<Vec<String>, String>,
        progress: &mut dyn Progress,
    ) -> Taken {
        note_folders(plans);
        let mut taken = Taken::default();
        let mut fresh = Vec::new();
        for plan in plans.iter().filter(|plan| self.plans().all(|other| other != *plan)) {
            if hopeless.contains(plan.target.path()) {
                taken.spared.push(plan.clone());
                continue;
            }
            match self.loader.load(plan, progress) {
                Ok(loaded) => fresh.push((plan.clone(), loaded)),
                Err(error) => taken.failed.push((plan.clone(), error)),
            }
            if progress.cancelled() || (policy == Policy::WholeOrNotAtAll && !taken.failed.is_empty()) {
                return taken;
            }
        }
        match last() {
            Ok(news) => taken.news = news,
            Err(why) => {
                taken.refused = Some(why);
                return taken;
            }
        }
        let was_there =
            |plan: &MountPlan, all: &[Entry]| all.iter().any(|entry| entry.plan.route == plan.route);
        for (plan, _) in &fresh {
            let again = if was_there(plan, &self.all) { " anew" } else { "" };
            taken.news.push(format!("mounted {}{again}", plan.shown()));
        }
        let failed = || taken.failed.iter().map(|(plan, _)| plan).chain(&taken.spared);
        let has_failed = |entry: &Entry| failed().any(|plan| plan.route == entry.plan.route);
        let stays = |entry: &Entry| plans.contains(&entry.plan) || has_failed(entry);
        let (stay, go): (Vec<_>, Vec<_>) = std::mem::take(&mut self.all).into_iter().partition(stays);
        self.all = stay;
        for (plan, Loaded { slot, reload }) in fresh {
            self.all.push(Entry { plan, slot, mount: None, reload, watcher: None });
        }
        self.route();
        for entry in &go {
            if !was_there(&entry.plan, &self.all) {
                taken.news.push(format!("unmounted {}", entry.plan.shown()));
            }
            entry.watcher.iter().for_each(|watcher| self.watchers.remove(watcher));
        }
        if let Err(Failure::Failed(why)) = self.watch() {
            taken.news.push(why);
        }
        // Their threads end here, when nobody waits for it.
        drop(go);
        taken
    }

    fn route(&mut self) {
        let Some(mounts) = &self.mounts else { return };
        for entry in &mut self.all {
            let mount = || loader::mount(&entry.plan, Arc::clone(&entry.slot), mounts);
            if entry.mount.is_none() {
                entry.mount = Some(mount());
            }
        }
        let of_pages = self.loader.development.as_ref().and_then(|development| {
            let route = Route::new(PATH).ok()?;
            let mount = self.pages.get_or_insert_with(|| {
                mounts.mount(Slot::new(development.handler()), MountOptions::default())
            });
            Some((route, Target::Handler(mount.clone())))
        });
        mounts.swap(
            self.all
                .iter()
                .filter_map(|entry| Some((entry.plan.route.clone(), Target::Handler(entry.mount.clone()?))))
                .chain(of_pages),
        );
    }
}
/// Has no link followed that one of these could make where another's folder lies, whichever is loaded first.
fn note_folders(plans: &[MountPlan]) {
    for plan in plans {
        granted_folders::note(&plan.settings.dirs);
    }
}
