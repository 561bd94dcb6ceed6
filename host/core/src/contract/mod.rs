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

use doverb_wit::{Interface, VERSION};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance};
use wasmtime::{AsContext, StoreContext, StoreContextMut};

use crate::engine::Engine;
use crate::exchange::Exchange;
use crate::handler::HandlerError;
use crate::instance::State;

type Instance<'a> = LinkerInstance<'a, State>;
type Link = fn(&mut Instance<'_>) -> wasmtime::Result<()>;

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
    for (name, item) in types.imports(engine.wasmtime()) {
        if WASI.iter().any(|package| name.starts_with(package)) && name.contains("@0.2.") {
            continue;
        }
        let Some(interface) = interface(name) else {
            return Err(HandlerError::UnknownImport { name: name.into() });
        };
        let ComponentItem::ComponentInstance(instance) = &item.ty else { continue };
        for (function, item) in instance.exports(engine.wasmtime()) {
            let is_function = matches!(item.ty, ComponentItem::ComponentFunc(_));
            if is_function && !interface.functions.contains(&function) {
                return Err(HandlerError::UnknownImport { name: format!("{function} of {name}") });
            }
        }
    }
    Ok(())
}

/// The interface that an import of this name gets: of a version as close to ours as the linker takes it.
fn interface(import: &str) -> Option<&'static Interface> {
    let (name, version) = import.strip_prefix("doverb:handler/")?.split_once('@')?;
    let interface = doverb_wit::INTERFACES.iter().find(|interface| interface.name == name)?;
    (compatible_part(version) == compatible_part(VERSION)).then_some(interface)
}

/// What versions have in common that fit each other: the first number that is not 0, and those before. All of it where
/// that is the last one, or where it is not of three numbers, as with a pre-release.
fn compatible_part(version: &str) -> &str {
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = version.split('.').collect();
    match parts[..] {
        [major, minor, patch] if [major, minor, patch].iter().all(is_number) => match (major, minor) {
            ("0", "0") => version,
            ("0", minor) => &version[..2 + minor.len()],
            (major, _) => major,
        },
        _ => version,
    }
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

#[cfg(test)]
mod tests {
    use doverb_wit::VERSION;

    use super::{INTERFACES, compatible_part, interface};

    #[test]
    fn every_interface_of_the_contract_is_linked() {
        let linked = INTERFACES.map(|(name, _)| name);
        let expected: Vec<_> = doverb_wit::INTERFACES.iter().map(|interface| interface.name).collect();
        assert_eq!(linked[..], expected);
    }

    #[test]
    fn versions_fit_as_semver_has_it() {
        for (version, part) in [
            ("0.1.0", "0.1"),
            ("0.12.7", "0.12"),
            ("0.0.3", "0.0.3"),
            ("1.2.3", "1"),
            ("12.0.0", "12"),
            ("0.1.0-rc.1", "0.1.0-rc.1"),
            ("0.1.0+x", "0.1.0+x"),
            ("0.1", "0.1"),
        ] {
            assert_eq!(compatible_part(version), part);
        }
    }

    #[test]
    fn an_import_is_found_by_its_name_and_a_version_that_fits() {
        let found = |import: &str| interface(import).map(|interface| interface.name);
        assert_eq!(found(&format!("doverb:handler/request@{VERSION}")), Some("request"));
        assert_eq!(found("doverb:handler/request@0.1.7"), Some("request"));
        for other in ["request@0.2.0", "request@0.1.0-rc.1", "request@1.1.0", "request", "requests@0.1.0"] {
            assert_eq!(found(&format!("doverb:handler/{other}")), None, "{other}");
        }
        assert_eq!(found("wasi:http/request@0.1.0"), None);
    }
}
