//! Methods that are spelt almost as one of HTTP's, which a compiler takes for others: `do_get`.

use std::fs;
use std::path::Path;

use doverb_compile::{MAX_WASM, Progress};
use wasmparser::{ComponentExternalKind, Parser, Payload};

/// Methods that nobody means when another of his own is called almost so.
const COMMON: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "PATCH"];
const PREFIX: &str = "do-";

/// Tells of such methods that a component has. What cannot be read is for who loads it to tell.
pub(super) fn note(wasm: &Path, progress: &mut dyn Progress) {
    if !fs::metadata(wasm).is_ok_and(|found| found.len() <= MAX_WASM) {
        return;
    }
    for (name, method) in fs::read(wasm).iter().flat_map(|component| found(&methods(component))) {
        progress.note(&format!(
            "do_{name} serves nothing that clients send: the method for {method} is do_{method}"
        ));
    }
}

/// The methods that have exports.
fn methods(component: &[u8]) -> Vec<String> {
    let mut methods = Vec::new();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentExportSection(exports) if depth == 1 => {
                let functions = exports.into_iter().map_while(Result::ok);
                let functions = functions.filter(|export| export.kind == ComponentExternalKind::Func);
                methods.extend(
                    functions.filter_map(|export| export.name.name.strip_prefix(PREFIX).map(str::to_owned)),
                );
            }
            _ => {}
        }
    }
    methods
}

/// Those that are common ones but for their case, where that one is not there itself.
fn found(methods: &[String]) -> Vec<(String, &'static str)> {
    let meant = |name: &String| {
        let method = COMMON.into_iter().find(|method| method.eq_ignore_ascii_case(name))?;
        (!methods.iter().any(|other| other == method)).then(|| (name.clone(), method))
    };
    methods.iter().filter_map(meant).collect()
}

#[cfg(test)]
mod tests {
    use super::{found, methods};

    #[test]
    fn a_method_that_differs_from_a_common_one_by_its_case_is_found() {
        let exports =
            r#"(export "do-get" (func 0)) (export "do-POST" (func 0)) (export "do-search" (func 0))"#;
        let text = format!(
            "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m)) \
             (func (canon lift (core func $i \"f\"))) {exports})"
        );
        let methods = methods(&wat::parse_str(text).unwrap());
        assert_eq!(methods, ["get", "POST", "search"]);
        assert_eq!(found(&methods), [("get".to_owned(), "GET")]);
        assert!(found(&["get".to_owned(), "GET".to_owned()]).is_empty(), "it has both");
    }

    #[test]
    fn what_is_no_component_has_none() {
        assert!(methods(b"nothing").is_empty());
    }
}
