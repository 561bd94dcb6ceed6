//! `doverb:handler/log`: the defaults, which an override calls as "super".

use super::{Interface, Store, call};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    call::tell(
        interface,
        "log-request",
        |store: &mut Store<'_>, (code, size): (Option<u16>, Option<u64>)| {
            store.data_mut().exchange().log_request_default(code, size);
            Ok(())
        },
    )?;
    call::tell(interface, "log-error", |store: &mut Store<'_>, (message,): (String,)| {
        store.data_mut().exchange().log_error_default(message);
        Ok(())
    })?;
    call::tell(interface, "log-message", |store: &mut Store<'_>, (message,): (String,)| {
        store.data_mut().exchange().log_message_default(message);
        Ok(())
    })
}
