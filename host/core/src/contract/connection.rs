//! `doverb:handler/connection`.

use super::{Interface, Store};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap("close-connection", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().persistence.close_connection(),))
    })?;
    interface.func_wrap("set-close-connection", |mut store: Store<'_>, (value,): (bool,)| {
        store.data_mut().exchange().set_close_connection(value);
        Ok(())
    })
}
