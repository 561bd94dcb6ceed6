//! From a `.wasm` file to a component that can be instantiated: read once, compiled in a child
//! process under limits, cached on disk by content.
//!
//! What compiling costs is not bounded by the size of the wasm, so the `doverb` command never
//! compiles in the process that serves; see [`CompileOptions::compiler`].

mod beginnings;
mod bounds;
mod cache;
pub mod child;
mod compiler;
mod confined;
mod digest;
mod error;
pub mod files;
mod format;
mod functions;
mod loaded;
mod options;
mod own_folder;
mod progress;
pub mod regular_file;
mod turn;
mod wasm;

use std::path::Path;

use doverb_core::component::Component;
use doverb_core::engine::Engine;

pub use bounds::{MAX_CODE, MAX_WASM};
pub use cache::cache_folder;
pub use compiler::{compiler, incremental_compiler};
pub use confined::portion_line;
pub use digest::Digest;
pub use error::{CompileCause, CompileError};
pub use functions::Functions;
pub use options::CompileOptions;
pub use own_folder::{FolderError, own_folder};
pub use progress::{Progress, Silent};
pub use turn::Turn;
pub use wasm::Wasm;

/// Compiles the component in the file `wasm`, or takes its code from the cache.
///
/// Short for [`Wasm::read`] and [`Wasm::compile`] without progress.
///
/// # Errors
///
/// When the file cannot be read, is no component, or does not compile within the limits.
pub fn load(engine: &Engine, wasm: &Path, options: &CompileOptions) -> Result<Component, CompileError> {
    Wasm::read(wasm)?.compile(engine, options, &mut Silent)
}
