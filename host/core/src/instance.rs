//! An instance of a handler: its store, its budgets, and the calls into it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use rustix::io::Errno;
use wasmtime::component::{
    self, ComponentExportIndex, ComponentNamedList, Lift, Lower, ResourceTable, TypedFunc,
};
use wasmtime::{PoolConcurrencyLimitError, ResourceLimiter, Store, UpdateDeadline, WasmBacktrace};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::clock::Clock;
use crate::engine::{Engine, one_line};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guest_output::GuestOutput;
use crate::handler::{Handler, Loaded, Overrides, Program};
use crate::limits::{Limits, MAX_TABLE_ELEMENTS};
use crate::log::Log;
use crate::workers;

/// Frames of a backtrace that are logged.
const MAX_FRAMES: usize = 20;

/// Why a handler did not come to its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It trapped: the reason, and where, a line each.
    Trap(Vec<String>),
    /// It computed longer than [`Limits::cpu_time`].
    CpuTime,
    /// It did not return within [`Limits::request_timeout`].
    WallTime,
    /// It asked for more memory than [`Limits::max_memory`], and gave up when it got none.
    Memory,
    /// [`Limits::max_instances`] are live.
    NoRoom,
    /// The instance that it shares with others was not free within [`Limits::request_timeout`].
    Busy,
    /// The system gives no more memory for one.
    NoSystemMemory,
}

/// What the store holds: all that host functions work on.
pub(crate) struct State {
    exchange: Option<Box<Exchange>>,
    handler: Arc<Handler>,
    log: Log,
    wasi: Option<WasiCtx>,
    pub(crate) table: ResourceTable,
    memory: Memory,
    clock: Arc<Clock>,
}

/// Counts linear memory over all of an instance's memories.
struct Memory {
    max: usize,
    used: usize,
    refused: bool,
}

/// A live instance. After a [`Stop`] it must not be used again.
pub(crate) struct Instance {
    store: Store<State>,
    instance: component::Instance,
    calls: Vec<Option<TypedFunc<(), ()>>>,
    clock: Arc<Clock>,
    /// When the request was taken in, until the first call: the clock is not read twice.
    entered: Option<Instant>,
    /// Whether it has a request. One that is let go of then was given up in the middle of a call.
    in_use: bool,
    stopped: bool,
    /// The connection that a shared instance was told of last, 0 for none.
    connection: u64,
}

impl State {
    /// The request being served. A guest only ever runs between [`Instance::enter`] and [`Instance::leave`].
    pub(crate) fn exchange(&mut self) -> &mut Exchange {
        self.exchange.as_mut().expect("a guest runs only while it has an exchange")
    }

    pub(crate) fn take_exchange(&mut self) -> Box<Exchange> {
        self.exchange.take().expect("a guest runs only while it has an exchange")
    }

    pub(crate) fn put_exchange(&mut self, exchange: Box<Exchange>) {
        self.exchange = Some(exchange);
    }

    /// Ends the head. After an upgrade it is the client that sets the handler's clock.
    pub(crate) fn end_headers(&mut self) -> Result<(), Failure> {
        let exchange = self.exchange.as_mut().expect("a guest runs only while it has an exchange");
        exchange.end_headers()?;
        if exchange.response.is_raw() {
            exchange.clock = Some(Arc::clone(&self.clock));
            if let Some(worker) = exchange.worker {
                workers::give_up(worker);
            }
        }
        Ok(())
    }

