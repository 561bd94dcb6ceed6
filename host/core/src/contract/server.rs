//! `doverb:handler/server`.

use super::{Interface, Store, call};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    call::tell(interface, "server-address", |store: &mut Store<'_>, ()| {
        let address = store.data_mut().exchange().down.peer().server();
        Ok(((address.host().to_owned(), address.port()),))
    })?;
    call::tell(interface, "server-name", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().down.peer().server().host().to_owned(),))
    })?;
    call::tell(interface, "server-port", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().down.peer().server().port(),))
    })?;
    call::tell(interface, "mount", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().terms.path().to_owned(),))
    })
}
