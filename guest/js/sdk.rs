//! The SDK for JavaScript and TypeScript, as text: part of every component that `doverb-build` makes of them.

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!($name))),*] };
}

const SHARED: &[(&str, &str)] = files![
    "doverb.js",
    "environ.js",
    "lib/console.js",
    "lib/failure.js",
    "lib/handler.js",
    "lib/inspect.js",
    "lib/message.js",
    "lib/serve.js",
    "lib/state.js",
    "lib/streams.js",
    "lib/trace.js",
    "lib/utf8.js",
    "lib/values.js",
];

const QUICKJS: &[(&str, &str)] = files![
    "lib/clock.js",
    "lib/clone.js",
    "lib/engine.js",
    "lib/fields.js",
    "lib/globals.js",
    "lib/helpers/OverloadYield.js",
    "lib/helpers/asyncGeneratorDelegate.js",
    "lib/helpers/asyncIterator.js",
    "lib/helpers/asyncToGenerator.js",
    "lib/helpers/awaitAsyncGenerator.js",
    "lib/helpers/wrapAsyncGenerator.js",
    "lib/host.js",
    "lib/params.js",
    "lib/percent.js",
    "lib/promise.js",
    "lib/random.js",
    "lib/text.js",
    "lib/url.js",
];

/// In the places of those of QuickJS.
const WEB: &[(&str, &str)] = &[
    ("lib/engine.js", include_str!("lib/engine-web.js")),
    ("lib/globals.js", include_str!("lib/globals-web.js")),
];

/// As much of WASI as the SDK imports: a folder for each package.
pub const WASI: &[(&str, &str)] = &[
    ("wasi-random/random.wit", include_str!("wit/random.wit")),
    ("wasi-cli/environment.wit", include_str!("wit/environment.wit")),
];

/// The script for Node that makes a component with the engine that has the Web's APIs.
pub const COMPONENTIZE: &str = include_str!("componentize.mjs");

/// The declarations that an editor looks for.
pub const DECLARATIONS: (&str, &str) = ("doverb.d.ts", include_str!("doverb.d.ts"));

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::files;

    fn scripts(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_dir() {
                scripts(&entry.path(), &format!("{prefix}{name}/"), found);
            } else if name.ends_with(".js") && !name.ends_with("-web.js") {
                found.insert(format!("{prefix}{name}"));
            }
        }
    }

    #[test]
    fn the_whole_sdk_is_there() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut there = BTreeSet::from(["doverb.js".to_owned(), "environ.js".to_owned()]);
        scripts(&here.join("lib"), "lib/", &mut there);
        let listed: BTreeSet<String> = files(false).map(|(name, _)| name.to_owned()).collect();
        assert_eq!(listed, there);
    }
}
