//! As much of URLs as a request needs.

use std::fmt;

use super::HttpError;

/// A URL that begins with `http://` or `https://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) is_secure: bool,
    /// The host, with a port where one is named.
    pub(super) authority: String,
    /// With the query.
    pub(super) path: String,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Url, HttpError> {
        let bad = || HttpError::Url(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let is_secure = match &scheme.to_ascii_lowercase()[..] {
            "http" => false,
            "https" => true,
            _ => return Err(bad()),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.is_empty() {
            return Err(bad());
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Url { is_secure, authority: authority.to_ascii_lowercase(), path })
    }

    /// Where a reference leads from here.
    pub(super) fn join(&self, reference: &str) -> Result<Url, HttpError> {
        if reference.split_once("://").is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#'])) {
            return Url::parse(reference);
        }
        let scheme = if self.is_secure { "https" } else { "http" };
        if let Some(rest) = reference.strip_prefix("//") {
            return Url::parse(&format!("{scheme}://{rest}"));
        }
        let path = self.path.split('?').next().unwrap_or_default();
        let folder = path.rfind('/').map_or("/", |end| &path[..=end]);
        let (target, query) = reference.split_at(reference.find(['?', '#']).unwrap_or(reference.len()));
        let target = match target {
            "" => path.to_owned(),
            _ if target.starts_with('/') => without_dots(target),
            _ => without_dots(&format!("{folder}{target}")),
        };
        Url::parse(&format!("{scheme}://{}{target}{query}", self.authority))
    }

    pub(super) fn has_origin_of(&self, other: &Url) -> bool {
        (self.is_secure, &self.authority) == (other.is_secure, &other.authority)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

/// The path without steps to itself and up.
fn without_dots(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    let last = path.rsplit('/').next().unwrap_or_default();
    for step in path.split('/').skip(1) {
        match step {
            "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    let end = if matches!(last, "." | "..") && !steps.is_empty() { "/" } else { "" };
    format!("/{}{end}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn a_redirect_leads_where_a_browser_would_go() {
        let base = Url::parse("HTTP://Example.com:8080/a/b?x=1#top").unwrap();
        for (reference, expected) in [
            ("https://other.example", "https://other.example/"),
            ("//other.example/x", "http://other.example/x"),
            ("/x?y=http://z/", "http://example.com:8080/x?y=http://z/"),
            ("c", "http://example.com:8080/a/c"),
            ("../c/./d", "http://example.com:8080/c/d"),
            ("..", "http://example.com:8080/"),
            ("?y", "http://example.com:8080/a/b?y"),
            ("", "http://example.com:8080/a/b"),
        ] {
            assert_eq!(base.join(reference).unwrap().to_string(), expected, "{reference}");
        }
        assert!(
            base.join("ftp://x/").is_err() && Url::parse("/x").is_err() && Url::parse("http:///x").is_err()
        );
    }
}
