//! `wasi:io/streams`: as wasmtime-wasi has it, but a call that waits for longer than a moment does as `wasi:io/poll` does: what the
//! handler has written leaves, and a client that is gone ends it.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi_io::bindings::wasi::io::streams::{self, Host, HostInputStream, HostOutputStream};
use wasmtime_wasi_io::poll::DynPollable;
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream, StreamError, StreamResult};

use crate::exchange::Exchange;
use crate::state::State;
use crate::stop::ClientGone;

/// Longer than a file takes on a disk that is well: what is whole when the handler returns has a length.
const MOMENT: Duration = Duration::from_millis(100);

struct Blocking;

impl HasData for Blocking {
    type Data<'a> = Streams<'a>;
}

struct Streams<'a>(&'a mut State);

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    streams::add_to_linker::<State, Blocking>(linker, |state| Streams(state))
}

async fn patiently<T>(
    exchange: &mut Exchange,
    work: impl Future<Output = StreamResult<T>>,
) -> StreamResult<T> {
    let mut work = pin!(work);
    if let Ok(done) = tokio::time::timeout(MOMENT, work.as_mut()).await {
        return done;
    }
    if exchange.in_request() {
        let _ = exchange.flush().await;
    }
    if !exchange.ends_with_client() {
        return work.await;
    }
    if !exchange.down.is_unwritable() {
        tokio::select! {
            biased;
            done = work => return done,
            () = exchange.down.gone() => {}
        }
    }
    exchange.down.lose();
    Err(StreamError::Trap(ClientGone.into()))
}

impl Host for Streams<'_> {
    fn convert_stream_error(&mut self, error: StreamError) -> wasmtime::Result<streams::StreamError> {
        self.0.table.convert_stream_error(error)
    }
}

impl HostInputStream for Streams<'_> {
    async fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        HostInputStream::drop(&mut self.0.table, stream).await
    }

    fn read(&mut self, stream: Resource<DynInputStream>, size: u64) -> StreamResult<Vec<u8>> {
        HostInputStream::read(&mut self.0.table, stream, size)
    }

    async fn blocking_read(&mut self, stream: Resource<DynInputStream>, size: u64) -> StreamResult<Vec<u8>> {
        let (exchange, table) = self.0.exchange_and_table();
        patiently(exchange, table.blocking_read(stream, size)).await
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, size: u64) -> StreamResult<u64> {
        self.0.table.skip(stream, size)
    }

    async fn blocking_skip(&mut self, stream: Resource<DynInputStream>, size: u64) -> StreamResult<u64> {
        let (exchange, table) = self.0.exchange_and_table();
        patiently(exchange, table.blocking_skip(stream, size)).await
    }

    fn subscribe(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        HostInputStream::subscribe(&mut self.0.table, stream)
    }
}

impl HostOutputStream for Streams<'_> {
    async fn drop(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        HostOutputStream::drop(&mut self.0.table, stream).await
    }

    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<u64> {
        self.0.table.check_write(stream)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        HostOutputStream::write(&mut self.0.table, stream, bytes)
    }

    async fn blocking_write_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        let (exchange, table) = self.0.exchange_and_table();
        patiently(exchange, table.blocking_write_and_flush(stream, bytes)).await
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        HostOutputStream::flush(&mut self.0.table, stream)
    }

    async fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        let (exchange, table) = self.0.exchange_and_table();
        patiently(exchange, table.blocking_flush(stream)).await
    }

    fn subscribe(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        HostOutputStream::subscribe(&mut self.0.table, stream)
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, size: u64) -> StreamResult<()> {
        HostOutputStream::write_zeroes(&mut self.0.table, stream, size)
    }

    async fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        size: u64,
    ) -> StreamResult<()> {
        let (exchange, table) = self.0.exchange_and_table();
        patiently(exchange, table.blocking_write_zeroes_and_flush(stream, size)).await
    }

    fn splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        size: u64,
    ) -> StreamResult<u64> {
        self.0.table.splice(to, from, size)
    }

    async fn blocking_splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        size: u64,
    ) -> StreamResult<u64> {
        let (exchange, table) = self.0.exchange_and_table();
        patiently(exchange, table.blocking_splice(to, from, size)).await
    }
}
