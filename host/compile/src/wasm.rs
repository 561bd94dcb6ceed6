//! A component's bytes, read once: what is hashed, compiled and loaded are the same.

use std::ffi::OsStr;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use doverb_core::advice::advised;
use doverb_core::component::{Component, ComponentError};
use doverb_core::snapshot::Snapshot;
use doverb_core::stack::Stack;
use sha2::{Digest as _, Sha256};

use super::beginnings::{self, MAX_COPIED};
use super::bounds::{LARGE, MAX_WASM};
use super::cache::Cache;
use super::compiler;
use super::confined::Child;
use super::digest::Digest;
use super::error::{CompileCause, CompileError};
use super::files;
use super::format::{self, Layout};
use super::loaded::Loaded;
use super::options::CompileOptions;
use super::progress::Progress;
use super::regular_file;
use super::turn::Turn;
use doverb_core::engine::Engine;
use doverb_core::one_line;

/// The bytes of a component, as they were at one moment.
///
/// ```no_run
/// use doverb_compile::{CompileOptions, Silent, Wasm};
/// # use doverb_core::engine::Engine;
/// # fn example(engine: &Engine) -> Result<(), Box<dyn std::error::Error>> {
/// let wasm = Wasm::read("hello.wasm".as_ref())?;
/// let component = wasm.compile(engine, &CompileOptions::default(), &mut Silent)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Wasm {
    path: PathBuf,
    bytes: Arc<[u8]>,
    layout: Layout,
    digest: Digest,
    /// That of the code alone.
    code: Digest,
    runtime: Option<String>,
}

impl Wasm {
    /// Reads the file `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is over [`MAX_WASM`], or is no whole component.
    pub fn read(path: &Path) -> Result<Wasm, CompileError> {
        let bytes = read_file(path).map_err(|cause| CompileError::new(path, cause))?;
        Wasm::new(path, bytes)
    }

    /// Reads `input` to its end. Errors name it `path`.
    ///
    /// # Errors
    ///
    /// As [`Wasm::read`].
    pub fn read_from(path: &Path, input: impl Read) -> Result<Wasm, CompileError> {
        let bytes = read_bounded(input).map_err(|cause| CompileError::new(path, cause))?;
        Wasm::new(path, bytes)
    }

    fn new(path: &Path, bytes: Vec<u8>) -> Result<Wasm, CompileError> {
        let layout = format::check(&bytes).map_err(|cause| CompileError::new(path, cause))?;
        let code = Digest::of(&bytes[..layout.code]);
        // Each byte is digested once.
        let digest = match &bytes[layout.code..] {
            [] => code,
            rest => Digest::from(Sha256::new_with_prefix(code.0).chain_update(rest)),
        };
        Ok(Wasm { path: path.to_owned(), bytes: bytes.into(), layout, digest, code, runtime: None })
    }

