//! `doverb:handler/request`.

use wasmtime::component::WasmStr;

use super::{Interface, Store, call};
use crate::exchange::Exchange;
use crate::head::RequestHead;
use crate::latin1;
use crate::state::State;

fn text(bytes: &[u8]) -> String {
    latin1::decode(bytes).into_owned()
}

/// The request being served; none in `setup` and `finish`, where all is empty.
fn served(exchange: &Exchange) -> Option<&RequestHead> {
    exchange.in_request().then_some(exchange.request())
}

/// A part of the request as text.
fn part(store: &mut Store<'_>, part: fn(&RequestHead) -> &[u8]) -> String {
    served(store.data_mut().exchange()).map_or_else(String::new, |request| text(part(request)))
}

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    call::tell(interface, "client-address", |store: &mut Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        Ok(((exchange.down.peer().client().host().to_owned(), exchange.down.peer().client().port()),))
    })?;
    call::tell(interface, "requestline", |store: &mut Store<'_>, ()| {
        Ok((part(store, RequestHead::requestline),))
    })?;
    call::tell(interface, "command", |store: &mut Store<'_>, ()| Ok((part(store, RequestHead::method),)))?;
    call::tell(interface, "path", |store: &mut Store<'_>, ()| Ok((part(store, RequestHead::path),)))?;
    call::tell(interface, "request-version", |store: &mut Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        // Empty without a request line, as Python's is for one that was too long.
        let request = served(exchange).filter(|request| !request.requestline().is_empty());
        Ok((request.map_or_else(String::new, |request| request.version_text().to_owned()),))
    })?;
    call::tell(interface, "scheme", |store: &mut Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        let scheme = if exchange.in_request() { exchange.down.peer().scheme() } else { "" };
        Ok((scheme.to_owned(),))
    })?;
    call::tell(interface, "header", |store: &mut Store<'_>, (name,): (WasmStr,)| {
        State::with_exchange(store, |exchange, memory| {
            let name = name.to_str(memory)?;
            let value = served(exchange).and_then(|request| request.values(name.as_bytes()).next().map(text));
            Ok((value,))
        })
    })?;
    call::tell(interface, "header-all", |store: &mut Store<'_>, (name,): (WasmStr,)| {
        State::with_exchange(store, |exchange, memory| {
            let name = name.to_str(memory)?;
            let request = served(exchange).into_iter();
            let values: Vec<_> =
                request.flat_map(|request| request.values(name.as_bytes()).map(text)).collect();
            Ok((values,))
        })
    })?;
    call::tell(interface, "headers", |store: &mut Store<'_>, ()| {
        let request = served(store.data_mut().exchange()).into_iter();
        let fields = request.flat_map(RequestHead::fields);
        let fields: Vec<_> = fields.map(|(name, value)| (text(name), text(value))).collect();
        Ok((fields,))
    })?;
    call::tell(interface, "raw-headers", |store: &mut Store<'_>, ()| {
        let raw = served(store.data_mut().exchange()).map_or(&[][..], RequestHead::raw_fields);
        Ok((raw.to_vec(),))
    })?;
    call::tell(interface, "head", |store: &mut Store<'_>, ()| {
        let head = served(store.data_mut().exchange()).map_or_else(Vec::new, RequestHead::with_places);
        Ok((head,))
    })?;
    call::tell(interface, "request-id", |store: &mut Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        Ok((if exchange.in_request() { exchange.request_id() } else { String::new() },))
    })
}
