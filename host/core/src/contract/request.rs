//! `doverb:handler/request`.

use wasmtime::component::WasmStr;

use super::{Instance, Store, with};
use crate::exchange::Exchange;
use crate::request::{Request, latin1};

fn text(bytes: &[u8]) -> String {
    latin1(bytes).into_owned()
}

/// The request being served; none in `setup` and `finish`, where all is empty.
fn served(exchange: &Exchange) -> Option<&Request> {
    exchange.in_request.then_some(&exchange.request)
}

/// How the client speaks to the server. Nothing but plain HTTP is served.
fn scheme(_: &Request) -> &'static str {
    "http"
}

/// A part of the request as text.
fn part(store: &mut Store<'_>, part: fn(&Request) -> &[u8]) -> String {
    served(store.data_mut().exchange()).map_or_else(String::new, |request| text(part(request)))
}

pub(super) fn link(instance: &mut Instance<'_>) -> wasmtime::Result<()> {
    instance.func_wrap("client-address", |mut store: Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        Ok(((exchange.client_host.clone(), exchange.client.port()),))
    })?;
    instance
        .func_wrap("requestline", |mut store: Store<'_>, ()| Ok((part(&mut store, Request::requestline),)))?;
    instance.func_wrap("command", |mut store: Store<'_>, ()| Ok((part(&mut store, Request::method),)))?;
    instance.func_wrap("path", |mut store: Store<'_>, ()| Ok((part(&mut store, Request::path),)))?;
    instance.func_wrap("request-version", |mut store: Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        // Empty without a request line, as Python's is for one that was too long.
        let request = served(exchange).filter(|request| !request.requestline().is_empty());
        Ok((request.map_or_else(String::new, |request| request.version_text().to_owned()),))
    })?;
    instance.func_wrap("scheme", |mut store: Store<'_>, ()| {
        Ok((served(store.data_mut().exchange()).map_or("", scheme).to_owned(),))
    })?;
    instance.func_wrap("header", |mut store: Store<'_>, (name,): (WasmStr,)| {
        with(&mut store, |exchange, memory| {
            let name = name.to_str(memory)?;
            let value = served(exchange).and_then(|request| request.values(name.as_bytes()).next().map(text));
            Ok((value,))
        })
    })?;
    instance.func_wrap("header-all", |mut store: Store<'_>, (name,): (WasmStr,)| {
        with(&mut store, |exchange, memory| {
            let name = name.to_str(memory)?;
            let request = served(exchange).into_iter();
            let values: Vec<_> =
                request.flat_map(|request| request.values(name.as_bytes()).map(text)).collect();
            Ok((values,))
        })
    })?;
    instance.func_wrap("headers", |mut store: Store<'_>, ()| {
        let request = served(store.data_mut().exchange()).into_iter();
        let fields = request.flat_map(Request::fields);
        let fields: Vec<_> = fields.map(|(name, value)| (text(name), text(value))).collect();
        Ok((fields,))
    })?;
    instance.func_wrap("raw-headers", |mut store: Store<'_>, ()| {
        let raw = served(store.data_mut().exchange()).map_or(&[][..], Request::raw_fields);
        Ok((raw.to_vec(),))
    })?;
    instance.func_wrap("request-id", |mut store: Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        Ok((if exchange.in_request { exchange.request_id() } else { String::new() },))
    })
}
