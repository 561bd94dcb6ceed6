//! The SDK for JavaScript and TypeScript, as text: part of every component that `doverb-build` makes of them.

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!($name))),*] };
}

const SHARED: &[(&str, &str)] = files![
    "config.js",
    "doverb.js",
    "environ.js",
    "lib/commonjs.js",
    "lib/console.js",
    "lib/failure.js",
    "lib/handler.js",
    "lib/helpers/decorate.js",
    "lib/helpers/decorateMetadata.js",
    "lib/helpers/decorateParam.js",
    "lib/helpers/decorators.js",
    "lib/helpers/extends.js",
    "lib/helpers/objectSpread2.js",
    "lib/inspect.js",
    "lib/layout.js",
    "lib/message.js",
    "lib/serve.js",
    "lib/state.js",
    "lib/streams.js",
    "lib/table.js",
    "lib/trace.js",
    "lib/utf8.js",
    "lib/values.js",
    "store.js",
];

const QUICKJS: &[(&str, &str)] = files![
    "lib/clock.js",
    "lib/clone.js",
    "lib/engine.js",
    "lib/fields.js",
    "lib/gathered.js",
    "lib/globals.js",
    "lib/helpers/OverloadYield.js",
    "lib/helpers/asyncGeneratorDelegate.js",
    "lib/helpers/asyncIterator.js",
    "lib/helpers/asyncToGenerator.js",
    "lib/helpers/awaitAsyncGenerator.js",
    "lib/helpers/superPropGet.js",
    "lib/helpers/superPropSet.js",
    "lib/helpers/usingCtx.js",
    "lib/helpers/wrapAsyncGenerator.js",
    "lib/host.js",
    "lib/natives.js",
    "lib/params.js",
    "lib/percent.js",
    "lib/promise.js",
    "lib/random.js",
    "lib/request.js",
    "lib/stacks.js",
    "lib/text.js",
    "lib/url.js",
];

/// In the places of those of QuickJS.
const WEB: &[(&str, &str)] = &[
    ("lib/engine.js", include_str!("lib/engine-web.js")),
    ("lib/gathered.js", include_str!("lib/gathered-web.js")),
    ("lib/globals.js", include_str!("lib/globals-web.js")),
    ("lib/request.js", include_str!("lib/request-web.js")),
];

/// What is in a component only if its code asks for it, sorted by name.
const EXTRAS: &[(&str, &str)] = files![
    "node/absent.js",
    "node/assert.js",
    "node/async_hooks.js",
    "node/buffer.js",
    "node/console.js",
    "node/constants.js",
    "node/crypto.js",
    "node/diagnostics_channel.js",
    "node/empty.cjs",
    "node/events.js",
    "node/files.js",
    "node/global-buffer.js",
    "node/global-process.js",
    "node/http-message.js",
    "node/http-server.js",
    "node/http-tables.js",
    "node/http.js",
    "node/https.js",
    "node/module.js",
    "node/net.js",
    "node/os.js",
    "node/path.js",
    "node/perf_hooks.js",
    "node/process.js",
    "node/punycode.js",
    "node/querystring.js",
    "node/stream-consumers.js",
    "node/stream-promises.js",
    "node/stream-web.js",
    "node/stream.js",
    "node/string_decoder.js",
    "node/timers-promises.js",
    "node/timers.js",
    "node/tty.js",
    "node/url.js",
    "node/util-arguments.js",
    "node/util-types.js",
    "node/util.js",
    "node/vm.js",
    "node/worker_threads.js",
    "node/zlib.js",
    "vendor/jspm-core/assert.js",
    "vendor/jspm-core/buffer.js",
    "vendor/jspm-core/chunk-BlJi4mNy.js",
    "vendor/jspm-core/chunk-CcCWfKp1.js",
    "vendor/jspm-core/chunk-CkFCi-G1.js",
    "vendor/jspm-core/chunk-DEMDiNwt.js",
    "vendor/jspm-core/chunk-DtcTpLWz.js",
    "vendor/jspm-core/chunk-DtuTasat.js",
    "vendor/jspm-core/events.js",
    "vendor/jspm-core/path.js",
    "vendor/jspm-core/punycode.js",
    "vendor/jspm-core/querystring.js",
    "vendor/jspm-core/stream.js",
    "vendor/jspm-core/string_decoder.js",
    "vendor/jspm-core/url.js",
    "vendor/jspm-core/util.js",
    "vendor/micro-rsa/primality.js",
    "vendor/micro-rsa/rsa.js",
    "vendor/micro-rsa/utils.js",
    "vendor/noble-ciphers/_polyval.js",
    "vendor/noble-ciphers/aes.js",
    "vendor/noble-ciphers/utils.js",
    "vendor/noble-curves/curve.js",
    "vendor/noble-curves/der.js",
    "vendor/noble-curves/ed25519.js",
    "vendor/noble-curves/edwards.js",
    "vendor/noble-curves/modular.js",
    "vendor/noble-curves/montgomery.js",
    "vendor/noble-curves/utils.js",
    "vendor/noble-curves/weierstrass.js",
    "vendor/noble-hashes/_md.js",
    "vendor/noble-hashes/_u64.js",
    "vendor/noble-hashes/hkdf.js",
    "vendor/noble-hashes/hmac.js",
    "vendor/noble-hashes/legacy.js",
    "vendor/noble-hashes/pbkdf2.js",
    "vendor/noble-hashes/scrypt.js",
    "vendor/noble-hashes/sha2.js",
    "vendor/noble-hashes/sha3.js",
    "vendor/noble-hashes/utils.js",
    "vendor/pako/pako.js",
    "vendor/urlpattern/urlpattern.js",
    "vendor/web-streams/ponyfill.js",
    "vendor/zones/zones.js",
    "web/abort.js",
    "web/agreements.js",
    "web/atomics.js",
    "web/blob.js",
    "web/body.js",
    "web/channel.js",
    "web/ciphers.js",
    "web/compression.js",
    "web/curves.js",
    "web/define.js",
    "web/deflate.js",
    "web/der.js",
    "web/encodings.js",
    "web/encrypted-keys.js",
    "web/exchange.js",
    "web/fetch.js",
    "web/hashes.js",
    "web/from-async.js",
    "web/intl-dates.js",
    "web/intl-locale.js",
    "web/intl-locales.js",
    "web/intl-numbers.js",
    "web/intl.js",
    "web/key-forms.js",
    "web/last-match.js",
    "web/locale-case.js",
    "web/multipart.js",
    "web/node-agreements.js",
    "web/node-ciphers.js",
    "web/node-encryption.js",
    "web/node-keys.js",
    "web/node-names.js",
    "web/node-pairs.js",
    "web/outgoing.js",
    "web/pattern.js",
    "web/primes.js",
    "web/rsa-ciphers.js",
    "web/rsa-keys.js",
    "web/rsa-private.js",
    "web/serve-bun.js",
    "web/serve-deno.js",
    "web/serve-event.js",
    "web/serve-fetch.js",
    "web/signatures.js",
    "web/streams.js",
    "web/subtle-agreements.js",
    "web/subtle-keys.js",
    "web/subtle-oaep.js",
    "web/subtle-pairs.js",
    "web/subtle.js",
    "web/text-streams.js",
    "web/timers.js",
    "web/waits.js",
    "web/zones.js",
];

