//! A handler: a loaded component with its exports, and the slot in which versions of it follow each other.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use bytesize::ByteSize;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Type};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::attributes::Protocol;
use crate::contract;
use crate::engine::{Engine, one_line};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::instance::State;
use crate::limits::HEAVY;
use crate::log::Log;

/// What a handler is called and what it is granted: nothing by default.
///
/// ```
/// use doverb_core::handler::{DirGrant, HandlerOptions};
///
/// let options = HandlerOptions {
///     name: "guestbook".into(),
///     dirs: vec![DirGrant { host: "/srv/guestbook".into(), guest: "/data".into(), read_only: false }],
///     ..HandlerOptions::default()
/// };
/// ```
#[derive(Clone, Debug, Default)]
pub struct HandlerOptions {
    /// Its name in the log.
    pub name: String,
    /// Directories that it may use.
    pub dirs: Vec<DirGrant>,
    /// Environment variables that it sees.
    pub env: Vec<(String, String)>,
}

/// A directory of the host's that a handler may use.
#[derive(Clone, Debug)]
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
    #[error("it imports {name}, which is not offered here")]
    UnknownImport {
        /// The import's name.
        name: String,
    },
    /// It imports a function of the contract with another type.
    #[error("its imports do not fit this version of the contract: {cause}")]
    ImportType {
        /// Which one, and how the types differ.
        cause: String,
    },
    /// It exports a function of the contract with another type.
    #[error("it exports {name} with the wrong type: it must be {expected}")]
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

fn instead(names: &[String]) -> String {
    if names.is_empty() { ", nor anything else".into() } else { format!(", only {}", names.join(", ")) }
}

/// A handler in native code, for embedders and as the yardstick of benchmarks. It must not wait.
pub type Native = fn(&mut Exchange) -> Result<(), Failure>;

/// What a [`NativeAsync`] handler does, once it is called.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// The same for one that waits for its client. No limit on its time is in force.
pub type NativeAsync = for<'a> fn(&'a mut Exchange) -> Answering<'a>;

/// One version of a handler.
pub struct Handler {
    pub(crate) program: Program,
    pub(crate) options: HandlerOptions,
    /// Counted by the slot that it is in, from 1.
    pub(crate) version: u64,
    /// What its first instance set in `setup`: for errors that come before a connection has an instance.
    protocol: OnceLock<Protocol>,
    /// Bytes of the component, 0 where that is not known.
    size: usize,
    /// Whether a newer version has come.
    superseded: AtomicBool,
}

pub(crate) enum Program {
    Component(Box<Loaded>),
    Native(Native),
    NativeAsync(NativeAsync),
}

/// A component, ready to be instantiated.
pub(crate) struct Loaded {
    pub(crate) pre: InstancePre<State>,
    pub(crate) methods: Methods,
    pub(crate) overrides: Overrides,
}

/// The `do-*` exports, found once.
pub(crate) struct Methods {
    /// Each with its method's name.
    named: Vec<(Box<str>, ComponentExportIndex)>,
    any: Option<ComponentExportIndex>,
}

/// The exports that replace what the host would do itself.
#[derive(Clone, Copy, Default)]
pub(crate) struct Overrides {
    pub(crate) setup: Option<ComponentExportIndex>,
    pub(crate) finish: Option<ComponentExportIndex>,
    pub(crate) handle_expect_100: Option<ComponentExportIndex>,
    pub(crate) send_error: Option<ComponentExportIndex>,
    pub(crate) log_request: Option<ComponentExportIndex>,
    pub(crate) log_error: Option<ComponentExportIndex>,
    pub(crate) log_message: Option<ComponentExportIndex>,
    pub(crate) version_string: Option<ComponentExportIndex>,
    pub(crate) date_time_string: Option<ComponentExportIndex>,
    pub(crate) log_date_time_string: Option<ComponentExportIndex>,
    pub(crate) address_string: Option<ComponentExportIndex>,
    pub(crate) switch_connection: Option<ComponentExportIndex>,
}

impl Overrides {
    /// Whether the handler has a say in an answer that the host gives for it: `setup` may set any attribute.
    pub(crate) fn of_errors(&self) -> bool {
        self.setup.is_some()
            || self.send_error.is_some()
            || self.version_string.is_some()
            || self.date_time_string.is_some()
            || self.of_log()
    }

    /// Whether the end of a connection means anything to an instance that others use.
    pub(crate) fn of_the_end(&self) -> bool {
        self.finish.is_some() || self.switch_connection.is_some()
    }

    /// Whether reports for the log must wait until the handler has returned.
    pub(crate) fn of_log(&self) -> bool {
        self.log_request.is_some()
            || self.log_error.is_some()
            || self.log_message.is_some()
            || self.log_date_time_string.is_some()
            || self.address_string.is_some()
    }
}

