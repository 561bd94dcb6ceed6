//! What a handler is called and what it is granted; and why a component can't be one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::calls::Calls;
use crate::configuration::Configuration;
use crate::file_operations::OfHandler;
use crate::files::Files;
use crate::grants::Grants;
use crate::keyvalue::{Store, StoreGrants};
use crate::output_budget::OutputBudget;
use crate::scratch::{self, Scratches};

/// What a handler is called and what it is granted: nothing by default. Clones are cheap.
///
/// ```
/// use doverb_core::handler::{DirGrant, HandlerOptions};
///
/// let data = DirGrant { host: "/srv/guestbook".into(), guest: "/data".into(), read_only: false };
/// let options = HandlerOptions::new("guestbook").with_dir(data).with_env("LANG", "C");
/// assert_eq!(options.name(), "guestbook");
/// ```
#[derive(Clone, Debug, Default)]
pub struct HandlerOptions(Arc<Inner>);

#[derive(Clone, Debug, Default)]
struct Inner {
    name: String,
    dirs: Vec<DirGrant>,
    env: Vec<(String, String)>,
    output: Arc<OutputBudget>,
    /// Kept for as long as they are granted.
    files: Option<Files>,
    operations: OfHandler,
    calls: Calls,
    scratch: Scratches,
    grants: Grants,
    stores: StoreGrants,
    configuration: Configuration,
    frozen_clock: Option<SystemTime>,
    seed: Option<u64>,
}

impl HandlerOptions {
    /// A handler with this name in the log, and no grants.
    pub fn new(name: impl Into<String>) -> HandlerOptions {
        HandlerOptions(Arc::new(Inner { name: name.into(), ..Inner::default() }))
    }

    /// Grants a directory.
    #[must_use]
    pub fn with_dir(mut self, dir: DirGrant) -> HandlerOptions {
        Arc::make_mut(&mut self.0).dirs.push(dir);
        self
    }

    /// Sets an environment variable that it sees.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<String>, value: impl Into<String>) -> HandlerOptions {
        Arc::make_mut(&mut self.0).env.push((name.into(), value.into()));
        self
    }

    /// Grants a store of values under a name.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use doverb_core::handler::HandlerOptions;
    /// use doverb_core::keyvalue::Memory;
    ///
    /// let options = HandlerOptions::new("counter").with_store("default", Arc::new(Memory::new(1 << 20)));
    /// assert!(options.store_names().eq(["default"]));
    /// ```
    #[must_use]
    pub fn with_store(mut self, name: impl Into<String>, store: Arc<dyn Store>) -> HandlerOptions {
        Arc::make_mut(&mut self.0).stores.add(name.into(), store);
        self
    }

    /// Sets a value of its configuration.
    #[must_use]
    pub fn with_config_value(mut self, name: impl Into<String>, value: impl Into<String>) -> HandlerOptions {
        Arc::make_mut(&mut self.0).configuration.set(name.into(), value.into());
        self
    }

    /// Sets a secret: the handler gets it by its name, as a value of its configuration, but not with all values. It is shown
    /// nowhere.
    #[must_use]
    pub fn with_secret(mut self, name: impl Into<String>, value: impl Into<String>) -> HandlerOptions {
        Arc::make_mut(&mut self.0).configuration.set_secret(name.into(), value.into());
        self
    }

    /// Lets WASI's wall clock stand at this time, for tests that always see the same. Its monotonic clock goes on, and so does the
    /// server's own: `Date` fields, `date-time-string` and the log have the true time.
    #[must_use]
    pub fn with_frozen_clock(mut self, time: SystemTime) -> HandlerOptions {
        Arc::make_mut(&mut self.0).frozen_clock = Some(time);
        self
    }

    /// Gives each instance the same random numbers, for tests that always see the same. What is to be secret must not be made of
    /// them.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> HandlerOptions {
        Arc::make_mut(&mut self.0).seed = Some(seed);
        self
    }

    /// Gives each instance a folder of its own at `/tmp`, which holds so many bytes and goes with it; 0 gives none. All
    /// instances of the handler together have 16 times as much. By default a Python program has 64 MiB, and others have
    /// none. A folder that is granted at `/tmp` takes its place.
    #[must_use]
    pub fn with_scratch(mut self, bytes: u64) -> HandlerOptions {
        Arc::make_mut(&mut self.0).scratch.most = Some(bytes);
        self
    }

    /// Grants something of a capability's own: what that is, its type says. One of a type that was granted before takes its
    /// place.
    ///
    /// ```
    /// use doverb_core::handler::HandlerOptions;
    ///
    /// struct Greeting(&'static str);
    ///
    /// let options = HandlerOptions::new("hello").with_grant(Greeting("Good day"));
    /// assert_eq!(options.grant::<Greeting>().map(|greeting| greeting.0), Some("Good day"));
    /// ```
    #[must_use]
    pub fn with_grant<T: Send + Sync + 'static>(mut self, grant: T) -> HandlerOptions {
        Arc::make_mut(&mut self.0).grants.add(grant);
        self
    }

    /// How often the handler has called other servers, all of its versions together.
    pub fn calls(&self) -> &Calls {
        &self.0.calls
    }

    /// What was granted of this type, if anything.
    pub fn grant<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.grants.find()
    }

    /// Gives what a program has where nothing was said.
    pub(crate) fn of_program(mut self) -> HandlerOptions {
        let inner = Arc::make_mut(&mut self.0);
        inner.scratch = inner.scratch.clone().or_of_program();
        self
    }

    /// The scratch folders of its instances.
    pub(crate) fn scratches(&self) -> Option<&Scratches> {
        let is_taken = |dir: &DirGrant| dir.guest.trim_end_matches('/') == scratch::PLACE;
        (!self.0.dirs.iter().any(is_taken)).then_some(&self.0.scratch)
    }

    /// Grants what the component brings along, for reading, where nothing else is granted at the same place.
    pub(crate) fn with_files(mut self, files: &Files) -> HandlerOptions {
        let inner = Arc::make_mut(&mut self.0);
        let places = std::fs::read_dir(files.folder()).into_iter().flatten().flatten();
        for host in places.map(|place| place.path()) {
            let guest = format!("/{}", host.file_name().unwrap_or_default().display());
            if inner.dirs.iter().all(|dir| dir.guest.trim_end_matches('/') != guest) {
                inner.dirs.push(DirGrant { host, guest, read_only: true });
            }
        }
        inner.files = Some(files.clone());
        self
    }

    /// What its instances may write in all.
    pub(crate) fn output(&self) -> &Arc<OutputBudget> {
        &self.0.output
    }

    /// What its instances have the system do with files.
    pub(crate) fn operations(&self) -> &OfHandler {
        &self.0.operations
    }

    /// The stores that it may use.
    pub(crate) fn stores(&self) -> &StoreGrants {
        &self.0.stores
    }

    /// What it is configured with.
    pub(crate) fn configuration(&self) -> &Configuration {
        &self.0.configuration
    }

    /// Where WASI's wall clock stands.
    pub(crate) fn frozen_clock(&self) -> Option<SystemTime> {
        self.0.frozen_clock
    }

    /// What its random numbers are made of, if they are always the same.
    pub(crate) fn seed(&self) -> Option<u64> {
        self.0.seed
    }

    /// The names of stores that it may use.
    pub fn store_names(&self) -> impl Iterator<Item = &str> {
        self.0.stores.names()
    }

    /// The names of the values and secrets that it is configured with.
    pub fn config_names(&self) -> impl Iterator<Item = &str> {
        self.0.configuration.names()
    }

    /// Its name in the log.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Directories that it may use.
    pub fn dirs(&self) -> &[DirGrant] {
        &self.0.dirs
    }

    /// Environment variables that it sees.
    pub fn env(&self) -> &[(String, String)] {
        &self.0.env
    }
}

