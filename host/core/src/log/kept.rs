//! The last lines of a log, for pages that show them to who develops a handler.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lines that are kept.
const MAX_LINES: usize = 200;

/// The last lines, numbered in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    lines: VecDeque<String>,
    /// How many have come in all.
    count: u64,
}

impl Kept {
    pub(super) fn keep(&self, line: String) {
        let mut lines = self.lock();
        if lines.lines.len() == MAX_LINES {
            lines.lines.pop_front();
        }
        lines.lines.push_back(line);
        lines.count += 1;
    }

    pub(super) fn mark(&self) -> u64 {
        self.lock().count
    }

    pub(super) fn since(&self, mark: u64) -> Vec<String> {
        let lines = self.lock();
        let wanted = usize::try_from(lines.count.saturating_sub(mark)).unwrap_or(MAX_LINES);
        let skipped = lines.lines.len().saturating_sub(wanted);
        lines.lines.iter().skip(skipped).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_found_from_a_mark_on() {
        let kept = Kept::default();
        (0..5).for_each(|line| kept.keep(line.to_string()));
        let mark = kept.mark();
        assert_eq!(kept.since(mark), Vec::<String>::new());
        (5..8).for_each(|line| kept.keep(line.to_string()));
        assert_eq!(kept.since(mark), ["5", "6", "7"]);
        (8..500).for_each(|line| kept.keep(line.to_string()));
        let found = kept.since(mark);
        assert_eq!((found.len(), found[0].as_str(), found[199].as_str()), (200, "300", "499"));
    }
}
