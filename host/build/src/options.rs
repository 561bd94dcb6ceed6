//! How a source is built, as far as its author or an embedder chooses.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use doverb_compile::CompileOptions;
use doverb_core::handler::DirGrant;

/// The processor time that the child process of [`SourceOptions::builder`] gives a source's own code.
pub const SNAPSHOT_CPU_TIME: Duration = Duration::from_secs(20);
/// The memory that it gives it, in bytes.
pub const SNAPSHOT_MEMORY: u64 = 1 << 30;

/// Tells which files the server writes by itself.
#[derive(Clone)]
pub(super) struct Written(pub(super) Arc<dyn Fn() -> Vec<PathBuf> + Send + Sync>);

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((self.0)()).finish()
    }
}

/// How a source is built, where its language leaves a choice.
///
/// ```
/// use doverb_build::SourceOptions;
///
/// let options = SourceOptions::default().class("Shop");
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "javascript"), allow(dead_code, reason = "some are for JavaScript alone"))]
#[non_exhaustive]
pub struct SourceOptions {
    pub(super) class: Option<String>,
    pub(super) arguments: Vec<String>,
    pub(super) web_apis: bool,
    pub(super) strict_types: bool,
    pub(super) builder: Option<PathBuf>,
    pub(super) compile: CompileOptions,
    pub(super) env: Vec<(String, String)>,
    pub(super) dirs: Vec<DirGrant>,
    pub(super) files: bool,
    pub(super) written: Written,
    pub(super) started_in: Option<PathBuf>,
    pub(super) port: Option<u16>,
    pub(super) shipped: Option<PathBuf>,
}

impl Default for SourceOptions {
    fn default() -> SourceOptions {
        SourceOptions {
            class: None,
            arguments: Vec::new(),
            web_apis: false,
            strict_types: false,
            builder: None,
            compile: CompileOptions::default(),
            env: Vec::new(),
            dirs: Vec::new(),
            files: true,
            written: Written(Arc::new(Vec::new)),
            started_in: None,
            port: None,
            shipped: None,
        }
    }
}

impl SourceOptions {
    /// The handler class to serve, for a file that defines several. By default the only one.
    #[must_use]
    pub fn class(mut self, name: impl Into<String>) -> SourceOptions {
        self.class = Some(name.into());
        self
    }

    /// For a program in Python, the arguments that it is run with while it is built, up to where it would serve.
    #[must_use]
    pub fn arguments(mut self, arguments: Vec<String>) -> SourceOptions {
        self.arguments = arguments;
        self
    }

    /// For TypeScript, whether errors in its types refuse the handler. By default they are shown.
    #[must_use]
    pub fn strict_types(mut self, are_errors: bool) -> SourceOptions {
        self.strict_types = are_errors;
        self
    }

    /// For JavaScript and TypeScript, the engine with the Web's APIs (StarlingMonkey) instead of the small one (QuickJS).
    /// It needs Node and npm's componentize-js.
    #[must_use]
    pub fn web_apis(mut self, are_wanted: bool) -> SourceOptions {
        self.web_apis = are_wanted;
        self
    }

    /// The `doverb` executable that runs code of the source itself while it is built, as the top level of JavaScript's
    /// modules is, in a child process with its memory and time limited. By default it runs in this process, with no limit:
    /// for sources that you trust.
    #[must_use]
    pub fn builder(mut self, doverb: impl Into<PathBuf>) -> SourceOptions {
        self.builder = Some(doverb.into());
        self
    }

    /// How the runtime of a language is compiled whose programs are run while they are built, as Python's are. By default in
    /// this process, with the cache that others use too.
    #[must_use]
    pub fn compile(mut self, options: CompileOptions) -> SourceOptions {
        self.compile = options;
        self
    }

    /// What the environment has of a program that is run while it is built. By default it is empty.
    #[must_use]
    pub fn env(mut self, env: Vec<(String, String)>) -> SourceOptions {
        self.env = env;
        self
    }

    /// The folders that a program which is run while it is built finds, as its instances will: what it does in them when it
    /// begins, it does then. By default there are none.
    #[must_use]
    pub fn dirs(mut self, dirs: Vec<DirGrant>) -> SourceOptions {
        self.dirs = dirs;
        self
    }

    /// Whether a program in Python brings along the files that lie beside it. By default it does.
    #[must_use]
    pub fn files(mut self, are_wanted: bool) -> SourceOptions {
        self.files = are_wanted;
        self
    }

    /// Which files the server writes by itself, such as its log and its stores, asked whenever it matters: beside a program in
    /// Python they are no part of it, and a change of them is no edit. By default there are none.
    #[must_use]
    pub fn written(mut self, files: impl Fn() -> Vec<PathBuf> + Send + Sync + 'static) -> SourceOptions {
        self.written = Written(Arc::new(files));
        self
    }

    /// Where a program in Python is started, whose file is given by a relative path: its own relative paths begin there, and it
    /// brings along what lies there, if that is not much. By default they begin where its file lies.
    #[must_use]
    pub fn started_in(mut self, folder: impl Into<PathBuf>) -> SourceOptions {
        self.started_in = Some(folder.into());
        self
    }

    /// Where the server will listen: a program that asks for another port is told of it. By default that is not known.
    #[must_use]
    pub fn port(mut self, port: u16) -> SourceOptions {
        self.port = Some(port);
        self
    }

    /// The folder of what was made beforehand, as packages of Doverb bring it: Python's interpreter with its library, which is
    /// else made when the first program is built, by a tool that has to be installed. By default there is none.
    #[must_use]
    pub fn shipped(mut self, folder: impl Into<PathBuf>) -> SourceOptions {
        self.shipped = Some(folder.into());
        self
    }
}
