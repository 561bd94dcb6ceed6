//! What the native code of all handlers takes of this process's memory.

use std::sync::atomic::{AtomicU64, Ordering};

use doverb_core::limits::half_of_memory;

use super::error::CompileCause;

static LOADED: AtomicU64 = AtomicU64::new(0);

/// Code that is loaded, until it is dropped.
#[derive(Debug)]
pub(super) struct Loaded {
    all: &'static AtomicU64,
    bytes: u64,
}

impl Loaded {
    /// Counts so many bytes, unless there is no room for them.
    pub(super) fn count(bytes: usize) -> Result<Loaded, CompileCause> {
        Loaded::among(&LOADED, bytes as u64, half_of_memory())
    }

    fn among(all: &'static AtomicU64, bytes: u64, most: u64) -> Result<Loaded, CompileCause> {
        let more = |used: u64| used.checked_add(bytes).filter(|&sum| sum <= most);
        match all.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => Ok(Loaded { all, bytes }),
            Err(used) => Err(CompileCause::NoRoom { bytes, used, most }),
        }
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Loaded;

    #[test]
    fn the_code_of_all_handlers_has_a_bound_together() {
        static ALL: AtomicU64 = AtomicU64::new(0);
        let first = Loaded::among(&ALL, 60 << 20, 100 << 20).unwrap();
        let error = Loaded::among(&ALL, 41 << 20, 100 << 20).unwrap_err().to_string();
        assert!(
            error.starts_with("its compiled code has 41 MiB, and that of other handlers 60 MiB"),
            "{error}"
        );
        drop(first);
        drop(Loaded::among(&ALL, 41 << 20, 100 << 20).unwrap());
        assert_eq!(ALL.load(Ordering::Relaxed), 0);
    }
}
