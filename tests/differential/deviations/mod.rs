//! The deviations from Python: those of the table in `wit/README.md`, each as narrow as it can be said.
//!
//! A rule is a pure predicate over the case, both outcomes, and one difference between them. A difference without a
//! rule fails the test, and so does a rule that no difference of a whole run needs.

mod answers;
mod connection;
mod failures;
mod misuse;
mod page;
mod refusals;

use super::difference::{Difference, Scene};

/// A difference that is meant to be.
pub struct Deviation {
    /// The same words as in `wit/README.md`, where it is a row there.
    pub name: &'static str,
    /// The section of the RFC that asks for it, or the reason. "9110" and "9112" are the RFCs.
    pub why: &'static str,
    pub explains: fn(&Scene<'_>, &Difference) -> bool,
}

/// Those that Python has come to agree with, and the version (3.x) that does.
const OUTGROWN: [(&str, u32); 2] =
    [("texts of statuses: phrases of later Pythons", 13), ("number of fields", 15)];

/// Whether Python 3.`minor` still differs in this.
pub fn is_expected(name: &str, minor: u32) -> bool {
    OUTGROWN.iter().all(|&(outgrown, since)| outgrown != name || minor < since)
}

/// All of them, the narrow ones first.
pub fn all() -> impl Iterator<Item = &'static Deviation> {
    let subjects: [&[Deviation]; 5] = [
        page::DEVIATIONS,
        answers::DEVIATIONS,
        connection::DEVIATIONS,
        refusals::DEVIATIONS,
        failures::DEVIATIONS,
    ];
    subjects.into_iter().flatten()
}
