//! `doverb:handler/server`.

use super::{Instance, Store};

pub(super) fn link(instance: &mut Instance<'_>) -> wasmtime::Result<()> {
    instance.func_wrap("server-address", |mut store: Store<'_>, ()| {
        let address = store.data_mut().exchange().shared.address;
        Ok(((address.ip().to_string(), address.port()),))
    })?;
    instance.func_wrap("server-name", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().shared.address.ip().to_string(),))
    })?;
    instance.func_wrap("server-port", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().shared.address.port(),))
    })?;
    instance
        .func_wrap("mount", |mut store: Store<'_>, ()| Ok((store.data_mut().exchange().mount.to_string(),)))
}
