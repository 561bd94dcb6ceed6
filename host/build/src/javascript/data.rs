//! Modules that hold data: JSON and texts, as they lie there, and what is written here.

use std::path::Path;

use super::graph::EXTENSIONS;
use super::translate::{Fault, Manner, Origin, Promises, Translated, translate};

/// Files whose import is their text.
const TEXTS: [&str; 18] = [
    "css", "csv", "ejs", "glsl", "gql", "graphql", "hbs", "htm", "html", "md", "mustache", "sql", "svg",
    "toml", "txt", "xml", "yaml", "yml",
];

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Whether an import of the file is what it holds.
pub(super) fn is_data(path: &Path) -> bool {
    extension(path) == "json" || TEXTS.contains(&extension(path))
}

/// Such a file as a module.
pub(super) fn module(path: &Path, text: &str) -> Result<Translated, Vec<Fault>> {
    if extension(path) == "json" {
        return json(text);
    }
    let text = serde_json::to_string(text).expect("a text is JSON");
    made(&format!("module.exports = {text};\n"), Promises::Engine)
}

/// Why a file is none that can be imported, as the end of a sentence about it.
pub(super) fn no_module(path: &Path) -> Option<String> {
    let extension = extension(path);
    if is_data(path) || EXTENSIONS.iter().any(|known| known.strip_prefix('.') == Some(extension)) {
        return None;
    }
    Some(match extension {
        "wasm" | "node" => "and a handler in QuickJS runs JavaScript alone: take a package, or its file, that does without it".into(),
        _ => format!(
            "which is no module of JavaScript or TypeScript, no JSON and no text (.{}): write what it holds into one of those",
            TEXTS.join(", .")
        ),
    })
}

/// A module that is written here.
pub(super) fn made(text: &str, promises: Promises) -> Result<Translated, Vec<Fault>> {
    translate(Path::new("made.cjs"), text, &Manner::new(Origin::Package, promises))
}

fn json(text: &str) -> Result<Translated, Vec<Fault>> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let text = error.to_string();
        return Err(vec![Fault { line: error.line(), column: error.column().max(1), text }]);
    }
    let manner = Manner::new(Origin::Package, Promises::Engine);
    translate(Path::new("data.cjs"), &format!("module.exports = {text};\n"), &manner)
}
