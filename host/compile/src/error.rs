//! Why a component could not be loaded.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use doverb_core::component::ComponentError;

/// Why a component could not be loaded: its file, and what was wrong.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct CompileError {
    /// The wasm file.
    pub path: PathBuf,
    /// What was wrong with it.
    pub cause: CompileCause,
}

impl CompileError {
    pub(super) fn new(path: &Path, cause: CompileCause) -> CompileError {
        CompileError { path: path.to_owned(), cause }
    }
}

/// What was wrong. Each reads on from the name of the file: `hello.wasm: there is no such file`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileCause {
    /// The file does not exist.
    #[error("there is no such file")]
    NotFound,
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// It is a folder, a pipe or a device.
    #[error("it is {0}, not a file. Name a .wasm file")]
    NotAFile(&'static str),
    /// It is larger than [`MAX_WASM`](crate::MAX_WASM).
    #[error("it is larger than {} MiB, the most that is read", .0 >> 20)]
    TooLarge(u64),
    /// It has no bytes.
    #[error("it is empty. Is it still being written?")]
    Empty,
    /// It is not WebAssembly at all.
    #[error("it is not WebAssembly. Name a component (a .wasm file)")]
    NotWasm,
    /// WebAssembly's text format.
    #[error(
        "it is WebAssembly in its text format. Make the binary format of it: wasm-tools parse -o OUT.wasm"
    )]
    Text,
    /// A core module.
    #[error(
        "it is a core module, not a component. Build it for the target wasm32-wasip2, \
         or make a component of it: wasm-tools component new -o OUT.wasm"
    )]
    Module,
    /// Compiled code, not wasm.
    #[error("it is compiled code. Only the .wasm file that it was made from can be loaded")]
    Native,
    /// It ends in the middle.
    #[error("it is cut off in the middle. Is it still being written? Else build it again")]
    Truncated,
    /// The compiler refuses it.
    #[error("it does not compile: {0}")]
    Invalid(String),
    /// The compiler's result cannot be used.
    #[error("its compiled code cannot be loaded: {0}")]
    Load(String),
    /// The files that it brings along cannot be put where its instances read them.
    #[error("its files cannot be unpacked in {}: {cause}", folder.display())]
    Files {
        /// The folder for temporary files.
        folder: PathBuf,
        /// What the system says, or what is wrong with them.
        cause: io::Error,
    },
    /// Each of its instances would take more of the engine's pool than one may.
    #[error("{0}")]
    TooManyParts(ComponentError),
    /// Each of its instances would copy too much of its data as it begins, while others wait.
    #[error("each of its instances copies {} MiB of data as it begins, more than {} MiB", .0 >> 20, .1 >> 20)]
    TooMuchData(u64, u64),
    /// The cache that was asked for cannot be used.
    #[error("the cache folder {} cannot be used: {reason}. Choose another with DOVERB_CACHE_DIR", path.display())]
    Cache {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The compiling child cannot be run.
    #[error("the compiler {} cannot be run: {source}", path.display())]
    Compiler {
        /// The executable.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The child took too long.
    #[error("compiling takes more than {} s and was stopped. Allow more with --compile-time", .0.as_secs())]
    TimedOut(Duration),
    /// The child ran into its limit of memory, of so many bytes.
    #[error("compiling takes more than {} MiB of memory and was stopped. Allow more with --compile-memory", .0 >> 20)]
    Memory(u64),
    /// The child used up its processor time.
    #[error("compiling takes more processor time than it may and was stopped")]
    Processor,
    /// The compiled code is larger than [`MAX_CODE`](crate::MAX_CODE).
    #[error("its compiled code is larger than {} MiB, the most that is loaded", .0 >> 20)]
    TooMuchCode(u64),
    /// The code of all handlers together is more than the machine can bear.
    #[error(
        "its compiled code has {} MiB, and that of other handlers {} MiB: together they have {} MiB at most, half of the \
         machine's memory. Serve fewer, or smaller ones",
        .bytes >> 20, .used >> 20, .most >> 20
    )]
    NoRoom {
        /// Its own, in bytes.
        bytes: u64,
        /// What there is already, old versions that still serve among it.
        used: u64,
        /// What there may be.
        most: u64,
    },
    /// The child died of something else.
    #[error("the compiler failed: {0}")]
    Died(String),
    /// [`Progress::cancelled`](super::Progress::cancelled) said so.
    #[error("compiling was interrupted")]
    Cancelled,
}

impl CompileCause {
    /// Whether it may be gone later though the file stays as it is: a disk failed once or is full, the machine had no memory.
    ///
    /// ```
    /// use doverb_compile::CompileCause;
    ///
    /// assert!(CompileCause::Died("signal 9".into()).may_pass());
    /// assert!(!CompileCause::NotWasm.may_pass());
    /// ```
    #[must_use]
    pub fn may_pass(&self) -> bool {
        use CompileCause::{Cache, Compiler, Died, Files, NoRoom, Read};
        matches!(self, Read(_) | Files { .. } | Cache { .. } | Compiler { .. } | NoRoom { .. } | Died(_))
    }
}
