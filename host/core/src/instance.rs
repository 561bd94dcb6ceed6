//! A live instance: its store, its calls, and why they stop.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use bytesize::ByteSize;
use rustix::io::Errno;
use wasmtime::component::{self, ComponentExportIndex, ComponentNamedList, Lift, Lower, TypedFunc};
use wasmtime::{CallHook, PoolConcurrencyLimitError, Store, UpdateDeadline, WasmBacktrace};

use crate::backtrace;
use crate::clock::{Clock, CpuTimeExceeded};
use crate::departures::Departures;
use crate::exchange::Exchange;
use crate::exports::{Entry, Overrides, Restoring};
use crate::handler::Handler;
use crate::interruption;
use crate::lateness::Lateness;
use crate::limits::{MAX_CALL, MAX_HANDLES};
use crate::loaded::Loaded;
use crate::memory::{Memory, Refused};
use crate::one_line::one_line;
use crate::pauses::Pauses;
use crate::shares::{Counted, Lack, Share};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::stop::{ClientGone, Stop};
use crate::task::{Task, Work};

/// A live instance. After a [`Stop`] it must not be used again.
pub(crate) struct Instance {
    store: Store<State>,
    instance: component::Instance,
    handler: Arc<Handler>,
    calls: Vec<Option<Call>>,
    /// What is called for each connection, once it was found.
    setup: Option<Call>,
    switch_connection: Option<TypedFunc<(u64,), ()>>,
    clock: Arc<Clock>,
    /// Whether the budgets have just begun, until the first call: the clock is not read twice.
    has_begun: bool,
    /// Whether it has a request. One that is let go of then was given up in the middle of a call.
    in_use: bool,
    stopped: bool,
    /// The session that a shared instance was told of last, 0 for none.
    session: u64,
    /// The one whose task it has; 0 where no sessions share it.
    turn: u64,
    /// Called once when the connection has become the handler's and the handler waits.
    when_raw: Option<Box<dyn FnOnce() + Send>>,
    /// Dropped after the store: who waits for room finds some.
    _counted: Option<Counted>,
}

/// What the host calls for a session, by its type.
#[derive(Clone, Copy)]
enum Call {
    Plain(TypedFunc<(), ()>),
    /// It is told whose turn it is.
    Told(TypedFunc<(u64,), ()>),
}

impl Instance {
    /// Starts an instance. What its start functions do is done for the exchange.
    pub(crate) async fn start(handler: Arc<Handler>, exchange: &mut Box<Exchange>) -> Result<Instance, Stop> {
        let counted = count(exchange)?;
        let loaded = loaded(&handler);
        let (pre, calls) = (loaded.pre.clone(), vec![None; loaded.methods.count()]);
        let (mut store, clock) = new_store(&handler, exchange);
        store.set_epoch_deadline(1);
        store.data_mut().swap_exchange(exchange);
        let start = async {
            if let Some(leave) = interruption::leave(store.data_mut()) {
                leave.await;
            }
            queue_up(&mut store).await;
            let instance = pre.instantiate_async(&mut store).await?;
            if let Some((snapshot, restoring)) = &loaded.snapshot {
                restore(snapshot, *restoring, &mut store, &instance).await?;
            }
            Ok(instance)
        };
        let started = within(&clock, false, &mut None, start).await;
        if clock.has_ended_long() {
            interruption::note_long(store.data_mut());
        }
        store.data_mut().swap_exchange(exchange);
        match started {
            Ok(instance) => Ok(Instance {
                store,
                instance,
                handler,
                calls,
                setup: None,
                switch_connection: None,
                clock,
                has_begun: false,
                in_use: false,
                stopped: false,
                session: 0,
                turn: 0,
                when_raw: None,
                _counted: counted,
            }),
            Err(error) => Err(stop(&store, error)),
        }
    }

    /// The one hand-over: the instance has the exchange until all of the task is done, and what it takes shares the budgets
    /// of one request, but for `setup`, which has its own.
    pub(crate) async fn take_on(&mut self, exchange: &mut Box<Exchange>, task: Task<'_>) -> Result<(), Stop> {
        self.in_use = true;
        self.store.data_mut().swap_exchange(exchange);
        let result = self.work_on(task).await;
        self.store.data_mut().swap_exchange(exchange);
        self.when_raw = None;
        self.in_use = false;
        result
    }

