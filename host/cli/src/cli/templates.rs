//! What `doverb new` writes: the example `hello` of each language, with what it needs to be built on its own.

use super::new::Lang;
use doverb_sdk_js::{DECLARATIONS, EXAMPLE, EXAMPLE_TS};

/// The files of a new handler with their content.
pub(super) fn files(lang: Lang, name: &str) -> Vec<(String, String)> {
    match lang {
        Lang::Rust => rust(name),
        Lang::Python => owned(doverb_sdk_python::EXAMPLE),
        Lang::Js => owned(EXAMPLE),
        Lang::Ts => typescript(),
        Lang::Go => go(name),
        Lang::C => owned(doverb_sdk_c::EXAMPLE),
        // The header is for both.
        Lang::Cpp => renamed(owned(doverb_sdk_c::EXAMPLE), "hello.cpp"),
    }
}

fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
}

fn renamed(files: Vec<(String, String)>, name: &str) -> Vec<(String, String)> {
    files.into_iter().map(|(_, content)| (name.to_owned(), content)).collect()
}

/// With the declarations that an editor looks for: what is imported comes with `doverb build`.
fn typescript() -> Vec<(String, String)> {
    let mut files = owned(EXAMPLE_TS);
    files.extend(owned(&[DECLARATIONS]));
    let config = "{\n  \"compilerOptions\": {\n    \"target\": \"es2022\",\n    \"module\": \"esnext\",\n    \
                  \"moduleResolution\": \"bundler\",\n    \"lib\": [\"es2022\"],\n    \"strict\": true,\n    \
                  \"noEmit\": true,\n    \"paths\": { \"doverb\": [\"./doverb.d.ts\"] }\n  }\n}\n";
    files.push(("tsconfig.json".to_owned(), config.to_owned()));
    files
}

/// A module of the handler's name; the SDK needs no line in it.
fn go(name: &str) -> Vec<(String, String)> {
    let mut files = owned(doverb_sdk_go::EXAMPLE);
    for (file, content) in &mut files {
        if file == "go.mod" {
            *content = content.replace("module go-hello", &format!("module {name}"));
        }
    }
    files
}

/// A crate with the SDK beside it: the SDK is in no registry yet.
fn rust(name: &str) -> Vec<(String, String)> {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\ndoverb-guest = {{ path = \"doverb-guest\" }}\n\n\
         [profile.release]\nopt-level = \"s\"\nlto = true\ncodegen-units = 1\npanic = \"abort\"\n\n\
         [workspace]\n"
    );
    let mut files =
        vec![("Cargo.toml".to_owned(), manifest), (".gitignore".to_owned(), "/target\n".to_owned())];
    files.extend(owned(doverb_sdk_rust::EXAMPLE));
    let contract = doverb::wit::FILES.iter().map(|(name, content)| (format!("wit/{name}"), *content));
    let others =
        doverb::wit::DEPENDENCIES.iter().map(|(name, content)| (format!("wit/deps/{name}"), *content));
    let wit = contract.chain(others);
    let sdk = doverb_sdk_rust::FILES.iter().map(|(name, content)| ((*name).to_owned(), *content)).chain(wit);
    files.extend(
        sdk.map(|(name, content)| (format!("doverb-guest/{name}"), outside_of_the_workspace(&name, content))),
    );
    files
}

/// The SDK's manifests, without what they take from the repository's own workspace.
fn outside_of_the_workspace(name: &str, content: &str) -> String {
    if !name.ends_with("Cargo.toml") {
        return content.to_owned();
    }
    let content = content
        .replace("rust-version.workspace = true\n", "")
        .replace("version.workspace = true", concat!("version = \"", env!("CARGO_PKG_VERSION"), "\""))
        .replace("edition.workspace = true", "edition = \"2024\"")
        .replace("license.workspace = true", "license = \"Apache-2.0 WITH LLVM-exception\"")
        .replace("[lints]\nworkspace = true\n\n", "");
    match content.split_once("\n[dev-dependencies]") {
        Some((content, _)) => content.to_owned(),
        None => content,
    }
}

#[cfg(test)]
mod tests {
    use super::{files, outside_of_the_workspace};
    use crate::cli::new::Lang;

    #[test]
    fn a_module_in_go_has_the_handlers_name() {
        let files = files(Lang::Go, "my-shop");
        let module = files.iter().find(|(name, _)| name == "go.mod").unwrap();
        assert!(module.1.starts_with("module my-shop\n"), "{}", module.1);
    }

    #[test]
    fn no_manifest_refers_to_a_workspace_that_is_not_there() {
        for (name, content) in files(Lang::Rust, "hello") {
            if name.ends_with("Cargo.toml") {
                assert!(!content.contains("workspace = true"), "{name}: {content}");
            }
        }
        assert_eq!(outside_of_the_workspace("a.rs", "edition.workspace = true"), "edition.workspace = true");
    }
}
