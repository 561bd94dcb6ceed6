//! What a handler is made from, at one place.

use std::collections::BTreeSet;
use std::io;
use std::path::{self, Path, PathBuf};

use super::depfiles;
use super::error::{SourceCause, SourceError};
use super::fingerprint::{Fingerprint, Stamp};
use super::languages;
use super::misspelt;
use super::options::SourceOptions;
use super::sources::Sources;
use doverb_compile::Progress;

/// Something that a handler's `.wasm` file comes from.
///
/// ```no_run
/// use doverb_compile::Silent;
/// use doverb_build::Source;
///
/// let mut source = Source::open("guest/examples/hello".as_ref(), &mut Silent)?;
/// let before = source.fingerprint();
/// let wasm = source.build(&mut Silent)?;
/// println!("{} is in {}", source.name(), wasm.display());
/// # Ok::<(), doverb_build::SourceError>(())
/// ```
#[derive(Debug)]
pub struct Source {
    /// As the user wrote it: what errors say.
    given: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Absolute, with symbolic links as they are: each look follows them anew.
    Wasm(PathBuf),
    Built {
        language: &'static str,
        sources: Box<dyn Sources>,
    },
}

impl Source {
    /// Finds out what `path` is: a `.wasm` file, a source file, or a folder of sources: the first that is there of a
    /// Cargo.toml, a go.mod, a package.json or `index.js`, a Python file, and C or C++ files.
    ///
    /// # Errors
    ///
    /// When it is none of them, or when its package makes no `cdylib`.
    pub fn open(path: &Path, progress: &mut dyn Progress) -> Result<Source, SourceError> {
        Source::open_with(path, &SourceOptions::default(), progress)
    }

    /// The same, with choices of the user's.
    ///
    /// # Errors
    ///
    /// As [`Source::open`], and when a choice does not fit what is there.
    pub fn open_with(
        path: &Path,
        options: &SourceOptions,
        progress: &mut dyn Progress,
    ) -> Result<Source, SourceError> {
        let kind = recognise(path, options, progress)
            .map_err(|cause| SourceError { path: path.to_owned(), cause })?;
        Ok(Source { given: path.to_owned(), kind })
    }

    /// The path that was opened.
    pub fn path(&self) -> &Path {
        &self.given
    }

    /// The name of the `.wasm` file: what the log calls the handler.
    pub fn name(&self) -> String {
        match &self.kind {
            Kind::Wasm(path) => path.file_name().unwrap_or(path.as_os_str()).display().to_string(),
            Kind::Built { sources, .. } => sources.wasm_name(),
        }
    }

    /// The language that it is written in: `Python`. None for a `.wasm` file.
    pub fn language(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Wasm(_) => None,
            Kind::Built { language, .. } => Some(language),
        }
    }

    /// The runtime that handlers in this language bring along, if it is most of their code: see
    /// [`Wasm::of_runtime`](doverb_compile::Wasm::of_runtime).
    pub fn runtime(&self) -> Option<&str> {
        match &self.kind {
            Kind::Wasm(_) => None,
            Kind::Built { sources, .. } => sources.runtime(),
        }
    }

    /// Whether [`build`](Source::build) does anything.
    pub fn is_built(&self) -> bool {
        !matches!(self.kind, Kind::Wasm(_))
    }

    /// Brings the `.wasm` file up to date and says where it is. Nothing to do for a `.wasm` file.
    ///
    /// A Cargo folder is built by `cargo build --release --target wasm32-wasip2` with the environment
    /// as a shell outside of `cargo run` has it. `RUSTFLAGS` is taken as meant for the host; flags for
    /// handlers go into `CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS`. The Rust target is added if it is missing.
    ///
    /// # Errors
    ///
    /// When it does not build; the compiler's words have gone to `progress` then.
    pub fn build(&mut self, progress: &mut dyn Progress) -> Result<PathBuf, SourceError> {
        let built = match &mut self.kind {
            // Relative as it was given, for errors.
            Kind::Wasm(_) => Ok(self.given.clone()),
            Kind::Built { sources, .. } => sources.build(progress).inspect(|wasm| {
                // The SDKs of the others tell themselves.
                if sources.runtime().is_none() {
                    misspelt::note(wasm, progress);
                }
            }),
        };
        built.map_err(|cause| SourceError { path: self.given.clone(), cause })
    }

    /// What the inputs contain now.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::take(self.inputs().files)
    }

    /// The inputs' sizes and times: equal stamps mean equal fingerprints, and are had without reading.
    pub fn stamp(&self) -> Stamp {
        Stamp::take(self.inputs().files)
    }

    /// The folders in which a change may be one of an input, symbolic links on the way included. What
    /// a build makes is not in them, except for folders that hold inputs as well.
    pub fn watched(&self) -> BTreeSet<PathBuf> {
        let inputs = self.inputs();
        let mut folders = inputs.folders;
        folders.extend(inputs.files.iter().filter_map(|file| file.parent()).map(Path::to_owned));
        let root = match &self.kind {
            Kind::Wasm(path) => path,
            Kind::Built { sources, .. } => sources.root(),
        };
        folders.extend(depfiles::on_the_way(root));
        folders
    }

    fn inputs(&self) -> depfiles::Inputs {
        match &self.kind {
            Kind::Wasm(path) => {
                depfiles::Inputs { files: BTreeSet::from([path.clone()]), ..Default::default() }
            }
            Kind::Built { sources, .. } => sources.inputs(),
        }
    }
}

