//! `doverb:handler/connection`.

use super::{Instance, Store};

pub(super) fn link(instance: &mut Instance<'_>) -> wasmtime::Result<()> {
    instance.func_wrap("close-connection", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().close_connection(),))
    })?;
    instance.func_wrap("set-close-connection", |mut store: Store<'_>, (value,): (bool,)| {
        store.data_mut().exchange().set_close_connection(value);
        Ok(())
    })
}