/// A directory of the host's that a handler may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirGrant {
    /// Where it is.
    pub host: PathBuf,
    /// Where the handler sees it.
    pub guest: String,
    /// Whether the handler may only read in it.
    pub read_only: bool,
}

/// Why a component can't serve as a handler.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerError {
    /// It exports no `do-*` function.
    #[error("it exports no do-* function{}", instead(exports))]
    NoMethods {
        /// What it exports instead.
        exports: Vec<String>,
    },
    /// It imports what the server does not offer.
    #[error("it imports {}, which {} not offered here", several(names), if names.len() == 1 { "is" } else { "are" })]
    UnknownImports {
        /// The names of the imports, or `function of import`: all of them.
        names: Vec<String>,
    },
    /// Each of its instances would take more of the engine's pool than one may.
    #[error("each of its instances has {has} {what}, more than {most}")]
    TooManyParts {
        /// Memories or tables.
        what: &'static str,
        /// How many it has.
        has: u32,
        /// How many it may have.
        most: u32,
    },
    /// It has a snapshot, and nothing that could restore it.
    #[error("it has a snapshot, and no export {export} that could restore it")]
    NoRestoring {
        /// The export.
        export: &'static str,
    },
    /// It imports a function of the contract with another type.
    #[error("its imports do not fit this version of the contract: {}", shown_cause(cause))]
    ImportType {
        /// Which one, and how the types differ.
        cause: String,
    },
    /// It exports a function of the contract with another type.
    #[error("it exports {} with the wrong type: it must be {expected}", shown(name))]
    ExportType {
        /// The function's name.
        name: String,
        /// Its type in the contract.
        expected: String,
    },
    /// A granted directory is not there or not open to the server.
    #[error("a granted directory can't be used: {}: {cause}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
}

/// Names that are told, and the characters of each.
const TOLD: usize = 10;
const MAX_NAME: usize = 80;

fn instead(names: &[String]) -> String {
    if names.is_empty() {
        return ", nor anything else".into();
    }
    format!(", only {}", several(names))
}

fn several(names: &[String]) -> String {
    let told: Vec<_> = names.iter().take(TOLD).map(|name| shown(name)).collect();
    let more = match names.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", told.join(", "))
}

/// A name of the component's: cut, and without what could steer a terminal.
fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(MAX_NAME).flat_map(char::escape_debug).collect();
    if name.chars().nth(MAX_NAME).is_some() {
        shown.push_str("...");
    }
    shown
}

/// The same for what an engine says, which quotes names.
fn shown_cause(cause: &str) -> String {
    let mut shown: String = cause.chars().take(8 * MAX_NAME).collect();
    if shown.len() < cause.len() {
        shown.push_str("...");
    }
    shown.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
