//! `doverb:handler/connection`.

use super::{Interface, Store, call};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    call::tell(interface, "close-connection", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().persistence.close_connection(),))
    })?;
    call::tell(interface, "set-close-connection", |store: &mut Store<'_>, (value,): (bool,)| {
        store.data_mut().exchange().set_close_connection(value);
        Ok(())
    })?;
    call::tell(interface, "fail", |store: &mut Store<'_>, ()| {
        store.data_mut().exchange().fail();
        Ok(())
    })
}
