mod bindings;
mod call;
mod encodings;
mod gathered;
mod head;
mod imported;
mod interpreter;
mod lanes;
mod module;
mod native;
mod number;
mod packing;
mod raw;
mod resources;
mod result;
mod tagged;
mod trivia;
mod utf8;
mod utf8_write;
mod wit_imports;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::hash_map::DefaultHasher;
use std::sync::atomic::{AtomicBool, Ordering};

use rquickjs::runtime::UserDataGuard;
use rquickjs::{Context, Function, JsLifetime, Persistent, Runtime, Value, function};
use smallvec::SmallVec;
use wit_dylib_ffi::{Wit, WitResult};

use crate::resources::BorrowedResource;
use crate::resources::ResourceClasses;
use crate::resources::ResourceTable;

/// Deterministic, fixed-seed hash map/set used everywhere in the runtime so the
/// wizer snapshot is reproducible.
pub(crate) type DetHasher = core::hash::BuildHasherDefault<DefaultHasher>;
pub(crate) type DetHashMap<K, V> = std::collections::HashMap<K, V, DetHasher>;
pub(crate) type DetHashSet<T> = std::collections::HashSet<T, DetHasher>;
pub(crate) type DetIndexMap<K, V> = indexmap::IndexMap<K, V, DetHasher>;

// Generate bindings for the init interface for wizer
#[allow(clippy::too_many_arguments)]
mod init {
    wit_bindgen::generate!({
        world: "init",
        path: "wit/init.wit",
        generate_all,
        disable_run_ctors_once_workaround: true,
    });

    use super::InitImpl;
    export!(InitImpl);
}

/// How much of the stack in the memory calls may take before they end with a RangeError. A plain call takes 272 bytes.
///
/// For each byte of it, calls take up to 3.5 bytes of the stack that the server has for them, whose end no code can catch: what it has is `WASM_STACK` in `host/core/src/engine.rs`. `host/build/src/javascript/quickjs.rs` makes room here.
const MAX_STACK: usize = 4 << 20;

/// Whether the modules have run, and the component is put down.
static IS_MADE: AtomicBool = AtomicBool::new(false);

pub(crate) fn is_made() -> bool {
    IS_MADE.load(Ordering::Relaxed)
}

// Global JS runtime and context.
static JS_STATE: GlobalJsState = GlobalJsState(OnceCell::new());

/// Global storage for the single-threaded Wasm runtime.
struct GlobalJsState(OnceCell<JsState>);

// SAFETY: WASM execution is single-threaded for now.
unsafe impl Sync for GlobalJsState {}

/// Global state for the quickjs runtime and context.
struct JsState {
    context: Context,
    /// Ensures the JavaScript source is only evaluated once during initialization.
    evaluated: Cell<bool>,
    /// Cached active context pointer for re-entrant `with_ctx` calls.
    ctx_ptr: Cell<Option<*const ()>>,
    gathered: RefCell<gathered::Gathered>,
    head: RefCell<head::Head>,
    /// The world, and its exports that are functions of their own, by their number.
    wit: Cell<Option<Wit>>,
    exports: RefCell<Vec<Option<Persistent<Function<'static>>>>>,
}

struct ActiveContextGuard<'a> {
    slot: &'a Cell<Option<*const ()>>,
    previous: Option<*const ()>,
}

impl<'a> ActiveContextGuard<'a> {
    fn enter(slot: &'a Cell<Option<*const ()>>, ctx: &rquickjs::Ctx<'_>) -> Self {
        let previous = slot.replace(Some(std::ptr::from_ref(ctx).cast()));
        Self { slot, previous }
    }
}

impl Drop for ActiveContextGuard<'_> {
    fn drop(&mut self) {
        self.slot.set(self.previous);
    }
}

/// Extension trait for `rquickjs::Ctx` providing convenient access to
/// runtime userdata.
pub(crate) trait CtxExt<'js> {
    /// Retrieve the WIT definition stored during initialization.
    fn wit(&self) -> Wit;

    /// Retrieve the exported resource table.
    fn resources(&self) -> UserDataGuard<'_, ResourceTable>;

    /// Retrieve the imported resource class/prototype registry.
    fn resource_classes(&self) -> UserDataGuard<'_, ResourceClasses>;

    /// Retrieve the function/interface name cache.
    fn fns(&self) -> UserDataGuard<'_, FnNameCache>;

    /// Retrieve the evaluated user ES module state.
    fn user_module(&self) -> UserDataGuard<'_, module::UserModule>;

    /// Retrieve transient WIT import module declaration state.
    fn wit_import_declarations(&self) -> UserDataGuard<'_, module::WitImportDeclarations>;

    /// Retrieve precomputed WIT import metadata.
    fn wit_import_registry(&self) -> UserDataGuard<'_, wit_imports::WitImportRegistry>;
}

