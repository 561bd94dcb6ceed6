//! Doverb serves HTTP with WebAssembly components that are written as subclasses of Python's
//! `http.server.BaseHTTPRequestHandler` are: a `do_GET`, a `do_POST`, a `do_ANYTHING`.
//!
//! This is the embedding API, put together of the crates below; the `doverb` command is a thin shell over it.

pub use doverb_build::{self as source, reload};
pub use doverb_compile as compile;
pub use doverb_core::*;
pub use doverb_http1 as http1;
pub use doverb_keyvalue as stores;
pub use doverb_outgoing as outgoing;
pub use doverb_server as server;
pub use doverb_wit as wit;