    async fn work_on(&mut self, task: Task<'_>) -> Result<(), Stop> {
        self.begin_budgets();
        self.turn = task.session.unwrap_or(0);
        if task.sets_up {
            self.set_up().await?;
            self.begin_budgets();
        }
        match task.work {
            Work::Serve => self.serve().await?,
            Work::GoOn(spent) => {
                self.clock.charge(spent);
                self.call_method().await?;
            }
            Work::Refuse(refusal) => self.refuse(refusal).await?,
            Work::Finish => {
                self.tell_session().await?;
                self.finish().await?;
                self.turn = 0;
                return self.tell_session().await;
            }
        }
        if self.exchange().is_paused() {
            return Ok(());
        }
        self.report().await
    }

    fn begin_budgets(&mut self) {
        self.has_begun = true;
        self.clock.begin(Instant::now());
    }

    /// Calls `setup`, for the session whose request it has.
    async fn set_up(&mut self) -> Result<(), Stop> {
        let Some(entry) = self.overrides().setup else {
            return Ok(());
        };
        let setup = match self.setup {
            Some(setup) => setup,
            None => *self.setup.insert(find(&self.instance, &mut self.store, entry)?),
        };
        let shown = self.exchange().show_request(false);
        let result = match setup {
            Call::Plain(function) => self.call_plainly(function).await,
            Call::Told(function) => {
                let turn = self.take_turn();
                self.run(function, turn).await
            }
        };
        self.exchange().show_request(shown);
        let protocol = self.exchange().attributes.protocol;
        self.handler.learn_protocol(protocol);
        result
    }

    /// Whether it is an instance of this version of this handler.
    pub(crate) fn is_of(&self, handler: &Arc<Handler>) -> bool {
        Arc::ptr_eq(&self.handler, handler)
    }

    pub(crate) fn handler(&self) -> &Handler {
        &self.handler
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether another session may use it.
    pub(crate) fn is_reusable(&self) -> bool {
        !self.stopped && !self.in_use
    }

    /// It ends here, with what belongs to it.
    pub(crate) fn depart(self) {
        let (departures, memory) = self.departure();
        departures.see_off(memory, self);
    }

    /// Where instances of its engine go, and how much memory goes with it.
    pub(crate) fn departure(&self) -> (Arc<Departures>, usize) {
        (Arc::clone(&loaded(&self.handler).departures), self.store.data().memory.used())
    }

    /// What to do when the connection of the next task becomes the handler's, before others can see that.
    pub(crate) fn when_raw(&mut self, action: Box<dyn FnOnce() + Send>) {
        self.when_raw = Some(action);
    }

    /// What the handler uses up.
    pub(crate) fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    /// The requests that have let go of it in the middle.
    pub(crate) fn pauses(&self) -> &Pauses {
        &self.store.data().pauses
    }

    /// What the handler has computed for its last request.
    pub(crate) fn spent(&self) -> std::time::Duration {
        self.clock.spent()
    }

    /// Tells a shared instance which session the calls that follow are for, unless it knows; 0 says that the last one's are over.
    async fn tell_session(&mut self) -> Result<(), Stop> {
        if self.session == self.turn {
            return Ok(());
        }
        self.session = self.turn;
        let Some(export) = self.overrides().switch_connection else {
            return Ok(());
        };
        let switch = match self.switch_connection {
            Some(switch) => switch,
            None => self.function(export)?,
        };
        self.switch_connection = Some(switch);
        let shown = self.exchange().show_request(false);
        let result = self.run(switch, (self.turn,)).await;
        self.exchange().show_request(shown);
        result
    }

    /// Calls what has to be told of the session before.
    async fn call_plainly(&mut self, function: TypedFunc<(), ()>) -> Result<(), Stop> {
        self.tell_session().await?;
        self.run(function, ()).await
    }

    /// What a call is given that tells of the session itself.
    fn take_turn(&mut self) -> (u64,) {
        self.session = self.turn;
        (self.turn,)
    }

    pub(crate) fn exchange(&mut self) -> &mut Exchange {
        self.store.data_mut().exchange()
    }

    /// What the handler overrides. Copied only where something is: the calls of exports change the instance.
    pub(crate) fn overrides(&self) -> &Overrides {
        &loaded(&self.handler).overrides
    }

    /// Calls an export that sees no request.
    pub(crate) async fn call_unseen<P, R>(
        &mut self,
        export: ComponentExportIndex,
        params: P,
    ) -> Result<R, Stop>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let shown = self.exchange().show_request(false);
        let result = self.call(export, params).await;
        self.exchange().show_request(shown);
        result
    }

