//! The contract's imports: one file an interface, each function a line or two over [`Exchange`].
//!
//! They are linked by hand, as `func_wrap` gives what generated bindings don't: strings and
//! lists are read where they stand in the guest's memory, and only what may wait is asynchronous.

mod attributes;
mod call;
mod connection;
mod log;
mod pauses;
mod readiness;
mod request;
mod response;
mod rfile;
mod server;
mod waiting;
mod wfile;

use std::sync::Arc;

use doverb_wit::VERSION;
use wasmtime::StoreContextMut;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance};

use crate::absent::may_be_absent;
use crate::capability::Capability;
use crate::handler_options::HandlerError;
use crate::state::State;

pub(crate) use waiting::waits_for_clients_only;

type Interface<'a> = LinkerInstance<'a, State>;
type Link = fn(&mut Interface<'_>) -> wasmtime::Result<()>;

const INTERFACES: [(&str, Link); 11] = [
    ("types", |_| Ok(())),
    ("request", request::link),
    ("rfile", rfile::link),
    ("response", response::link),
    ("wfile", wfile::link),
    ("connection", connection::link),
    ("attributes", attributes::link),
    ("log", log::link),
    ("server", server::link),
    ("readiness", readiness::link),
    ("pauses", pauses::link),
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
    let mut unknown = Vec::new();
    for (name, item) in component.component_type().imports(component.engine()) {
        if may_be_absent(name) || capabilities.iter().any(|capability| capability.offers(name)) {
            continue;
        }
        let Some(interface) = interface(name) else {
            unknown.push(name.to_owned());
            continue;
        };
        let ComponentItem::ComponentInstance(instance) = &item.ty else { continue };
        for (function, item) in instance.exports(component.engine()) {
            let is_function = matches!(item.ty, ComponentItem::ComponentFunc(_));
            if is_function && !interface.functions.contains(&function) {
                unknown.push(format!("{function} of {name}"));
            }
        }
    }
    if unknown.is_empty() { Ok(()) } else { Err(HandlerError::UnknownImports { names: unknown }) }
}

/// The interface that an import of this name gets: of a version as close to ours as the linker takes it.
fn interface(import: &str) -> Option<&'static doverb_wit::Interface> {
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

/// The store, as a host function gets it.
type Store<'a> = StoreContextMut<'a, State>;

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
