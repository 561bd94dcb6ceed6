//! Node's own modules: those that a handler has, and what is said of the others.

use super::beside::{FILES, READERS};

/// All that Node has, without what it keeps for itself.
const MODULES: [&str; 58] = [
    "assert",
    "assert/strict",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "dns/promises",
    "domain",
    "events",
    "fs",
    "fs/promises",
    "http",
    "http2",
    "https",
    "inspector",
    "inspector/promises",
    "module",
    "net",
    "os",
    "path",
    "path/posix",
    "path/win32",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "readline/promises",
    "repl",
    "sea",
    "sqlite",
    "stream",
    "stream/consumers",
    "stream/promises",
    "stream/web",
    "string_decoder",
    "sys",
    "test",
    "test/reporters",
    "timers",
    "timers/promises",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "util/types",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// The name of one of Node's modules, however it is written. Those behind `node:` need not be known.
pub(super) fn module(specifier: &str) -> Option<&str> {
    match specifier.strip_prefix("node:") {
        Some(name) => Some(name),
        None => MODULES.contains(&specifier).then_some(specifier),
    }
}

/// The file of the SDK that stands for the module.
pub(super) fn file(name: &str) -> Option<String> {
    let file = match name {
        "assert/strict" => "node/assert.js".to_owned(),
        "path/posix" => "node/path.js".to_owned(),
        "sys" => "node/util.js".to_owned(),
        _ => format!("node/{}.js", name.replace('/', "-")),
    };
    doverb_sdk_js::extra(&file).is_some().then_some(file)
}

/// What its author can do who wanted the module.
pub(super) fn advice(name: &str) -> &'static str {
    match name.split('/').next().unwrap_or(name) {
        "fs" | "readline" | "repl" | "sqlite" => {
            "a handler has no files in JavaScript: import JSON, or write what it holds into a module"
        }
        "net" | "tls" | "dgram" | "dns" | "http" | "https" | "http2" | "inspector" => {
            "a handler opens no connections: the server has the sockets, and the request is this.rfile"
        }
        "child_process" | "cluster" | "worker_threads" | "wasi" => {
            "a handler starts no processes and no threads"
        }
        "vm" => "new Function makes code of a text",
        _ => "a handler runs without Node",
    }
}

/// The module that is in the place of one which is not there: whoever calls what it should have is told so.
pub(super) fn absent(name: &str) -> String {
    let text = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    let files = if READERS.contains(&name) { format!(", require('{FILES}')") } else { String::new() };
    let (name, advice) = (text(name), text(advice(name)));
    format!("module.exports = require('doverb/absent').absent({name}, {advice}{files});\n")
}

/// The module that is in the place of one that is not found.
pub(super) fn missing(why: &str) -> String {
    let text = serde_json::to_string(why).expect("a text is JSON");
    format!("throw Object.assign(new Error({text}), {{ code: 'MODULE_NOT_FOUND' }});\n")
}

#[cfg(test)]
mod tests {
    use super::{advice, file, module};

    #[test]
    fn nodes_modules_are_known_by_both_names() {
        assert_eq!(module("node:fs/promises"), Some("fs/promises"));
        assert_eq!(module("util"), Some("util"));
        for other in ["express", "./util", "utils"] {
            assert_eq!(module(other), None, "{other}");
        }
    }

    #[test]
    fn there_is_a_file_or_an_advice() {
        assert_eq!(file("path/posix").as_deref(), Some("node/path.js"));
        assert_eq!(file("fs"), None);
        assert!(advice("fs/promises").contains("no files"));
    }
}
