//! What a program lacked that failed when it began.

use std::collections::BTreeSet;

use super::imports::Imports;
use crate::error::SourceCause;

/// The modules for want of which a program may have failed.
pub(super) struct Lacking<'a> {
    /// The one that Python named last.
    missing: Option<&'a str>,
    /// All that it imports if it has ended by itself, as one does that has looked for a package in vain.
    looked_for: Option<&'a BTreeSet<String>>,
}

impl<'a> Lacking<'a> {
    /// Of one that said this.
    pub(super) fn of(told: &'a str, failure: &SourceCause, imports: Option<&'a Imports>) -> Lacking<'a> {
        let named = "ModuleNotFoundError: No module named '";
        let missing = told.lines().rev().find_map(|line| line.strip_prefix(named)?.strip_suffix('\''));
        let has_ended = matches!(failure, SourceCause::Refused(why) if why.starts_with("it ended"));
        let looked_for = imports.filter(|_| has_ended).map(|imports| &imports.others);
        Lacking { missing, looked_for }
    }

    /// Whether it may have failed for want of this one.
    pub(super) fn has(&self, module: &str) -> bool {
        self.missing == Some(module) || self.looked_for.is_some_and(|modules| modules.contains(module))
    }
}
