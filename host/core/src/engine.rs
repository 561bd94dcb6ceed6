//! The wasmtime engine: how components are compiled and how their instances are allocated.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;

use wasmtime::component::Linker;
use wasmtime::{
    Config, Enabled, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails,
};

use crate::advice::advised;
use crate::capability::{Capabilities, Capability, KeyValue, Wasi, WasiConfig};
use crate::contract;
use crate::departures::Departures;
use crate::limits::{Limits, MAX_TABLE_ELEMENTS, TICK};
use crate::memory::TotalMemory;
use crate::stack::Stack;
use crate::state::State;
use crate::ticks::Ticks;

/// What one instance may take of the pool that all share. Those of Python's runtime have one memory, 15 core instances, and
/// a few tables; most others have three core instances.
pub(crate) const MAX_CORE_INSTANCES: u32 = 64;
pub(crate) const MAX_MEMORIES: u32 = 8;
pub(crate) const MAX_TABLES: u32 = 32;

/// What an instance may take beside its memories and tables for what it is made of, in bytes: an entry for each of its globals and
/// of its functions. It counts in no bound on memory. That of Python's runtime is 430 KB, of a program in Go 190 KB.
pub(crate) const MAX_PARTS_SIZE: usize = 2 << 20;

/// Memory of an ended instance that is wiped by hand and used again, in bytes: what a small handler dirties, in JavaScript some seventy
/// pages. Giving it back to the system and faulting it in again costs more than all the rest of an instance's life.
const KEEP_RESIDENT: usize = 320 * 1024;

/// The same of deep stacks. Calls of an instance use one; it is wiped when the instance ends.
const KEEP_RESIDENT_STACK: usize = 16 * 1024;

/// Why no engine could be made.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine cannot start: {}", told(.0))]
pub struct EngineError(#[from] wasmtime::Error);

/// The engine's words, and what to do about them.
fn told(error: &wasmtime::Error) -> String {
    let text = advised(&format!("{error:#}"));
    if text.contains("addressable memory") {
        format!("{text}. Lower --max-instances or --max-memory")
    } else {
        text
    }
}

/// Compiles, allocates and interrupts instances. One a process; clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    usual: Flavour,
    /// For components that need a deep stack, from the first of them on.
    deep: OnceLock<Flavour>,
    limits: Limits,
    capabilities: Capabilities,
    ticker: Ticker,
    memory: Arc<TotalMemory>,
    departures: Arc<Departures>,
}

/// wasmtime gives all instances of one engine the same stack. What is compiled for one can be run by the other.
struct Flavour {
    engine: wasmtime::Engine,
    linker: Linker<State>,
}

impl Flavour {
    fn new(stack: Stack, limits: &Limits, capabilities: &Capabilities) -> wasmtime::Result<Flavour> {
        let mut config = compiler_config();
        config.max_wasm_stack(stack.of_guest()).async_stack_size(stack.bytes());
        let mut pool = pool(limits);
        if stack == Stack::Deep {
            // What a deep call has touched is given back to the system with its instance.
            config.async_stack_zeroing(true);
            pool.async_stack_keep_resident(KEEP_RESIDENT_STACK);
        }
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = wasmtime::Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        contract::link(&mut linker)?;
        for capability in &**capabilities {
            capability.link(&mut linker)?;
        }
        Ok(Flavour { engine, linker })
    }
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
        let ours: [Arc<dyn Capability>; 3] =
            [Arc::new(Wasi::default()), Arc::new(KeyValue), Arc::new(WasiConfig)];
        let is_replaced = |one: &Arc<dyn Capability>| {
            one.packages().iter().all(|import| more.iter().any(|other| other.offers(import)))
        };
        let ours = ours.into_iter().filter(|one| !is_replaced(one)).collect::<Vec<_>>();
        let capabilities: Capabilities = ours.into_iter().chain(more).collect();
        let usual = Flavour::new(Stack::Usual, limits, &capabilities)?;
        let ticker = Ticker::start(&usual.engine)?;
        let memory = Arc::new(TotalMemory::new(limits.max_total_memory));
        let (deep, limits) = (OnceLock::new(), limits.clone());
        let departures = Arc::default();
        Ok(Engine(Arc::new(Inner { usual, deep, limits, capabilities, ticker, memory, departures })))
    }

    /// The engine that components for this server must be compiled with: for `doverb-compile`.
    #[doc(hidden)]
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0.usual.engine
    }

    /// The one for components that need such a stack.
    pub(crate) fn with_stack(&self, stack: Stack) -> wasmtime::Result<&wasmtime::Engine> {
        if stack == Stack::Usual {
            return Ok(&self.0.usual.engine);
        }
        if let Some(deep) = self.0.deep.get() {
            return Ok(&deep.engine);
        }
        let deep = Flavour::new(stack, &self.0.limits, &self.0.capabilities)?;
        // Another thread may have been quicker; the loser's is dropped.
        let deep = self.0.deep.get_or_init(|| deep);
        self.0.ticker.take_on(&deep.engine);
        Ok(&deep.engine)
    }

    /// What links components that need such a stack; they were made for the engine that has it.
    pub(crate) fn linker(&self, stack: Stack) -> &Linker<State> {
        let deep = self.0.deep.get().filter(|_| stack == Stack::Deep);
        &deep.unwrap_or(&self.0.usual).linker
    }

    /// How often its clock has advanced: for host functions, which wasmtime does not tell.
    pub(crate) fn ticks(&self) -> &Arc<Ticks> {
        &self.0.ticker.ticks
    }

    /// Where its instances go.
    pub(crate) fn departures(&self) -> &Arc<Departures> {
        &self.0.departures
    }

    /// What all of its instances have.
    pub(crate) fn memory(&self) -> &Arc<TotalMemory> {
        &self.0.memory
    }

    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
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
        .max_wasm_stack(Stack::Usual.of_guest())
        .async_stack_size(Stack::Usual.bytes())
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
        .max_component_instance_size(MAX_PARTS_SIZE)
        .max_core_instance_size(MAX_PARTS_SIZE)
        .max_memory_size(limits.max_memory)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_tables_per_module(4)
        .max_memories_per_module(2)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// One thread for the process makes the clocks of its engines advance; a timer a request would cost more than the request.
struct Ticker {
    ticks: Arc<Ticks>,
    engines: Arc<Mutex<Vec<EngineWeak>>>,
    ends: Arc<AtomicBool>,
}

impl Ticker {
    fn start(engine: &wasmtime::Engine) -> Result<Ticker, EngineError> {
        let ticker = Ticker { ticks: Arc::default(), engines: Arc::default(), ends: Arc::default() };
        ticker.take_on(engine);
        let (ticks, engines, ends) =
            (Arc::clone(&ticker.ticks), Arc::clone(&ticker.engines), Arc::clone(&ticker.ends));
        let run = move || {
            let mut ticked = Instant::now();
            while !ends.load(Ordering::Relaxed) {
                thread::sleep(ticks.interval());
                if ticked.elapsed() >= TICK {
                    ticked = Instant::now();
                    ticks.advance();
                }
                let engines = engines.lock().unwrap_or_else(PoisonError::into_inner);
                engines.iter().filter_map(EngineWeak::upgrade).for_each(|engine| engine.increment_epoch());
            }
        };
        let thread = thread::Builder::new().name("doverb-ticker".into());
        thread.spawn(run).map_err(|error| EngineError(wasmtime::Error::from(error)))?;
        Ok(ticker)
    }

    fn take_on(&self, engine: &wasmtime::Engine) {
        self.engines.lock().unwrap_or_else(PoisonError::into_inner).push(engine.weak());
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}