impl Methods {
    /// The place of a method's export, its index being the key of an instance's own table.
    pub(crate) fn find(&self, method: &[u8]) -> Option<usize> {
        let named = self.named.iter().position(|(name, _)| name.as_bytes() == method);
        named.or_else(|| self.any.is_some().then_some(self.named.len()))
    }

    pub(crate) fn export(&self, place: usize) -> Option<ComponentExportIndex> {
        self.named.get(place).map(|(_, index)| *index).or(self.any)
    }

    pub(crate) fn count(&self) -> usize {
        self.named.len() + 1
    }
}

impl Handler {
    /// Checks a component's imports and exports, so that no request can meet a fault of theirs.
    ///
    /// # Errors
    ///
    /// When it is no handler, asks for what is not offered, or a granted directory can't be opened.
    pub fn new(
        engine: &Engine,
        component: &Component,
        options: HandlerOptions,
    ) -> Result<Handler, HandlerError> {
        contract::check_imports(engine, component)?;
        let cause = |error: wasmtime::Error| HandlerError::ImportType { cause: one_line(&error) };
        let pre = engine.linker().instantiate_pre(component).map_err(cause)?;
        let (methods, overrides) = exports(engine, component)?;
        options.check_dirs()?;
        let loaded = Loaded { pre, methods, overrides };
        Ok(Handler::of(Program::Component(Box::new(loaded)), options))
    }

    fn of(program: Program, options: HandlerOptions) -> Handler {
        Handler {
            program,
            options,
            version: 0,
            protocol: OnceLock::new(),
            size: 0,
            superseded: AtomicBool::new(false),
        }
    }

    /// The handler with the size of its component's file in bytes, by which
    /// [`Isolation::Auto`](crate::server::Isolation::Auto) goes. Without it a handler counts as small.
    #[must_use]
    pub fn with_size(mut self, bytes: usize) -> Handler {
        self.size = bytes;
        self
    }

    /// A handler in native code.
    pub fn native(name: &str, native: Native) -> Handler {
        Handler::of_native(name, Program::Native(native))
    }

    /// A handler in native code that may wait for its client.
    pub fn native_async(name: &str, native: NativeAsync) -> Handler {
        Handler::of_native(name, Program::NativeAsync(native))
    }

    fn of_native(name: &str, program: Program) -> Handler {
        let options = HandlerOptions { name: name.into(), ..HandlerOptions::default() };
        Handler::of(program, options)
    }

    /// Whether an instance a connection would take too much.
    pub(crate) fn is_heavy(&self) -> bool {
        self.size > HEAVY
    }

    pub(crate) fn is_superseded(&self) -> bool {
        self.superseded.load(Ordering::Relaxed)
    }

    pub(crate) fn protocol(&self) -> Option<Protocol> {
        self.protocol.get().copied()
    }

    pub(crate) fn learn_protocol(&self, protocol: Protocol) {
        self.protocol.get_or_init(|| protocol);
    }

    /// The methods that it serves: `GET`, `POST`, `ANY`.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        let (named, any) = match &self.program {
            Program::Component(loaded) => (loaded.methods.named.as_slice(), loaded.methods.any.is_some()),
            Program::Native(_) | Program::NativeAsync(_) => (&[][..], true),
        };
        named.iter().map(|(name, _)| &**name).chain(any.then_some("ANY"))
    }

    /// Its name in the log.
    pub fn name(&self) -> &str {
        &self.options.name
    }
}

impl HandlerOptions {
    fn check_dirs(&self) -> Result<(), HandlerError> {
        self.grant(&mut WasiCtxBuilder::new())
    }

    pub(crate) fn grant(&self, wasi: &mut WasiCtxBuilder) -> Result<(), HandlerError> {
        for dir in &self.dirs {
            let perms = if dir.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
            wasi.preopened_dir(&dir.host, &dir.guest, perms).map_err(|error| HandlerError::Directory {
                path: dir.host.clone(),
                cause: one_line(&error),
            })?;
        }
        wasi.envs(&self.env);
        Ok(())
    }
}

fn exports(engine: &Engine, component: &Component) -> Result<(Methods, Overrides), HandlerError> {
    let mut methods = Methods { named: Vec::new(), any: None };
    let mut overrides = Overrides::default();
    let mut others = Vec::new();
    let types = component.component_type();
    for (name, item) in types.exports(engine.wasmtime()) {
        let method = name.strip_prefix("do-");
        let Some(index) = component.get_export_index(None, name) else {
            continue;
        };
        let place = match method {
            Some(_) => None,
            None => match overrides.place(name) {
                Some(place) => Some(place),
                None => {
                    others.push(name.to_owned());
                    continue;
                }
            },
        };
        check_type(name, &item.ty)?;
        match (method, place) {
            (Some("ANY"), _) => methods.any = Some(index),
            (Some(method), _) => methods.named.push((method.into(), index)),
            (None, Some(place)) => *place = Some(index),
            (None, None) => {}
        }
    }
    if methods.named.is_empty() && methods.any.is_none() {
        return Err(HandlerError::NoMethods { exports: others });
    }
    Ok((methods, overrides))
}

