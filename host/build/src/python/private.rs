//! What a program may write in while it is built: a folder that stands for its own, and one for what is temporary. Many
//! programs make folders and files when they begin, and their author's stay as they are.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::neighbours::Neighbours;
use doverb_compile::Progress;
use doverb_core::temporary_folders::TemporaryFolder;

/// How often somebody looks how much a program has written.
const LOOKS_EVERY: Duration = Duration::from_millis(250);

/// Two folders that go when the program is built.
#[derive(Debug)]
pub(super) struct Private(TemporaryFolder);

impl Private {
    pub(super) fn new() -> io::Result<Private> {
        let private = Private(TemporaryFolder::new()?);
        fs::create_dir(private.app())?;
        fs::create_dir(private.temporary())?;
        Ok(private)
    }

    /// Whether there is more in them than a component may bring along.
    pub(super) fn is_too_full(&self) -> bool {
        let mut all = Neighbours::default();
        all.below(self.0.path());
        all.too_many
    }

    /// What it sees as its own folder.
    pub(super) fn app(&self) -> PathBuf {
        self.0.path().join("app")
    }

    /// What it sees as `/tmp`.
    pub(super) fn temporary(&self) -> PathBuf {
        self.0.path().join("tmp")
    }
}

/// Lets the work go on for as long as the program has not written too much.
pub(super) struct Bounded<'a> {
    private: Option<&'a Private>,
    progress: &'a dyn Progress,
    looked: Cell<Instant>,
    is_full: Cell<bool>,
}

impl<'a> Bounded<'a> {
    pub(super) fn new(private: Option<&'a Private>, progress: &'a dyn Progress) -> Bounded<'a> {
        Bounded { private, progress, looked: Cell::new(Instant::now()), is_full: Cell::new(false) }
    }

    /// Whether that is why it has ended.
    pub(super) fn is_full(&self) -> bool {
        self.is_full.get()
    }
}

impl Progress for Bounded<'_> {
    fn cancelled(&self) -> bool {
        if self.looked.get().elapsed() > LOOKS_EVERY {
            self.is_full.set(self.private.is_some_and(Private::is_too_full));
            self.looked.set(Instant::now());
        }
        self.is_full.get() || self.progress.cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doverb_compile::Silent;

    #[test]
    fn who_writes_too_much_is_stopped() {
        let private = Private::new().unwrap();
        assert!(!private.is_too_full());
        let file = fs::File::create(private.temporary().join("a")).unwrap();
        file.set_len(doverb_compile::files::MAX_BYTES + 1).unwrap();
        assert!(private.is_too_full());
        let bounded = Bounded::new(Some(&private), &Silent);
        bounded.looked.set(Instant::now() - 2 * LOOKS_EVERY);
        assert!(bounded.cancelled() && bounded.is_full());
    }
}
