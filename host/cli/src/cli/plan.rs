//! What is to be served: which handler at which place, and under which terms.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use doverb::access::Access;
use doverb::attributes::Protocol;
use doverb::error_page::{CONTENT_TYPE, Format};
use doverb::handler::DirGrant;
use doverb::isolation::Isolation;
use doverb::limits::Limits;
use doverb::routes::Route;
use doverb::source::HandlerFolder;
use doverb::terms::Terms;

use super::outgoing::HttpSettings;
use super::powers::Powers;
use super::source_args::SourceChoice;

/// The version that handlers answer in where nobody says one: what browsers and proxies expect today.
pub(super) const USUAL_PROTOCOL: Protocol = Protocol::Http11;

/// How many mounts a server has at most.
pub(super) const MAX_MOUNTS: usize = 1000;

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
    /// The files of a folder: those of these names and what is below them, or all.
    Files { folder: PathBuf, only: Option<BTreeSet<OsString>>, below: String },
}

impl PlanTarget {
    /// What a path stands for: a folder without a handler is one of files.
    pub(super) fn of(path: &Path, route: &Route) -> PlanTarget {
        match HandlerFolder::look(path) {
            // Of an empty one nobody wants the files: he is told what a handler may be.
            Ok(Some(found)) if found.handlers.is_empty() && !found.others.is_empty() => {
                PlanTarget::Files { folder: path.to_owned(), only: None, below: route.path().to_owned() }
            }
            _ => PlanTarget::Handler(path.to_owned()),
        }
    }

    /// Where it comes from.
    pub(super) fn path(&self) -> &Path {
        match self {
            PlanTarget::Handler(path) => path,
            PlanTarget::Files { folder, .. } => folder,
        }
    }
}

/// Under which terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Settings {
    /// What the log calls it, where that is not its file's name.
    pub(super) name: Option<String>,
    pub(super) isolation: Isolation,
    pub(super) workers: Option<u16>,
    /// Where nobody says one it is the usual one, and Python's for programs in Python.
    pub(super) protocol: Option<Protocol>,
    pub(super) limits: Limits,
    pub(super) max_requests: Option<u32>,
    pub(super) access: Option<Access>,
    pub(super) dirs: Vec<DirGrant>,
    pub(super) env: Vec<(String, String)>,
    /// Bytes of each instance's folder at `/tmp`, where it is said.
    pub(super) scratch: Option<u64>,
    pub(super) http: HttpSettings,
    pub(super) powers: Powers,
    pub(super) source: SourceChoice,
    pub(super) attributes: Attributes,
}

/// What attributes of handlers begin with, where that is not what Python or the server has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) server_version: Option<String>,
    pub(super) sys_version: Option<String>,
    pub(super) error_message_format: Option<String>,
    pub(super) error_content_type: Option<String>,
}

impl Attributes {
    /// The terms with these.
    pub(super) fn apply(&self, mut terms: Terms) -> Result<Terms, doverb::Failure> {
        if let Some(version) = &self.server_version {
            terms = terms.with_server_version(version)?;
        }
        if let Some(version) = &self.sys_version {
            terms = terms.with_sys_version(version)?;
        }
        if self.error_message_format.is_some() || self.error_content_type.is_some() {
            let format = self.error_message_format.as_deref().unwrap_or(Format::standard().source());
            let content_type = self.error_content_type.as_deref().unwrap_or(CONTENT_TYPE);
            terms = terms.with_error_page(format, content_type)?;
        }
        Ok(terms)
    }
}

impl MountPlan {
    /// Its place and what is there, for people: `/shop/ (shop.py)`.
    pub(super) fn shown(&self) -> String {
        let path = self.target.path();
        let name = path.file_name().unwrap_or(path.as_os_str()).display();
        match &self.target {
            PlanTarget::Handler(_) => format!("{} ({name})", self.route),
            PlanTarget::Files { .. } => format!("{} (files of {name})", self.route),
        }
    }
}