fn recognise(
    given: &Path,
    options: &SourceOptions,
    progress: &mut dyn Progress,
) -> Result<Kind, SourceCause> {
    let path = path::absolute(given).map_err(SourceCause::Read)?;
    path.metadata().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SourceCause::NotFound,
        _ => SourceCause::Read(error),
    })?;
    let (path, language) = if let Some((folder, language)) = languages::of_manifest(&path) {
        (folder.to_owned(), language)
    } else if path.is_dir() {
        if let [(_, one), (_, other), ..] = &languages::claims(&path)[..] {
            return Err(SourceCause::SeveralLanguages(one.clone(), other.clone()));
        }
        let language = languages::of_folder(&path).ok_or(SourceCause::UnknownFolder)?;
        (path, language)
    } else if let Some(language) = languages::of_file(&path).or_else(|| languages::of_script(&path)) {
        (path, language)
    } else {
        return Ok(Kind::Wasm(path));
    };
    // Who names a file from afar does not mean what lies where he stands.
    let afar = SourceOptions { started_in: None, ..options.clone() };
    let options = if given.is_relative() && path.is_file() { options } else { &afar };
    let sources = (language.open)(path, options, progress)?;
    Ok(Kind::Built { language: language.name, sources })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Source, SourceCause};
    use doverb_compile::Silent;

    fn refusal(path: &Path) -> SourceCause {
        Source::open(path, &mut Silent).unwrap_err().cause
    }

    #[test]
    fn a_wasm_file_is_its_own_result() {
        let folder = tempfile::tempdir().unwrap();
        let wasm = folder.path().join("hello.wasm");
        fs::write(&wasm, "bytes").unwrap();
        let mut source = Source::open(&wasm, &mut Silent).unwrap();
        assert_eq!(source.build(&mut Silent).unwrap(), wasm);
        assert_eq!(source.name(), "hello.wasm");
        assert!(!source.is_built());
        assert!(source.watched().contains(folder.path()));
    }

    #[test]
    fn what_cannot_be_built_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(matches!(refusal(folder.path()), SourceCause::UnknownFolder));
        assert!(matches!(refusal(&at("none.wasm")), SourceCause::NotFound));
        fs::write(at("app.py"), "").unwrap();
        fs::write(at("index.js"), "").unwrap();
        assert!(matches!(refusal(folder.path()), SourceCause::SeveralLanguages(..)));
        // Whoever names a manifest has chosen.
        fs::write(at("Cargo.toml"), "").unwrap();
        fs::write(at("go.mod"), "module x\n").unwrap();
        assert!(Source::open(&at("go.mod"), &mut Silent).is_ok_and(|source| source.language() == Some("Go")));
        fs::write(at("lib.rs"), "").unwrap();
        assert!(matches!(refusal(&at("lib.rs")), SourceCause::RustFile));
    }
}