    /// Made when a guest first asks for any of WASI: many never do.
    fn new_wasi(&self) -> WasiCtx {
        let mut wasi = WasiCtxBuilder::new();
        let output = |stream| GuestOutput::new(self.log.clone(), self.handler.name(), stream);
        wasi.stdout(output("stdout")).stderr(output("stderr"));
        if let Err(error) = self.handler.options.grant(&mut wasi) {
            self.log.message(format_args!("{}: {error}", self.handler.name()));
        }
        wasi.build()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        if self.wasi.is_none() {
            self.wasi = Some(self.new_wasi());
        }
        let ctx = self.wasi.as_mut().expect("made above");
        WasiCtxView { ctx, table: &mut self.table }
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.max {
            self.refused = true;
            return Ok(false);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.refused |= desired > MAX_TABLE_ELEMENTS;
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the CPU time of the request is used up")]
struct CpuTimeExceeded;

impl Instance {
    /// Starts an instance and calls its `setup`. The exchange comes back whatever happens.
    pub(crate) async fn start(
        engine: &Engine,
        handler: Arc<Handler>,
        exchange: Box<Exchange>,
    ) -> (Box<Exchange>, Result<Instance, Stop>) {
        let mut instance = match Instance::instantiate(engine, handler, exchange).await {
            Ok(instance) => instance,
            Err((exchange, stop)) => return (exchange, Err(stop)),
        };
        let result = instance.set_up().await;
        let exchange = instance.leave();
        (exchange, result.map(|()| instance))
    }

    /// Starts an instance for several connections: each has its own `setup`.
    pub(crate) async fn start_shared(
        engine: &Engine,
        handler: Arc<Handler>,
        exchange: Box<Exchange>,
    ) -> (Box<Exchange>, Result<Instance, Stop>) {
        match Instance::instantiate(engine, handler, exchange).await {
            Ok(mut instance) => (instance.leave(), Ok(instance)),
            Err((exchange, stop)) => (exchange, Err(stop)),
        }
    }

    async fn instantiate(
        engine: &Engine,
        handler: Arc<Handler>,
        exchange: Box<Exchange>,
    ) -> Result<Instance, (Box<Exchange>, Stop)> {
        let loaded = loaded(&handler);
        let (pre, calls) = (loaded.pre.clone(), vec![None; loaded.methods.count()]);
        let (mut store, clock) = new_store(engine, handler, exchange);
        store.set_epoch_deadline(1);
        let started = within(&clock, Instant::now(), pre.instantiate_async(&mut store)).await;
        match started {
            Ok(instance) => Ok(Instance {
                store,
                instance,
                calls,
                clock,
                entered: None,
                in_use: true,
                stopped: false,
                connection: 0,
            }),
            Err(error) => {
                let stop = stop(&store, error);
                Err((store.data_mut().take_exchange(), stop))
            }
        }
    }

    /// Calls `setup`, for the connection whose request it has.
    pub(crate) async fn set_up(&mut self) -> Result<(), Stop> {
        let Some(setup) = self.overrides().setup else {
            return Ok(());
        };
        let in_request = std::mem::replace(&mut self.exchange().in_request, false);
        let result = self.call(setup, ()).await;
        let exchange = self.exchange();
        exchange.in_request = in_request;
        let protocol = exchange.attributes.protocol;
        self.store.data().handler.learn_protocol(protocol);
        result
    }

    /// Whether it is an instance of this version of this handler.
    pub(crate) fn is_of(&self, handler: &Arc<Handler>) -> bool {
        Arc::ptr_eq(&self.store.data().handler, handler)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether another connection may use it.
    pub(crate) fn is_reusable(&self) -> bool {
        !self.stopped && !self.in_use
    }

    /// Tells a shared instance which connection the calls that follow are for; 0 says that the last one's are over.
    pub(crate) async fn switch_to(&mut self, connection: u64) -> Result<(), Stop> {
        if self.connection == connection {
            return Ok(());
        }
        self.connection = connection;
        let Some(export) = self.overrides().switch_connection else {
            return Ok(());
        };
        let in_request = std::mem::replace(&mut self.exchange().in_request, false);
        let result = self.call(export, (connection,)).await;
        self.exchange().in_request = in_request;
        result
    }

    /// Takes a request in: all calls until [`Instance::leave`] work on it and share its budgets.
    pub(crate) fn enter(&mut self, exchange: Box<Exchange>) {
        let now = Instant::now();
        self.entered = Some(now);
        self.in_use = true;
        self.clock.begin(now);
        self.store.data_mut().put_exchange(exchange);
    }

    /// Gives the request back.
    pub(crate) fn leave(&mut self) -> Box<Exchange> {
        self.in_use = false;
        self.store.data_mut().take_exchange()
    }

    pub(crate) fn exchange(&mut self) -> &mut Exchange {
        self.store.data_mut().exchange()
    }

    pub(crate) fn overrides(&self) -> Overrides {
        loaded(&self.store.data().handler).overrides
    }

    /// Calls `do-*` for the request's method. False when there is none.
    pub(crate) async fn call_method(&mut self) -> Result<bool, Stop> {
        let state = self.store.data_mut();
        let method = state.exchange.as_ref().map_or(&b""[..], |exchange| exchange.request.method());
        let Some(place) = loaded(&state.handler).methods.find(method) else {
            return Ok(false);
        };
        let function = match self.calls[place] {
            Some(function) => function,
            None => {
                let export = loaded(&self.store.data().handler).methods.export(place).expect("find gave it");
                let function = self.function(export)?;
                *self.calls[place].insert(function)
            }
        };
        self.run(function, ()).await?;
        Ok(true)
    }

    /// Calls an override.
    pub(crate) async fn call<P, R>(&mut self, export: ComponentExportIndex, params: P) -> Result<R, Stop>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let function = self.function(export)?;
        self.run(function, params).await
    }

    fn function<P, R>(&mut self, export: ComponentExportIndex) -> Result<TypedFunc<P, R>, Stop>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let function = self.instance.get_typed_func(&mut self.store, export);
        function.map_err(|error| Stop::Trap(vec![one_line(&error)]))
    }

    async fn run<P, R>(&mut self, function: TypedFunc<P, R>, params: P) -> Result<R, Stop>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        self.store.set_epoch_deadline(1);
        let now = self.entered.take().unwrap_or_else(Instant::now);
        let call = function.call_async(&mut self.store, params);
        let result = within(&self.clock, now, call).await;
        result.map_err(|error| {
            self.stopped = true;
            // A wait that was given up may have sent some bytes.
            self.store.data_mut().exchange().note_progress();
            stop(&self.store, error)
        })
    }
}

/// Only components are instantiated; `Connection::serve` calls native handlers itself.
fn loaded(handler: &Handler) -> &Loaded {
    match &handler.program {
        Program::Component(loaded) => loaded,
        Program::Native(_) | Program::NativeAsync(_) => {
            unreachable!("native handlers have no instances")
        }
    }
}

fn new_store(engine: &Engine, handler: Arc<Handler>, exchange: Box<Exchange>) -> (Store<State>, Arc<Clock>) {
    let limits: &Limits = engine.limits();
    let clock = Arc::new(Clock::new(limits.cpu_time, limits.request_timeout));
    let state = State {
        log: exchange.shared.log.clone(),
        exchange: Some(exchange),
        handler,
        wasi: None,
        table: ResourceTable::new(),
        memory: Memory { max: limits.max_memory, used: 0, refused: false },
        clock: Arc::clone(&clock),
    };
    let mut store = Store::new(engine.wasmtime(), state);
    store.limiter(|state| &mut state.memory);
    // At every tick the guest makes way for the others on its thread. Tokio's own yield lets the runtime look at
    // its sockets first; with wasmtime's it would do so once in 61 slices only.
    store.epoch_deadline_callback(|context| match context.data().clock.is_spent() {
        true => Err(CpuTimeExceeded.into()),
        false => Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))),
    });
    (store, clock)
}