    /// Says whose functions most of its functions are: those of a language's runtime, which all handlers in that language
    /// bring along. What is compiled of one is then found by the others. By default only versions of one file share.
    #[must_use]
    pub fn of_runtime(mut self, runtime: Option<&str>) -> Wasm {
        self.runtime = runtime.map(str::to_owned);
        self
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of what it imports, as far as it can be read. It has chosen them: show them escaped.
    pub fn imports(&self) -> Vec<String> {
        format::imports(&self.bytes)
    }

    /// The files that a handler brings along from beside its source and whose names, or those of the folders that they are in,
    /// begin with a dot. They are its author's to choose: show them escaped.
    pub fn hidden_files(&self) -> Vec<String> {
        let section = self.layout.files.clone().map(|content| &self.bytes[content]);
        let files = section.and_then(doverb_core::files::read).unwrap_or_default();
        let is_folder =
            |file: &&doverb_core::files::Packed<'_>| file.path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let own = files.iter().filter(|file| !is_folder(file));
        let own = own.filter_map(|file| file.path.strip_prefix("app").ok()?.to_str());
        let is_hidden = |path: &&str| path.split('/').any(|name| name.starts_with('.'));
        own.filter(is_hidden).map(str::to_owned).collect()
    }

    /// The content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A digest of [`bytes`](Wasm::bytes).
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The component, compiled as `options` say or from the cache.
    ///
    /// # Errors
    ///
    /// When it does not compile within the limits, or a cache that was asked for cannot be used.
    pub fn compile(
        &self,
        engine: &Engine,
        options: &CompileOptions,
        progress: &mut dyn Progress,
    ) -> Result<Component, CompileError> {
        self.compile_or_take(engine, options, progress).map_err(|cause| self.error(cause))
    }

    /// The component's native code for engines as [`Engine`]s are, compiled as `options` say or from the cache: for a child
    /// process that runs it.
    ///
    /// # Errors
    ///
    /// As [`compile`](Wasm::compile).
    pub fn native_code(
        &self,
        options: &CompileOptions,
        progress: &mut dyn Progress,
    ) -> Result<Vec<u8>, CompileError> {
        let engine =
            compiler::compiler().map_err(|error| self.error(CompileCause::Load(error.to_string())))?;
        let cache = Cache::open(options.cache_dir.as_deref(), progress).map_err(|cause| self.error(cause))?;
        let key = key(self.code, &engine);
        if let Some(code) = cache.as_ref().and_then(|cache| cache.get(key)) {
            return Ok(code);
        }
        let code = self.compile_anew(&engine, cache.as_ref(), options, progress);
        let code = code.map_err(|cause| self.error(cause))?;
        self.keep(cache.as_ref(), key, &code, progress);
        Ok(code)
    }

    /// The component's native code for `engine`, compiled in this process.
    ///
    /// # Errors
    ///
    /// When it is no valid component.
    pub fn precompile(&self, engine: &wasmtime::Engine) -> Result<Vec<u8>, CompileError> {
        self.precompile_here(engine).map_err(|cause| self.error(cause))
    }

    fn precompile_here(&self, engine: &wasmtime::Engine) -> Result<Vec<u8>, CompileCause> {
        engine
            .precompile_component(&self.bytes[..self.layout.code])
            .map_err(|error| CompileCause::Invalid(one_line(&error)))
    }

    fn error(&self, cause: CompileCause) -> CompileError {
        CompileError::new(&self.path, cause)
    }

    fn compile_or_take(
        &self,
        engine: &Engine,
        options: &CompileOptions,
        progress: &mut dyn Progress,
    ) -> Result<Component, CompileCause> {
        let copied = beginnings::copied(&self.bytes[..self.layout.code]);
        if copied > MAX_COPIED {
            return Err(CompileCause::TooMuchData(copied, MAX_COPIED));
        }
        let cache = Cache::open(options.cache_dir.as_deref(), progress)?;
        let key = key(self.code, engine.wasmtime());
        if let Some(code) = cache.as_ref().and_then(|cache| cache.get(key)) {
            match load_code(engine, &code, self.layout.stack) {
                Ok(component) => return self.complete(component),
                Err(full @ CompileCause::NoRoom { .. }) => return Err(full),
                Err(_) => cache.iter().for_each(|cache| cache.remove(key)),
            }
        }
        let code = self.compile_anew(engine.wasmtime(), cache.as_ref(), options, progress)?;
        let component = load_code(engine, &code, self.layout.stack)?;
        self.keep(cache.as_ref(), key, &code, progress);
        self.complete(component)
    }

    /// The component with what it brings along.
    fn complete(&self, mut component: Component) -> Result<Component, CompileCause> {
        if let Some(content) = &self.layout.snapshot {
            let snapshot = Snapshot::read(&self.bytes[content.clone()]);
            let snapshot = snapshot.map_err(|error| CompileCause::Invalid(error.to_string()))?;
            component = component.with_snapshot(snapshot);
        }
        if let Some(content) = &self.layout.files {
            component = component.with_files(files::unpack(&self.bytes[content.clone()])?);
        }
        Ok(component)
    }

    fn compile_anew(
        &self,
        engine: &wasmtime::Engine,
        cache: Option<&Cache>,
        options: &CompileOptions,
        progress: &mut dyn Progress,
    ) -> Result<Vec<u8>, CompileCause> {
        progress.step(&format!("Compiling {}", self.name().display()));
        let Some(compiler) = &options.compiler else { return self.precompile_here(engine) };
        let is_large = self.layout.code >= LARGE;
        let functions =
            cache.filter(|_| is_large).map(|cache| cache.functions(self.runtime.as_deref(), &self.path));
        let (timeout, memory) = (options.timeout, options.memory);
        let child = Child { compiler, timeout, memory, functions, tells: is_large };
        let _turn = Turn::to_compile(progress)?;
        if self.layout.code == self.bytes.len() {
            return child.precompile(&self.bytes, progress);
        }
        child.precompile(&self.bytes[..self.layout.code].into(), progress)
    }

    fn keep(&self, cache: Option<&Cache>, key: Digest, code: &[u8], progress: &mut dyn Progress) {
        let Some(cache) = cache else { return };
        cache.put(key, code).unwrap_or_else(|error| {
            let cause = advised(&error.to_string());
            progress.note(&format!("{}: its compiled code is not cached: {cause}", self.name().display()));
        });
    }

    fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or(self.path.as_os_str())
    }
}

/// Loaded from memory rather than mapped from the file: the bytes whose digest was checked are the
/// bytes that run, nothing that happens to the file later can reach them, and a cache on a file system
/// without execute permission works.
fn load_code(engine: &Engine, code: &[u8], stack: Stack) -> Result<Component, CompileCause> {
    let loaded = Loaded::count(code.len())?;
    // SAFETY: `code` is what `Engine::precompile_component` made: here, in a child process that runs
    // our own executable, or in an earlier run of either. In the last case it comes from a file
    // that belongs to us, that nobody else can write, and whose SHA-256 is the one it was stored with
    // (`Cache::get`). That it was made for this version and configuration, wasmtime checks itself.
    let component = unsafe { Component::from_native(engine, code, stack) };
    component.map(|component| component.with_held(Arc::new(loaded))).map_err(|error| match error {
        ComponentError::Engine(error) => CompileCause::Load(ComponentError::Engine(error).to_string()),
        error => CompileCause::TooManyParts(error),
    })
}

