//! At every tick of the engine's clock a guest is interrupted, and makes way for others on its thread.

use std::future::Future;
use std::sync::Arc;

use crate::clock::Clock;
use crate::computing;
use crate::state::State;
use crate::stop::ClientGone;
use crate::turns::Place;

/// Whether the guest has to make way now.
pub(crate) fn is_due(state: &mut State) -> bool {
    let clock = Arc::clone(state.clock());
    // The look when a host function has returned takes the tick that it sees.
    let is_tick = clock.has_ticked() || clock.owes_way();
    is_tick || clock.is_long() || is_of_long(state)
}

/// Makes way, unless the guest has used up its time, or has computed for long and nobody is left to see what comes of it. What it
/// gives ends when the guest may go on.
pub(crate) fn make_way(state: &mut State) -> wasmtime::Result<impl Future<Output = ()> + Send + use<>> {
    let clock = Arc::clone(state.clock());
    clock.look_and_make_way()?;
    if clock.is_long() && state.exchange().has_lost_its_client() {
        return Err(ClientGone.into());
    }
    if clock.is_long() {
        note_long(state);
    }
    let computes = clock.is_long() || is_of_long(state) && clock.is_not_little();
    // Who leaves the thread takes no turns on it.
    let place = if computes && computing::may_leave() { None } else { place(state) };
    Ok(async move {
        if let Some(place) = place {
            await_turn(place, &clock).await;
        }
        if computes {
            computing::note();
        }
        // Tokio's own lets the runtime look at its sockets first.
        tokio::task::yield_now().await;
    })
}

/// A call of a mount that computes for long queues before it begins as well: an instruction that fills or copies all of its memory
/// is not interrupted, and where many calls begin with one, others go on between them. None where nobody queues.
pub(crate) fn queue(state: &mut State) -> Option<impl Future<Output = ()> + Send + use<>> {
    let place = place(state)?;
    let clock = Arc::clone(state.clock());
    Some(async move {
        await_turn(place, &clock).await;
        // It is about to compute: who has left the thread for that does not come back before.
        computing::note_where_it_stays();
        tokio::task::yield_now().await;
    })
}

/// A new instance of a mount that computes for long begins elsewhere, if it may: the first that a guest does is to touch memory that
/// the system has to give it, in instructions that nothing interrupts. None where it stays.
pub(crate) fn leave(state: &mut State) -> Option<impl Future<Output = ()> + Send + use<>> {
    if !is_of_long(state) || !computing::may_leave() {
        return None;
    }
    let clock = Arc::clone(state.clock());
    Some(async move {
        clock.makes_way();
        computing::note();
        tokio::task::yield_now().await;
    })
}

/// A call of the mount computes for long.
pub(crate) fn note_long(state: &mut State) {
    let clock = Arc::clone(state.clock());
    state.exchange().terms.labour().note_long(clock.ticks());
}

/// Whether calls of the mount compute for long.
pub(crate) fn is_of_long(state: &mut State) -> bool {
    let now = state.clock().ticks().now();
    state.exchange().terms.labour().is_long(now)
}

fn place(state: &mut State) -> Option<Place> {
    if is_of_long(state) { Place::take(state.exchange().terms.labour().mount()) } else { None }
}

/// The place is the next one's then.
async fn await_turn(place: Place, clock: &Clock) {
    place.is_first(clock).await;
    clock.makes_way();
}
