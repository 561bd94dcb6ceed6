//! `doverb:handler/response`.

use wasmtime::StoreContext;
use wasmtime::component::WasmStr;

use super::call::make_way;
use super::{Interface, Store, call};
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
    call::act(
        interface,
        "send-response",
        |store: &mut Store<'_>, (code, message): (u16, Option<WasmStr>)| {
            State::with_exchange(store, |exchange, memory: StoreContext<'_, State>| {
                let message = optional!(message, memory);
                Ok((exchange.send_response(code, message.as_deref()),))
            })
        },
    )?;
    call::act(
        interface,
        "send-response-only",
        |store: &mut Store<'_>, (code, message): (u16, Option<WasmStr>)| {
            State::with_exchange(store, |exchange, memory: StoreContext<'_, State>| {
                let message = optional!(message, memory);
                Ok((exchange.send_response_only(code, message.as_deref()),))
            })
        },
    )?;
    call::act(interface, "send-header", |store: &mut Store<'_>, (name, value): (WasmStr, WasmStr)| {
        State::with_exchange(store, |exchange, memory| {
            let (name, value) = (name.to_str(&memory)?, value.to_str(&memory)?);
            Ok((exchange.send_header(&name, &value),))
        })
    })?;
    call::act(interface, "end-headers", |store: &mut Store<'_>, ()| Ok((store.data_mut().end_headers(),)))?;
    interface.func_wrap_async("flush-headers", |mut store: Store<'_>, ()| {
        Box::new(async move {
            make_way(&mut store).await?;
            Ok((store.data_mut().exchange().flush_headers().await,))
        })
    })?;
    type Error = (u16, Option<WasmStr>, Option<WasmStr>);
    call::act(interface, "send-error", |store: &mut Store<'_>, (code, message, explain): Error| {
        State::with_exchange(store, |exchange, memory: StoreContext<'_, State>| {
            let (message, explain) = (optional!(message, memory), optional!(explain, memory));
            Ok((exchange.send_error(code, message.as_deref(), explain.as_deref()),))
        })
    })?;
    call::tell(interface, "handle-expect-100", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().handle_expect_100(),))
    })
}
