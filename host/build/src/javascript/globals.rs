//! Globals that cost something and so are in a component only when its code speaks of them.

/// Names, and the file of the SDK that defines them.
const GLOBALS: [(&str, &[&str]); 19] = [
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

/// The file that defines a global.
pub(super) fn file(name: &str) -> Option<&'static str> {
    GLOBALS.iter().find(|(_, names)| names.contains(&name)).map(|(file, _)| *file)
}

#[cfg(test)]
mod tests {
    use super::GLOBALS;

    #[test]
    fn each_file_is_there() {
        for (file, _) in GLOBALS {
            assert!(doverb_sdk_js::extra(file).is_some(), "{file}");
        }
    }
}
