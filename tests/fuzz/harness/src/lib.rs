//! What the fuzzer and the property tests check Doverb by: a function a target, which takes any bytes and panics when
//! something is wrong. Most of them compare with a model of their own, and a model is written without a look at the code.
//!
//! `tests/fuzz/fuzz_targets` gives them to cargo-fuzz; the tests here run them over the seeds, the corpora and changes of these,
//! under any compiler.

pub mod answer;
pub mod chunks;
#[cfg(feature = "components")]
pub mod components;
#[cfg(feature = "config")]
pub mod config;
pub mod connection;
pub mod error_page;
pub mod files;
pub mod head;
pub mod model;
pub mod routes;
pub mod snapshot;
