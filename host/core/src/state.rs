//! What the store of an instance holds: all that host functions work on.

use std::any::Any;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{AsContext, StoreContext, StoreContextMut};

use crate::clock::Clock;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::memory::{Memory, Refused};
use crate::pauses::Pauses;

/// Nothing but [`State::with_exchange`] takes the exchange away, and that puts it back.
const ALWAYS: &str = "a store always has an exchange, if only a vacant one";

/// What the store of an instance holds. Capabilities find their part of it by its type: [`State::part`].
pub struct State {
    /// Vacant while the instance rests. None only within [`State::with_exchange`], where nobody can reach it.
    exchange: Option<Box<Exchange>>,
    parts: Vec<Box<dyn Any + Send>>,
    pub(crate) table: ResourceTable,
    pub(crate) memory: Memory,
    clock: Arc<Clock>,
    /// Whether the instance can wait for nothing but its client.
    pub(crate) can_gather: bool,
    pub(crate) pauses: Arc<Pauses>,
}

impl State {
    pub(crate) fn new(
        exchange: Box<Exchange>,
        parts: Vec<Box<dyn Any + Send>>,
        memory: Memory,
        max_resources: usize,
        clock: Arc<Clock>,
        can_gather: bool,
    ) -> State {
        let mut table = ResourceTable::new();
        table.set_max_capacity(max_resources);
        let pauses = Arc::default();
        State { exchange: Some(exchange), parts, table, memory, clock, can_gather, pauses }
    }

    /// The request being served, or a vacant exchange.
    pub(crate) fn exchange(&mut self) -> &mut Exchange {
        self.exchange.as_mut().expect(ALWAYS)
    }

    /// The exchange, together with the table of the instance's resources.
    pub(crate) fn exchange_and_table(&mut self) -> (&mut Exchange, &mut ResourceTable) {
        (self.exchange.as_mut().expect(ALWAYS), &mut self.table)
    }

    /// Exchanges the exchange for another.
    pub(crate) fn swap_exchange(&mut self, other: &mut Box<Exchange>) {
        std::mem::swap(self.exchange.as_mut().expect(ALWAYS), other);
    }

    /// Gives a host function both the exchange and the guest's memory, which the store holds together. The function sees
    /// the store unchangeable, so that it cannot ask for the exchange again.
    pub(crate) fn with_exchange<R>(
        store: &mut StoreContextMut<'_, State>,
        function: impl FnOnce(&mut Exchange, StoreContext<'_, State>) -> R,
    ) -> R {
        let mut exchange = store.data_mut().exchange.take().expect(ALWAYS);
        let result = function(&mut exchange, store.as_context());
        store.data_mut().exchange = Some(exchange);
        result
    }

    pub(crate) fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    /// A capability's part of the state: what its `state` gave for this instance.
    pub fn part<T: 'static>(&mut self) -> Option<&mut T> {
        self.parts.iter_mut().find_map(|part| part.downcast_mut())
    }

    /// A capability's part, together with the table of the instance's resources.
    pub fn part_and_table<T: 'static>(&mut self) -> (Option<&mut T>, &mut ResourceTable) {
        (self.parts.iter_mut().find_map(|part| part.downcast_mut()), &mut self.table)
    }

    /// The server holds `now` bytes for the instance where it held `before`: they count as its memory.
    ///
    /// # Errors
    ///
    /// When it may have no more. The guest's call ends with it, and its instance.
    pub fn hold(&mut self, before: usize, now: usize) -> wasmtime::Result<()> {
        self.memory.hold(before, now).map_err(held_too_much)
    }

    /// A capability's part, the table, and what the instance has of memory.
    pub(crate) fn part_table_memory<T: 'static>(
        &mut self,
    ) -> (Option<&mut T>, &mut ResourceTable, &mut Memory) {
        let part = self.parts.iter_mut().find_map(|part| part.downcast_mut());
        (part, &mut self.table, &mut self.memory)
    }

    /// Ends the head.
    pub(crate) fn end_headers(&mut self) -> Result<(), Failure> {
        self.exchange().end_headers()?;
        self.note_upgrade();
        Ok(())
    }

    /// A head has ended. After an upgrade it is the client that sets the handler's clock.
    pub(crate) fn note_upgrade(&mut self) {
        let exchange = self.exchange.as_mut().expect(ALWAYS);
        if exchange.answer.is_raw() && exchange.clock.is_none() {
            self.clock.leave_to_client();
            exchange.clock = Some(Arc::clone(&self.clock));
        }
    }
}

/// [`Instance`](crate::instance::Instance) knows from the memory what it was.
pub(crate) fn held_too_much(refused: Refused) -> wasmtime::Error {
    wasmtime::Error::msg(format!("the server would hold too much for it: {refused:?}"))
}
