//! Why a source could not be built.

use std::io;
use std::path::PathBuf;

use doverb_compile::{CompileCause, CompileError};

/// Why a source could not be built: where it is, and what was wrong.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct SourceError {
    /// The source as the user named it.
    pub path: PathBuf,
    /// What was wrong with it.
    pub cause: SourceCause,
}

/// What was wrong. Each reads on from the source's name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceCause {
    /// There is no such file or folder.
    #[error("there is no such file or folder")]
    NotFound,
    /// It cannot be looked at.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// A folder without sources in a language that can be built.
    #[error(
        "there is no handler's source in this folder. Name a .wasm file, a source file, or a folder with a Cargo.toml, a go.mod, an app.py or the like"
    )]
    UnknownFolder,
    /// A folder with several files, none of which is the main one by its name.
    #[error("there are several source files in it. Name one of them, or call it one of: {0}")]
    NoMainFile(String),
    /// A source that can be read, but holds no handler, or leaves open which; or a compiler that is there and not fit for it.
    #[error("{0}")]
    Refused(String),
    /// A package that does nothing without its compiled part.
    #[error("it needs {package}, which is compiled, and a component runs pure Python alone. {advice}")]
    Compiled {
        /// What it is called.
        package: String,
        /// What its author can do.
        advice: String,
    },
    /// One file of a Rust package.
    #[error("it is one file of a Rust package. Name the folder that its Cargo.toml is in")]
    RustFile,
    /// A language that has to be built by its own tools.
    #[error("sources in this language are not built yet. Make a component of it and name the .wasm file")]
    UnknownLanguage,
    /// There is no handler class.
    #[error("it has no class that extends BaseHTTPRequestHandler")]
    NoClass,
    /// There is more than one handler class, and none was chosen: see [`SourceOptions::class`](crate::SourceOptions::class).
    #[error("it has several handler classes: {}", .0.join(", "))]
    SeveralClasses(Vec<String>),
    /// The class that was chosen is not there.
    #[error("it has no handler class {wanted}{}", those(there))]
    UnknownClass {
        /// The one that was chosen.
        wanted: String,
        /// Those that there are.
        there: Vec<String>,
    },
    /// The source's own code, which runs when it is built, ran into a limit.
    #[error("{0}")]
    Limit(String),
    /// A program in Python has written too much when it began, in folders that are in its component.
    #[error(
        "the program writes more than 64 MiB, or 10000 files, when it begins, which its component cannot hold"
    )]
    WritesTooMuch,
    /// The package makes no component.
    #[error("its package makes no handler. Add to its Cargo.toml: [lib] crate-type = [\"cdylib\"]")]
    NoLibrary,
    /// A folder that might be a handler in one language or in another.
    #[error(
        "{0} makes it a handler in one language, and {1} one in another. Name the file or folder of one, or give each a path: /a/=FILE /b/=FILE"
    )]
    SeveralLanguages(String, String),
    /// Two handlers in a folder that have the same path.
    #[error("{} and {} would both be served at {path}. Rename one of them", .sources[0], .sources[1])]
    SamePath {
        /// The path.
        path: String,
        /// The names of their files or folders.
        sources: [String; 2],
    },
    /// A workspace with several handlers.
    #[error("it has several handlers: {}. Name the folder of one", .0.join(", "))]
    Several(Vec<String>),
    /// A tool is missing or cannot be run.
    #[error("{tool} cannot be run: {source}{}", how_to_get(tool))]
    Tool {
        /// Its name.
        tool: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A tool that is not installed, and how to install it.
    #[error("{tool} is missing. Install it: {install}")]
    Missing {
        /// Its name, with its version where it matters.
        tool: String,
        /// A line for a shell.
        install: String,
    },
    /// The Rust target is missing and cannot be added.
    #[error("Rust's target wasm32-wasip2 is missing: {0}")]
    Target(String),
    /// It does not compile.
    #[error("{}", does_not_build(*errors, first))]
    Build {
        /// How many errors the compiler gave.
        errors: usize,
        /// The first of them, with its place: `src/lib.rs:3:5: cannot find ...`.
        first: String,
    },
    /// The folder for what is built cannot be used.
    #[error("what is built cannot be put into {}: {reason}. Set DOVERB_CACHE_DIR to a folder of yours", path.display())]
    BuildDir {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Compiled, but what came out is no handler.
    #[error("no component can be made of what was compiled: {0}")]
    Component(String),
    /// Built, but no `.wasm` came out.
    #[error("the build made no .wasm file for its library")]
    NoArtifact,
    /// A tool ran for longer than it may.
    #[error("{tool} took more than {seconds} s and was stopped{advice}")]
    TimedOut {
        /// Its name.
        tool: &'static str,
        /// The time that it had.
        seconds: f64,
        /// What to try: a sentence behind a full stop, or nothing.
        advice: &'static str,
    },
    /// A tool's answer could not be understood.
    #[error("{tool} gave an answer that is not understood: {reason}")]
    Answer {
        /// Its name.
        tool: &'static str,
        /// What was odd.
        reason: String,
    },
    /// [`Progress::cancelled`](doverb_compile::Progress::cancelled) said so.
    #[error("the build was interrupted")]
    Cancelled,
}

impl SourceCause {
    /// Whether it may be gone later though nobody changes the source: a disk failed once or is full, a tool could not be run.
    ///
    /// ```
    /// use doverb_build::SourceCause;
    ///
    /// assert!(SourceCause::Read(std::io::Error::other("the disk fails")).may_pass());
    /// assert!(!SourceCause::NoClass.may_pass());
    /// ```
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, SourceCause::Read(_) | SourceCause::Tool { .. } | SourceCause::BuildDir { .. })
    }

    /// Why what a build needs could not be compiled. To stop a build is no fault of what it builds.
    pub(crate) fn of_compiling(error: CompileError, say: impl FnOnce(CompileError) -> String) -> SourceCause {
        match error.cause {
            CompileCause::Cancelled => SourceCause::Cancelled,
            _ => SourceCause::Component(say(error)),
        }
    }

    /// The cause for who has just read what the compiler says of it.
    pub fn seen(&self) -> String {
        match self {
            SourceCause::Build { errors, first } => not_built(*errors, first),
            other => other.to_string(),
        }
    }

    /// The cause without pointing at output above: for a log, where there is none.
    pub fn summary(&self) -> String {
        match self {
            SourceCause::Build { errors: 2, first } => format!("{first} (and 1 more error)"),
            SourceCause::Build { errors: more @ 3.., first } => {
                format!("{first} (and {} more errors)", more - 1)
            }
            SourceCause::Build { first, .. } => first.clone(),
            other => other.to_string(),
        }
    }
}

