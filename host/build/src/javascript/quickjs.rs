//! QuickJS as a component: linked with what a handler's world needs, run here, and put down as it then is.
//!
//! The engine is built already (`host/build/quickjs`). It is a library that knows no world; wit-dylib writes the one
//! that tells it of a handler's. Wizer makes the component again out of what it has in memory.

use std::fs;
use std::future::Future;
use std::path::{Component as Part, Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use doverb_core::engine::compiler_config;
use doverb_core::make_images;
use wasm_encoder::CustomSection;
use wasmparser::{Parser, Payload};
use wasmtime::component::{Component, Instance, Lift, Linker, WasmList};
use wasmtime::{Engine, Store};
use wasmtime_wasi::WasiCtx;
use wasmtime_wizer::{ComponentInstanceState, Wizer};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::fuse::fuse;
use super::library::WORLDS;
use super::stub::stub;
use crate::build_time::{Host, fail_calls};

/// The engine as a library for the dynamic linking of components.
const RUNTIME: &[u8] = include_bytes!("../../quickjs/runtime.wasm");
/// Where it comes from, with its digest.
pub(super) const ORIGIN: &str = include_str!("../../quickjs/README.md");
/// Its import for the modules of a handler, which is there only while it is made.
pub(super) const LOADER: &str = "local:init/module-loader";
/// The world of what makes it, and what that exports.
const MAKING: &str = ":local:init:";
pub(super) const MAKERS: [&str; 2] = ["init", "cabi_post_init"];
/// What it runs before the first module. It would have constructors for streams and futures; the contract has neither.
const SHIM: &str = "const wit = globalThis.wit = {};\n";

/// The engine's stack in its memory, in bytes. Calls end with a RangeError half a megabyte before it does.
const STACK: u32 = (4 << 20) + (512 << 10);
/// What calls may take of the stack of the thread that runs the modules: as much as where the component is served, and more.
const WASM_STACK: usize = 24 << 20;
/// What that thread needs.
pub(super) const THREAD_STACK: usize = WASM_STACK + (2 << 20);

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no component.
pub(super) enum Failed {
    /// What the modules have thrown, in the engine's words.
    Thrown(String),
    /// Everything else, the outermost reason first.
    Other(Vec<String>),
}

impl From<wasmtime::Error> for Failed {
    fn from(error: wasmtime::Error) -> Failed {
        Failed::Other(error.chain().map(ToString::to_string).collect())
    }
}

/// The engine and the world `handler` of a folder with WIT packages in one module, with the worlds of both.
pub(super) fn link(wit: &Path) -> Result<Vec<u8>, Error> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let world = resolve.select_world(&[package], Some("handler"))?;
    let mut bindings = wit_dylib::create(&resolve, world, None);
    embed_component_metadata(&mut bindings, &resolve, world, StringEncoding::UTF8)?;
    Ok(fuse(&[RUNTIME, &bindings], STACK)?)
}

/// The component of a module that [`link`] has made. It has run nothing yet.
pub(super) fn component(module: &[u8]) -> Result<Vec<u8>, Error> {
    // Wizer validates it.
    encoded(ComponentEncoder::default().validate(false), module)
}

/// The component of what Wizer has made of that one: the module alone, without what made it and what a handler has no use for. `linked`
/// is what [`link`] has made, and `world` the text of the handler's.
pub(super) fn finish(snapshot: &[u8], linked: &[u8], world: &str) -> Result<Vec<u8>, Error> {
    let module = first_module(snapshot)?;
    let mut module = stub(module, world)?;
    for payload in Parser::new(0).parse_all(linked) {
        let Payload::CustomSection(section) = payload? else { continue };
        if section.name().starts_with(WORLDS) && !section.name().contains(MAKING) {
            module.section(&CustomSection { name: section.name().into(), data: section.data().into() });
        }
    }
    encoded(&mut ComponentEncoder::default(), &module.finish())
}

/// The component of a module, or all that is said of why there is none.
fn encoded(encoder: &mut ComponentEncoder, module: &[u8]) -> Result<Vec<u8>, Error> {
    let component = encoder.module(module).and_then(ComponentEncoder::encode);
    Ok(component.map_err(|error| format!("{error:#}"))?)
}

/// The module that the others of a component serve.
fn first_module(component: &[u8]) -> Result<&[u8], Error> {
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload? {
            let range = usize::try_from(unchecked_range.start)?..usize::try_from(unchecked_range.end)?;
            return Ok(&component[range]);
        }
    }
    Err("there is no module in the component".into())
}

/// What is run of a component that [`component`] has made: the same with functions by which Wizer reads it.
pub(super) fn instrument(component: &[u8]) -> wasmtime::Result<Vec<u8>> {
    Ok(Wizer::new().instrument_component(component)?.1)
}