impl Overrides {
    fn place(&mut self, name: &str) -> Option<&mut Option<ComponentExportIndex>> {
        Some(match name {
            "setup" => &mut self.setup,
            "finish" => &mut self.finish,
            "handle-expect-100" => &mut self.handle_expect_100,
            "send-error" => &mut self.send_error,
            "log-request" => &mut self.log_request,
            "log-error" => &mut self.log_error,
            "log-message" => &mut self.log_message,
            "version-string" => &mut self.version_string,
            "date-time-string" => &mut self.date_time_string,
            "log-date-time-string" => &mut self.log_date_time_string,
            "address-string" => &mut self.address_string,
            "switch-connection" => &mut self.switch_connection,
            _ => return None,
        })
    }
}

fn check_type(name: &str, item: &ComponentItem) -> Result<(), HandlerError> {
    let text = |ty: &Type| match ty {
        Type::Bool => "bool",
        Type::U16 => "u16",
        Type::U64 => "u64",
        Type::String => "string",
        Type::Option(option) => match option.ty() {
            Type::U16 => "option<u16>",
            Type::U64 => "option<u64>",
            Type::String => "option<string>",
            _ => "another type",
        },
        _ => "another type",
    };
    let signature = |function: &ComponentFunc| {
        let params: Vec<_> = function.params().map(|(_, ty)| text(&ty)).collect();
        let results: Vec<_> = function.results().map(|ty| text(&ty)).collect();
        match results.as_slice() {
            [] => format!("func({})", params.join(", ")),
            results => format!("func({}) -> {}", params.join(", "), results.join(", ")),
        }
    };
    let expected = match name {
        "handle-expect-100" => "func() -> bool",
        "send-error" => "func(u16, option<string>, option<string>)",
        "log-request" => "func(option<u16>, option<u64>)",
        "log-error" | "log-message" => "func(string)",
        "version-string" | "log-date-time-string" | "address-string" => "func() -> string",
        "date-time-string" => "func(option<u64>) -> string",
        "switch-connection" => "func(u64)",
        _ => "func()",
    };
    match item {
        ComponentItem::ComponentFunc(function) if signature(function) == expected => Ok(()),
        _ => Err(HandlerError::ExportType { name: name.into(), expected: expected.into() }),
    }
}

/// Where the current version of a handler stands. Swapping is atomic: a request in flight ends on the version
/// that it began on, the next one takes the new.
pub struct Slot {
    current: ArcSwap<Handler>,
    versions: AtomicU64,
    /// Whether the log says that its connections share instances.
    announced: AtomicBool,
}

impl Slot {
    /// A slot with its first version.
    pub fn new(mut handler: Handler) -> Arc<Slot> {
        handler.version = 1;
        Arc::new(Slot {
            current: ArcSwap::from_pointee(handler),
            versions: AtomicU64::new(1),
            announced: AtomicBool::new(false),
        })
    }

    /// Puts a new version in the place of the current one, and returns its number.
    pub fn swap(&self, mut handler: Handler) -> u64 {
        let version = self.versions.fetch_add(1, Ordering::Relaxed) + 1;
        handler.version = version;
        let old = self.current.swap(Arc::new(handler));
        old.superseded.store(true, Ordering::Relaxed);
        version
    }

    /// The number of the current version, from 1.
    pub fn version(&self) -> u64 {
        self.current.load().version
    }

    pub(crate) fn load(&self) -> arc_swap::Guard<Arc<Handler>> {
        self.current.load()
    }

    /// As a server does that begins.
    pub(crate) fn announce_if_shared(&self, log: &Log) {
        let current = self.load();
        if current.is_heavy() {
            self.announce_sharing(&current, log);
        }
    }

    /// Says in the log, once, that the handler's weight has decided how its connections are kept apart.
    pub(crate) fn announce_sharing(&self, handler: &Handler, log: &Log) {
        if self.announced.load(Ordering::Relaxed) || self.announced.swap(true, Ordering::Relaxed) {
            return;
        }
        log.message(format_args!(
            "{}: its component has {}, more than {}: its connections share a few instances (--isolation worker), so that \
             what one client leaves in the handler's memory is there when the next one is served. \
             --isolation connection keeps them apart",
            handler.name(),
            ByteSize(handler.size as u64).display().iec(),
            ByteSize(HEAVY as u64).display().iec(),
        ));
    }
}
