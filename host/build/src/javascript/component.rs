//! What is written for a handler: its world, and the module that exports what the world names.

use std::collections::{BTreeMap, BTreeSet};

use super::classes::{Handler, HandlerKind, methods};
use super::facts::UNNAMED;
use super::graph::Graph;
use super::link::LOAD;
use super::module::Target;
use super::translate::Promises;
use crate::world::{self as contract, Told};
use doverb_compile::Progress;

/// Under which name the class is exported to `entry.js`: it need not be exported by itself.
const EXPORTED: &str = "__doverb_handler";

/// One export of the component.
struct Export {
    /// `do-GET`.
    label: String,
    /// The expression that is exported.
    value: String,
}

/// The world and the entry module.
pub(super) struct Written {
    pub(super) world: String,
    pub(super) entry: String,
}

/// What the component of this handler exports, and how.
pub(super) fn write(
    graph: &Graph,
    handler: &Handler,
    promises: Promises,
    progress: &mut dyn Progress,
) -> Written {
    let exports = exports(handler, progress);
    Written { world: world(graph, &exports), entry: entry(graph, handler, promises, &exports) }
}

/// What is added to the module of the class, so that it can be imported.
pub(super) fn appendix(graph: &Graph, handler: &Handler) -> Option<String> {
    if handler.kind != HandlerKind::Class {
        return None;
    }
    if graph.modules[handler.module].is_common() {
        let name = handler.class.strip_prefix("exports.");
        let class = match name {
            Some(UNNAMED) => "module.exports".to_owned(),
            Some(name) => format!("module.exports.{name}"),
            None => handler.class.clone(),
        };
        return Some(format!("\n;{LOAD}.handler = {class};"));
    }
    (handler.class != UNNAMED).then(|| format!("\nexport {{ {} as {EXPORTED} }};\n", handler.class))
}

fn exports(handler: &Handler, progress: &mut dyn Progress) -> Vec<Export> {
    // By what WIT tells apart.
    let mut found: BTreeMap<String, Export> = BTreeMap::new();
    for name in &handler.members {
        if let Some(method) = meant(name) {
            progress.note(&format!(
                "{name} serves nothing that clients send: the method for {method} is do_{method}"
            ));
        }
    }
    for name in methods(&handler.members) {
        let verb = name[3..].replace('_', "-");
        if !is_label(&verb) {
            progress.note(&format!(
                "{name} serves no method: a component can only export words of letters and digits, each all in \
                 upper or all in lower case. Let do_ANY serve it"
            ));
            continue;
        }
        let label = format!("do-{verb}");
        let value = format!("method({})", text(name));
        let export = Export { value, label: label.clone() };
        if let Some(other) = found.insert(label.to_lowercase(), export) {
            progress.note(&format!("{} is not served: {label} differs from it in case alone", other.label));
        }
    }
    let mut exports: Vec<Export> = found.into_values().collect();
    for export in doverb_wit::EXPORTS {
        let name = export.python_name();
        let always = ALWAYS.iter().find(|(label, _)| *label == export.name);
        let value = match always {
            Some((_, value)) => (*value).to_owned(),
            None if handler.members.contains(&name) => format!("overrides.{name}"),
            None => continue,
        };
        exports.push(Export { label: export.name.into(), value });
    }
    exports
}

/// What every handler exports, whether its class has a method of that name or not, and what of the SDK that is.
const ALWAYS: [(&str, &str); 2] = [("setup", "setup"), ("switch-connection", "switchConnection")];

/// The method that somebody means whose habits are of another framework, or of another language.
pub(super) fn meant(name: &str) -> Option<String> {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    let rest = name.strip_prefix("do").or_else(|| name.strip_prefix("handle")).unwrap_or(name);
    let method = rest.trim_start_matches(['_', '-']).to_ascii_uppercase();
    let is_known = KNOWN.contains(&&method[..]) && name != format!("do_{method}");
    // `get` and `delete` alone may be anybody's own helpers.
    (is_known && (rest != name || name == method)).then_some(method)
}

/// Words of letters and digits with one hyphen between them, each word in one case, as WIT has them.
fn is_label(verb: &str) -> bool {
    let is_upper = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_lower = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    verb.split('-').all(|word| !word.is_empty() && (is_upper(word) || is_lower(word)))
}