/// Runs `entry` of the folder `modules` in a component that [`component`] has made, and what it imports.
///
/// # Safety
///
/// `code` runs as it is: it must be what [`doverb_compile::Wasm::native_code`] gave for what [`instrument`] makes of the component.
pub(super) unsafe fn run(
    component: &[u8],
    code: &[u8],
    modules: &Path,
    entry: &str,
    source: &str,
) -> Result<Vec<u8>, Failed> {
    let wizer = Wizer::new();
    let (context, _) = wizer.instrument_component(component)?;
    let mut config = compiler_config();
    config.max_wasm_stack(WASM_STACK).async_stack_size(THREAD_STACK);
    let engine = Engine::new(&config)?;
    // SAFETY: the caller's duty is the same.
    let component = unsafe { Component::deserialize(&engine, code) }?;
    make_images(&component)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    add_loader(&mut linker, modules)?;
    let says =
        |interface: &str, name: &str| format!("unknown import: `{interface}#{name}` has not been defined");
    fail_calls(&mut linker, &component, &[LOADER], says)?;
    let mut store = Host::store(&engine, WasiCtx::builder().build());
    // Nobody advances it: the process has limits of its own.
    store.set_epoch_deadline(1);
    let instance = linker.instantiate(&mut store, &component)?;
    type Init<'a> = (&'a str, &'a str, Option<&'a str>, bool);
    let init = instance.get_typed_func::<Init<'_>, (Result<(), String>,)>(&mut store, "init")?;
    let disable_gc = false;
    let (done,) = init.call(&mut store, (SHIM, source, Some(entry), disable_gc))?;
    done.map_err(Failed::Thrown)?;
    let mut running = Running { store: &mut store, instance };
    Ok(at_once(wizer.snapshot_component(&context, &mut running))?)
}

/// Lets the engine have the files of a folder, which is its `/`.
fn add_loader(linker: &mut Linker<Host>, modules: &Path) -> wasmtime::Result<()> {
    let mut loader = linker.instance(LOADER)?;
    let root = modules.to_owned();
    loader.func_wrap("resolve", move |_, (referrer, specifier): (String, String)| {
        let found = resolve(&referrer, &specifier).filter(|path| file(&root, path).is_file());
        Ok((found.ok_or_else(|| format!("filesystem module not found: {specifier:?} from {referrer}")),))
    })?;
    let root = modules.to_owned();
    loader.func_wrap("load", move |_, (path,): (String,)| {
        let text = match resolve("/", &format!(".{path}")) {
            Some(path) => fs::read_to_string(file(&root, &path)).map_err(|error| format!("{path}: {error}")),
            None => Err(format!("filesystem module not found: {path:?}")),
        };
        Ok((text,))
    })
}

/// The module's path from `/`, unless it leads out of there. Every import is relative: [`super::component`] sees to it.
fn resolve(referrer: &str, specifier: &str) -> Option<String> {
    let (folder, _) = referrer.rsplit_once('/')?;
    if !specifier.starts_with("./") && !specifier.starts_with("../") {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in Path::new(specifier).components() {
        match part {
            Part::Normal(part) => parts.push(part.to_str()?),
            Part::ParentDir => {
                parts.pop()?;
            }
            Part::CurDir => {}
            Part::RootDir | Part::Prefix(_) => return None,
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// Where a module is that the engine knows by its path from `/`.
fn file(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// The instance that Wizer reads: its memory and globals, by functions that it has added to it.
struct Running<'a> {
    store: &'a mut Store<Host>,
    instance: Instance,
}

impl Running<'_> {
    fn call<R: Lift + 'static>(&mut self, instance: &str, name: &str) -> R {
        let added = "Wizer has added the function that it asks for";
        let (_, outer) = self.instance.get_export(&mut *self.store, None, instance).expect(added);
        let (_, inner) = self.instance.get_export(&mut *self.store, Some(&outer), name).expect(added);
        let function = self.instance.get_typed_func::<(), (R,)>(&mut *self.store, inner).expect(added);
        let (value,) = function.call(&mut *self.store, ()).expect("it does nothing but read");
        value
    }
}

impl ComponentInstanceState for Running<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        name: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        let list: WasmList<u8> = self.call(instance, name);
        contents(list.as_le_slice(&*self.store));
    }

    async fn call_func_ret_s32(&mut self, instance: &str, name: &str) -> i32 {
        self.call(instance, name)
    }

    async fn call_func_ret_s64(&mut self, instance: &str, name: &str) -> i64 {
        self.call(instance, name)
    }

    async fn call_func_ret_f32(&mut self, instance: &str, name: &str) -> u32 {
        self.call::<f32>(instance, name).to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, name: &str) -> u64 {
        self.call::<f64>(instance, name).to_bits()
    }
}

/// The value of a future that waits for nothing: [`Running`] reads at once.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("reading an instance waits for nothing"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ORIGIN, RUNTIME, resolve};
    use doverb_compile::Digest;

    #[test]
    fn the_engine_is_the_one_whose_origin_is_written_down() {
        assert!(ORIGIN.contains(&Digest::of(RUNTIME).to_string()));
    }

    #[test]
    fn modules_are_found_from_their_referrer() {
        for (referrer, specifier, path) in [
            ("/entry.js", "./sdk/doverb.js", Some("/sdk/doverb.js")),
            ("/sdk/lib/a.js", "./b.js", Some("/sdk/lib/b.js")),
            ("/app/src/a.js", "./../../sdk/b.js", Some("/sdk/b.js")),
            ("/app/a.js", "../../../etc/passwd", None),
            ("/app/a.js", "/etc/passwd", None),
            ("/app/a.js", "node:fs", None),
        ] {
            assert_eq!(resolve(referrer, specifier).as_deref(), path, "{specifier} from {referrer}");
        }
    }
}
