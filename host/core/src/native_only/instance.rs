//! Instances where there are no components.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::departures::Departures;
use crate::exchange::Exchange;
use crate::handler::Handler;
use crate::pauses::Pauses;
use crate::stop::Stop;
use crate::task::Task;

/// There is none.
pub(crate) enum Instance {}

impl Instance {
    #[allow(clippy::unused_async, reason = "those of components wait")]
    pub(crate) async fn start(handler: Arc<Handler>, _: &mut Box<Exchange>) -> Result<Instance, Stop> {
        match *handler.loaded().expect("only components are instantiated") {}
    }

    #[allow(clippy::unused_async, reason = "those of components wait")]
    pub(crate) async fn take_on(&mut self, _: &mut Box<Exchange>, _: Task<'_>) -> Result<(), Stop> {
        match *self {}
    }

    pub(crate) fn is_of(&self, _: &Arc<Handler>) -> bool {
        match *self {}
    }

    pub(crate) fn handler(&self) -> &Handler {
        match *self {}
    }

    pub(crate) fn is_stopped(&self) -> bool {
        match *self {}
    }

    pub(crate) fn is_reusable(&self) -> bool {
        match *self {}
    }

    pub(crate) fn depart(self) {
        match self {}
    }

    pub(crate) fn departure(&self) -> (Arc<Departures>, usize) {
        match *self {}
    }

    pub(crate) fn when_raw(&mut self, _: Box<dyn FnOnce() + Send>) {
        match *self {}
    }

    pub(crate) fn clock(&self) -> &Arc<Clock> {
        match *self {}
    }

    pub(crate) fn pauses(&self) -> &Pauses {
        match *self {}
    }

    pub(crate) fn spent(&self) -> Duration {
        match *self {}
    }
}
