//! A component that was found fit to be a handler, ready to be instantiated.

use std::sync::Arc;

use wasmtime::component::InstancePre;

use crate::absent;
use crate::capability::{Capabilities, Capability, check_dirs};
use crate::component::{Component, Held};
use crate::contract;
use crate::departures::Departures;
use crate::engine::{Engine, MAX_MEMORIES, MAX_TABLES};
use crate::exports::{self, Methods, Overrides, Restoring};
use crate::handler_options::{HandlerError, HandlerOptions};
use crate::memory::TotalMemory;
use crate::one_line::one_line;
use crate::snapshot::Snapshot;
use crate::stack::Stack;
use crate::state::State;
use crate::ticks::Ticks;

/// A component, ready to be instantiated.
pub(crate) struct Loaded {
    pub(crate) pre: InstancePre<State>,
    pub(crate) methods: Methods,
    pub(crate) overrides: Overrides,
    /// What the memory of its instances is to be, and how it gets there.
    pub(crate) snapshot: Option<(Arc<Snapshot>, Restoring)>,
    /// What calls of its instances have.
    pub(crate) stack: Stack,
    pub(crate) capabilities: Capabilities,
    /// Whether an instance can wait for nothing but its client.
    pub(crate) can_gather: bool,
    /// The engine's.
    pub(crate) ticks: Arc<Ticks>,
    /// The engine's.
    pub(crate) memory: Arc<TotalMemory>,
    /// The engine's.
    pub(crate) departures: Arc<Departures>,
    _held: Held,
}

impl Loaded {
    /// Checks a component's imports and exports, and what it is granted. With the options that it has in the end.
    pub(crate) fn new(
        engine: &Engine,
        component: &Component,
        options: HandlerOptions,
    ) -> Result<(Loaded, HandlerOptions), HandlerError> {
        let options = component.files().map_or(options.clone(), |files| options.with_files(files));
        let snapshot = component.snapshot().map(Arc::clone);
        let options = if snapshot.is_some() { options.of_program() } else { options };
        let (component, stack, _held) = (component.wasmtime(), component.stack(), component.held());
        contract::check_imports(engine.capabilities(), component)?;
        let cause = |error: wasmtime::Error| HandlerError::ImportType { cause: one_line(&error) };
        let all = engine.linker(stack);
        let own = absent::linker(all, engine.capabilities(), component).map_err(cause)?;
        let linker = own.as_ref().unwrap_or(all);
        let pre = linker.instantiate_pre(component).map_err(cause)?;
        let (methods, overrides) = exports::find(component, snapshot.as_deref())?;
        let restoring = snapshot.is_some().then(|| Restoring::find(component)).transpose()?;
        let snapshot = snapshot.zip(restoring);
        check_parts(component)?;
        check_dirs(&options)?;
        let can_gather = contract::waits_for_clients_only(component);
        let capabilities = imported(engine.capabilities(), component);
        let ticks = Arc::clone(engine.ticks());
        let memory = Arc::clone(engine.memory());
        let departures = Arc::clone(engine.departures());
        let loaded = Loaded {
            pre,
            methods,
            overrides,
            snapshot,
            stack,
            capabilities,
            can_gather,
            ticks,
            memory,
            departures,
            _held,
        };
        Ok((loaded, options))
    }

    /// Whether what an instance keeps in its memory is the program's state.
    pub(crate) fn is_one(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|(snapshot, _)| snapshot.is_one())
    }

    /// The methods that it serves: `GET`, `POST`, `ANY`.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &str> {
        self.methods.names()
    }

    /// The functions of the contract that it replaces: `log-message`, `setup`.
    pub(crate) fn overrides(&self) -> Vec<&'static str> {
        self.overrides.names()
    }

    /// Whether the handler has a say in an answer that the host gives for it.
    pub(crate) fn answers_errors(&self) -> bool {
        self.overrides.of_errors()
    }

    /// Whether the end of a connection means anything to an instance that others use.
    pub(crate) fn minds_the_end(&self) -> bool {
        self.overrides.of_the_end()
    }

    /// Whether it means no more to it than that what it keeps for the connection can go.
    pub(crate) fn only_lets_go(&self) -> bool {
        self.overrides.only_lets_go()
    }

    /// The engine's tick.
    pub(crate) fn tick(&self) -> u64 {
        self.ticks.now()
    }

    /// Where its instances go.
    pub(crate) fn departures(&self) -> &Arc<Departures> {
        &self.departures
    }
}

/// The bound on core instances is the engine's own.
fn check_parts(component: &wasmtime::component::Component) -> Result<(), HandlerError> {
    // None for what imports modules, which cannot be linked here.
    let Some(needs) = component.resources_required() else {
        return Ok(());
    };
    for (what, has, most) in
        [("memories", needs.num_memories, MAX_MEMORIES), ("tables", needs.num_tables, MAX_TABLES)]
    {
        if has > most {
            return Err(HandlerError::TooManyParts { what, has, most });
        }
    }
    Ok(())
}

/// The capabilities that a component imports something of. The others have no part in its instances.
fn imported(all: &Capabilities, component: &wasmtime::component::Component) -> Capabilities {
    let kind = component.component_type();
    let is_imported = |capability: &&Arc<dyn Capability>| {
        kind.imports(component.engine()).any(|(name, _)| capability.offers(name))
    };
    all.iter().filter(is_imported).cloned().collect()
}
