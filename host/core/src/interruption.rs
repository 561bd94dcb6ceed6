//! At every tick of the engine's clock a guest is interrupted, and makes way for others on its thread.

use std::future::Future;
use std::sync::Arc;

use crate::computing;
use crate::state::State;
use crate::stop::ClientGone;
use crate::turns::Place;

/// Whether the guest has to make way now.
pub(crate) fn is_due(state: &mut State) -> bool {
    let clock = Arc::clone(state.clock());
    // The look when a host function has returned takes the tick that it sees.
    let is_tick = clock.has_ticked() || clock.owes_way();
    is_tick || clock.is_long() || state.exchange().terms.labour().is_long(clock.ticks())
}

/// Makes way, unless the guest has used up its time, or has computed for long and nobody is left to see what comes of it. What it
/// gives ends when the guest may go on.
pub(crate) fn make_way(state: &mut State) -> wasmtime::Result<impl Future<Output = ()> + Send + use<>> {
    let clock = Arc::clone(state.clock());
    clock.look_and_make_way()?;
    if clock.is_long() && state.exchange().has_lost_its_client() {
        return Err(ClientGone.into());
    }
    let labour = state.exchange().terms.labour();
    if clock.is_long() {
        labour.note_long(clock.ticks());
    }
    let is_labour = labour.is_long(clock.ticks());
    let computes = clock.is_long() || is_labour && clock.has_computed();
    // Who leaves the thread takes no turns on it.
    let leaves = computes && computing::may_leave();
    let place = if is_labour && !leaves { Place::take(labour.mount()) } else { None };
    Ok(async move {
        if let Some(place) = &place {
            place.is_first(&clock).await;
            clock.makes_way();
        }
        if computes {
            computing::note();
        }
        // Tokio's own lets the runtime look at its sockets first.
        tokio::task::yield_now().await;
    })
}
