//! The contract's imports: one file an interface, each function a line or two over [`Exchange`].
//!
//! They are linked by hand, as `func_wrap` gives what generated bindings don't: strings and
//! lists are read where they stand in the guest's memory, and only what may wait is asynchronous.

mod attributes;
mod connection;
mod log;
mod poll;
mod request;
mod response;
mod rfile;
mod server;
mod wfile;

use wasmtime::component::{Component, Linker, LinkerInstance};
use wasmtime::{AsContext, StoreContext, StoreContextMut};

use crate::engine::Engine;
use crate::exchange::Exchange;
use crate::handler::HandlerError;
use crate::instance::State;

type Instance<'a> = LinkerInstance<'a, State>;
type Link = fn(&mut Instance<'_>) -> wasmtime::Result<()>;

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

/// The WASI packages that a handler may import. What they give is decided by what it was granted: nothing.
const WASI: [&str; 6] =
    ["wasi:cli/", "wasi:io/", "wasi:clocks/", "wasi:filesystem/", "wasi:random/", "wasi:sockets/"];

/// Everything that a handler can import.
pub(crate) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    linker.allow_shadowing(true);
    poll::link(&mut linker)?;
    linker.allow_shadowing(false);
    for (name, link) in INTERFACES {
        link(&mut linker.instance(&format!("doverb:handler/{name}@{VERSION}"))?)?;
    }
    Ok(linker)
}

/// Names an import that is not there better than the linker would.
pub(crate) fn check_imports(engine: &Engine, component: &Component) -> Result<(), HandlerError> {
    let types = component.component_type();
    for (name, _) in types.imports(engine.wasmtime()) {
        let ours = INTERFACES.iter().any(|(interface, _)| {
            name.strip_prefix("doverb:handler/").and_then(|rest| rest.strip_prefix(interface))
                == Some("@0.1.0")
        });
        let wasi = WASI.iter().any(|package| name.starts_with(package)) && name.contains("@0.2.");
        if !ours && !wasi {
            return Err(HandlerError::UnknownImport { name: name.into() });
        }
    }
    Ok(())
}

type Store<'a> = StoreContextMut<'a, State>;

/// Gives a function both the exchange and the guest's memory, which the store holds together.
fn with<R>(
    store: &mut Store<'_>,
    function: impl FnOnce(&mut Exchange, StoreContext<'_, State>) -> wasmtime::Result<R>,
) -> wasmtime::Result<R> {
    let mut exchange = store.data_mut().take_exchange();
    let result = function(&mut exchange, store.as_context());
    store.data_mut().put_exchange(exchange);
    result
}
