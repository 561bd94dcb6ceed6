//! What a component may be given besides the contract.

use std::any::Any;
use std::sync::Arc;

use wasmtime::component::Linker;

use crate::handler_options::HandlerOptions;
use crate::log::Log;
use crate::state::State;

mod config;
mod keyvalue;
mod wasi;

pub use config::WasiConfig;
pub use keyvalue::KeyValue;
pub use wasi::Wasi;
pub(crate) use wasi::{check_dirs, subscribe};

/// The wasmtime that capabilities link with.
pub use wasmtime;

/// One thing that a component may be given: it offers packages of WIT, links their functions, and has a part in the state
/// of each instance.
///
/// What a handler was not granted must be linked all the same, to functions that say so: a component that merely imports a
/// thing can then be served.
///
/// ```
/// use std::any::Any;
///
/// use doverb_core::capability::{Capability, wasmtime};
/// use doverb_core::handler::HandlerOptions;
/// use doverb_core::log::Log;
/// use doverb_core::state::State;
///
/// /// Counts for a handler, as long as its instance lives.
/// struct Counter;
///
/// impl Capability for Counter {
///     fn packages(&self) -> &[&str] {
///         &["example:counter/"]
///     }
///
///     fn link(&self, linker: &mut wasmtime::component::Linker<State>) -> wasmtime::Result<()> {
///         let mut counter = linker.instance("example:counter/counter@0.1.0")?;
///         counter.func_wrap("next", |mut store: wasmtime::StoreContextMut<'_, State>, ()| {
///             let count = store.data_mut().part::<u64>().expect("given below");
///             *count += 1;
///             Ok((*count,))
///         })
///     }
///
///     fn state(&self, _: &HandlerOptions, _: &Log) -> Option<Box<dyn Any + Send>> {
///         Some(Box::new(0_u64))
///     }
/// }
/// ```
pub trait Capability: Send + Sync {
    /// The beginnings of the names of imports that it offers: `wasi:io/`.
    fn packages(&self) -> &[&str];

    /// Whether it offers this import. By default by its name's beginning.
    fn offers(&self, import: &str) -> bool {
        self.packages().iter().any(|package| import.starts_with(package))
    }

    /// Links its functions, once an engine.
    ///
    /// # Errors
    ///
    /// Those of the linker, when two capabilities offer the same function.
    fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()>;

    /// Its part of the state of a new instance. The type tells the parts of capabilities apart.
    fn state(&self, options: &HandlerOptions, log: &Log) -> Option<Box<dyn Any + Send>> {
        let _ = (options, log);
        None
    }
}

/// The capabilities of an engine, or those of them that a component imports something of.
pub(crate) type Capabilities = Arc<[Arc<dyn Capability>]>;
