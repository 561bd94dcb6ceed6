//! `doverb build`: from sources to a `.wasm` file.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use doverb::handler::{Handler, HandlerOptions};
use doverb::log::escaped;

use super::failure::Failure;
use super::made::{self, Made};
use super::progress::Terminal;
use super::signals::Signals;
use super::source_args::SourceArgs;

const AFTER_HELP: &str = "\
C and C++ are compiled by Zig's clang (or wasi-sdk's, with WASI_SDK_PATH set), Go by its own compiler. \
A Rust package is built with Cargo for the target wasm32-wasip2, which is added to your toolchain if it is missing. \
RUSTFLAGS are taken as meant for this machine; flags for handlers go into CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS.

A file of JavaScript or TypeScript, or a folder of them, becomes a component with QuickJS in it. Types are taken away, not \
checked.

Examples:
  doverb build guest/examples/hello                    writes hello.wasm
  doverb build shop.ts                                 writes shop.wasm
  doverb build guest/examples/hello -o www/index.wasm";

/// Build a handler from its sources, and check that it can be served.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Build {
    /// A source file, a folder of sources, or a .wasm file to check and copy.
    path: PathBuf,
    /// Where the component goes [default: NAME.wasm in the current folder].
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    sources: SourceArgs,
}

impl Build {
    pub(super) fn run(self) -> Result<(), Failure> {
        let signals = Signals::install().map_err(|error| Failure::failed("signals", error))?;
        let mut progress = Terminal::new(&signals);
        let Made { source, path, wasm, engine, component } =
            made::make(&self.path, &self.sources, &signals, &mut progress)?;
        let name = source.name();
        let options = HandlerOptions::new(&name);
        let handler =
            Handler::new(&engine, &component, options).map_err(|error| Failure::handler(&name, &error))?;
        let out = self.out.unwrap_or_else(|| PathBuf::from(&name));
        if !is_same_file(&out, &path) {
            write_atomically(&out, &mut wasm.bytes())?;
        }
        drop(progress);
        let size = wasm.bytes().len();
        super::print(&format!("{}: {size} bytes, serves {}", out.display(), methods_of(&handler)));
        let hidden: Vec<_> = wasm.hidden_files().iter().map(|name| escaped(name)).collect();
        if !hidden.is_empty() {
            let names = told(&hidden.iter().map(|name| &name[..]).collect::<Vec<_>>());
            super::print(&format!(
                "{}: holds hidden files, which whoever gets it can read: {names}. --no-files leaves out all that lie beside it",
                out.display()
            ));
        }
        Ok(())
    }
}

/// Methods and files that are told of, and characters of each: a component may have a hundred thousand, with any names.
const MAX_TOLD: usize = 32;
const MAX_NAME: usize = 64;

/// What a handler serves, for people.
pub(super) fn methods_of(handler: &Handler) -> String {
    told(&handler.methods().collect::<Vec<_>>())
}

fn told(names: &[&str]) -> String {
    let cut = |name: &&str| match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => (*name).to_owned(),
    };
    let first = names.iter().take(MAX_TOLD).map(cut).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MAX_TOLD) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Puts a whole file in place of `path`, or nothing.
pub(super) fn write_atomically(path: &Path, content: &mut dyn io::Read) -> Result<(), Failure> {
    let mut write = || -> io::Result<()> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // What the user's mask leaves of it; temporary files are private otherwise.
        let permissions = Permissions::from_mode(0o666);
        let mut file =
            tempfile::Builder::new().prefix(".doverb-").permissions(permissions).tempfile_in(folder)?;
        io::copy(content, &mut file)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| Failure::failed(path.display(), format!("it cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Failure, MAX_TOLD, told, write_atomically};

    #[test]
    fn of_very_many_methods_the_first_are_told() {
        assert_eq!(told(&["GET", "M-SEARCH"]), "GET, M-SEARCH");
        let (long, many) = ("x".repeat(100_000), vec!["GET"; 100_000]);
        assert_eq!(told(&[&long]), format!("{}...", "x".repeat(64)));
        assert!(told(&many).ends_with(&format!("GET and {} more", 100_000 - MAX_TOLD)));
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello.wasm");
        fs::write(&path, "an older and longer version").unwrap();
        write_atomically(&path, &mut &b"new"[..]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_does_not_exist_is_an_error_that_names_the_file() {
        let path = std::path::Path::new("/nonexistent/hello.wasm");
        let Err(Failure::Failed(line)) = write_atomically(path, &mut &b""[..]) else { panic!("written") };
        assert!(line.starts_with("/nonexistent/hello.wasm: it cannot be written"), "{line}");
    }
}
