//! The wasmtime engine: how components are compiled and how their instances are allocated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

use crate::capability::{Capabilities, Capability, KeyValue, Wasi, WasiConfig};
use crate::contract;
use crate::limits::{Limits, MAX_TABLE_ELEMENTS, TICK};
use crate::memory::TotalMemory;
use crate::state::State;
use crate::ticks::Ticks;

/// The stack of a guest's own calls, in bytes. Deeper recursion traps. JavaScript's engine ends it before, with an error that
/// can be caught, as long as it has this much: `host/build/quickjs/engine/src/lib.rs`.
const WASM_STACK: usize = 24 << 20;
/// The stack that a guest's call runs on, with room for the host functions that it calls.
const FIBER_STACK: usize = WASM_STACK + 512 * 1024;

/// What one instance may take of the pool that all share. Those of Python's runtime have one memory, 15 core instances, and
/// a few tables; most others have three core instances.
pub(crate) const MAX_CORE_INSTANCES: u32 = 64;
pub(crate) const MAX_MEMORIES: u32 = 8;
pub(crate) const MAX_TABLES: u32 = 32;

/// Memory of an ended instance that is wiped by hand and used again, in bytes: what a small handler dirties. Giving it
/// back to the system and faulting it in again costs more than all the rest of an instance's life.
const KEEP_RESIDENT: usize = 128 * 1024;

/// The same of stacks. Calls of an instance use one; it is wiped when the instance ends.
const KEEP_RESIDENT_STACK: usize = 16 * 1024;

/// Why no engine could be made.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine cannot start: {0:#}")]
pub struct EngineError(#[from] wasmtime::Error);

/// Compiles, allocates and interrupts instances. One a process; clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    engine: wasmtime::Engine,
    linker: Linker<State>,
    capabilities: Capabilities,
    ticks: Arc<Ticks>,
    memory: Arc<TotalMemory>,
    ticker_ends: Arc<AtomicBool>,
}

impl Engine {
    /// An engine with room for [`Limits::max_instances`] instances of [`Limits::max_memory`] each.
    ///
    /// # Errors
    ///
    /// When the system does not give the address space or the thread that it takes.
    pub fn new(limits: &Limits) -> Result<Engine, EngineError> {
        Engine::with_capabilities(limits, Vec::new())
    }

    /// The same, whose components may be given more than the contract and what [`capability`](crate::capability) has. Where one
    /// of these offers stores or configuration, it does so in the place of that one.
    ///
    /// # Errors
    ///
    /// As [`Engine::new`], and when two capabilities offer the same function.
    pub fn with_capabilities(limits: &Limits, more: Vec<Arc<dyn Capability>>) -> Result<Engine, EngineError> {
        let mut config = compiler_config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
        let engine = wasmtime::Engine::new(&config)?;
        let ours: [Arc<dyn Capability>; 3] =
            [Arc::new(Wasi::default()), Arc::new(KeyValue), Arc::new(WasiConfig)];
        let is_replaced = |one: &Arc<dyn Capability>| {
            one.packages().iter().all(|import| more.iter().any(|other| other.offers(import)))
        };
        let ours = ours.into_iter().filter(|one| !is_replaced(one)).collect::<Vec<_>>();
        let capabilities: Capabilities = ours.into_iter().chain(more).collect();
        let mut linker = Linker::new(&engine);
        contract::link(&mut linker)?;
        for capability in &*capabilities {
            capability.link(&mut linker)?;
        }
        let (ticks, ticker_ends) = (Arc::new(Ticks::default()), Arc::new(AtomicBool::new(false)));
        tick(&engine, &ticks, &ticker_ends)?;
        let memory = Arc::new(TotalMemory::new(limits.max_total_memory));
        Ok(Engine(Arc::new(Inner { engine, linker, capabilities, ticks, memory, ticker_ends })))
    }

    /// The engine that components for this server must be compiled with: for `doverb-compile`.
    #[doc(hidden)]
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0.engine
    }

    pub(crate) fn linker(&self) -> &Linker<State> {
        &self.0.linker
    }

    /// How often its clock has advanced: for host functions, which wasmtime does not tell.
    pub(crate) fn ticks(&self) -> &Arc<Ticks> {
        &self.0.ticks
    }

    /// What all of its instances have.
    pub(crate) fn memory(&self) -> &Arc<TotalMemory> {
        &self.0.memory
    }

    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.ticker_ends.store(true, Ordering::Relaxed);
    }
}

/// What compiled code depends on; how instances are allocated is not part of it. For `doverb-compile`, whose compiler must
/// agree with every [`Engine`].
#[doc(hidden)]
pub fn compiler_config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // The bookkeeping of component-model-async costs a call more than half of its time.
        .concurrency_support(false)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(FIBER_STACK)
        // What a deep call has touched is given back to the system with its instance.
        .async_stack_zeroing(true)
        .memory_init_cow(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    // A component in another language may hold several core modules (an adapter, a shim), each a core instance with a table.
    // Memories and tables have a place in the address space, so that there are not as many as each may have. Core
    // instances are merely counted.
    let instances = limits.max_instances.max(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(MAX_CORE_INSTANCES))
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .total_memories(instances.saturating_mul(2).max(MAX_MEMORIES))
        .total_tables(instances.saturating_mul(4).max(MAX_TABLES))
        .total_stacks(instances)
        .max_component_instance_size(8 << 20)
        .max_core_instance_size(8 << 20)
        .max_memory_size(limits.max_memory)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_tables_per_module(4)
        .max_memories_per_module(2)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .async_stack_keep_resident(KEEP_RESIDENT_STACK)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// One thread for the process makes the engine's clock advance; a timer a request would cost more
/// than the request.
fn tick(engine: &wasmtime::Engine, ticks: &Arc<Ticks>, ends: &Arc<AtomicBool>) -> Result<(), EngineError> {
    let engine = engine.weak();
    let (ticks, ends) = (Arc::clone(ticks), Arc::clone(ends));
    let ticker = move || {
        let mut ticked = Instant::now();
        while !ends.load(Ordering::Relaxed) {
            thread::sleep(ticks.interval());
            let Some(engine) = engine.upgrade() else {
                return;
            };
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                ticks.advance();
            }
            engine.increment_epoch();
        }
    };
    thread::Builder::new()
        .name("doverb-ticker".into())
        .spawn(ticker)
        .map_err(|error| EngineError(wasmtime::Error::from(error)))?;
    Ok(())
}
