//! `doverb:handler/response`.

use wasmtime::StoreContext;
use wasmtime::component::WasmStr;

use super::{Interface, Store};
use crate::state::State;

/// An optional text where it stands in the guest's memory.
macro_rules! optional {
    ($text:expr, $memory:expr) => {
        match &$text {
            Some(text) => Some(text.to_str(&$memory)?),
            None => None,
        }
    };
}

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap(
        "send-response",
        |mut store: Store<'_>, (code, message): (u16, Option<WasmStr>)| {
            State::with_exchange(&mut store, |exchange, memory: StoreContext<'_, State>| {
                let message = optional!(message, memory);
                Ok((exchange.send_response(code, message.as_deref()),))
            })
        },
    )?;
    interface.func_wrap(
        "send-response-only",
        |mut store: Store<'_>, (code, message): (u16, Option<WasmStr>)| {
            State::with_exchange(&mut store, |exchange, memory: StoreContext<'_, State>| {
                let message = optional!(message, memory);
                Ok((exchange.send_response_only(code, message.as_deref()),))
            })
        },
    )?;
    interface.func_wrap("send-header", |mut store: Store<'_>, (name, value): (WasmStr, WasmStr)| {
        State::with_exchange(&mut store, |exchange, memory| {
            let (name, value) = (name.to_str(&memory)?, value.to_str(&memory)?);
            Ok((exchange.send_header(&name, &value),))
        })
    })?;
    interface.func_wrap("end-headers", |mut store: Store<'_>, ()| Ok((store.data_mut().end_headers(),)))?;
    interface.func_wrap_async("flush-headers", |mut store: Store<'_>, ()| {
        Box::new(async move { Ok((store.data_mut().exchange().flush_headers().await,)) })
    })?;
    type Error = (u16, Option<WasmStr>, Option<WasmStr>);
    interface.func_wrap("send-error", |mut store: Store<'_>, (code, message, explain): Error| {
        State::with_exchange(&mut store, |exchange, memory: StoreContext<'_, State>| {
            let (message, explain) = (optional!(message, memory), optional!(explain, memory));
            Ok((exchange.send_error(code, message.as_deref(), explain.as_deref()),))
        })
    })?;
    interface.func_wrap("handle-expect-100", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().handle_expect_100(),))
    })
}
