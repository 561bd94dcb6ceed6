//! Doverb serves HTTP with WebAssembly components that are written as subclasses of Python's
//! `http.server.BaseHTTPRequestHandler` are: a `do_GET`, a `do_POST`, a `do_ANYTHING`.
//!
//! This is the embedding API; the `doverb` command is a thin shell over it. A request travels
//! through the modules in this order: `listener`, `connection`, `request`, `router`, [`handler`],
//! `instance`, `contract`, `response`. `host/README.md` tells the story.

#![warn(missing_docs)]

pub mod engine;
pub mod error_page;
pub mod exchange;
pub mod handler;
pub mod limits;
pub mod log;
pub mod responses;
pub mod server;

mod attributes;
mod authority;
mod body;
mod buffers;
mod chunked;
mod clock;
mod connection;
mod contract;
mod date;
mod drain;
mod failure;
mod field;
mod framing;
mod grammar;
mod guest_output;
mod instance;
mod listener;
mod overrides;
mod request;
mod request_line;
mod response;
mod router;
mod target;
mod wire;
mod workers;

pub use failure::Failure;
