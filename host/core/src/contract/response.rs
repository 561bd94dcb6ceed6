//! `doverb:handler/response`.

use wasmtime::StoreContext;
use wasmtime::component::{WasmList, WasmStr};

use super::call::Written;
use super::call::make_way;
use super::{Interface, Store, call, wfile};
use crate::exchange::{Exchange, Lines, Opening};
use crate::limits::PIECE;
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
    })?;
    link_gathered(interface)
}

/// How an answer that was gathered begins: the opening, the code, the message and the fields.
type Beginning<F> = (Opening, u16, Option<WasmStr>, F);
type Answer<F, B> = (Opening, u16, Option<WasmStr>, F, B);

fn link_gathered(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    call::act(interface, "begin", |store: &mut Store<'_>, beginning: Beginning<WasmStr>| {
        State::with_exchange(store, |exchange, memory| Ok((begin_text(exchange, &memory, &beginning)?,)))
    })?;
    interface.func_wrap_async(
        "answer",
        |mut store: Store<'_>, (opening, code, message, fields, body): Answer<WasmList<u8>, WasmList<u8>>| {
            let beginning = (opening, code, message, fields);
            if body.len() >= PIECE || store.data().clock().has_ticked() {
                return Box::new(async move {
                    make_way(&mut store).await?;
                    match whole(&mut store, |exchange, memory| begin(exchange, memory, &beginning), nothing)?
                    {
                        Ok(_) if body.len() > 0 => Ok((wfile::write_all(&mut store, &body).await?,)),
                        begun => Ok((begun.map(drop),)),
                    }
                });
            }
            let done = whole(
                &mut store,
                |exchange, memory| begin(exchange, memory, &beginning),
                |exchange, memory| match body.as_le_slice(memory) {
                    [] => Ok(Ok(false)),
                    body => Ok(exchange.write(body)),
                },
            );
            call::finished(done, store)
        },
    )?;
    interface.func_wrap_async(
        "answer-text",
        |mut store: Store<'_>, (opening, code, message, fields, body): Answer<WasmStr, WasmStr>| {
            let beginning = (opening, code, message, fields);
            if store.data().clock().has_ticked() {
                return Box::new(async move {
                    make_way(&mut store).await?;
                    let done = answer_text(&mut store, &beginning, &body);
                    Box::into_pin(call::finished(done, store)).await
                });
            }
            call::finished(answer_text(&mut store, &beginning, &body), store)
        },
    )?;
    call::tell(interface, "can-gather", |store: &mut Store<'_>, ()| Ok((store.data().can_gather,)))
}

fn begin(
    exchange: &mut Exchange,
    memory: &StoreContext<'_, State>,
    (opening, code, message, fields): &Beginning<WasmList<u8>>,
) -> wasmtime::Result<call::Result> {
    let message = optional!(message, memory);
    let fields = Lines::Wire(fields.as_le_slice(memory));
    Ok(exchange.begin_gathered(*opening, *code, message.as_deref(), fields))
}

fn begin_text(
    exchange: &mut Exchange,
    memory: &StoreContext<'_, State>,
    (opening, code, message, fields): &Beginning<WasmStr>,
) -> wasmtime::Result<call::Result> {
    let message = optional!(message, memory);
    let fields = fields.to_str(memory)?;
    Ok(exchange.begin_gathered(*opening, *code, message.as_deref(), Lines::Text(&fields)))
}

fn answer_text(
    store: &mut Store<'_>,
    beginning: &Beginning<WasmStr>,
    body: &WasmStr,
) -> wasmtime::Result<Written> {
    whole(
        store,
        |exchange, memory| begin_text(exchange, memory, beginning),
        |exchange, memory| match &*body.to_str(memory)? {
            "" => Ok(Ok(false)),
            body => Ok(wfile::take_text(exchange, body)),
        },
    )
}

type Memory<'a> = StoreContext<'a, State>;

fn nothing(_: &mut Exchange, _: &Memory<'_>) -> wasmtime::Result<Written> {
    Ok(Ok(false))
}

/// All of an answer that is there at once.
fn whole(
    store: &mut Store<'_>,
    begin: impl FnOnce(&mut Exchange, &Memory<'_>) -> wasmtime::Result<call::Result>,
    write: impl FnOnce(&mut Exchange, &Memory<'_>) -> wasmtime::Result<Written>,
) -> wasmtime::Result<Written> {
    let result = State::with_exchange(store, |exchange, memory| {
        match begin(exchange, &memory)?.and_then(|()| exchange.end_headers()) {
            Ok(()) => write(exchange, &memory),
            Err(failure) => Ok(Err(failure)),
        }
    });
    store.data_mut().note_upgrade();
    result
}
