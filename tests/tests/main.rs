//! The end-to-end tests: the real server over real sockets. A module a subject, so that a test is called
//! `subject::what_it_shows`.
//!
//! They are one binary because linking is most of the cost of building them. Each test runs in a process of its
//! own all the same: `tests/run` runs them with cargo-nextest.

mod attacks;
mod bench;
mod bodies;
mod c;
mod capabilities;
mod cli;
mod compiling;
mod conformance;
mod contract;
mod development;
mod differential;
mod disconnects;
mod echo_1_gib;
mod error_page;
mod exports;
mod faults;
mod fields;
mod framing;
mod go;
mod guestbook;
mod guides;
mod injection;
mod javascript;
mod javascript_build;
mod limits;
mod listeners;
mod log_formats;
mod manual;
mod members;
mod mounts;
mod mounts_named;
mod mounts_reload;
mod new;
mod overrides;
mod persistence;
mod programs;
mod python;
mod raw;
mod reload;
mod request_line;
mod rules;
mod sdks;
mod shutdown;
mod splitting;
mod static_files;
mod status;
mod streaming;
mod tools;
mod waits;
mod websocket;
mod workers;
