//! A handler that is written as Python's `http.server.BaseHTTPRequestHandler`, as a WebAssembly component, and its calls.
//!
//! This crate knows no socket, no command line and no tool chain. Whoever brings requests implements
//! [`Downstream`](downstream::Downstream) and gives them to a [`Session`](session::Session): the crate `doverb-http1` for
//! connections, `doverb-tower` for other people's servers, [`Trial`](trial::Trial) for tests.

#![warn(missing_docs)]

pub mod access;
pub mod answer;
pub mod answer_head;
pub mod attributes;
mod backtrace;
pub mod calls;
pub mod capability;
pub mod chunked;
pub mod clients;
pub mod component;
pub mod descriptors;
pub mod downstream;
pub mod engine;
pub mod error_page;
pub mod exchange;
pub mod failure;
pub mod field;
pub mod files;
pub mod grammar;
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
pub mod mount;
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
pub mod state;
pub mod stop;
pub mod temporary_folders;
pub mod terms;
pub mod trial;
pub mod turns;

mod absent;
mod clock;
mod configuration;
mod contract;
mod date;
mod destination;
mod exports;
mod file_operations;
mod gate;
mod grants;
mod guest_output;
mod handler_options;
mod instance;
mod labour;
mod machine;
mod memory;
mod one_line;
mod output_budget;
mod overrides;
mod persistence;
mod residents;
mod scratch;
mod sync;
mod ticks;
mod vacant;

pub use failure::Failure;
#[doc(hidden)]
pub use one_line::one_line;
