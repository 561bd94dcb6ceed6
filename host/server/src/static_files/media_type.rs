//! What a file is, by the ending of its name.

use std::path::Path;

/// The value of Content-Type. Text is taken to be UTF-8, as nearly all is.
pub(super) fn of(name: &Path) -> String {
    // RFC 9239 has one type for all scripts.
    if name.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mjs")) {
        return "text/javascript; charset=utf-8".to_owned();
    }
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = guess.type_() == "text" || matches!(guess.subtype().as_str(), "javascript" | "json");
    if is_text { format!("{guess}; charset=utf-8") } else { guess.to_string() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::of;

    #[test]
    fn endings_that_a_site_has() {
        for (name, expected) in [
            ("a.html", "text/html; charset=utf-8"),
            ("a.CSS", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/javascript; charset=utf-8"),
            ("a.json", "application/json; charset=utf-8"),
            ("a.svg", "image/svg+xml"),
            ("a.wasm", "application/wasm"),
            ("a.woff2", "font/woff2"),
            ("a.webp", "image/webp"),
            ("a.tar.gz", "application/gzip"),
            ("a.unknown-to-all", "application/octet-stream"),
            ("Makefile", "application/octet-stream"),
        ] {
            assert_eq!(of(Path::new(name)), expected, "{name}");
        }
    }
}
