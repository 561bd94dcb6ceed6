//! Tells a build that writes into its own inputs from a user who saves while it runs.
//!
//! Both change an input during a build, and a user's change must lead to another build. A build's own change
//! would then do so for ever. The difference: a user saves outside of builds as well. So after each further build
//! with such a change the next one waits longer; what changed in every build and never while waiting is the build's.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// After this many builds in a row whose inputs changed, the build itself is held to be the cause.
const PROOF: u32 = 5;

/// What is known of inputs that change during builds.
#[derive(Debug, Default)]
pub(super) struct SelfWritten {
    streak: u32,
    suspects: BTreeSet<PathBuf>,
    known: BTreeSet<PathBuf>,
}

impl SelfWritten {
    /// A build has ended, and `during` changed while it ran. Gives the inputs that are now known to be its own.
    pub(super) fn build_ended(&mut self, during: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
        let unexplained: BTreeSet<PathBuf> = during.difference(&self.known).cloned().collect();
        let again: BTreeSet<PathBuf> = unexplained.intersection(&self.suspects).cloned().collect();
        if unexplained.is_empty() {
            self.changed_outside(&BTreeSet::new());
        } else if self.streak > 0 && !again.is_empty() {
            self.streak += 1;
            self.suspects = again;
        } else {
            self.streak = 1;
            self.suspects = unexplained;
        }
        if self.streak < PROOF {
            return BTreeSet::new();
        }
        self.streak = 0;
        let proven = std::mem::take(&mut self.suspects);
        self.known.extend(proven.iter().cloned());
        proven
    }

    /// `paths` changed while no build ran: that was a user.
    pub(super) fn changed_outside(&mut self, paths: &BTreeSet<PathBuf>) {
        self.streak = 0;
        self.suspects.clear();
        self.known.retain(|path| !paths.contains(path));
    }

    /// The inputs that builds write themselves.
    pub(super) fn known(&self) -> &BTreeSet<PathBuf> {
        &self.known
    }

    /// How long to wait for a user before the next build.
    pub(super) fn patience(&self) -> Duration {
        match self.streak {
            0 | 1 => Duration::ZERO,
            streak => Duration::from_secs(1 << (streak - 2).min(6)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::{PROOF, SelfWritten};

    fn paths(names: &[&str]) -> BTreeSet<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn what_changes_in_every_build_is_the_builds_own() {
        let mut written = SelfWritten::default();
        for _ in 1..PROOF {
            assert!(written.build_ended(&paths(&["gen.rs", "lib.rs"])).is_empty());
        }
        assert!(written.patience() >= Duration::from_secs(4));
        assert_eq!(written.build_ended(&paths(&["gen.rs"])), paths(&["gen.rs"]));
        assert_eq!(written.patience(), Duration::ZERO);
        assert!(written.build_ended(&paths(&["gen.rs"])).is_empty());
        assert_eq!(*written.known(), paths(&["gen.rs"]));
    }

    #[test]
    fn one_save_during_a_build_leads_to_the_next_at_once() {
        let mut written = SelfWritten::default();
        written.build_ended(&paths(&["lib.rs"]));
        assert_eq!(written.patience(), Duration::ZERO);
        written.build_ended(&paths(&["lib.rs"]));
        assert!(written.patience() > Duration::ZERO);
        written.build_ended(&paths(&[]));
        assert_eq!(written.patience(), Duration::ZERO);
    }

    #[test]
    fn a_user_who_also_saves_between_builds_is_never_suspected() {
        let mut written = SelfWritten::default();
        for _ in 0..4 * PROOF {
            assert!(written.build_ended(&paths(&["lib.rs"])).is_empty());
            assert!(written.build_ended(&paths(&["lib.rs"])).is_empty());
            written.changed_outside(&paths(&["lib.rs"]));
        }
        assert!(written.known().is_empty());
    }

    #[test]
    fn different_files_are_no_pattern_and_a_users_edit_clears_a_wrong_one() {
        let mut written = SelfWritten::default();
        for build in 0..4 * PROOF {
            let name = format!("{build}.rs");
            assert!(written.build_ended(&paths(&[&name])).is_empty());
        }
        for _ in 0..PROOF {
            written.build_ended(&paths(&["lib.rs"]));
        }
        assert_eq!(*written.known(), paths(&["lib.rs"]));
        written.changed_outside(&paths(&["lib.rs"]));
        assert!(written.known().is_empty());
    }
}