/// As much of WASI as the SDK imports: a folder for each package.
pub const WASI: &[(&str, &str)] = &[
    ("wasi-random/random.wit", include_str!("wit/random.wit")),
    ("wasi-cli/environment.wit", include_str!("wit/environment.wit")),
    ("wasi-clocks/clocks.wit", include_str!("wit/clocks.wit")),
];

/// The script for Node that makes a component with the engine that has the Web's APIs.
pub const COMPONENTIZE: &str = include_str!("componentize.mjs");

/// The declarations that an editor looks for.
pub const DECLARATIONS: (&str, &str) = ("doverb.d.ts", include_str!("doverb.d.ts"));

/// Those of the modules beside it, by their names.
pub const MORE_DECLARATIONS: &[(&str, &str)] = &[
    ("doverb/config", include_str!("config.d.ts")),
    ("doverb/environ", include_str!("environ.d.ts")),
    ("doverb/store", include_str!("store.d.ts")),
];

/// The smallest handler in JavaScript.
pub const EXAMPLE: &[(&str, &str)] = &[("index.js", include_str!("example/index.js"))];

/// The smallest handler in TypeScript.
pub const EXAMPLE_TS: &[(&str, &str)] = &[("index.ts", include_str!("example-ts/index.ts"))];

/// The modules of the SDK by their places in one folder: for the engine with the Web's APIs, or for QuickJS.
///
/// ```
/// assert!(doverb_sdk_js::files(true).any(|(name, _)| name == "doverb.js"));
/// ```
pub fn files(web_apis: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = if web_apis { WEB } else { QUICKJS };
    SHARED.iter().chain(own).copied()
}

/// A module that is in a component only if its code asks for it: what stands for one of Node's, and globals that cost
/// something.
///
/// ```
/// assert!(doverb_sdk_js::extra("node/path.js").is_some());
/// ```
pub fn extra(name: &str) -> Option<&'static str> {
    EXTRAS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::{EXTRAS, files};

    fn scripts(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_dir() {
                scripts(&entry.path(), &format!("{prefix}{name}/"), found);
            } else if (name.ends_with(".js") || name.ends_with(".cjs"))
                && (prefix != "lib/" || !name.ends_with("-web.js"))
            {
                found.insert(format!("{prefix}{name}"));
            }
        }
    }

    #[test]
    fn the_whole_sdk_is_there() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut there =
            BTreeSet::from(["config.js", "doverb.js", "environ.js", "store.js"].map(str::to_owned));
        scripts(&here.join("lib"), "lib/", &mut there);
        for folder in ["node", "vendor", "web"] {
            scripts(&here.join(folder), &format!("{folder}/"), &mut there);
        }
        let extras = EXTRAS.iter().copied();
        let listed: BTreeSet<String> = files(false).chain(extras).map(|(name, _)| name.to_owned()).collect();
        assert_eq!(listed, there);
    }
}
