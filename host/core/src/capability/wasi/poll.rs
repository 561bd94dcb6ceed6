//! `wasi:io/poll`: as wasmtime-wasi has it, but what the handler has written leaves before it waits,
//! so that server-sent events need no flush; and a handler's client is among what can be waited for.

use std::future::pending;

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi_io::bindings::wasi::io::poll::{self, Host, HostPollable};
use wasmtime_wasi_io::poll::DynPollable;

use crate::exchange::{Side, Sides};
use crate::state::State;
use crate::stop::ClientGone;

struct Polls;

impl HasData for Polls {
    type Data<'a> = Waiting<'a>;
}

struct Waiting<'a>(&'a mut State);

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    poll::add_to_linker::<State, Polls>(linker, |state| Waiting(state))
}

/// A pollable for the client. In the table of resources a [`Side`] has the place of one, as what says whether it is
/// ready is the exchange, which is not in there.
pub(crate) fn subscribe(state: &mut State, side: Side) -> wasmtime::Result<Resource<DynPollable>> {
    Ok(Resource::new_own(state.table.push(side)?.rep()))
}

/// What stands in the table where a pollable of [`subscribe`] says.
fn marker(pollable: &Resource<DynPollable>) -> Resource<Side> {
    Resource::new_own(pollable.rep())
}

impl Waiting<'_> {
    fn side(&self, pollable: &Resource<DynPollable>) -> Option<Side> {
        self.0.table.get(&marker(pollable)).ok().copied()
    }

    /// What was written leaves before the handler waits.
    async fn flush(&mut self) {
        let exchange = self.0.exchange();
        if exchange.in_request() {
            let _ = exchange.flush().await;
        }
    }

    /// Waits for what is not the client's. A client that resets the connection meanwhile will see nothing of what comes
    /// of it, so the wait is over, and the handler with it; one that only ends its side may still read. A handler that
    /// shares its instance with others goes on, as its end would be theirs.
    async fn wait(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.flush().await;
        let (exchange, table) = self.0.exchange_and_table();
        if !exchange.ends_with_client() {
            return table.poll(pollables).await;
        }
        if !exchange.down.is_unwritable() {
            tokio::select! {
                biased;
                ready = table.poll(pollables) => return ready,
                () = exchange.down.gone() => {}
            }
        }
        exchange.down.lose();
        Err(ClientGone.into())
    }
}

impl Host for Waiting<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        let mut wanted = Sides::default();
        let (mut clients, mut others, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (place, pollable) in (0..).zip(pollables) {
            match self.side(&pollable) {
                Some(side) => {
                    wanted.add(side);
                    clients.push((place, side));
                }
                None => {
                    others.push(pollable);
                    places.push(place);
                }
            }
        }
        if clients.is_empty() {
            return self.wait(others).await;
        }
        let (exchange, table) = self.0.exchange_and_table();
        let others = async { if others.is_empty() { pending().await } else { table.poll(others).await } };
        let (ready, theirs) = exchange.wait_for(wanted, others).await;
        let clients = clients.into_iter().filter(|(_, side)| ready.has(*side));
        let mut all: Vec<u32> = clients.map(|(place, _)| place).collect();
        if let Some(theirs) = theirs {
            all.extend(theirs?.into_iter().map(|place| places[place as usize]));
        }
        Ok(all)
    }
}

impl HostPollable for Waiting<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        if let Some(side) = self.side(&pollable) {
            self.0.exchange().wait_for(side.into(), pending::<()>()).await;
            return Ok(());
        }
        self.wait(vec![Resource::new_own(pollable.rep())]).await.map(drop)
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        if let Some(side) = self.side(&pollable) {
            return Ok(self.0.exchange().is_ready(side).await);
        }
        self.0.table.ready(pollable).await
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        if self.side(&pollable).is_some() {
            self.0.table.delete(marker(&pollable))?;
            return Ok(());
        }
        HostPollable::drop(&mut self.0.table, pollable)
    }
}
