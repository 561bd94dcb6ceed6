//! wasmtime's errors as one line of text.

/// An error and its causes in one line.
#[doc(hidden)]
pub fn one_line(error: &wasmtime::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}
