//! Write HTTP handlers for Doverb in Rust, as subclasses of Python's
//! `http.server.BaseHTTPRequestHandler` are written.
//!
//! ```
//! use doverb_guest::*;
//!
//! #[derive(Default)]
//! struct Hello;
//!
//! #[handler]
//! impl Hello {
//!     const PROTOCOL_VERSION: &str = "HTTP/1.1";
//!
//!     fn do_GET(&mut self) -> Result {
//!         self.send_response(200)?;
//!         self.send_header("Content-Type", "text/plain")?;
//!         self.end_headers()?;
//!         self.wfile().write_all(b"Hello, World!")?;
//!         Ok(())
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! - **Methods.** Each `do_X` of the block serves the HTTP method `X`; an underscore stands for a hyphen
//!   (`do_M_SEARCH`). A method is words of letters and digits, each in upper case or in lower case (`do_BREW`, `do_2FA`,
//!   `do_x_rate`). `do_ANY` serves all that have no method of their own. The others get 501.
//! - **State.** `self` is made by `new()` if the block has one, else by `Default`, and lives as long as the
//!   client's connection.
//! - **Attributes.** The constants `PROTOCOL_VERSION`, `SERVER_VERSION`, `SYS_VERSION`,
//!   `ERROR_MESSAGE_FORMAT`, `ERROR_CONTENT_TYPE` (each `&str`) and `TIMEOUT` (a `Duration`) are those of Python's class.
//! - **Overrides.** `setup`, `finish`, `handle_expect_100`, `send_error`, `log_request`, `log_error`, `log_message`,
//!   `version_string`, `date_time_string`, `log_date_time_string` and `address_string` in the block replace the
//!   defaults; those of [`BaseHTTPRequestHandler`] are Python's `super()`.
//! - **Errors.** `?` works with every error. A handler that returns one has failed: it is logged, and the client gets a
//!   500 if nothing was sent yet. When the client has gone, nobody needs to know.

#![warn(missing_docs)]

mod answer;
mod attributes;
mod base;
mod bindings;
mod body;
mod config;
mod connection;
mod error;
mod field;
mod form;
mod headers;
#[cfg(feature = "http")]
pub mod http;
mod request;
mod store;
mod value;
mod words;

#[doc(hidden)]
pub mod __private;

pub use std::io::{BufRead, Read, Write};

pub use attributes::Attributes;
pub use base::BaseHTTPRequestHandler;
pub use body::{Lines, Rfile, Wfile};
pub use config::{ConfigError, config, config_values};
pub use connection::Connection;
pub use doverb_guest_macros::handler;
pub use error::{Error, Failure, Outcome, Result, Verdict};
pub use form::Form;
pub use headers::Headers;
pub use store::{Store, StoreError, store};
pub use value::Value;
