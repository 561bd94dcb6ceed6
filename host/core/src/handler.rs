//! One version of a handler: a loaded component with its exports, or a function of the embedder's.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use wasmtime::component::InstancePre;

use crate::absent;
use crate::attributes::Protocol;
use crate::calls::Calls;
use crate::capability::{Capabilities, Capability, check_dirs};
use crate::component::{Component, Held};
use crate::contract;
use crate::engine::{Engine, MAX_MEMORIES, MAX_TABLES};
use crate::exchange::Exchange;
use crate::exports::{self, Methods, Overrides, Restoring};
use crate::failure::Failure;
use crate::limits::HEAVY;
use crate::memory::TotalMemory;
use crate::one_line::one_line;
use crate::snapshot::Snapshot;
use crate::stack::Stack;
use crate::state::State;
use crate::ticks::Ticks;

pub use crate::handler_options::{DirGrant, HandlerError, HandlerOptions};

/// What an async handler in native code does, once it is called.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

type Native = dyn Fn(&mut Exchange) -> Result<(), Failure> + Send + Sync;
type NativeAsync = dyn for<'a> Fn(&'a mut Exchange) -> Answering<'a> + Send + Sync;

/// One version of a handler.
pub struct Handler {
    program: Program,
    options: HandlerOptions,
    /// Counted by the slot that it is in, from 1.
    version: u64,
    /// What its first instance set in `setup`: for errors that come before a connection has an instance.
    protocol: OnceLock<Protocol>,
    /// Bytes of the component, 0 where that is not known.
    size: usize,
    /// Whether a newer version has come.
    superseded: AtomicBool,
}

pub(crate) enum Program {
    Component(Box<Loaded>),
    Native(Box<Native>),
    NativeAsync(Box<NativeAsync>),
}

/// A component, ready to be instantiated.
pub(crate) struct Loaded {
    pub(crate) pre: InstancePre<State>,
    pub(crate) methods: Methods,
    pub(crate) overrides: Overrides,
    /// What the memory of its instances is to be, and how it gets there.
    pub(crate) snapshot: Option<(Arc<Snapshot>, Restoring)>,
    /// What calls of its instances have.
    pub(crate) stack: Stack,
    pub(crate) capabilities: Capabilities,
    /// Whether an instance can wait for nothing but its client.
    pub(crate) can_gather: bool,
    /// The engine's.
    pub(crate) ticks: Arc<Ticks>,
    /// The engine's.
    pub(crate) memory: Arc<TotalMemory>,
    _held: Held,
}

/// The bound on core instances is the engine's own.
fn check_parts(component: &wasmtime::component::Component) -> Result<(), HandlerError> {
    // None for what imports modules, which cannot be linked here.
    let Some(needs) = component.resources_required() else {
        return Ok(());
    };
    for (what, has, most) in
        [("memories", needs.num_memories, MAX_MEMORIES), ("tables", needs.num_tables, MAX_TABLES)]
    {
        if has > most {
            return Err(HandlerError::TooManyParts { what, has, most });
        }
    }
    Ok(())
}

