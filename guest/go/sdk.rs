//! The SDK for Go, as text. `doverb-build` gives it to Go's compiler as the module `doverb`.

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!($name))),*] };
}

/// The files of the SDK, by their places in one folder.
///
/// ```
/// assert!(doverb_sdk_go::FILES.iter().any(|(name, _)| *name == "go.mod"));
/// ```
pub const FILES: &[(&str, &str)] = files![
    "go.mod",
    "abi.go",
    "answer.go",
    "adapter.go",
    "body.go",
    "failure.go",
    "handler.go",
    "headers.go",
    "imports.go",
    "outgoing.go",
    "serve.go",
    "store.go",
    "store_many.go",
    "store_imports.go",
];

/// The smallest handler. Its module is called `go-hello`.
pub const EXAMPLE: &[(&str, &str)] =
    &[("hello.go", include_str!("example/hello.go")), ("go.mod", include_str!("example/go.mod"))];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::FILES;

    #[test]
    fn the_whole_sdk_is_there() {
        let entries = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().display().to_string());
        for name in names.filter(|name| name.ends_with(".go")) {
            assert!(FILES.iter().any(|(listed, _)| *listed == name), "{name}");
        }
    }
}