/// The other tools are looked for before they are run.
fn how_to_get(tool: &str) -> &'static str {
    if matches!(tool, "cargo" | "rustc" | "rustup") { ". Install Rust from https://rustup.rs" } else { "" }
}

fn those(there: &[String]) -> String {
    if there.is_empty() { String::new() } else { format!("; there are: {}", there.join(", ")) }
}

fn does_not_build(errors: usize, first: &str) -> String {
    let advice = match errors {
        0 => "",
        1 => ". Fix it and try again",
        _ => ". Fix them and try again",
    };
    not_built(errors, first) + advice
}

fn not_built(errors: usize, first: &str) -> String {
    match errors {
        0 => format!("it does not build: {first}"),
        1 => "it does not build (1 error above)".to_owned(),
        errors => format!("it does not build ({errors} errors above)"),
    }
}

#[cfg(test)]
mod tests {
    use super::SourceCause;

    #[test]
    fn a_failed_build_points_up_on_a_terminal_and_quotes_in_a_log() {
        let build = |errors| SourceCause::Build { errors, first: "src/lib.rs:1:2: no x".into() };
        assert_eq!(build(0).to_string(), "it does not build: src/lib.rs:1:2: no x");
        assert_eq!(build(1).to_string(), "it does not build (1 error above). Fix it and try again");
        assert_eq!(build(3).to_string(), "it does not build (3 errors above). Fix them and try again");
        assert_eq!(build(1).summary(), "src/lib.rs:1:2: no x");
        assert_eq!(build(2).summary(), "src/lib.rs:1:2: no x (and 1 more error)");
        assert_eq!(build(3).summary(), "src/lib.rs:1:2: no x (and 2 more errors)");
    }
}