impl<'js> CtxExt<'js> for rquickjs::Ctx<'js> {
    fn wit(&self) -> Wit {
        JsState::get_or_init().wit.get().expect("WIT not initialized")
    }

    fn resources(&self) -> UserDataGuard<'_, ResourceTable> {
        self.userdata().expect("ResourceTable not initialized")
    }

    fn resource_classes(&self) -> UserDataGuard<'_, ResourceClasses> {
        self.userdata().expect("ResourceClasses not initialized")
    }

    fn fns(&self) -> UserDataGuard<'_, FnNameCache> {
        self.userdata().expect("FnNameCache not stored")
    }

    fn user_module(&self) -> UserDataGuard<'_, module::UserModule> {
        self.userdata().expect("UserModule not stored")
    }

    fn wit_import_declarations(&self) -> UserDataGuard<'_, module::WitImportDeclarations> {
        self.userdata().expect("WitImportDeclarations not stored")
    }

    fn wit_import_registry(&self) -> UserDataGuard<'_, wit_imports::WitImportRegistry> {
        self.userdata().expect("WitImportRegistry not stored")
    }
}

impl JsState {
    fn get_or_init() -> &'static Self {
        JS_STATE.0.get_or_init(|| {
            let runtime = Runtime::new().expect("Failed to create quikcjs runtime");
            runtime.set_max_stack_size(MAX_STACK);
            module::install_loader(&runtime);
            let context = Context::full(&runtime).expect("Failed to create quickjs context");

            context.with(|ctx| {
                ctx.store_userdata(FnNameCache::default()).expect("Failed to store function name cache");
                module::init_state(&ctx);
            });

            JsState {
                context,
                evaluated: Default::default(),
                ctx_ptr: Default::default(),
                gathered: Default::default(),
                head: Default::default(),
                wit: Default::default(),
                exports: Default::default(),
            }
        })
    }

    /// Re-uses the active context if already inside `Context::with()` to avoid deadlock.
    ///
    /// This is needed for re-entrant flows such as export → host import callback → JS conversions.
    fn with_ctx<F, R>(&self, f: F) -> R
    where
        F: FnOnce(&rquickjs::Ctx<'_>) -> R,
        R: 'static,
    {
        if let Some(ptr) = self.ctx_ptr.get() {
            // SAFETY: ptr is only set while a `Context::with()` frame is active.
            let ctx = unsafe { &*(ptr as *const rquickjs::Ctx<'_>) };
            return f(ctx);
        }

        self.context.with(|ctx| {
            let _guard = ActiveContextGuard::enter(&self.ctx_ptr, &ctx);
            f(&ctx)
        })
    }
}

// What was read of the system while the component is made is read again where it runs.
unsafe extern "C" {
    fn __wasilibc_reset_preopens();
}

// Implements the init interface for wit-bindgen
struct InitImpl;

impl init::Guest for InitImpl {
    fn init(shim: String, js: String, entry_path: Option<String>, disable_gc: bool) -> Result<(), String> {
        init_js(&shim, &js, entry_path.as_deref(), disable_gc)
    }
}

/// An argument of a call that the engine itself makes.
pub(crate) enum Given {
    /// Of a number, or of an enumeration's case.
    Number(u32),
    /// Of an option.
    None,
    /// Of a list of bytes, or of a text in ASCII. Who gives them has them until the call is over.
    Bytes(*const [u8]),
}

/// Call context for export/import invocations.
#[derive(Default)]
pub struct QjsCallContext {
    /// Value stack for WIT to JS: arguments in, result out
    stack: SmallVec<[Persistent<Value<'static>>; 8]>,
    /// The arguments of a call that the engine itself makes, the first one last: all of them, or none
    given: SmallVec<[Given; 8]>,
    /// Where the bytes go that such a call returns, if it is one that returns some
    returned: Option<Vec<u8>>,
    /// The `result` of a function of the host's, and whether it has failed
    of_call: Option<WitResult>,
    failed: bool,
    /// Tracks current index per nested list iteration
    iter_stack: SmallVec<[usize; 4]>,
    /// Keeps borrowed `&str` returns alive across FFI boundaries
    temp_strings: SmallVec<[String; 4]>,
    /// Raw allocations to free when this context is dropped
    deferred_deallocs: SmallVec<[(*mut u8, std::alloc::Layout); 4]>,
    /// Imported resource borrows to drop when this context is dropped
    borrows: SmallVec<[BorrowedResource; 4]>,
}

impl QjsCallContext {
    /// For a call of the host's, which may return this `result`.
    pub(crate) fn of_import(result: Option<WitResult>) -> QjsCallContext {
        let mut call = QjsCallContext::default();
        call.of_call = result;
        call
    }

    /// The same with these arguments.
    pub(crate) fn given(
        result: Option<WitResult>,
        arguments: impl IntoIterator<Item = Given, IntoIter: DoubleEndedIterator>,
    ) -> QjsCallContext {
        let mut call = QjsCallContext::of_import(result);
        call.given.extend(arguments.into_iter().rev());
        call
    }

    /// For a call that returns bytes, which the engine itself makes.
    pub(crate) fn returning_bytes() -> QjsCallContext {
        let mut call = QjsCallContext::default();
        call.returned = Some(Vec::new());
        call
    }

    /// Whether the host has refused the call.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    pub(crate) fn push_value<'js>(&mut self, ctx: &rquickjs::Ctx<'js>, val: Value<'js>) {
        self.stack.push(Persistent::save(ctx, val));
    }

    pub(crate) fn pop_value<'js>(&mut self, ctx: &rquickjs::Ctx<'js>) -> Value<'js> {
        self.pop_persistent().restore(ctx).expect("stack underflow")
    }

    pub(crate) fn pop_persistent(&mut self) -> Persistent<Value<'static>> {
        self.stack.pop().expect("stack underflow")
    }

    pub(crate) fn maybe_pop_persistent(&mut self) -> Option<Persistent<Value<'static>>> {
        self.stack.pop()
    }

    pub(crate) fn maybe_pop_value<'js>(
        &mut self,
        ctx: &rquickjs::Ctx<'js>,
    ) -> rquickjs::Result<Option<Value<'js>>> {
        self.maybe_pop_persistent().map(|persistent| persistent.restore(ctx)).transpose()
    }

    pub(crate) fn stack_into_args<'js>(&mut self, ctx: &rquickjs::Ctx<'js>) -> function::Args<'js> {
        let mut args = function::Args::new(ctx.clone(), self.stack.len());
        for p in self.stack.drain(..) {
            p.restore(ctx).and_then(|val| args.push_arg(val)).expect("Failed to restore arg");
        }
        args
    }
}

