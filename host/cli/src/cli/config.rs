//! `doverb.toml`: what a server serves, and where and how.

use std::ops::Range;
use std::path::{Path, PathBuf};

use doverb::compile::regular_file;
use doverb::routes::Route;

use super::grant_report::Granted;
use super::plan::{MAX_MOUNTS, MountPlan, PlanTarget, Settings};
pub(super) use report::ConfigError;
use report::Fault;
pub(super) use server::ServerTable;
use tables::{File, MountTable};

mod granted;
mod powers;
mod report;
mod server;
mod tables;
mod values;

/// Bytes of one.
const MAX_FILE: u64 = 1 << 20;

/// What is looked for where no handler is named.
pub(super) const FILE_NAME: &str = "doverb.toml";

/// What a doverb.toml says.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) server: ServerTable,
    pub(super) mounts: Vec<MountPlan>,
    /// What each of them is granted, and by which line.
    pub(super) granted: Vec<Vec<Granted>>,
    /// What has changed and can't while the server runs, in a line.
    pub(super) held: Option<String>,
}

/// What can't change while a server runs.
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    pub(super) server: ServerTable,
    /// Bytes of an instance's memory: the engine has places of this size.
    pub(super) max_memory: usize,
}

impl Config {
    /// Reads it. `settings` are those of mounts where the file says nothing; paths are relative to the file. What is `fixed` stays
    /// as it was when the server began.
    pub(super) fn read(
        path: &Path,
        settings: &Settings,
        fixed: Option<&Fixed>,
    ) -> Result<Config, ConfigError> {
        let text = regular_file::text(path, MAX_FILE)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Config::of(&text, path, settings, fixed)
    }

    /// The same of what stands in the file.
    pub(super) fn of(
        text: &str,
        path: &Path,
        settings: &Settings,
        fixed: Option<&Fixed>,
    ) -> Result<Config, ConfigError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let shown = |fault: Fault| ConfigError::Wrong(fault.render(path, text));
        let file: File = toml::from_str(text).map_err(|error| shown(Fault::of_toml(&error)))?;
        file.check_numbers().map_err(shown)?;
        let granted = file.granted(text);
        let config = file.config(folder, settings, fixed).map_err(shown)?;
        Ok(Config { granted, ..config })
    }
}

impl File {
    /// That there are not more mounts, and not more grants of one, than a server is made for.
    fn check_numbers(&self) -> Result<(), Fault> {
        if let Some(first) = self.mount.get(MAX_MOUNTS) {
            return Err(Fault::at(
                first.span(),
                format!("more than {MAX_MOUNTS} mounts"),
                "this is one more",
            ));
        }
        self.defaults.iter().try_for_each(|defaults| defaults.check_numbers())?;
        self.mount.iter().try_for_each(|mount| mount.get_ref().check_numbers())
    }

    fn granted(&self, text: &str) -> Vec<Vec<Granted>> {
        let of_all = || self.defaults.as_ref().map(|defaults| defaults.grants()).unwrap_or_default();
        let lines = granted::Lines::new(text);
        self.mount.iter().map(|mount| granted::shown(of_all(), mount.get_ref().grants(), &lines)).collect()
    }

    fn config(self, folder: &Path, settings: &Settings, fixed: Option<&Fixed>) -> Result<Config, Fault> {
        let mut server = self.server.unwrap_or_default().beside(folder);
        server.check()?;
        let held = fixed.and_then(|fixed| server.hold(&fixed.server));
        let mut settings = settings.clone();
        settings.limits = server.apply_to_mounts(settings.limits);
        if let Some(defaults) = &self.defaults {
            defaults.apply(&mut settings, folder)?;
        }
        let mut mounts: Vec<(MountPlan, Range<usize>)> = Vec::new();
        for mount in &self.mount {
            let (plan, span) = mount.get_ref().plan(&settings, folder, fixed)?;
            if let Some((_, first)) = mounts.iter().find(|(other, _)| other.route == plan.route) {
                let fault = Fault::at(span, format!("two mounts at {}", plan.route), "and here");
                return Err(fault.and(first.clone(), "it is here"));
            }
            mounts.push((plan, span));
        }
        if mounts.is_empty() {
            let text = "there is no [[mount]], so that nothing would be served";
            return Err(Fault::at(
                0..0,
                text,
                "a mount has at least: [[mount]], path = \"/\", handler = \"FILE\"",
            ));
        }
        let mounts = mounts.into_iter().map(|(plan, _)| plan).collect();
        Ok(Config { server, mounts, granted: Vec::new(), held })
    }
}

impl MountTable {
    fn plan(
        &self,
        settings: &Settings,
        folder: &Path,
        fixed: Option<&Fixed>,
    ) -> Result<(MountPlan, Range<usize>), Fault> {
        let mut settings = settings.clone();
        self.apply(&mut settings, folder)?;
        settings.name = self.name.clone();
        let at_path = |error: doverb::routes::RouteError| Fault::at(self.path.span(), error.to_string(), "");
        let mut route = Route::new(self.path.get_ref()).map_err(at_path)?;
        if let Some(host) = &self.host {
            let at_host = |error: doverb::routes::RouteError| Fault::at(host.span(), error.to_string(), "");
            route = route.for_host(host.get_ref()).map_err(at_host)?;
        }
        let handler = beside(folder, self.handler.get_ref());
        // While it runs a handler that is not there may come, and is waited for as one that can't be loaded.
        if fixed.is_none() && !handler.exists() {
            let text = format!("there is no file or folder {}", handler.display());
            return Err(Fault::at(self.handler.span(), text, "paths are relative to this file"));
        }
        if let (Some(fixed), Some(memory)) = (fixed, &self.max_memory)
            && settings.limits.max_memory > fixed.max_memory
        {
            let text = "more memory of an instance than any mount had when the server began";
            return Err(Fault::at(memory.span(), text, "this takes a restart"));
        }
        Ok((MountPlan { target: PlanTarget::of(&handler, &route), route, settings }, self.path.span()))
    }
}

/// A path of the file's.
fn beside(folder: &Path, path: &str) -> PathBuf {
    // As it was written, where that is the same.
    if folder.as_os_str().is_empty() { path.into() } else { folder.join(path) }
}
