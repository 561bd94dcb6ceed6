//! A handler that is written as Python's `http.server.BaseHTTPRequestHandler`, as a WebAssembly component, and its calls.
//!
//! This crate knows no socket, no command line and no tool chain. Whoever brings requests implements
//! [`Downstream`](downstream::Downstream) and gives them to a [`Session`](session::Session): the crate `doverb-http1` for
//! connections, `doverb-tower` for other people's servers, [`Trial`](trial::Trial) for tests.
//!
//! Without the feature `components`, which is on unless it is taken away, there are handlers in native code alone, and no engine
//! is compiled.

#![warn(missing_docs)]
#![cfg_attr(
    not(feature = "components"),
    allow(dead_code, unused_imports, reason = "much is there for components alone")
)]

pub mod access;
pub mod advice;
pub mod answer;
pub mod answer_head;
pub mod attributes;
#[cfg(feature = "components")]
mod backtrace;
pub mod calls;
#[cfg(feature = "components")]
pub mod capability;
pub mod chunked;
pub mod clients;
#[cfg(feature = "components")]
pub mod component;
pub mod computing;
pub mod descriptors;
pub mod downstream;
#[cfg(feature = "components")]
pub mod engine;
pub mod error_page;
pub mod exchange;
pub mod failure;
pub mod field;
pub mod files;
pub mod grammar;
#[cfg(feature = "components")]
pub mod granted_folders;
pub mod handler;
pub mod head;
pub mod held;
pub mod html;
pub mod isolation;
pub mod keyvalue;
pub mod lateness;
pub mod latin1;
pub mod limits;
pub mod log;
pub mod long_heads;
pub mod mount;
pub mod niceness;
pub mod normal_path;
pub mod observer;
pub mod peer;
pub mod pool;
pub mod recorder;
pub mod refusal;
pub mod responses;
pub mod routes;
pub mod session;
pub mod shares;
pub mod site;
pub mod slot;
pub mod snapshot;
pub mod stack;
#[cfg(feature = "components")]
pub mod state;
pub mod stop;
pub mod temporary_folders;
pub mod terms;
pub mod time_slice;
pub mod trial;
pub mod turns;

#[cfg(feature = "components")]
mod absent;
mod clock;
mod configuration;
#[cfg(feature = "components")]
mod contract;
mod date;
mod departures;
mod destination;
#[cfg(feature = "components")]
mod exports;
mod file_operations;
mod gate;
mod grants;
#[cfg(feature = "components")]
mod guest_output;
mod handler_options;
#[cfg(feature = "components")]
mod images;
#[cfg_attr(not(feature = "components"), path = "native_only/instance.rs")]
mod instance;
#[cfg(feature = "components")]
mod interruption;
mod labour;
#[cfg_attr(not(feature = "components"), path = "native_only/loaded.rs")]
mod loaded;
mod machine;
#[cfg(feature = "components")]
mod memory;
#[cfg(feature = "components")]
mod one_line;
mod output_budget;
#[cfg(feature = "components")]
mod overrides;
#[cfg_attr(not(feature = "components"), allow(dead_code))]
mod pauses;
mod persistence;
mod residents;
mod scratch;
mod sync;
mod task;
mod ticks;
mod vacant;

pub use failure::Failure;
#[cfg(feature = "components")]
#[doc(hidden)]
pub use images::make_images;
#[cfg(feature = "components")]
#[doc(hidden)]
pub use one_line::one_line;
