//! Which instance serves a connection's requests: one of its own, or a worker's, which it shares.

use std::sync::Arc;
use std::time::Instant;

use super::{Connection, Service};
use crate::buffers;
use crate::handler::{Handler, Program, Slot};
use crate::instance::{Instance, Stop};
use crate::server::Isolation;
use crate::workers::{self, Asked, Seat, Turn};

/// What a connection has of instances.
pub(super) enum Tenancy {
    Nothing,
    Own(Instance),
    Shared(Place),
}

/// A connection's place at a worker.
pub(super) struct Place {
    seat: Seat,
    /// There while a request of the connection is served.
    turn: Option<Turn>,
    /// Whether `setup` was called for the connection.
    is_set_up: bool,
}

impl Service {
    /// Whether connections share the instances of this version.
    fn shares(&self, slot: &Slot, handler: &Handler) -> bool {
        match self.isolation {
            Isolation::Connection | Isolation::Request => false,
            Isolation::Worker => true,
            Isolation::Auto if handler.is_heavy() => {
                slot.announce_sharing(handler, &self.shared.log);
                true
            }
            Isolation::Auto => false,
        }
    }
}

impl Connection {
    pub(super) fn entered(&mut self) -> &mut Instance {
        match &mut self.tenancy {
            Tenancy::Own(instance) => instance,
            Tenancy::Shared(Place { turn: Some(Turn { instance: Some(instance), .. }), .. }) => instance,
            _ => unreachable!("entered before"),
        }
    }

    /// Gives the request to an instance of the current version, a fresh one if need be.
    pub(super) async fn enter(&mut self, slot: &Slot) -> Result<(), Stop> {
        let current = slot.load();
        if self.service.shares(slot, &current) {
            let handler = Arc::clone(&current);
            // Boxed, so that the many connections without workers need no room for it.
            return Box::pin(self.enter_worker(handler)).await;
        }
        if !matches!(&self.tenancy, Tenancy::Own(instance) if instance.is_of(&current)) {
            self.end_instance().await;
            let handler: Arc<Handler> = Arc::clone(&current);
            self.exchange().begin_instance();
            let exchange = self.take_exchange();
            let (exchange, started) = Instance::start(&self.service.engine, handler, exchange).await;
            self.exchange = Some(exchange);
            self.tenancy = Tenancy::Own(started?);
        }
        let exchange = self.take_exchange();
        self.entered().enter(exchange);
        Ok(())
    }

    pub(super) fn leave(&mut self, result: Result<(), Stop>) -> Result<(), Stop> {
        let mut exchange = self.entered().leave();
        exchange.worker = None;
        self.exchange = Some(exchange);
        if result.is_err() {
            self.drop_instance();
        } else if let Tenancy::Shared(place) = &mut self.tenancy
            && let Some(mut turn) = place.turn.take()
            && !workers::is_shared(turn.worker())
            && let Some(instance) = turn.instance.take()
        {
            // The connection has become raw, and the worker its own.
            self.tenancy = Tenancy::Own(instance);
        }
        result
    }

    /// Lets go of an instance that must not be used again.
    fn drop_instance(&mut self) {
        if let Tenancy::Shared(Place { turn: Some(turn), .. }) = &mut self.tenancy {
            turn.instance = None;
        }
        self.tenancy = Tenancy::Nothing;
    }

    /// Calls `finish` and lets go of the instance.
    pub(super) async fn end_instance(&mut self) {
        match std::mem::replace(&mut self.tenancy, Tenancy::Nothing) {
            Tenancy::Nothing => {}
            Tenancy::Own(instance) if instance.is_stopped() => {}
            Tenancy::Own(mut instance) => {
                let Some(exchange) = self.exchange.take() else {
                    return;
                };
                instance.enter(exchange);
                let result = instance.finish().await;
                self.exchange = Some(instance.leave());
                if let Err(stop) = result {
                    self.exchange().log_stop(&stop, "finish");
                }
            }
            Tenancy::Shared(place) => Box::pin(self.leave_worker(place)).await,
        }
    }

    // Workers.

    async fn enter_worker(&mut self, handler: Arc<Handler>) -> Result<(), Stop> {
        let deadline = Instant::now() + self.service.shared.limits.request_timeout;
        self.await_small_body(deadline).await;
        if !matches!(&self.tenancy, Tenancy::Shared(place) if place.seat.is_for(&handler)) {
            self.end_instance().await;
        }
        let mut no_room = None;
        loop {
            if !matches!(self.tenancy, Tenancy::Shared(_)) {
                match (Seat::take(&handler, self.service.staff, no_room.is_none()), no_room) {
                    (Some(seat), cause) => {
                        self.tenancy = Tenancy::Shared(Place { seat, turn: None, is_set_up: false });
                        no_room = cause;
                    }
                    (None, cause) => return Err(cause.unwrap_or(Stop::NoRoom)),
                }
            }
            let Some(turn) = self.wait_for_turn(deadline).await? else {
                // The worker has ended by another's fault, or is another's alone now.
                self.tenancy = Tenancy::Nothing;
                continue;
            };
            match self.begin_turn(&handler, turn).await {
                Err(stop @ (Stop::NoRoom | Stop::NoSystemMemory)) if no_room.is_none() => {
                    self.tenancy = Tenancy::Nothing;
                    no_room = Some(stop);
                }
                result => return result,
            }
        }
    }