fn world(graph: &Graph, exports: &[Export]) -> String {
    let mut imports = BTreeSet::from(["wasi:random/random@0.2.0"]);
    imports.extend(uses(graph, "environ.js").then_some("wasi:cli/environment@0.2.0"));
    for (module, package) in [("store.js", "wasi:keyvalue/"), ("config.js", "wasi:config/")] {
        let powers = doverb_wit::POWERS.iter().copied().filter(|name| name.starts_with(package));
        imports.extend(powers.filter(|_| uses(graph, module)));
    }
    let specifiers = graph.modules.iter().flat_map(|module| module.targets.keys());
    imports.extend(specifiers.map(|(name, _)| &name[..]).filter(|name| name.starts_with("wasi:")));
    let imports: Vec<&str> = imports.into_iter().collect();
    let exports = exports.iter().map(|export| (export.label.as_str(), Told::Connection));
    contract::world(&imports, exports)
}

/// Whether a module asks for this one of the SDK's.
fn uses(graph: &Graph, of_sdk: &str) -> bool {
    let wanted = Target::Sdk(of_sdk.into());
    graph.modules.iter().any(|module| module.targets.values().any(|target| *target == wanted))
}

/// The module that QuickJS starts with. What it imports runs in this order.
fn entry(graph: &Graph, handler: &Handler, promises: Promises, exports: &[Export]) -> String {
    let mut entry = String::from("import './sdk/lib/globals.js';\n");
    for place in &graph.globals {
        entry.push_str(&format!("import {};\n", path_of(graph, *place)));
    }
    entry.push_str(
        "import { connect, loaded, method, overrides, ready, setup, switchConnection } from './sdk/lib/serve.js';\n",
    );
    entry.push_str(&format!(
        "globalThis.__doverb.argv[1] = {};\n",
        text(&format!("/{}", graph.modules[0].name))
    ));
    entry.push_str(&run_modules(graph, handler, promises));
    if !graph.late.is_empty() {
        entry.push_str("import { keep } from './sdk/lib/commonjs.js';\n");
    }
    for place in &graph.late {
        let (name, path) = (text(&graph.modules[*place].name), path_of(graph, *place));
        entry.push_str(&format!("keep({name}, await loaded(import({path})));\n"));
    }
    let maps: BTreeMap<&str, &str> = graph
        .modules
        .iter()
        .filter(|module| module.is_own())
        .filter_map(|module| Some((&module.name[..], &module.translated.map.as_ref()?.mappings[..])))
        .collect();
    let sources: BTreeMap<&str, &str> = graph
        .modules
        .iter()
        .filter_map(|module| Some((&module.name[..], module.source.as_deref()?)))
        .collect();
    let json = |map: &BTreeMap<&str, &str>| serde_json::to_string(map).expect("a map of texts is JSON");
    entry.push_str(&format!("\nconnect(Handler, {}, {});\n", json(&maps), json(&sources)));
    for (number, export) in exports.iter().enumerate() {
        entry.push_str(&format!("const export{number} = {};\n", export.value));
    }
    let names: Vec<String> = exports
        .iter()
        .enumerate()
        .map(|(number, export)| format!("export{number} as {}", camel_case(&export.label)))
        .collect();
    // What the top level has begun runs before, so that it is known when it fails.
    let turn = if promises == Promises::Ours { "await null;\n" } else { "" };
    entry.push_str(&format!("export {{ {} }};\n{turn}ready();\n", names.join(", ")));
    entry
}

fn path_of(graph: &Graph, place: usize) -> String {
    text(&format!("./{}", graph.modules[place].name))
}

/// Runs the first module and the one of the class, which becomes `Handler`.
fn run_modules(graph: &Graph, handler: &Handler, promises: Promises) -> String {
    let first = match graph.modules[0].is_common() {
        true => {
            let first = import(graph, 0, &format!("{{ {LOAD}: first }}"), promises);
            format!("{first}first.isMain = true;\n{}", run("first", promises))
        }
        false => import(graph, 0, "{}", promises),
    };
    let is_common = graph.modules[handler.module].is_common();
    if let HandlerKind::Fetch(fetch) = handler.kind {
        let app = match is_common {
            true => "const exported = first();\nconst app = exported?.default ?? exported;\n".to_owned(),
            false if graph.has_default(handler.module) => {
                import(graph, handler.module, "{ default: app }", promises)
            }
            false => "const app = undefined;\n".to_owned(),
        };
        let fetch = import(graph, fetch, "{ begun, fetchHandler }", promises);
        return format!("{first}{app}{fetch}await begun(app);\nconst Handler = fetchHandler(app);\n");
    }
    let class = match is_common {
        true => {
            let load = import(graph, handler.module, &format!("{{ {LOAD}: load }}"), promises);
            format!("{load}{}const {{ handler: Handler }} = load;\n", run("load", promises))
        }
        false => {
            let name = if handler.class == UNNAMED { "default" } else { EXPORTED };
            import(graph, handler.module, &format!("{{ {name}: Handler }}"), promises)
        }
    };
    first + &class
}

