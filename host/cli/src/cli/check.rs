//! `doverb check`: whether a doverb.toml can be served.

use std::path::PathBuf;

use clap::Args;

use super::config::Config;
use super::failure::Failure;
use super::plan::Settings;

const AFTER_HELP: &str = "\
Says what the file would serve where. What is wrong with it is shown with its line, and the exit status is 1. Handlers are not \
built; `doverb build` does that.

Example:
  doverb check doverb.toml";

/// Check a doverb.toml.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Check {
    /// The file.
    #[arg(default_value = super::config::FILE_NAME)]
    file: PathBuf,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.file.extension().is_none_or(|extension| extension != "toml") {
            let hint = "it is no .toml file. A handler is checked by doverb build";
            return Err(Failure::failed(self.file.display(), hint));
        }
        let config = Config::read(&self.file, &Settings::default(), None);
        let config = config.map_err(|error| Failure::config(&error))?;
        let count = config.mounts.len();
        super::print(&format!(
            "{}: good, {count} mount{}",
            self.file.display(),
            if count == 1 { "" } else { "s" }
        ));
        let width = config.mounts.iter().map(|plan| plan.route.to_string().len()).max().unwrap_or(0);
        for plan in &config.mounts {
            let path = plan.target.path();
            super::print(&format!("  {:width$}  {}", plan.route.to_string(), path.display()));
        }
        Ok(())
    }
}
