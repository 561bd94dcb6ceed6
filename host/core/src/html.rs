//! Texts in pages of HTML.

/// A text as HTML shows it: Python's `html.escape(text, quote=False)`.
///
/// ```
/// assert_eq!(doverb_core::html::escape("a < b & c"), "a &lt; b &amp; c");
/// ```
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