/// What compiled code is stored under: it is good for these bytes and engines like this one.
fn key(wasm: Digest, engine: &wasmtime::Engine) -> Digest {
    struct Feed(Sha256);
    impl Hasher for Feed {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut feed = Feed(Sha256::new_with_prefix(wasm.0));
    engine.precompile_compatibility_hash().hash(&mut feed);
    Digest::from(feed.0)
}

fn read_file(path: &Path) -> Result<Vec<u8>, CompileCause> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => CompileCause::NotFound,
        _ => CompileCause::Read(error),
    };
    // Asked for before opening: opening a pipe waits for its writer.
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if kind.is_dir() {
        return Err(CompileCause::NotAFile("a folder"));
    }
    if !kind.is_file() {
        return Err(CompileCause::NotAFile("a pipe or a device"));
    }
    // Nor does what takes its place meanwhile have anybody wait.
    read_bounded(regular_file::open(path).map_err(unreadable)?)
}

fn read_bounded(input: impl Read) -> Result<Vec<u8>, CompileCause> {
    let mut bytes = Vec::new();
    input.take(MAX_WASM + 1).read_to_end(&mut bytes).map_err(CompileCause::Read)?;
    if bytes.len() as u64 > MAX_WASM { Err(CompileCause::TooLarge(MAX_WASM)) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{CompileCause, Wasm, key};
    use crate::{CompileOptions, Silent, load};
    use doverb_core::engine::Engine;
    use doverb_core::limits::Limits;

    fn component(text: &str) -> Wasm {
        Wasm::new(Path::new("test.wasm"), wat::parse_str(text).unwrap()).unwrap()
    }

    fn small_engine() -> Engine {
        let limits = Limits::default().with_max_instances(2);
        Engine::new(&limits).unwrap()
    }

    #[test]
    fn the_second_load_takes_the_code_from_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let wasm = folder.path().join("hello.wasm");
        fs::write(&wasm, wat::parse_str("(component (core module (func)))").unwrap()).unwrap();
        // SAFETY: nothing else writes into this folder.
        let options = unsafe { CompileOptions::default().cache_dir(folder.path().join("cache")) };
        let engine = small_engine();
        load(&engine, &wasm, &options).unwrap();
        // A compiler that does not exist shows that none is needed now.
        // SAFETY: no program writes nothing.
        let cached = unsafe { options.clone().compiler("/nonexistent/doverb") };
        load(&engine, &wasm, &cached).unwrap();
        fs::write(&wasm, wat::parse_str("(component (core module (memory 1)))").unwrap()).unwrap();
        let error = load(&engine, &wasm, &cached).unwrap_err();
        assert!(matches!(error.cause, CompileCause::Compiler { .. }), "{error}");
    }

    #[test]
    fn compiling_engines_and_serving_engines_share_code() {
        let wasm = component("(component)");
        let (compiler, serving) = (crate::compiler().unwrap(), small_engine());
        assert_eq!(key(wasm.code, &compiler), key(wasm.code, serving.wasmtime()));
        let other = component("(component (core module))");
        assert_ne!(key(wasm.code, &compiler), key(other.code, &compiler));
    }

    #[test]
    fn an_entry_that_is_no_code_is_compiled_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (wasm, engine) = (component("(component)"), small_engine());
        let cache = super::Cache::open(Some(folder.path()), &mut Silent).unwrap().unwrap();
        let key = key(wasm.code, engine.wasmtime());
        cache.put(key, b"whole, but made by another program").unwrap();
        // SAFETY: nothing else writes into this folder but the line above, and that no code.
        let options = unsafe { CompileOptions::default().cache_dir(folder.path()) };
        wasm.compile(&engine, &options, &mut Silent).unwrap();
        assert_eq!(cache.get(key).unwrap(), wasm.precompile(engine.wasmtime()).unwrap());
    }

    #[test]
    fn what_is_no_file_is_refused_without_being_opened() {
        let folder = tempfile::tempdir().unwrap();
        let cause = |path: &Path| Wasm::read(path).unwrap_err().cause;
        assert!(matches!(cause(folder.path()), CompileCause::NotAFile("a folder")));
        assert!(matches!(cause(&folder.path().join("none.wasm")), CompileCause::NotFound));
        assert!(matches!(cause(Path::new("/dev/zero")), CompileCause::NotAFile(_)));
    }

    #[test]
    fn an_invalid_component_names_its_fault_in_one_line() {
        // A whole section with an id that does not exist.
        let wasm = Wasm::new(Path::new("bad.wasm"), b"\0asm\x0d\0\x01\0\x7f\0".to_vec()).unwrap();
        let error = wasm.precompile(&crate::compiler().unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("bad.wasm: it does not compile: "), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