/// Takes names from a module, in the words of a pattern. What it throws keeps the name of its class, where the engine leaves that away.
fn import(graph: &Graph, place: usize, names: &str, promises: Promises) -> String {
    let path = path_of(graph, place);
    match promises {
        Promises::Ours => format!("const {names} = await loaded(import({path}));\n"),
        Promises::Engine => format!("import {} from {path};\n", names.replace(':', " as")),
    }
}

/// Runs a CommonJS module.
fn run(load: &str, promises: Promises) -> String {
    match promises {
        Promises::Ours => format!("await loaded({load});\n"),
        Promises::Engine => format!("{load}();\n"),
    }
}

/// As engines look exports up: `do-M-SEARCH` is `doMSearch`.
fn camel_case(label: &str) -> String {
    let mut name = String::new();
    for (number, word) in label.split('-').enumerate() {
        let word = word.to_ascii_lowercase();
        let (first, rest) = word.split_at(1);
        name.push_str(&if number == 0 { first.to_owned() } else { first.to_ascii_uppercase() });
        name.push_str(rest);
    }
    name
}

/// A text as a literal of JavaScript.
pub(super) fn text(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// From one module to another.
pub(super) fn relative(from: &str, to: &str) -> String {
    let up = from.matches('/').count();
    format!("./{}{to}", "../".repeat(up))
}

#[cfg(test)]
mod tests {
    use super::{ALWAYS, camel_case, is_label, meant, relative};

    #[test]
    fn the_sdk_has_a_function_for_every_export_of_the_contract() {
        let sdk = include_str!("../../../../guest/js/lib/serve.js");
        let (_, overrides) = sdk.split_once("export const overrides = {\n").unwrap();
        let names =
            overrides.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": (")).map(|it| it.0);
        let mut names: Vec<_> = names.collect();
        let of_the_contract =
            doverb_wit::EXPORTS.iter().filter(|it| ALWAYS.iter().all(|(name, _)| *name != it.name));
        let mut expected: Vec<_> = of_the_contract.map(doverb_wit::Export::python_name).collect();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected);
        for (label, value) in ALWAYS {
            assert!(doverb_wit::export(label).is_some(), "{label}");
            assert!(
                sdk.contains(&format!("export const {value} ="))
                    || sdk.contains(&format!("export function {value}("))
            );
        }
    }

    #[test]
    fn labels_are_words_in_one_case() {
        for verb in ["GET", "M-SEARCH", "x-rate", "2FA", "A-1"] {
            assert!(is_label(verb), "{verb}");
        }
        for verb in ["", "Get", "-GET", "GET-", "M--SEARCH", "A_B", "É"] {
            assert!(!is_label(verb), "{verb}");
        }
    }

    #[test]
    fn near_misses_are_known() {
        for (name, method) in
            [("doGet", "GET"), ("do_get", "GET"), ("handlePost", "POST"), ("DELETE", "DELETE")]
        {
            assert_eq!(meant(name).as_deref(), Some(method));
        }
        for name in ["do_GET", "get", "document", "do_ANY", "handle"] {
            assert_eq!(meant(name), None, "{name}");
        }
    }

    #[test]
    fn exports_are_in_camel_case() {
        let names = ["do-GET", "do-M-SEARCH", "do-2FA", "log-date-time-string"].map(camel_case);
        assert_eq!(names, ["doGet", "doMSearch", "do2fa", "logDateTimeString"]);
    }

    #[test]
    fn modules_are_reached_from_where_they_are() {
        assert_eq!(relative("app/a.js", "app/b.js"), "./../app/b.js");
        assert_eq!(relative("app/src/a.js", "sdk/doverb.js"), "./../../sdk/doverb.js");
    }
}
