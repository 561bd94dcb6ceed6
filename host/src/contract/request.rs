//! `doverb:handler/request`.

use wasmtime::component::WasmStr;

use super::{Instance, Store, with};
use crate::request::latin1;

fn text(bytes: &[u8]) -> String {
    latin1(bytes).into_owned()
}

pub(super) fn link(instance: &mut Instance<'_>) -> wasmtime::Result<()> {
    instance.func_wrap("client-address", |mut store: Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        Ok(((exchange.client_host.clone(), exchange.client.port()),))
    })?;
    instance.func_wrap("requestline", |mut store: Store<'_>, ()| {
        Ok((text(store.data_mut().exchange().request.requestline()),))
    })?;
    instance.func_wrap("command", |mut store: Store<'_>, ()| {
        Ok((text(store.data_mut().exchange().request.method()),))
    })?;
    instance.func_wrap("path", |mut store: Store<'_>, ()| {
        Ok((text(store.data_mut().exchange().request.path()),))
    })?;
    instance.func_wrap("request-version", |mut store: Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        Ok((if exchange.in_request { exchange.request.version_text().to_owned() } else { String::new() },))
    })?;
    instance.func_wrap("header", |mut store: Store<'_>, (name,): (WasmStr,)| {
        with(&mut store, |exchange, memory| {
            let name = name.to_str(memory)?;
            let value = exchange.request.values(name.as_bytes()).next().map(text);
            Ok((value,))
        })
    })?;
    instance.func_wrap("header-all", |mut store: Store<'_>, (name,): (WasmStr,)| {
        with(&mut store, |exchange, memory| {
            let name = name.to_str(memory)?;
            let values: Vec<_> = exchange.request.values(name.as_bytes()).map(text).collect();
            Ok((values,))
        })
    })?;
    instance.func_wrap("headers", |mut store: Store<'_>, ()| {
        let request = &store.data_mut().exchange().request;
        let fields: Vec<_> = request.fields().map(|(name, value)| (text(name), text(value))).collect();
        Ok((fields,))
    })?;
    instance.func_wrap("raw-headers", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().request.raw_fields().to_vec(),))
    })?;
    instance.func_wrap("request-id", |mut store: Store<'_>, ()| {
        let exchange = store.data_mut().exchange();
        Ok((if exchange.in_request { exchange.request_id() } else { String::new() },))
    })
}
