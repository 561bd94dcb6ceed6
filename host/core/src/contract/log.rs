//! `doverb:handler/log`: the defaults, which an override calls as "super".

use super::{Interface, Store};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap(
        "log-request",
        |mut store: Store<'_>, (code, size): (Option<u16>, Option<u64>)| {
            store.data_mut().exchange().log_request_default(code, size);
            Ok(())
        },
    )?;
    interface.func_wrap("log-error", |mut store: Store<'_>, (message,): (String,)| {
        store.data_mut().exchange().log_error_default(message);
        Ok(())
    })?;
    interface.func_wrap("log-message", |mut store: Store<'_>, (message,): (String,)| {
        store.data_mut().exchange().log_message_default(message);
        Ok(())
    })
}