    /// A worker can serve nobody else while it waits for a body, so one that the read buffer holds is awaited before. What
    /// goes wrong with it the handler is told when it reads.
    async fn await_small_body(&mut self, deadline: Instant) {
        let exchange = self.exchange();
        let length = exchange.body.left().and_then(|left| usize::try_from(left).ok()).unwrap_or(usize::MAX);
        let is_there = |there: &[u8]| there.len() >= length;
        if length > buffers::SIZE || exchange.awaits_word() || is_there(exchange.wire.unread()) {
            return;
        }
        if exchange.flush_all().await.is_err() {
            return;
        }
        while !is_there(exchange.wire.unread()) {
            let room = length - exchange.wire.unread().len();
            let deadline = deadline.min(Instant::now() + exchange.wire.patience);
            if exchange.wire.read(room, deadline, None).await.is_err() {
                return;
            }
        }
    }

    /// None when the worker has ended.
    async fn wait_for_turn(&mut self, deadline: Instant) -> Result<Option<Turn>, Stop> {
        let Tenancy::Shared(Place { seat, .. }) = &self.tenancy else {
            return Ok(None);
        };
        let exchange = self.exchange.as_mut().expect("an instance gives the exchange back");
        // Answers to earlier requests must not wait with this one.
        if seat.is_busy() && exchange.flush_all().await.is_err() {
            return Err(Stop::Busy);
        }
        let turn = match seat.ask() {
            Asked::Now(turn) => return Ok(Some(turn)),
            Asked::Gone => return Ok(None),
            Asked::Later(turn) => turn,
        };
        tokio::select! {
            biased;
            turn = turn => Ok(turn.ok()),
            () = exchange.wire.is_reset() => {
                exchange.wire.lose();
                Err(Stop::Busy)
            }
            () = tokio::time::sleep_until(deadline.into()) => Err(Stop::Busy),
        }
    }

    /// Enters the worker's instance, which is started if it is a new one, and set up if it does not know the connection.
    async fn begin_turn(&mut self, handler: &Arc<Handler>, mut turn: Turn) -> Result<(), Stop> {
        if turn.instance.is_none() {
            let exchange = self.take_exchange();
            let (exchange, started) =
                Instance::start_shared(&self.service.engine, Arc::clone(handler), exchange).await;
            self.exchange = Some(exchange);
            turn.instance = Some(started?);
        }
        let Tenancy::Shared(place) = &mut self.tenancy else {
            unreachable!("it has just waited there");
        };
        let is_set_up = std::mem::replace(&mut place.is_set_up, true);
        let worker = turn.worker();
        place.turn = Some(turn);
        let exchange = self.exchange();
        let connection = exchange.connection;
        exchange.worker = Some(worker);
        if !is_set_up {
            exchange.begin_instance();
        }
        let exchange = self.take_exchange();
        let instance = self.entered();
        instance.enter(exchange);
        let mut begun = instance.switch_to(connection).await;
        if !is_set_up && begun.is_ok() {
            begun = instance.set_up().await;
            // As with an instance of its own, the request has its times for itself.
            let exchange = instance.leave();
            instance.enter(exchange);
        }
        match begun {
            Ok(()) => Ok(()),
            stopped => self.leave(stopped),
        }
    }

    /// Whether the end of the connection must wait for others' requests.
    pub(super) fn waits_to_finish(&self) -> bool {
        matches!(&self.tenancy, Tenancy::Shared(place) if place.must_finish() && place.seat.is_busy())
    }

    async fn leave_worker(&mut self, place: Place) {
        if !place.must_finish() {
            return;
        }
        let deadline = Instant::now() + self.service.shared.limits.request_timeout;
        let turn = match place.seat.ask() {
            Asked::Now(turn) => turn,
            Asked::Gone => return,
            Asked::Later(turn) => match tokio::time::timeout_at(deadline.into(), turn).await {
                Ok(Ok(turn)) => turn,
                // What it would have been told of has ended with it.
                Ok(Err(_)) => return,
                Err(_) => return self.exchange().log_stop(&Stop::Busy, "finish"),
            },
        };
        self.finish_in(turn).await;
    }

    async fn finish_in(&mut self, mut turn: Turn) {
        let Some(instance) = &mut turn.instance else {
            return;
        };
        let Some(exchange) = self.exchange.take() else {
            return;
        };
        let connection = exchange.connection;
        instance.enter(exchange);
        let result = finish_one(instance, connection).await;
        self.exchange = Some(instance.leave());
        if let Err(stop) = result {
            turn.instance = None;
            self.exchange().log_stop(&stop, "finish");
        }
    }
}

async fn finish_one(instance: &mut Instance, connection: u64) -> Result<(), Stop> {
    instance.switch_to(connection).await?;
    instance.finish().await?;
    instance.switch_to(0).await
}

impl Place {
    /// Whether the handler wants to know that the connection has ended.
    fn must_finish(&self) -> bool {
        match &self.seat.handler().program {
            Program::Component(loaded) => self.is_set_up && loaded.overrides.of_the_end(),
            Program::Native(_) | Program::NativeAsync(_) => false,
        }
    }
}
