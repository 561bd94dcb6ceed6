//! `doverb:handler/log`: the defaults, which an override calls as "super".

use super::{Instance, Store};

pub(super) fn link(instance: &mut Instance<'_>) -> wasmtime::Result<()> {
    instance.func_wrap("log-request", |mut store: Store<'_>, (code, size): (Option<u16>, Option<u64>)| {
        store.data_mut().exchange().log_request_default(code, size);
        Ok(())
    })?;
    instance.func_wrap("log-error", |mut store: Store<'_>, (message,): (String,)| {
        store.data_mut().exchange().log_error_default(message);
        Ok(())
    })?;
    instance.func_wrap("log-message", |mut store: Store<'_>, (message,): (String,)| {
        store.data_mut().exchange().log_message_default(message);
        Ok(())
    })
}
