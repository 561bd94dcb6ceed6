//! Names that a module wants of the SDK and that are not there.

use super::graph::Graph;
use super::module::Target;
use super::scan::Way;

/// All that `doverb` exports.
const NAMES: [&str; 2] = ["BaseHTTPRequestHandler", "Failure"];

/// For each import that fails, its module's name, the name that is wanted, and what is said of it.
pub(super) fn faults(graph: &Graph) -> Vec<(usize, String, String)> {
    let mut faults = Vec::new();
    for (place, module) in graph.modules.iter().enumerate() {
        for (specifier, name) in module.translated.facts.imports.values() {
            let target = module.targets.get(&(specifier.clone(), Way::Import));
            let is_sdk = target == Some(&Target::Sdk("doverb.js".into()));
            let Some(name) = name.as_ref().filter(|name| is_sdk && !NAMES.contains(&&name[..])) else {
                continue;
            };
            let why = match nearest(name) {
                Some(meant) => format!("{specifier:?} has no {name}. It is called {meant}"),
                None if name == "default" => {
                    format!("{specifier:?} has no default export. Import {{ {} }}", NAMES[0])
                }
                None => format!("{specifier:?} has no {name}"),
            };
            faults.push((place, name.clone(), why));
        }
    }
    faults.sort();
    faults
}

/// The name that is meant, if it is spelt nearly so.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "");
    let wanted = plain(name);
    NAMES.into_iter().find(|known| {
        let known = plain(known);
        known == wanted || wanted.len() > 8 && (known.contains(&wanted) || wanted.contains(&known))
    })
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_is_spelt_nearly_so_is_meant() {
        for name in ["BaseHttpRequestHandler", "HTTPRequestHandler", "base_http_request_handler"] {
            assert_eq!(nearest(name), Some("BaseHTTPRequestHandler"), "{name}");
        }
        assert_eq!(nearest("Shop"), None);
    }
}
