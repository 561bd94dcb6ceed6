//! `wasi:io/poll`: as wasmtime-wasi has it, but what the handler has written leaves before it waits,
//! so that server-sent events need no flush.

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi_io::bindings::wasi::io::poll::{self, Host, HostPollable};
use wasmtime_wasi_io::poll::DynPollable;

use crate::state::State;

struct Polls;

impl HasData for Polls {
    type Data<'a> = Waiting<'a>;
}

struct Waiting<'a>(&'a mut State);

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    poll::add_to_linker::<State, Polls>(linker, |state| Waiting(state))
}

impl Waiting<'_> {
    /// A client that has gone is no reason not to wait: the handler learns of it at its next write.
    async fn flush(&mut self) {
        let exchange = self.0.exchange();
        if exchange.in_request() {
            let _ = exchange.flush().await;
        }
    }
}

impl Host for Waiting<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.flush().await;
        self.0.table.poll(pollables).await
    }
}

impl HostPollable for Waiting<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.flush().await;
        self.0.table.block(pollable).await
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.0.table.ready(pollable).await
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        HostPollable::drop(&mut self.0.table, pollable)
    }
}
