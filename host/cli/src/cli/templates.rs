//! What `doverb new` writes: the example `hello` of each language, with what it needs to be built on its own, or one that
//! does a little more.

use clap::ValueEnum;
use doverb_sdk_js::{DECLARATIONS, EXAMPLE, EXAMPLE_TS};

use super::new::Lang;

/// What a new handler does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Template {
    /// Answers "Hello, World!".
    Hello,
    /// Shows a form, and what was filled in (Rust, Python, JavaScript, TypeScript).
    Form,
    /// An API with JSON, and a test of it (Python, JavaScript, TypeScript).
    Api,
}

impl Template {
    pub(super) fn what(self) -> &'static str {
        match self {
            Template::Hello => "a greeting",
            Template::Form => "a form",
            Template::Api => "an API",
        }
    }
}

const PYTHON_FORM: &[(&str, &str)] = &[("app.py", include_str!("../../templates/python-form/app.py"))];
const PYTHON_API: &[(&str, &str)] = &[
    ("app.py", include_str!("../../templates/python-api/app.py")),
    ("test_app.py", include_str!("../../templates/python-api/test_app.py")),
];
const JS_FORM: &[(&str, &str)] = &[("index.js", include_str!("../../templates/js-form/index.js"))];
const JS_API: &[(&str, &str)] = &[
    ("index.js", include_str!("../../templates/js-api/index.js")),
    ("todos.js", include_str!("../../templates/js-api/todos.js")),
    ("todos.test.js", include_str!("../../templates/js-api/todos.test.js")),
    ("package.json", include_str!("../../templates/js-api/package.json")),
];
const RUST_FORM: &[(&str, &str)] = &[("src/lib.rs", include_str!("../../templates/rust-form/lib.rs"))];

/// The files of a new handler with their content; none where the template is not there in this language.
pub(super) fn files(lang: Lang, template: Template, name: &str) -> Option<Vec<(String, String)>> {
    Some(match (lang, template) {
        (Lang::Rust, Template::Hello) => rust(name, doverb_sdk_rust::EXAMPLE),
        (Lang::Rust, Template::Form) => rust(name, RUST_FORM),
        (Lang::Python, Template::Hello) => owned(doverb_sdk_python::EXAMPLE),
        (Lang::Python, Template::Form) => owned(PYTHON_FORM),
        (Lang::Python, Template::Api) => owned(PYTHON_API),
        (Lang::Js, Template::Hello) => owned(EXAMPLE),
        (Lang::Js, Template::Form) => owned(JS_FORM),
        (Lang::Js, Template::Api) => owned(JS_API),
        (Lang::Ts, Template::Hello) => typescript(owned(EXAMPLE_TS)),
        (Lang::Ts, Template::Form) => typescript(typed(JS_FORM)),
        (Lang::Ts, Template::Api) => typescript(typed(JS_API)),
        (Lang::Go, Template::Hello) => go(name),
        (Lang::C, Template::Hello) => owned(doverb_sdk_c::EXAMPLE),
        // The header is for both.
        (Lang::Cpp, Template::Hello) => renamed(owned(doverb_sdk_c::EXAMPLE), "hello.cpp"),
        (Lang::Go | Lang::C | Lang::Cpp, Template::Form | Template::Api) | (Lang::Rust, Template::Api) => {
            return None;
        }
    })
}

/// The handler of a template in TypeScript: what it says of types is little, and what it has in JavaScript is TypeScript.
fn typed(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let types = [
        ("(greeting) => `", "(greeting: string) => `"),
        ("(text) => text", "(text: string) => text"),
        ("answer(greeting) {", "answer(greeting: string) {"),
        ("answer(status, value) {", "answer(status: number, value: unknown) {"),
        ("    let text;", "    let text: unknown;"),
        ("  do_GET() {", "  do_GET(): void {"),
        ("  do_POST() {", "  do_POST(): void {"),
        ("  do_DELETE() {", "  do_DELETE(): void {"),
        ("./index.js", "./index.ts"),
    ];
    let of_file = |(name, content): (String, String)| match name.as_str() {
        "index.js" | "package.json" => {
            let content = types.iter().fold(content, |content, (from, to)| content.replace(from, to));
            (name.replace("index.js", "index.ts"), content)
        }
        _ => (name, content),
    };
    owned(files).into_iter().map(of_file).collect()
}

fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
}

fn renamed(files: Vec<(String, String)>, name: &str) -> Vec<(String, String)> {
    files.into_iter().map(|(_, content)| (name.to_owned(), content)).collect()
}

/// With the declarations that an editor looks for: what is imported comes with `doverb build`.
fn typescript(mut files: Vec<(String, String)>) -> Vec<(String, String)> {
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
fn rust(name: &str, example: &[(&str, &str)]) -> Vec<(String, String)> {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\ndoverb-guest = {{ path = \"doverb-guest\" }}\n\n\
         [profile.release]\nopt-level = \"s\"\nlto = true\ncodegen-units = 1\npanic = \"abort\"\n\n\
         [workspace]\n"
    );
    let mut files =
        vec![("Cargo.toml".to_owned(), manifest), (".gitignore".to_owned(), "/target\n".to_owned())];
    files.extend(owned(example));
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
    use super::super::new::Lang;
    use super::{Template, files, outside_of_the_workspace};

    #[test]
    fn a_module_in_go_has_the_handlers_name() {
        let files = files(Lang::Go, Template::Hello, "my-shop").unwrap();
        let module = files.iter().find(|(name, _)| name == "go.mod").unwrap();
        assert!(module.1.starts_with("module my-shop\n"), "{}", module.1);
    }

    #[test]
    fn a_template_in_typescript_has_types() {
        for template in [Template::Form, Template::Api] {
            let files = files(Lang::Ts, template, "x").unwrap();
            let (_, code) = files.iter().find(|(name, _)| name == "index.ts").expect("a handler");
            assert!(code.contains("do_POST(): void") && !code.contains("answer(greeting)"), "{code}");
        }
    }

    #[test]
    fn no_manifest_refers_to_a_workspace_that_is_not_there() {
        for (name, content) in files(Lang::Rust, Template::Hello, "hello").unwrap() {
            if name.ends_with("Cargo.toml") {
                assert!(!content.contains("workspace = true"), "{name}: {content}");
            }
        }
        assert_eq!(outside_of_the_workspace("a.rs", "edition.workspace = true"), "edition.workspace = true");
    }
}