impl Drop for QjsCallContext {
    fn drop(&mut self) {
        for (ptr, layout) in self.deferred_deallocs.drain(..) {
            unsafe {
                std::alloc::dealloc(ptr, layout);
            }
        }
        for borrow in self.borrows.drain(..) {
            unsafe {
                (borrow.drop_fn)(borrow.handle);
            }
        }
    }
}

/// Cache for converting WIT function/interface names to camelCase, stored as
/// rquickjs userdata so it is tied to the JS runtime lifetime.
#[derive(Default, JsLifetime)]
pub(crate) struct FnNameCache(RefCell<DetHashMap<&'static str, &'static str>>);

/// Initialize the quickjs runtime with JavaScript source code.
/// This is called by Wizer during pre-initialization.
fn init_js(shim: &str, js_source: &str, entry_path: Option<&str>, disable_gc: bool) -> Result<(), String> {
    let state = JsState::get_or_init();

    if state.evaluated.replace(true) {
        return Err("JavaScript already evaluated".to_string());
    }

    if disable_gc {
        state.with_ctx(|ctx| unsafe {
            let rt = rquickjs::qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
            rquickjs::qjs::JS_SetGCThreshold(rt, usize::MAX as _);
        });
    }

    state.with_ctx(|ctx| {
        module::evaluate_shim(ctx, shim)?;
        module::evaluate_user(ctx, js_source, entry_path)?;
        interpreter::keep_exports(ctx).map_err(|error| format!("the handler lacks an export: {error}"))
    })?;
    IS_MADE.store(true, Ordering::Relaxed);

    unsafe {
        __wasilibc_reset_preopens();
    }
    clear_stack();

    Ok(())
}

/// Forgets what calls have left on the stack, so that it isn't part of the component.
#[inline(never)]
fn clear_stack() {
    /// What this call and those of the allocator may be using.
    const IN_USE: usize = 4096;
    let here = 0_u8;
    let top = (&raw const here as usize).saturating_sub(IN_USE);
    let bottom = top.saturating_sub(MAX_STACK).max(16);
    // SAFETY: the stack begins at the end of its part of the memory and grows towards 0, and what is below this
    // call's part of it belongs to calls that have returned.
    unsafe { std::ptr::write_bytes(std::hint::black_box(bottom) as *mut u8, 0, top - bottom) };
}

/// Delegates to `JsState::with_ctx`.
pub(crate) fn with_ctx<F, R>(f: F) -> R
where
    F: FnOnce(&rquickjs::Ctx<'_>) -> R,
    R: 'static,
{
    JsState::get_or_init().with_ctx(f)
}
