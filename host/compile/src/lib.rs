//! From a `.wasm` file to a component that can be instantiated: read once, compiled in a child
//! process under limits, cached on disk by content.
//!
//! What compiling costs is not bounded by the size of the wasm, so the `doverb` command never
//! compiles in the process that serves; see [`CompileOptions::compiler`].

mod cache;
pub mod child;
mod compiler;
mod confined;
mod error;
mod format;
mod functions;
mod wasm;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use doverb_core::component::Component;
use sha2::{Digest as _, Sha256};

pub use compiler::{compiler, incremental_compiler};
pub use confined::portion_line;
pub use error::{CompileCause, CompileError};
pub use functions::Functions;
pub use wasm::Wasm;

use doverb_core::engine::Engine;

/// The largest wasm file that is read, in bytes.
pub const MAX_WASM: u64 = 256 << 20;
/// From this size of a component on its functions are kept for its next version, and compiling shows how far it is: a
/// smaller one compiles in less time than it would take to look at them.
const LARGE: usize = 1 << 20;
/// The most compiled code that one component may become, in bytes.
pub const MAX_CODE: u64 = 1 << 30;

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
    compiler: Option<PathBuf>,
    cache_dir: Option<PathBuf>,
    timeout: Duration,
}

impl CompileOptions {
    /// The `doverb` executable that compiles, run as `doverb compile -` in a child process with its memory and time limited.
    /// By default components are compiled in this process, with no limit on memory or time: for those that you trust.
    ///
    /// # Safety
    ///
    /// What it writes is run as native code. It must be `doverb`, or another program that writes what
    /// [`Wasm::precompile`] gives for its input and nothing else.
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
}

impl Default for CompileOptions {
    fn default() -> Self {
        CompileOptions { compiler: None, cache_dir: None, timeout: Duration::from_secs(120) }
    }
}

/// Compiles the component in the file `wasm`, or takes its code from the cache.
///
/// Short for [`Wasm::read`] and [`Wasm::compile`] without progress.
///
/// # Errors
///
/// When the file cannot be read, is no component, or does not compile within the limits.
pub fn load(engine: &Engine, wasm: &Path, options: &CompileOptions) -> Result<Component, CompileError> {
    Wasm::read(wasm)?.compile(engine, options, &mut Silent)
}

/// The folder for what is made of other things and can be made anew: the default of
/// [`CompileOptions::cache_dir`]. None where there is no home.
pub fn cache_folder() -> Option<PathBuf> {
    cache::non_empty("DOVERB_CACHE_DIR").or_else(cache::users_folder)
}

/// Watches over work that takes a while: building and compiling.
///
/// Every method but [`cancelled`](Progress::cancelled) has a default that does nothing.
pub trait Progress {
    /// A step begins: `Compiling hello.wasm`.
    fn step(&mut self, what: &str) {
        let _ = what;
    }

    /// How far the step is, where that is known: `done` of `all`.
    fn portion(&mut self, done: u64, all: u64) {
        let _ = (done, all);
    }

    /// A compiler's diagnostics, as that compiler wrote them: many lines, perhaps in colour.
    fn diagnostics(&mut self, text: &str) {
        let _ = text;
    }

    /// Something that the operator should know, though the work goes on. One line.
    fn note(&mut self, line: &str) {
        let _ = line;
    }

    /// Whether [`diagnostics`](Progress::diagnostics) may be in colour.
    fn color(&self) -> bool {
        false
    }

    /// Whether the work should end early. Asked some fifty times a second.
    fn cancelled(&self) -> bool;
}

/// Progress that nobody looks at, of work that nobody cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn cancelled(&self) -> bool {
        false
    }
}

/// The SHA-256 of some content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest::from(Sha256::new_with_prefix(bytes))
    }
}

impl From<Sha256> for Digest {
    fn from(hasher: Sha256) -> Digest {
        Digest(hasher.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn a_digest_is_the_sha_256_in_hexadecimal() {
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), expected);
    }
}
