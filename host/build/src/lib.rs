//! What a handler is made from: a `.wasm` file as it is, or sources that are built first.
//!
//! A language is an entry in the table of the module `languages`, and a module of its own.

mod adapter_memory;
mod build_dir;
mod build_time;
mod c;
mod cargo;
mod componentize;
mod confined;
mod depfiles;
mod diagnostics;
pub mod doctor;
mod error;
mod fingerprint;
mod go;
mod handlers;
#[cfg(feature = "javascript")]
mod javascript;
mod javascript_markers;
mod languages;
mod misspelt;
mod options;
mod python;
pub mod reload;
mod run;
mod shown;
mod source;
mod sources;
mod tended;
mod world;

pub use error::{SourceCause, SourceError};
pub use fingerprint::{Fingerprint, Stamp};
pub use handlers::{HandlerFolder, InFolder, place_of};
#[cfg(feature = "javascript")]
pub use javascript::{in_child as javascript_in_child, try_in_child as try_javascript_in_child};
pub use options::{SNAPSHOT_CPU_TIME, SNAPSHOT_MEMORY, SourceOptions};
pub use python::in_child as python_in_child;
pub use source::Source;
pub use tended::{Tended, tend_tools, tended_line};
