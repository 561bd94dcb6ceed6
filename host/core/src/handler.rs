//! One version of a handler: a loaded component with its exports, or a function of the embedder's.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::attributes::Protocol;
use crate::calls::Calls;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::limits::HEAVY;
use crate::loaded::Loaded;

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

impl Handler {
    /// Checks a component's imports and exports, so that no request can meet a fault of theirs.
    ///
    /// # Errors
    ///
    /// When it is no handler, asks for what is not offered, or a granted directory can't be opened.
    #[cfg(feature = "components")]
    pub fn new(
        engine: &crate::engine::Engine,
        component: &crate::component::Component,
        options: HandlerOptions,
    ) -> Result<Handler, HandlerError> {
        let (loaded, options) = Loaded::new(engine, component, options)?;
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
        self.loaded().is_some_and(Loaded::is_one)
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
        loaded.into_iter().flat_map(Loaded::methods).chain(native)
    }

    /// The functions of the contract that it replaces: `log-message`, `setup`.
    pub fn overrides(&self) -> Vec<&'static str> {
        self.loaded().map_or_else(Vec::new, Loaded::overrides)
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