enum Unfinished {
    Deadline,
    Error(wasmtime::Error),
}

/// Lets a guest run until its deadline. A call that does not wait costs no timer.
async fn within<T>(
    clock: &Clock,
    now: Instant,
    call: impl Future<Output = wasmtime::Result<T>>,
) -> Result<T, Unfinished> {
    let mut call = pin!(call);
    let mut timer = pin!(None);
    let mut known = Some(now);
    poll_fn(|context| {
        clock.resume(known.take().unwrap_or_else(Instant::now));
        if let Poll::Ready(result) = call.as_mut().poll(context) {
            return Poll::Ready(result.map_err(Unfinished::Error));
        }
        clock.pause(Instant::now());
        // A wait for the client of a raw connection ends of itself and wakes this task.
        let Some(deadline) = clock.deadline() else {
            return Poll::Pending;
        };
        if timer.is_none() {
            timer.set(Some(tokio::time::sleep_until(deadline.into())));
        }
        let mut sleep = timer.as_mut().as_pin_mut().expect("set above");
        if sleep.deadline() != deadline.into() {
            sleep.as_mut().reset(deadline.into());
        }
        sleep.poll(context).map(|()| Err(Unfinished::Deadline))
    })
    .await
}

/// The system gives no more memory, or no more mappings of it (Linux: `vm.max_map_count`).
fn is_out_of_memory(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|error| error.kind() == std::io::ErrorKind::OutOfMemory)
            || cause.downcast_ref::<Errno>() == Some(&Errno::NOMEM)
    })
}

fn stop(store: &Store<State>, unfinished: Unfinished) -> Stop {
    let error = match unfinished {
        Unfinished::Deadline => return Stop::WallTime,
        Unfinished::Error(error) => error,
    };
    if error.is::<CpuTimeExceeded>() {
        Stop::CpuTime
    } else if error.is::<PoolConcurrencyLimitError>() {
        Stop::NoRoom
    } else if is_out_of_memory(&error) {
        Stop::NoSystemMemory
    } else if store.data().memory.refused {
        Stop::Memory
    } else {
        let backtrace = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string).unwrap_or_default();
        let frames = backtrace.lines().skip(1).take(MAX_FRAMES).map(|frame| frame.trim().to_owned());
        Stop::Trap(std::iter::once(error.root_cause().to_string()).chain(frames).collect())
    }
}
