//! The parts of the differential test: see its section in `tests/README.md`.

pub mod case;
pub mod deviations;
pub mod difference;
pub mod generator;
mod messages;
pub mod outcome;
pub mod pair;
mod report;
mod request;
mod scripts;

pub use report::report;
