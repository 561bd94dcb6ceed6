//! The contract as text, which handlers are built against, and as tables, which they are checked by.

mod export;
mod interface;

pub use export::{EXPORTS, Export, export};
pub use interface::{INTERFACES, Interface};

/// The version of the package.
pub const VERSION: &str = "0.1.0";

/// The files of the package `doverb:handler`, as generators of bindings expect them in one folder. They use
/// [`DEPENDENCIES`].
///
/// ```
/// assert!(doverb_wit::FILES.iter().any(|(name, _)| *name == "world.wit"));
/// ```
pub const FILES: &[(&str, &str)] = &[
    ("attributes.wit", include_str!("../attributes.wit")),
    ("connection.wit", include_str!("../connection.wit")),
    ("log.wit", include_str!("../log.wit")),
    ("pauses.wit", include_str!("../pauses.wit")),
    ("readiness.wit", include_str!("../readiness.wit")),
    ("request.wit", include_str!("../request.wit")),
    ("response.wit", include_str!("../response.wit")),
    ("rfile.wit", include_str!("../rfile.wit")),
    ("server.wit", include_str!("../server.wit")),
    ("types.wit", include_str!("../types.wit")),
    ("wfile.wit", include_str!("../wfile.wit")),
    ("world.wit", include_str!("../world.wit")),
];

/// What the package and its handlers use of others, a file a package, as generators expect it in the one folder `deps` of a handler:
/// beside [`FILES`], where the contract is a dependency itself, or below them.
///
/// ```
/// assert!(doverb_wit::DEPENDENCIES.iter().any(|(name, _)| *name == "io.wit"));
/// ```
pub const DEPENDENCIES: &[(&str, &str)] = &[
    ("config.wit", include_str!("../deps/config.wit")),
    ("io.wit", include_str!("../deps/io.wit")),
    ("keyvalue.wit", include_str!("../deps/keyvalue.wit")),
    ("keyvalue-text.wit", include_str!("../deps/keyvalue-text.wit")),
];

/// What handlers may import besides the contract, of [`DEPENDENCIES`] and [`OUTGOING`]. The server has all of it, and gives what
/// is granted.
///
/// ```
/// assert!(doverb_wit::POWERS.iter().any(|name| name.starts_with("wasi:keyvalue/")));
/// ```
pub const POWERS: &[&str] = &[
    "wasi:keyvalue/store@0.2.0-draft2",
    "wasi:keyvalue/atomics@0.2.0-draft2",
    "wasi:keyvalue/batch@0.2.0-draft2",
    "wasi:config/store@0.2.0-rc.1",
    "doverb:keyvalue/text@0.1.0",
    "wasi:http/outgoing-handler@0.2.0",
    "doverb:outgoing/text@0.1.0",
];

/// Whether an interface is one of [`POWERS`], or belongs to the same package, as the types of HTTP do.
///
/// ```
/// assert!(doverb_wit::is_power("wasi:http/types@0.2.0"));
/// assert!(!doverb_wit::is_power("wasi:clocks/wall-clock@0.2.0"));
/// ```
pub fn is_power(interface: &str) -> bool {
    let package = |name: &str| name.split_once('/').map(|(package, _)| package.to_owned());
    let package_of_it = package(interface);
    package_of_it.is_some() && POWERS.iter().any(|power| package(power) == package_of_it)
}

/// What a guest calls other servers with, a file a package: `wasi:http` and what that uses besides [`DEPENDENCIES`]. Each comes
/// after those that it uses.
///
/// ```
/// assert!(doverb_wit::OUTGOING.iter().any(|(name, _)| *name == "http.wit"));
/// ```
pub const OUTGOING: &[(&str, &str)] = &[
    ("clocks.wit", include_str!("../outgoing/clocks.wit")),
    ("http.wit", include_str!("../outgoing/http.wit")),
    ("text.wit", include_str!("../outgoing/text.wit")),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use wit_parser::{PackageId, Resolve, Type, TypeDefKind, World, WorldItem};

    use super::{DEPENDENCIES, EXPORTS, FILES, INTERFACES, VERSION};

    fn resolved() -> (Resolve, PackageId, World) {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
        let world = resolve.worlds[resolve.packages[package].worlds["every-export"]].clone();
        (resolve, package, world)
    }

    #[test]
    fn the_interfaces_are_those_of_the_package() {
        let (resolve, own, world) = resolved();
        let package = &resolve.packages[own];
        assert_eq!(package.name.version.as_ref().unwrap().to_string(), VERSION);
        let base = &resolve.worlds[package.worlds["base"]];
        let others = world.imports.iter().filter(|(key, _)| !base.imports.contains_key(*key));
        let expected: Vec<_> = base
            .imports
            .values()
            .chain(others.map(|(_, item)| item))
            .map(|item| {
                let WorldItem::Interface { id, .. } = item else { panic!("{item:?} is no interface") };
                &resolve.interfaces[*id]
            })
            .filter(|interface| interface.package == Some(own))
            .map(|interface| {
                (interface.name.as_deref().unwrap(), interface.functions.keys().map(String::as_str).collect())
            })
            .collect();
        let known: Vec<(_, Vec<_>)> =
            INTERFACES.iter().map(|interface| (interface.name, interface.functions.to_vec())).collect();
        assert_eq!(known, expected);
    }

    fn text(resolve: &Resolve, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".into(),
            Type::U16 => "u16".into(),
            Type::U64 => "u64".into(),
            Type::String => "string".into(),
            Type::Id(id) => match &resolve.types[*id].kind {
                TypeDefKind::Option(inner) => format!("option<{}>", text(resolve, inner)),
                other => panic!("{other:?} is no type of exports yet"),
            },
            other => panic!("{other:?} is no type of exports yet"),
        }
    }

    #[test]
    fn the_whole_contract_is_there() {
        let is_wit = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|it| it == "wit");
        for (folder, files) in [("../wit", FILES), ("../wit/deps", DEPENDENCIES)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            assert_eq!(fs::read_dir(folder).unwrap().flatten().filter(is_wit).count(), files.len());
        }
    }

    /// A table, so that who only serves handlers needs no parser of WIT.
    #[test]
    fn the_exports_are_those_of_the_world() {
        let (resolve, _, world) = resolved();
        let mut expected = Vec::new();
        for item in world.exports.values() {
            let WorldItem::Function(function) = item else { panic!("handlers export functions only") };
            let params: Vec<_> = function
                .params
                .iter()
                .map(|param| format!("{}: {}", param.name, text(&resolve, &param.ty)))
                .collect();
            let result = function.result.map(|ty| format!(" -> {}", text(&resolve, &ty))).unwrap_or_default();
            expected.push((function.name.clone(), format!("func({}){result}", params.join(", "))));
        }
        let (methods, others): (Vec<_>, Vec<_>) =
            expected.into_iter().partition(|(name, _)| name.starts_with("do-"));
        let known: Vec<_> = EXPORTS.iter().map(|export| (export.name.to_owned(), export.wit())).collect();
        assert_eq!(known, others);
        for (name, wit) in methods {
            assert_eq!(super::export(&name).unwrap().wit(), wit, "{name}");
        }
    }
}
