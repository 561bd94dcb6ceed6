//! What a component could wait with besides its client.

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// Packages and interfaces that give nothing to wait for. Streams of `wasi:io` come from others, and those of `wasi:cli` are
/// never waited for.
const NEVER: [&str; 6] =
    ["doverb:handler/", "wasi:io/", "wasi:cli/", "wasi:config/", "wasi:random/", "wasi:clocks/wall-clock@"];

/// Whether a component imports nothing that could let it wait unseen by its SDK.
pub(crate) fn waits_for_clients_only(component: &Component) -> bool {
    let engine = component.engine();
    component.component_type().imports(engine).all(|(name, item)| {
        if name.starts_with("doverb:handler/readiness@") {
            return false;
        }
        if name.starts_with("wasi:clocks/monotonic-clock@") {
            let ComponentItem::ComponentInstance(instance) = item.ty else { return false };
            return instance.exports(engine).all(|(function, _)| !function.starts_with("subscribe"));
        }
        NEVER.iter().any(|never| name.starts_with(never))
    })
}
