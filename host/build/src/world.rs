//! The world of a handler, as text: the imports of the contract, and the exports that it has.

/// The world `handler` with these exports, and imports beside the contract's. A name that the contract does not know is left out.
pub(super) fn world<'a>(imports: &[&str], exports: impl IntoIterator<Item = &'a str>) -> String {
    let version = doverb_wit::VERSION;
    let mut world =
        format!("package user:handler;\nworld handler {{\n  include doverb:handler/base@{version};\n");
    for import in imports {
        world.push_str(&format!("  import {import};\n"));
    }
    for export in exports {
        if let Some(known) = doverb_wit::export(export) {
            world.push_str(&format!("  export {export}: {};\n", known.wit()));
        }
    }
    world + "}\n"
}

#[cfg(test)]
mod tests {
    use super::world;

    #[test]
    fn a_world_has_what_was_asked_for_and_the_contract_knows() {
        let expected = "package user:handler;\nworld handler {\n  include doverb:handler/base@0.1.0;\n  \
            import a:b/c@0.2.0;\n  export do-GET: func();\n  export setup: func();\n}\n";
        assert_eq!(world(&["a:b/c@0.2.0"], ["do-GET", "setup", "nonsense"]), expected);
    }
}