/// The capabilities that a component imports something of. The others have no part in its instances.
fn imported(all: &Capabilities, component: &wasmtime::component::Component) -> Capabilities {
    let kind = component.component_type();
    let is_imported = |capability: &&Arc<dyn Capability>| {
        kind.imports(component.engine()).any(|(name, _)| capability.offers(name))
    };
    all.iter().filter(is_imported).cloned().collect()
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
        let options = component.files().map_or(options.clone(), |files| options.with_files(files));
        let snapshot = component.snapshot().map(Arc::clone);
        let options = if snapshot.is_some() { options.of_program() } else { options };
        let (component, stack, _held) = (component.wasmtime(), component.stack(), component.held());
        contract::check_imports(engine.capabilities(), component)?;
        let cause = |error: wasmtime::Error| HandlerError::ImportType { cause: one_line(&error) };
        let all = engine.linker(stack);
        let own = absent::linker(all, engine.capabilities(), component).map_err(cause)?;
        let linker = own.as_ref().unwrap_or(all);
        let pre = linker.instantiate_pre(component).map_err(cause)?;
        let (methods, overrides) = exports::find(component, snapshot.as_deref())?;
        let restoring = snapshot.is_some().then(|| Restoring::find(component)).transpose()?;
        let snapshot = snapshot.zip(restoring);
        check_parts(component)?;
        check_dirs(&options)?;
        let can_gather = contract::waits_for_clients_only(component);
        let capabilities = imported(engine.capabilities(), component);
        let ticks = Arc::clone(engine.ticks());
        let memory = Arc::clone(engine.memory());
        let loaded = Loaded {
            pre,
            methods,
            overrides,
            snapshot,
            stack,
            capabilities,
            can_gather,
            ticks,
            memory,
            _held,
        };
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
    /// [`Isolation::Auto`](crate::isolation::Isolation::Auto) goes. Without it a handler counts as small.
    #[must_use]
    pub fn with_size(mut self, bytes: usize) -> Handler {
        self.size = bytes;
        self
    }

    /// Whether what an instance keeps in its memory is the program's state, so that all clients should have the same one.
    pub(crate) fn is_one(&self) -> bool {
        self.loaded()
            .and_then(|loaded| loaded.snapshot.as_ref())
            .is_some_and(|(snapshot, _)| snapshot.is_one())
    }

    /// Whether it is a program that was run when its component was built, as Python's are.
    pub(crate) fn is_program(&self) -> bool {
        self.loaded().is_some_and(|loaded| loaded.snapshot.is_some())
    }

    pub(crate) fn with_version(mut self, version: u64) -> Handler {
        self.version = version;
        self
    }

    /// A handler in native code. It serves every method, and must not wait.
    ///
    /// ```
    /// use doverb_core::handler::Handler;
    ///
    /// let greeting = String::from("Hello");
    /// let handler = Handler::native("greeter", move |request| {
    ///     if request.path_only() != "/" {
    ///         return request.send_error(404, None, None);
    ///     }
    ///     request.send_response(200, None)?;
    ///     request.end_headers()?;
    ///     request.write(greeting.as_bytes())?;
    ///     Ok(())
    /// });
    /// assert_eq!(handler.name(), "greeter");
    /// ```
    pub fn native(
        name: &str,
        native: impl Fn(&mut Exchange) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Handler {
        Handler::of(Program::Native(Box::new(native)), HandlerOptions::new(name))
    }

    /// A handler in native code that may wait for its client. No limit on its time is in force.
    pub fn native_async(
        name: &str,
        native: impl for<'a> Fn(&'a mut Exchange) -> Answering<'a> + Send + Sync + 'static,
    ) -> Handler {
        Handler::of(Program::NativeAsync(Box::new(native)), HandlerOptions::new(name))
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    pub(crate) fn loaded(&self) -> Option<&Loaded> {
        match &self.program {
            Program::Component(loaded) => Some(loaded),
            Program::Native(_) | Program::NativeAsync(_) => None,
        }
    }

    /// Whether an instance a connection would take too much.
    pub fn is_heavy(&self) -> bool {
        self.size > HEAVY
    }

    /// Bytes of its component's file, 0 where that is not known.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Its number among the versions of its slot, from 1; 0 outside of a slot.
    pub fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn supersede(&self) {
        self.superseded.store(true, Ordering::Relaxed);
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
        let loaded = self.loaded();
        let native = loaded.is_none().then_some("ANY");
        loaded.into_iter().flat_map(|loaded| loaded.methods.names()).chain(native)
    }

    /// The functions of the contract that it replaces: `log-message`, `setup`.
    pub fn overrides(&self) -> Vec<&'static str> {
        self.loaded().map_or_else(Vec::new, |loaded| loaded.overrides.names())
    }

    /// Its name in the log.
    pub fn name(&self) -> &str {
        self.options.name()
    }

    /// How often it has called other servers, all of its versions together.
    pub fn calls(&self) -> &Calls {
        self.options.calls()
    }

    pub(crate) fn options(&self) -> &HandlerOptions {
        &self.options
    }
}
