//! The world of a handler, as text: the imports of the contract, and the exports that it has.

/// The optional exports of the contract besides `do-*`, with their types.
const OPTIONAL: [(&str, &str); 12] = [
    ("setup", "func()"),
    ("finish", "func()"),
    ("switch-connection", "func(id: u64)"),
    ("handle-expect-100", "func() -> bool"),
    ("send-error", "func(code: u16, message: option<string>, explain: option<string>)"),
    ("log-request", "func(code: option<u16>, size: option<u64>)"),
    ("log-error", "func(message: string)"),
    ("log-message", "func(message: string)"),
    ("version-string", "func() -> string"),
    ("date-time-string", "func(timestamp: option<u64>) -> string"),
    ("log-date-time-string", "func() -> string"),
    ("address-string", "func() -> string"),
];

/// The type that the contract gives an export of this name; none when it knows no such export.
pub(super) fn signature(export: &str) -> Option<&'static str> {
    if export.starts_with("do-") {
        return Some("func()");
    }
    OPTIONAL.iter().find(|(name, _)| *name == export).map(|(_, signature)| *signature)
}

/// The world `handler` with these exports, and imports beside the contract's. A name that the contract does not know is left out.
pub(super) fn world<'a>(imports: &[&str], exports: impl IntoIterator<Item = &'a str>) -> String {
    let mut world =
        String::from("package user:handler;\nworld handler {\n  include doverb:handler/base@0.1.0;\n");
    for import in imports {
        world.push_str(&format!("  import {import};\n"));
    }
    for export in exports {
        if let Some(signature) = signature(export) {
            world.push_str(&format!("  export {export}: {signature};\n"));
        }
    }
    world + "}\n"
}

#[cfg(test)]
mod tests {
    use super::{OPTIONAL, signature, world};

    #[test]
    fn every_export_of_the_contract_is_known_with_its_type() {
        let (_, contract) = doverb_wit::FILES.iter().find(|(name, _)| *name == "world.wit").unwrap();
        let lines = contract.lines().filter_map(|line| line.trim().strip_prefix("export "));
        let mut known = 0;
        for (name, expected) in lines.filter_map(|line| line.strip_suffix(';')?.split_once(": ")) {
            assert_eq!(signature(name), Some(expected), "{name}");
            known += usize::from(!name.starts_with("do-"));
        }
        assert_eq!(known, OPTIONAL.len());
    }

    #[test]
    fn a_world_has_what_was_asked_for_and_the_contract_knows() {
        let expected = "package user:handler;\nworld handler {\n  include doverb:handler/base@0.1.0;\n  \
            import a:b/c@0.2.0;\n  export do-GET: func();\n  export setup: func();\n}\n";
        assert_eq!(world(&["a:b/c@0.2.0"], ["do-GET", "setup", "nonsense"]), expected);
    }
}
