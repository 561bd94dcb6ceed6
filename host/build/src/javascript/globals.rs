//! Globals that cost something and so are in a component only when its code speaks of them.

use std::collections::BTreeSet;

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

/// Texts in the code of a file, and the file of the SDK that has what they speak of. A name is a whole one: `createSign` is not in
/// `createSignal`. Such files run by the order of their names: what is built on streams needs the signals of `web/abort.js`.
const TEXTS: [(&str, &[&str]); 8] = [
    ("web/ciphers.js", &["AES-"]),
    ("web/node-agreements.js", &["createECDH", "diffieHellman"]),
    ("web/node-ciphers.js", &["createCipheriv", "createDecipheriv"]),
    ("web/node-encryption.js", &["privateDecrypt", "privateEncrypt", "publicDecrypt", "publicEncrypt"]),
    (
        "web/node-pairs.js",
        &[
            "createSign",
            "createVerify",
            "createPublicKey",
            "createPrivateKey",
            "generateKeyPairSync",
            "crypto.sign",
            "crypto.verify",
        ],
    ),
    ("web/subtle-agreements.js", &["ECDH", "X25519"]),
    ("web/subtle-oaep.js", &["RSA-OAEP"]),
    ("web/subtle-pairs.js", &["ECDSA", "Ed25519", "EdDSA", "RSA-PSS", "RSASSA-PKCS1-v1_5"]),
];

/// What is asked of Node's crypto that has a file of its own: names that are too common to look for in texts.
const OF_CRYPTO: (&str, &[&str]) = ("web/node-pairs.js", &["generateKeyPair", "sign", "verify"]);

/// What opens keys that have a passphrase, and the file that reads keys in the components where it may be asked to.
pub(super) const SEALED: (&str, &str) = ("web/encrypted-keys.js", "web/node-keys.js");

/// Whether the code has a passphrase, of a key or of something else.
pub(super) fn has_a_passphrase(code: &str) -> bool {
    speaks_of(code, "passphrase")
}

/// The files that have what the code names in its texts, or asks of Node's crypto.
pub(super) fn named<'a>(
    code: &'a str,
    of_crypto: &'a BTreeSet<String>,
) -> impl Iterator<Item = &'static str> + 'a {
    let (file, members) = OF_CRYPTO;
    let is_asked = members.iter().any(|name| of_crypto.contains(*name));
    let spoken = TEXTS.iter().filter(|(_, names)| names.iter().any(|name| speaks_of(code, name)));
    spoken.map(|(file, _)| *file).chain(is_asked.then_some(file))
}

fn speaks_of(code: &str, name: &str) -> bool {
    let is_of_name = |character: char| character.is_ascii_alphanumeric() || "_$".contains(character);
    let is_open = !name.ends_with(is_of_name);
    code.match_indices(name).any(|(at, _)| is_open || !code[at + name.len()..].starts_with(is_of_name))
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
    use std::collections::BTreeSet;

    use super::{GLOBALS, OF_CRYPTO, SEALED, SERVERS, TEXTS, named};

    #[test]
    fn each_file_is_there() {
        let files = GLOBALS.iter().map(|(file, _)| *file).chain(SERVERS.map(|(file, _)| file));
        for file in files.chain(TEXTS.map(|(file, _)| file)).chain([OF_CRYPTO.0, SEALED.0, SEALED.1]) {
            assert!(doverb_sdk_js::extra(file).is_some(), "{file}");
        }
    }

    #[test]
    fn what_is_named_is_a_whole_name_or_asked_of_crypto() {
        let files = |code: &str, members: &[&str]| {
            let members: BTreeSet<String> = members.iter().map(|name| (*name).to_owned()).collect();
            named(code, &members).collect::<Vec<_>>()
        };
        assert_eq!(files("createSignal(); sign(x); 'ECDSAx'", &["randomBytes"]), [""; 0]);
        assert_eq!(files("exports.a = c.createSign('RSA-SHA256')", &[]), ["web/node-pairs.js"]);
        assert_eq!(files("sign(null, x, key)", &["sign"]), ["web/node-pairs.js"]);
        assert_eq!(files("`AES-${mode}` + 'RSA-PSS'", &[]), ["web/ciphers.js", "web/subtle-pairs.js"]);
        assert_eq!(files("['RSA-OAEP-256', 'X25519x']", &[]), ["web/subtle-oaep.js"]);
        assert_eq!(
            files("case 'ECDH-ES': c.publicEncrypt(k, d)", &[]),
            ["web/node-encryption.js", "web/subtle-agreements.js"]
        );
    }
}
