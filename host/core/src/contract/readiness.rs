//! `doverb:handler/readiness`.

use super::{Interface, Store};
use crate::capability::subscribe;
use crate::exchange::Side;

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    for (name, side) in [("subscribe-rfile", Side::Input), ("subscribe-wfile", Side::Output)] {
        interface
            .func_wrap(name, move |mut store: Store<'_>, ()| Ok((subscribe(store.data_mut(), side)?,)))?;
    }
    Ok(())
}