    /// Calls `do-*` for the request's method. False when there is none.
    pub(crate) async fn call_method(&mut self) -> Result<bool, Stop> {
        let method = self.store.data_mut().exchange().request().method();
        let Some(place) = loaded(&self.handler).methods.find(method) else {
            return Ok(false);
        };
        let call = match self.calls[place] {
            Some(call) => call,
            None => {
                let entry = loaded(&self.handler).methods.entry(place).expect("find gave it");
                *self.calls[place].insert(find(&self.instance, &mut self.store, entry)?)
            }
        };
        // Here, not in a function of its own, which would be one more future to poll for each request.
        match call {
            Call::Plain(function) if self.session == self.turn => self.run(function, ()).await?,
            Call::Plain(function) => self.call_plainly(function).await?,
            Call::Told(function) => {
                let turn = self.take_turn();
                self.run(function, turn).await?;
            }
        }
        Ok(true)
    }

    /// Calls an override.
    pub(crate) async fn call<P, R>(&mut self, export: ComponentExportIndex, params: P) -> Result<R, Stop>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        self.tell_session().await?;
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
        if interruption::is_of_long(self.store.data_mut()) {
            // In a place of its own: nearly no call has to.
            Box::pin(self.wait_for_turn()).await?;
        }
        let has_begun = std::mem::take(&mut self.has_begun);
        let call = function.call_async(&mut self.store, params);
        let result = within(&self.clock, has_begun, &mut self.when_raw, call).await;
        if self.clock.has_ended_long() {
            interruption::note_long(self.store.data_mut());
        }
        self.finished(result)
    }

    /// Waits until it is its turn to begin a call, as one of a mount that computes for long.
    #[cold]
    async fn wait_for_turn(&mut self) -> Result<(), Stop> {
        let has_begun = std::mem::take(&mut self.has_begun);
        let turn = async {
            queue_up(&mut self.store).await;
            Ok(())
        };
        let waited = within(&self.clock, has_begun, &mut self.when_raw, turn).await;
        self.finished(waited)
    }

    /// What a call gave. After one that did not come to its end the instance is not used again.
    fn finished<T>(&mut self, result: Result<T, Unfinished>) -> Result<T, Stop> {
        result.map_err(|error| {
            self.stopped = true;
            stop(&self.store, error)
        })
    }
}

/// Waits until it is the instance's turn to begin something. That is at once, but where its mount computes for long.
async fn queue_up(store: &mut Store<State>) {
    if let Some(queue) = interruption::queue(store.data_mut()) {
        queue.await;
        store.set_epoch_deadline(1);
    }
}

/// Finds what an entry calls.
fn find(instance: &component::Instance, store: &mut Store<State>, entry: Entry) -> Result<Call, Stop> {
    let found = if entry.is_told {
        instance.get_typed_func(store, entry.export).map(Call::Told)
    } else {
        instance.get_typed_func(store, entry.export).map(Call::Plain)
    };
    found.map_err(|error| Stop::Trap(vec![one_line(&error)]))
}

/// One more instance of the mount.
fn count(exchange: &Exchange) -> Result<Option<Counted>, Stop> {
    let counted = exchange.terms.share().map(Share::take_instance).transpose();
    counted.map_err(|lack| match lack {
        Lack::Own => Stop::MountInstances,
        Lack::Kept => Stop::KeptForOthers,
        Lack::All => Stop::NoRoom,
    })
}

/// Puts a snapshot into the memory of a new instance.
async fn restore(
    snapshot: &Snapshot,
    restoring: Restoring,
    store: &mut Store<State>,
    instance: &component::Instance,
) -> wasmtime::Result<()> {
    let begin = instance.get_typed_func::<(u32,), ()>(&mut *store, restoring.begin)?;
    begin.call_async(&mut *store, (snapshot.pages(),)).await?;
    let restore = instance.get_typed_func::<(&[u8],), ()>(&mut *store, restoring.restore)?;
    for piece in snapshot.pieces() {
        restore.call_async(&mut *store, (piece,)).await?;
    }
    Ok(())
}

/// Only components are instantiated; [`Session`](crate::session::Session) calls native handlers itself.
fn loaded(handler: &Handler) -> &Loaded {
    handler.loaded().expect("only components are instantiated")
}

