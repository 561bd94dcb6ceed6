//! What the end-to-end tests share: the real server as a child process, and a client that
//! speaks raw TCP so that a test decides about every byte.
//!
//! Every wait has a deadline, so a test fails with a reason and never hangs. `tests/run` builds what is
//! needed: the `doverb` binary, the examples and the test guests.

#![warn(missing_docs)]

pub mod artifacts;
pub mod browser;
pub mod client;
pub mod command;
pub mod component;
pub mod conformance;
pub mod examples;
pub mod javascript;
pub mod log_lines;
pub mod python;
pub mod redis;
pub mod response;
pub mod server;
pub mod site;
mod socket_queue;
pub mod sources;
pub mod tls;
pub mod upstream;

pub use artifacts::{cache, guest, padded, repository};
pub use client::{Client, request};
pub use command::{Outcome, doverb};
pub use response::Response;
pub use server::Server;

use std::time::{Duration, Instant};

/// How long anything may take that should happen soon. Far more than it ever needs, as test machines are busy.
pub const SOON: Duration = Duration::from_secs(30);

/// How long may take what builds or moves a lot: a cargo build, a gigabyte.
pub const LATER: Duration = Duration::from_secs(240);

/// Asks until there is an answer: for what the server does soon, but says nothing about.
///
/// # Panics
///
/// When there is none within [`SOON`].
pub fn eventually<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {SOON:?}: {what}");
        std::thread::yield_now();
    }
}
