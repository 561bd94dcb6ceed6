//! Globals that cost something and so are in a component only when its code speaks of them.

use super::scan::FETCH_EVENT;

/// Names, and the file of the SDK that defines them.
const GLOBALS: [(&str, &[&str]); 21] = [
    (
        "web/timers.js",
        &["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"],
    ),
    ("web/channel.js", &["MessageChannel", "MessagePort", "MessageEvent", "BroadcastChannel"]),
    ("web/abort.js", &["AbortController", "AbortSignal", "Event", "EventTarget", "CustomEvent"]),
    ("web/blob.js", &["Blob", "File", "FormData"]),
    ("web/fetch.js", &["Request", "Response"]),
    ("web/outgoing.js", &["fetch"]),
    (
        "web/streams.js",
        &[
            "ReadableStream",
            "ReadableStreamDefaultReader",
            "ReadableStreamBYOBReader",
            "WritableStream",
            "WritableStreamDefaultWriter",
            "TransformStream",
            "ByteLengthQueuingStrategy",
            "CountQueuingStrategy",
        ],
    ),
    ("web/compression.js", &["CompressionStream", "DecompressionStream"]),
    ("web/atomics.js", &["Atomics"]),
    ("web/encodings.js", &["TextDecoder"]),
    ("web/text-streams.js", &["TextDecoderStream", "TextEncoderStream"]),
    ("web/subtle.js", &["subtle", "Crypto", "CryptoKey", "SubtleCrypto", "webcrypto"]),
    ("web/from-async.js", &["fromAsync"]),
    ("web/intl.js", &["Intl", "toLocaleString", "toLocaleDateString", "toLocaleTimeString", "localeCompare"]),
    ("web/locale-case.js", &["toLocaleUpperCase", "toLocaleLowerCase"]),
    ("web/zones.js", &["timeZone"]),
    ("web/pattern.js", &["URLPattern"]),
    ("web/last-match.js", &["RegExp.$1"]),
    ("node/global-process.js", &["process"]),
    ("node/global-buffer.js", &["Buffer"]),
    ("web/node-names.js", &["navigator"]),
];

/// What a program of the user's own has its server from, which is one of another runtime. Packages look by the same
/// names where they are, so that those are there only for who makes a server with them.
const SERVERS: [(&str, &str); 3] = [
    ("web/serve-bun.js", "Bun.serve"),
    ("web/serve-deno.js", "Deno.serve"),
    ("web/serve-event.js", FETCH_EVENT),
];

/// Texts in the code of a file, and the file of the SDK that has what they speak of. Such files run by the order of their names: what is
/// built on streams needs the signals of `web/abort.js`.
const TEXTS: [(&str, &[&str]); 2] =
    [("web/node-ciphers.js", &["createCipheriv", "createDecipheriv"]), ("web/ciphers.js", &["AES-"])];

/// The files that have what the code names in its texts.
pub(super) fn named(code: &str) -> impl Iterator<Item = &'static str> {
    let is_named = |names: &[&str]| names.iter().any(|name| code.contains(name));
    TEXTS.iter().filter(move |(_, names)| is_named(names)).map(|(file, _)| *file)
}

/// The file that defines a global.
pub(super) fn file(name: &str) -> Option<&'static str> {
    GLOBALS.iter().find(|(_, names)| names.contains(&name)).map(|(file, _)| *file)
}

/// The file that has the server of another runtime.
pub(super) fn server(name: &str) -> Option<&'static str> {
    SERVERS.iter().find(|(_, known)| *known == name).map(|(file, _)| *file)
}

#[cfg(test)]
mod tests {
    use super::{GLOBALS, SERVERS};

    #[test]
    fn each_file_is_there() {
        for file in GLOBALS.iter().map(|(file, _)| *file).chain(SERVERS.map(|(file, _)| file)) {
            assert!(doverb_sdk_js::extra(file).is_some(), "{file}");
        }
    }
}
