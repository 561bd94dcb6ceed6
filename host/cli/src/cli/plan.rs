//! What is to be served: which handler at which place, and under which terms.

use std::path::PathBuf;

use doverb::attributes::Protocol;
use doverb::handler::DirGrant;
use doverb::isolation::Isolation;
use doverb::limits::Limits;
use doverb::routes::Route;

use super::source_args::SourceChoice;

/// One mount as it is to be. Two that are equal need no change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MountPlan {
    pub(super) route: Route,
    pub(super) target: PlanTarget,
    pub(super) settings: Settings,
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PlanTarget {
    /// A component, or a source file or folder of one.
    Handler(PathBuf),
}

/// Under which terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// What the log calls it, where that is not its file's name.
    pub(super) name: Option<String>,
    pub(super) isolation: Isolation,
    pub(super) workers: Option<u16>,
    pub(super) protocol: Protocol,
    pub(super) limits: Limits,
    pub(super) max_requests: Option<u32>,
    pub(super) dirs: Vec<DirGrant>,
    pub(super) env: Vec<(String, String)>,
    pub(super) source: SourceChoice,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            name: None,
            isolation: Isolation::default(),
            workers: None,
            protocol: Protocol::default(),
            limits: Limits::default(),
            max_requests: None,
            dirs: Vec::new(),
            env: Vec::new(),
            source: SourceChoice::default(),
        }
    }
}

impl MountPlan {
    /// Its place and what is there, for people: `/shop/ (shop.py)`.
    pub(super) fn shown(&self) -> String {
        let PlanTarget::Handler(path) = &self.target;
        format!("{} ({})", self.route, path.file_name().unwrap_or(path.as_os_str()).display())
    }
}
