//! How components are compiled and where compiled code is kept, as an embedder chooses it.

use std::path::PathBuf;
use std::time::Duration;

/// How components are compiled and where compiled code is kept.
///
/// ```
/// use doverb_compile::CompileOptions;
/// use std::time::Duration;
///
/// let options = CompileOptions::default().timeout(Duration::from_secs(20));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompileOptions {
    pub(super) compiler: Option<PathBuf>,
    pub(super) cache_dir: Option<PathBuf>,
    pub(super) timeout: Duration,
    pub(super) memory: u64,
}

impl CompileOptions {
    /// The `doverb` executable that compiles, run as `doverb compile -` in a child process with its memory and time limited.
    /// By default components are compiled in this process, with no limit on memory or time: for those that you trust.
    ///
    /// # Safety
    ///
    /// What it writes is run as native code. It must be `doverb`, or another program that writes what
    /// [`Wasm::precompile`](crate::Wasm::precompile) gives for its input and nothing else.
    #[must_use]
    pub unsafe fn compiler(mut self, doverb: impl Into<PathBuf>) -> CompileOptions {
        self.compiler = Some(doverb.into());
        self
    }

    /// The folder for compiled code. Made if it is missing, and refused when it is somebody else's or others may write to it.
    /// By default it is `$DOVERB_CACHE_DIR`, or `doverb` in `$XDG_CACHE_HOME` or `~/.cache`; when none of the last two
    /// can be used, nothing is cached.
    ///
    /// # Safety
    ///
    /// What is in it is run as native code. Only this crate may put something into it.
    #[must_use]
    pub unsafe fn cache_dir(mut self, folder: impl Into<PathBuf>) -> CompileOptions {
        self.cache_dir = Some(folder.into());
        self
    }

    /// How long the child process may take, by the clock. Default 120 s.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> CompileOptions {
        self.timeout = time;
        self
    }

    /// The address space that the child process may have, in bytes. Default 4 GiB; with less than 2 GiB it cannot begin.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> CompileOptions {
        self.memory = bytes;
        self
    }
}

impl Default for CompileOptions {
    fn default() -> Self {
        CompileOptions { compiler: None, cache_dir: None, timeout: Duration::from_secs(120), memory: 4 << 30 }
    }
}
