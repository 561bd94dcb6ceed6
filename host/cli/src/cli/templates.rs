//! What `doverb new` writes: the example `hello` of each language, with what it needs to be built on its own.

use super::new::Lang;

macro_rules! from {
    ($folder:literal: $($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../../", $folder, "/", $name)))),*]
    };
}

/// The files of a new handler with their content.
pub(super) fn files(lang: Lang, name: &str) -> Vec<(String, String)> {
    match lang {
        Lang::Rust => rust(name),
        Lang::Python => owned(&from!("guest/examples/python-hello": "app.py")),
        Lang::Js => owned(&from!("guest/examples/js-hello": "index.js")),
        Lang::Ts => typescript(),
        Lang::Go => go(name),
        Lang::C => owned(&from!("guest/examples/c-hello": "hello.c")),
        // The header is for both.
        Lang::Cpp => renamed(owned(&from!("guest/examples/c-hello": "hello.c")), "hello.cpp"),
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
    let mut files = owned(&from!("guest/examples/ts-hello": "index.ts"));
    files.extend(owned(&from!("guest/js": "doverb.d.ts")));
    let config = "{\n  \"compilerOptions\": {\n    \"target\": \"es2022\",\n    \"module\": \"esnext\",\n    \
                  \"moduleResolution\": \"bundler\",\n    \"lib\": [\"es2022\"],\n    \"strict\": true,\n    \
                  \"noEmit\": true,\n    \"paths\": { \"doverb\": [\"./doverb.d.ts\"] }\n  }\n}\n";
    files.push(("tsconfig.json".to_owned(), config.to_owned()));
    files
}

/// A module of the handler's name; the SDK needs no line in it.
fn go(name: &str) -> Vec<(String, String)> {
    let mut files = owned(&from!("guest/examples/go-hello": "hello.go", "go.mod"));
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
    files.extend(owned(&from!("guest/examples/hello": "src/lib.rs")));
    let sdk = from!(
        "guest/rust": "README.md", "Cargo.toml", "src/__private.rs", "src/base.rs", "src/bindings.rs", "src/body.rs",
        "src/connection.rs", "src/error.rs", "src/form.rs", "src/headers.rs", "src/lib.rs", "src/value.rs",
        "macros/Cargo.toml", "macros/src/expand.rs", "macros/src/exports.rs", "macros/src/lib.rs"
    );
    let wit = doverb::wit::FILES.iter().map(|(name, content)| (format!("wit/{name}"), *content));
    let sdk = sdk.iter().map(|(name, content)| ((*name).to_owned(), *content)).chain(wit);
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
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::{files, outside_of_the_workspace};
    use crate::cli::new::Lang;

    fn sources(folder: &Path) -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder).unwrap().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn the_whole_sdk_comes_with_a_handler_in_rust() {
        let written: BTreeSet<String> =
            files(Lang::Rust, "hello").into_iter().map(|(name, _)| name).collect();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for folder in ["src", "macros/src"] {
            for source in sources(&repository.join("guest/rust").join(folder)) {
                assert!(written.contains(&format!("doverb-guest/{folder}/{source}")), "{folder}/{source}");
            }
        }
    }

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
