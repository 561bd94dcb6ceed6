//! A compiled component, which no one has looked into yet.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::advice::advised;
use crate::engine::{Engine, MAX_CORE_INSTANCES, MAX_PARTS_SIZE};
use crate::images::make_images;
use crate::snapshot::Snapshot;
use crate::stack::Stack;

/// Why a component cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// Each of its instances would take more of the engine's pool than one may.
    #[error("each of its instances has more than {0} core instances")]
    TooManyCoreInstances(u32),
    /// The same.
    #[error("each of its instances takes more than {} KiB for its globals and functions", .0 >> 10)]
    TooManyGlobalsOrFunctions(usize),
    /// A memory of it is larger than an instance may have.
    #[error(
        "each of its instances has a memory of {needs} bytes from the beginning, more than {most}. Allow more with --max-memory"
    )]
    MemoryTooLarge {
        /// Bytes that it begins with.
        needs: u64,
        /// Bytes that an instance may have.
        most: u64,
    },
    /// The engine refuses it.
    #[error("{}", advised(&format!("{:#}", .0)))]
    Engine(wasmtime::Error),
}

impl ComponentError {
    fn of(error: wasmtime::Error) -> ComponentError {
        // wasmtime counts them, through all components within it, and has no type for it.
        let text = format!("{error:#}");
        if text.contains("instance size does not fit in pooling allocator") {
            return ComponentError::TooManyGlobalsOrFunctions(MAX_PARTS_SIZE);
        }
        if text.contains("core module instances") {
            return ComponentError::TooManyCoreInstances(MAX_CORE_INSTANCES);
        }
        if let Some((needs, most)) = memory_too_large(&text) {
            return ComponentError::MemoryTooLarge { needs, most };
        }
        ComponentError::Engine(error)
    }
}

/// What a memory has, and may have.
fn memory_too_large(text: &str) -> Option<(u64, u64)> {
    let (_, rest) = text.split_once("memory has a minimum byte size of ")?;
    let (needs, most) = rest.split_once(" which exceeds the limit of 0x")?;
    let most = most.split(|character: char| !character.is_ascii_hexdigit()).next()?;
    Some((needs.parse().ok()?, u64::from_str_radix(most, 16).ok()?))
}

pub use crate::files::Files;

/// A compiled component for one engine, with what it brings besides its code. Clones share all of it.
#[derive(Clone)]
pub struct Component {
    code: wasmtime::component::Component,
    stack: Stack,
    snapshot: Option<Arc<Snapshot>>,
    files: Option<Files>,
    held: Held,
}

/// What is dropped when the code is needed no more.
pub(crate) type Held = Option<Arc<dyn Any + Send + Sync>>;

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").finish_non_exhaustive()
    }
}

impl Component {
    /// Compiles the bytes of a component, in this process and without a limit on memory or time: for components that you
    /// trust. The crate `doverb-compile` does it in a confined child process.
    ///
    /// # Errors
    ///
    /// When it is no component, or not a valid one.
    #[cfg(feature = "cranelift")]
    pub fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component, ComponentError> {
        wasmtime::component::Component::new(engine.wasmtime(), bytes)
            .and_then(|code| Component::of(code, Stack::Usual))
            .map_err(ComponentError::of)
    }

    /// Loads native code that an engine of this version has made of a component, whose instances get such a stack.
    ///
    /// # Errors
    ///
    /// When it was made for another version, another configuration or another processor.
    ///
    /// # Safety
    ///
    /// `code` runs as it is: it must be what `Engine::precompile_component` returned, unchanged.
    pub unsafe fn from_native(
        engine: &Engine,
        code: &[u8],
        stack: Stack,
    ) -> Result<Component, ComponentError> {
        let engine = engine.with_stack(stack).map_err(ComponentError::Engine)?;
        // SAFETY: the caller's duty is the same.
        let component = unsafe { wasmtime::component::Component::deserialize(engine, code) };
        component.and_then(|code| Component::of(code, stack)).map_err(ComponentError::of)
    }

    fn of(code: wasmtime::component::Component, stack: Stack) -> wasmtime::Result<Component> {
        make_images(&code)?;
        Ok(Component { code, stack, snapshot: None, files: None, held: None })
    }

    /// The component with what the memory of its instances is to be.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: Snapshot) -> Component {
        self.snapshot = Some(Arc::new(snapshot));
        self
    }

    /// The component with files that its instances may read.
    #[must_use]
    pub fn with_files(mut self, files: Files) -> Component {
        self.files = Some(files);
        self
    }

    /// The component with something that is dropped when neither it nor a handler of it is left: who counts what code takes.
    #[must_use]
    pub fn with_held(mut self, held: Arc<dyn Any + Send + Sync>) -> Component {
        self.held = Some(held);
        self
    }

    /// The names of what it imports: `doverb:handler/request@0.1.0`. The component has chosen them: show them escaped.
    pub fn imports(&self) -> Vec<String> {
        let kind = self.code.component_type();
        kind.imports(self.code.engine()).map(|(name, _)| name.to_owned()).collect()
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::component::Component {
        &self.code
    }

    pub(crate) fn stack(&self) -> Stack {
        self.stack
    }

    pub(crate) fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshot.as_ref()
    }

    pub(crate) fn held(&self) -> Held {
        self.held.clone()
    }

    pub(crate) fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }
}
