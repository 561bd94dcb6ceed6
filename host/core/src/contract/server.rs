//! `doverb:handler/server`.

use super::{Interface, Store};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap("server-address", |mut store: Store<'_>, ()| {
        let address = store.data_mut().exchange().down.peer().server();
        Ok(((address.host().to_owned(), address.port()),))
    })?;
    interface.func_wrap("server-name", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().down.peer().server().host().to_owned(),))
    })?;
    interface.func_wrap("server-port", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().down.peer().server().port(),))
    })?;
    interface
        .func_wrap("mount", |mut store: Store<'_>, ()| Ok((store.data_mut().exchange().mount.to_string(),)))
}
