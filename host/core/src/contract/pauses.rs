//! `doverb:handler/pauses`.

use std::time::Duration;

use super::{Interface, Store, call};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    call::tell(interface, "pause", |store: &mut Store<'_>, (milliseconds,): (u64,)| {
        Ok((store.data_mut().exchange().pause(Duration::from_millis(milliseconds)),))
    })?;
    call::tell(interface, "is-gone", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().down.is_unwritable(),))
    })?;
    call::tell(interface, "resume", |store: &mut Store<'_>, (connection,): (u64,)| {
        store.data().pauses.resume(connection);
        Ok(())
    })
}
