//! What components of some languages import whatever they do, where no capability of the engine's offers it: they can be served
//! all the same, and a call ends the handler with words that say what is not there.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceType};

use crate::capability::Capabilities;
use crate::state::State;

/// The interpreter of Python's components imports them.
const PACKAGES: [&str; 2] = ["wasi:http/", "doverb:outgoing/"];
/// Who has resources of its own among them, and those that are of `wasi:io`.
const OWNER: &str = "wasi:http/types@";
const OF_OTHERS: [&str; 5] = ["error", "io-error", "input-stream", "output-stream", "pollable"];

/// What stands for their resources, of which none is ever made.
struct Absent;

/// Whether a component that imports this can be served without it.
pub(crate) fn may_be_absent(import: &str) -> bool {
    PACKAGES.iter().any(|package| import.starts_with(package))
}

/// The linker with what is not there for this component; none where all is.
pub(crate) fn linker(
    linker: &Linker<State>,
    capabilities: &Capabilities,
    component: &Component,
) -> wasmtime::Result<Option<Linker<State>>> {
    let engine = component.engine();
    let kind = component.component_type();
    let is_absent = |import: &str| {
        may_be_absent(import) && !capabilities.iter().any(|capability| capability.offers(import))
    };
    if !kind.imports(engine).any(|(import, _)| is_absent(import)) {
        return Ok(None);
    }
    let mut linker = linker.clone();
    for (import, item) in kind.imports(engine).filter(|(import, _)| is_absent(import)) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        let mut interface = linker.instance(import)?;
        for (name, item) in instance.exports(engine) {
            let words = format!("{import}#{name} is not offered here");
            match item.ty {
                ComponentItem::ComponentFunc(_) => {
                    interface.func_new(name, move |_, _, _, _| Err(wasmtime::Error::msg(words.clone())))?;
                }
                ComponentItem::Resource(_) if import.starts_with(OWNER) && !OF_OTHERS.contains(&name) => {
                    interface.resource(name, ResourceType::host::<Absent>(), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(Some(linker))
}
