//! The SDK's files, which are part of every component.

/// A file of `guest/js`.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../guest/js/", $name)))),*]
    };
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
    ("lib/engine.js", include_str!("../../../../guest/js/lib/engine-web.js")),
    ("lib/globals.js", include_str!("../../../../guest/js/lib/globals-web.js")),
];

/// As much of WASI as the SDK imports.
pub(super) const WASI: &[(&str, &str)] = &[
    ("wasi-random/random.wit", include_str!("../../../../guest/js/wit/random.wit")),
    ("wasi-cli/environment.wit", include_str!("../../../../guest/js/wit/environment.wit")),
];

/// The files for one engine.
pub(super) fn files(web_apis: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = if web_apis { WEB } else { QUICKJS };
    SHARED.iter().chain(own).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::{QUICKJS, SHARED};

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
    fn every_file_of_the_sdk_is_part_of_it() {
        let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../guest/js"));
        let mut there = BTreeSet::from(["doverb.js".to_owned(), "environ.js".to_owned()]);
        scripts(&here.join("lib"), "lib/", &mut there);
        let listed: BTreeSet<String> =
            SHARED.iter().chain(QUICKJS).map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed, there);
    }
}
