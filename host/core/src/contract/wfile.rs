//! `doverb:handler/wfile`.

use wasmtime::StoreContext;
use wasmtime::component::{WasmList, WasmStr};

use super::call::make_way;
use super::{Interface, Store, call};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::latin1;
use crate::limits::PIECE;
use crate::state::State;

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap_async("write", |mut store: Store<'_>, (data,): (WasmList<u8>,)| {
        // What fits the buffer is taken at once, without a future of its own.
        if data.len() < PIECE && !store.data().clock().has_ticked() {
            return call::finished(write_piece(&mut store, &data, 0), store);
        }
        Box::new(async move { Ok((write_all(&mut store, &data).await?,)) })
    })?;
    interface.func_wrap_async("write-text", |mut store: Store<'_>, (text,): (WasmStr,)| {
        if !store.data().clock().has_ticked() {
            return call::finished(write_text(&mut store, &text), store);
        }
        Box::new(async move {
            make_way(&mut store).await?;
            let written = write_text(&mut store, &text);
            Box::into_pin(call::finished(written, store)).await
        })
    })?;
    interface.func_wrap_async("flush", |mut store: Store<'_>, ()| {
        Box::new(async move {
            make_way(&mut store).await?;
            Ok((store.data_mut().exchange().flush().await,))
        })
    })
}

/// Writes the piece of `data` that begins at `start`. True when the buffer should be flushed.
fn write_piece(
    store: &mut Store<'_>,
    data: &WasmList<u8>,
    start: usize,
) -> wasmtime::Result<Result<bool, Failure>> {
    State::with_exchange(store, |exchange, memory| {
        let rest = &data.as_le_slice(memory)[start..];
        Ok(exchange.write(&rest[..rest.len().min(PIECE)]))
    })
}

/// Writes a text of at most [`PIECE`] characters. True when the buffer should be flushed.
fn write_text(store: &mut Store<'_>, text: &WasmStr) -> wasmtime::Result<Result<bool, Failure>> {
    State::with_exchange(store, |exchange, memory: StoreContext<'_, State>| {
        Ok(take_text(exchange, &text.to_str(&memory)?))
    })
}

/// Takes a text into the body. True when the buffer should be flushed.
pub(super) fn take_text(exchange: &mut Exchange, text: &str) -> Result<bool, Failure> {
    // Each character up to U+00FF has at most two bytes in UTF-8.
    if text.len() > PIECE && text.chars().take(PIECE + 1).count() > PIECE {
        return Err(Failure::TooLarge(PIECE as u64));
    }
    exchange.write(&latin1::encode("write-text", text)?)
}

/// The guest's memory can't be lent to the system, so a large write goes piece by piece.
pub(super) async fn write_all(
    store: &mut Store<'_>,
    data: &WasmList<u8>,
) -> wasmtime::Result<Result<(), Failure>> {
    if let Err(failure) = store.data_mut().exchange().expect_room(data.len()) {
        return Ok(Err(failure));
    }
    // Nothing is a piece as well.
    for start in (0..data.len().max(1)).step_by(PIECE) {
        make_way(store).await?;
        match write_piece(store, data, start)? {
            Err(failure) => return Ok(Err(failure)),
            Ok(false) => {}
            Ok(true) => {
                if let Err(failure) = store.data_mut().exchange().flush().await {
                    return Ok(Err(failure));
                }
            }
        }
    }
    Ok(Ok(()))
}
