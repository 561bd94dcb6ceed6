//! The deviations from Python that are allowed.

use super::difference::{Difference, Scene};

/// A difference that is meant to be.
pub struct Deviation {
    pub name: &'static str,
    pub why: &'static str,
    pub explains: fn(&Scene<'_>, &Difference) -> bool,
}

pub const DEVIATIONS: &[Deviation] = &[];
