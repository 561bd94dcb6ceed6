//! Queries, forms and cookies.

/// The pairs of a query string or of a form (`application/x-www-form-urlencoded`), decoded.
///
/// ```
/// use doverb_guest::Form;
///
/// let form = Form::parse(b"name=Ada+L%C3%B6we&tag=a&tag=b&empty");
/// assert_eq!(form.get("name"), Some("Ada Löwe"));
/// assert_eq!(form.get_all("tag").collect::<Vec<_>>(), ["a", "b"]);
/// assert_eq!(form.get("empty"), Some(""));
/// assert_eq!(form.get("missing"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Decodes what a browser sends. Whatever the bytes are, it does not fail: what is no UTF-8 becomes U+FFFD.
    pub fn parse(text: &[u8]) -> Form {
        Form(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// All values of a name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(other, _)| *other == name).map(|(_, value)| value)
    }

    /// All pairs, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Form {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Form {
        Form(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// As it stands in a link: the other way round than [`Form::parse`].
///
/// ```
/// use doverb_guest::Form;
///
/// let form = Form::from_iter([("q", "a & b"), ("page", "2")]);
/// assert_eq!(form.to_string(), "q=a+%26+b&page=2");
/// ```
impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish())
    }
}

/// The value of a cookie in a Cookie field. Quotes around it are taken off.
pub(crate) fn cookie<'a>(field: &'a str, name: &str) -> Option<&'a str> {
    field.split(';').find_map(|pair| {
        let (other, value) = pair.split_once('=')?;
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        (other.trim() == name).then_some(bare)
    })
}

#[cfg(test)]
mod tests {
    use super::cookie;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let field = "theme=dark; name=Ada; xname=no; quoted=\"a b\"";
        assert_eq!(cookie(field, "name"), Some("Ada"));
        assert_eq!(cookie(field, "quoted"), Some("a b"));
        assert_eq!(cookie(field, "Name"), None);
        assert_eq!(cookie("", "name"), None);
        assert_eq!(cookie("name", "name"), None);
    }
}