fn new_store(handler: &Handler, exchange: &Exchange) -> (Store<State>, Arc<Clock>) {
    let site = &exchange.site;
    let limits = exchange.terms.limits();
    let vacant = Box::new(Exchange::new(Arc::clone(site), 0));
    let loaded = loaded(handler);
    let ticks = Arc::clone(&loaded.ticks);
    let clock = Arc::new(Clock::new(limits.cpu_time, limits.request_timeout, ticks));
    let parts =
        loaded.capabilities.iter().filter_map(|capability| capability.state(handler.options(), site.log()));
    let memory = Memory::new(limits.max_memory, exchange.terms.share().cloned(), Arc::clone(&loaded.memory))
        .with_stack(loaded.stack);
    let state = State::new(
        vacant,
        parts.collect(),
        memory,
        limits.max_resources,
        Arc::clone(&clock),
        loaded.can_gather,
    );
    let mut store = Store::new(loaded.pre.engine(), state);
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(MAX_CALL);
    store.set_max_component_handles(MAX_HANDLES);
    // At every tick the guest makes way for the others on its thread, and more often when it has computed for long.
    // wasmtime's own yield would let the runtime look at its sockets once in 61 slices only.
    store.epoch_deadline_callback(|mut context| {
        let state = context.data_mut();
        if !interruption::is_due(state) {
            return Ok(UpdateDeadline::Continue(1));
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(interruption::make_way(state)?)))
    });
    // Epochs are not looked at when a host function returns, so that calls of them in a row, without a loop, would go on
    // for ever. The contract's own make way by themselves.
    store.call_hook(|context, event| match event {
        CallHook::ReturningFromHost if context.data().clock().has_ticked() => {
            Ok(context.data().clock().look_unbroken()?)
        }
        _ => Ok(()),
    });
    (store, clock)
}

enum Unfinished {
    Deadline,
    Error(wasmtime::Error),
}

/// Lets a guest run until its deadline, from the beginning of its budgets or from now on. A call that does not wait costs no timer.
async fn within<T>(
    clock: &Clock,
    mut has_begun: bool,
    when_raw: &mut Option<Box<dyn FnOnce() + Send>>,
    call: impl Future<Output = wasmtime::Result<T>>,
) -> Result<T, Unfinished> {
    let mut call = pin!(call);
    let mut timer = pin!(None);
    let mut lateness = Lateness::default();
    poll_fn(|context| {
        match std::mem::take(&mut has_begun) {
            true => clock.resume_at_once(),
            false => clock.resume(Instant::now()),
        }
        if let Poll::Ready(result) = call.as_mut().poll(context) {
            return Poll::Ready(result.map_err(Unfinished::Error));
        }
        clock.pause(Instant::now());
        if clock.is_left_to_client()
            && let Some(action) = when_raw.take()
        {
            action();
            clock.leave_to_one();
        }
        // A wait for the client of a raw connection ends of itself and wakes this task.
        let Some(deadline) = clock.deadline() else {
            return Poll::Pending;
        };
        loop {
            let until = lateness.until(deadline);
            if timer.is_none() {
                timer.set(Some(tokio::time::sleep_until(until.into())));
            }
            let mut sleep = timer.as_mut().as_pin_mut().expect("set above");
            if sleep.deadline() != until.into() {
                sleep.as_mut().reset(until.into());
            }
            if sleep.poll(context).is_pending() {
                return Poll::Pending;
            }
            if lateness.is_over(deadline, Instant::now()) {
                return Poll::Ready(Err(Unfinished::Deadline));
            }
        }
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

/// Why it trapped.
fn reason(error: &wasmtime::Error) -> String {
    let reason = error.root_cause().to_string();
    // wasmtime has no type for it.
    if reason.contains("fuel allocated for hostcalls") {
        return format!(
            "a call of the host was given more than {} at once",
            ByteSize(MAX_CALL as u64).display().iec()
        );
    }
    reason
}

fn stop(store: &Store<State>, unfinished: Unfinished) -> Stop {
    let error = match unfinished {
        Unfinished::Deadline => return Stop::WallTime,
        Unfinished::Error(error) => error,
    };
    if error.is::<CpuTimeExceeded>() {
        Stop::CpuTime
    } else if error.is::<ClientGone>() {
        Stop::ClientGone
    } else if let Some(limit) = error.downcast_ref::<PoolConcurrencyLimitError>() {
        let which = limit.to_string();
        let is_whole = ["component instance", "fibers"].iter().any(|whole| which.contains(whole));
        if is_whole { Stop::NoRoom } else { Stop::NoPart(which) }
    } else if is_out_of_memory(&error) {
        Stop::NoSystemMemory
    } else if let Some(refused) = store.data().memory.refused() {
        match refused {
            Refused::Own => Stop::Memory,
            Refused::Mount => Stop::MountMemory,
            Refused::Kept => Stop::KeptForOthers,
            Refused::Total => Stop::TotalMemory,
        }
    } else {
        let frames = error.downcast_ref::<WasmBacktrace>().into_iter().flat_map(backtrace::lines);
        Stop::Trap(std::iter::once(reason(&error)).chain(frames).collect())
    }
}
