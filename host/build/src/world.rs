//! The world of a handler, as text: the imports of the contract, and the exports that it has.

/// What an export is told with each call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// What the contract has for every language.
    Plainly,
    /// The connection that it is for, where it can be.
    Connection,
}

/// The world `handler` with these exports, and imports beside the contract's. A name that the contract does not know is left out.
pub(super) fn world<'a>(imports: &[&str], exports: impl IntoIterator<Item = (&'a str, Told)>) -> String {
    let version = doverb_wit::VERSION;
    let mut world =
        format!("package user:handler;\nworld handler {{\n  include doverb:handler/base@{version};\n");
    for import in imports {
        world.push_str(&format!("  import {import};\n"));
    }
    for (name, told) in exports {
        if let Some(export) = doverb_wit::export(name) {
            let of_connection = export.of_connection().filter(|_| told == Told::Connection);
            let wit = of_connection.as_ref().unwrap_or(export).wit();
            world.push_str(&format!("  export {name}: {wit};\n"));
        }
    }
    world + "}\n"
}

#[cfg(test)]
mod tests {
    use super::{Told, world};

    #[test]
    fn a_world_has_what_was_asked_for_and_the_contract_knows() {
        let expected = |parameter: &str| {
            format!(
                "package user:handler;\nworld handler {{\n  include doverb:handler/base@0.1.0;\n  \
            import a:b/c@0.2.0;\n  export do-GET: func({parameter});\n  export finish: func();\n}}\n"
            )
        };
        for (told, parameter) in [(Told::Plainly, ""), (Told::Connection, "connection: u64")] {
            let exports = ["do-GET", "finish", "nonsense"].map(|name| (name, told));
            assert_eq!(world(&["a:b/c@0.2.0"], exports), expected(parameter));
        }
    }
}
