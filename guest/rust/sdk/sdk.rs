//! The SDK for Rust, as text, with its macros. It is in no registry yet: `doverb new` puts it beside a handler.
//!
//! The folder is links to where the SDK is: a package can hold only what is below its own folder, and no Cargo.toml but
//! its own.

macro_rules! files {
    ($($name:literal: $from:literal),* $(,)?) => { &[$(($name, include_str!($from))),*] };
}

/// The files of the SDK, by their places in one folder. Its manifests are those of a workspace. The contract, which goes
/// into a folder `wit` beside them with what it depends on in `wit/deps`, is `doverb-wit`'s.
///
/// ```
/// assert!(doverb_sdk_rust::FILES.iter().any(|(name, _)| *name == "macros/Cargo.toml"));
/// ```
pub const FILES: &[(&str, &str)] = files![
    "README.md": "README.md",
    "Cargo.toml": "guest.toml",
    "src/__private.rs": "guest/__private.rs",
    "src/answer.rs": "guest/answer.rs",
    "src/attributes.rs": "guest/attributes.rs",
    "src/base.rs": "guest/base.rs",
    "src/bindings.rs": "guest/bindings.rs",
    "src/body.rs": "guest/body.rs",
    "src/config.rs": "guest/config.rs",
    "src/connection.rs": "guest/connection.rs",
    "src/error.rs": "guest/error.rs",
    "src/field.rs": "guest/field.rs",
    "src/form.rs": "guest/form.rs",
    "src/headers.rs": "guest/headers.rs",
    "src/http.rs": "guest/http.rs",
    "src/http/error.rs": "guest/http/error.rs",
    "src/http/url.rs": "guest/http/url.rs",
    "src/lib.rs": "guest/lib.rs",
    "src/request.rs": "guest/request.rs",
    "src/store.rs": "guest/store.rs",
    "src/value.rs": "guest/value.rs",
    "src/words.rs": "guest/words.rs",
    "macros/Cargo.toml": "macros.toml",
    "macros/src/expand.rs": "macros/expand.rs",
    "macros/src/exports.rs": "macros/exports.rs",
    "macros/src/lib.rs": "macros/lib.rs",
];

/// The smallest handler, without a manifest.
pub const EXAMPLE: &[(&str, &str)] = &[("src/lib.rs", include_str!("example/lib.rs"))];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::FILES;

    #[test]
    fn the_sdk_has_links_to_the_whole_contract() {
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
        for (name, content) in doverb_wit::FILES {
            assert_eq!(fs::read_to_string(wit.join(name)).unwrap(), *content, "{name}");
        }
        for (name, content) in doverb_wit::DEPENDENCIES {
            assert_eq!(fs::read_to_string(wit.join("deps").join(name)).unwrap(), *content, "{name}");
        }
        let folders =
            [(wit.clone(), doverb_wit::FILES.len() + 1), (wit.join("deps"), doverb_wit::DEPENDENCIES.len())];
        for (folder, entries) in folders {
            assert_eq!(fs::read_dir(folder).unwrap().count(), entries);
        }
    }

    #[test]
    fn the_whole_sdk_is_there() {
        for (link, folder) in [("guest", "src"), ("macros", "macros/src")] {
            let link = Path::new(env!("CARGO_MANIFEST_DIR")).join(link);
            let mut folders = vec![(link, folder.to_owned())];
            while let Some((from, folder)) = folders.pop() {
                for entry in fs::read_dir(from).unwrap().flatten() {
                    let name = format!("{folder}/{}", entry.file_name().display());
                    match entry.path().is_dir() {
                        true => folders.push((entry.path(), name)),
                        false => assert!(FILES.iter().any(|(listed, _)| *listed == name), "{name}"),
                    }
                }
            }
        }
    }
}
