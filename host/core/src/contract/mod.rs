//! The contract's imports: one file an interface, each function a line or two over [`Exchange`].
//!
//! They are linked by hand, as `func_wrap` gives what generated bindings don't: strings and
//! lists are read where they stand in the guest's memory, and only what may wait is asynchronous.

mod attributes;
mod connection;
mod log;
mod request;
mod response;
mod rfile;
mod server;
mod wfile;

use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{Component, Linker, LinkerInstance};

use crate::capability::Capability;
use crate::handler_options::HandlerError;
use crate::state::State;

type Interface<'a> = LinkerInstance<'a, State>;
type Link = fn(&mut Interface<'_>) -> wasmtime::Result<()>;

const VERSION: &str = "0.1.0";

const INTERFACES: [(&str, Link); 9] = [
    ("types", |_| Ok(())),
    ("request", request::link),
    ("rfile", rfile::link),
    ("response", response::link),
    ("wfile", wfile::link),
    ("connection", connection::link),
    ("attributes", attributes::link),
    ("log", log::link),
    ("server", server::link),
];

/// Links the functions of the contract.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    for (name, link) in INTERFACES {
        link(&mut linker.instance(&format!("doverb:handler/{name}@{VERSION}"))?)?;
    }
    Ok(())
}

/// Names an import that is not there better than the linker would.
pub(crate) fn check_imports(
    capabilities: &[Arc<dyn Capability>],
    component: &Component,
) -> Result<(), HandlerError> {
    for (name, _) in component.component_type().imports(component.engine()) {
        let ours = INTERFACES.iter().any(|(interface, _)| {
            name.strip_prefix("doverb:handler/").and_then(|rest| rest.strip_prefix(interface))
                == Some("@0.1.0")
        });
        if !ours && !capabilities.iter().any(|capability| capability.offers(name)) {
            return Err(HandlerError::UnknownImport { name: name.into() });
        }
    }
    Ok(())
}

/// The store, as a host function gets it.
type Store<'a> = StoreContextMut<'a, State>;
