//! What a component finds that is run while it is built: WASI as far as it was given, and no server.

use wasmtime::Store;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceTable, ResourceType};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// What a store has for WASI.
pub(super) struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl Host {
    pub(super) fn store(engine: &wasmtime::Engine, wasi: WasiCtx) -> Store<Host> {
        Store::new(engine, Host { wasi, table: ResourceTable::new() })
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Resources of `wasi:io` that others use.
const OF_IO: [&str; 5] = ["error", "io-error", "input-stream", "output-stream", "pollable"];

/// Lets a call of the server's functions fail, in the words that `says` has for an interface and a function of it.
/// Interfaces of WASI are left alone, but for those that only a server has, and those that are `there`.
///
/// By hand, as wasmtime's own traps take the place of WASI, too, where its versions differ in their last number.
pub(super) fn fail_calls(
    linker: &mut Linker<Host>,
    component: &Component,
    there: &[&str],
    says: fn(&str, &str) -> String,
) -> wasmtime::Result<()> {
    let engine = linker.engine().clone();
    for (interface, item) in component.component_type().imports(&engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        let is_given = interface.starts_with("wasi:") && !doverb_wit::is_power(interface);
        if is_given || there.contains(&interface) {
            continue;
        }
        let mut failures = linker.instance(interface)?;
        for (name, item) in instance.exports(&engine) {
            let call = says(interface, name);
            match item.ty {
                ComponentItem::ComponentFunc(_) => {
                    failures.func_new(name, move |_, _, _, _| Err(wasmtime::Error::msg(call.clone())))?;
                }
                // Whoever uses one of another interface is given the same, as all are of one type.
                ComponentItem::Resource(_) if !OF_IO.contains(&name) => {
                    failures.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}
