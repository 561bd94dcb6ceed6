//! A response, taken apart and as it came.

/// A response that a [`Client`](crate::Client) read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Every byte of it, framing included.
    pub raw: Vec<u8>,
    /// The first line without its line end.
    pub status_line: String,
    /// The status code.
    pub status: u16,
    /// The fields in order, white space around values taken off.
    pub fields: Vec<(String, String)>,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// The chunks it came in, when it was chunked.
    pub chunks: Option<Vec<Vec<u8>>>,
}

impl Response {
    /// The value of a field that is there once or not at all.
    ///
    /// # Panics
    ///
    /// When the field is repeated.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let values = self.values(name);
        assert!(values.len() <= 1, "{name} is there {} times: {}", values.len(), self.head());
        values.first().copied()
    }

    /// All values of a field, in order.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        let same = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        self.fields.iter().filter(same).map(|(_, value)| value.as_str()).collect()
    }

    /// The fields' names in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The reason phrase.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.status_line.splitn(3, ' ').nth(2).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The head as text, for messages.
    #[must_use]
    pub fn head(&self) -> String {
        let fields = self.fields.iter().map(|(name, value)| format!("\n{name}: {value}"));
        format!("{}{}", self.status_line, fields.collect::<String>())
    }

    /// Takes a head apart: everything up to its blank line, which is part of it.
    pub(crate) fn of_head(head: &[u8]) -> Response {
        // ISO-8859-1, as on the wire.
        let text: String = head.iter().copied().map(char::from).collect();
        let mut lines = text.strip_suffix("\r\n\r\n").expect("a head ends with a blank line").split("\r\n");
        let status_line = lines.next().expect("split gives one part at least").to_owned();
        let shape = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = shape.unwrap_or_else(|| panic!("not a status line: {status_line:?}"));
        assert!(status_line.starts_with("HTTP/1."), "not a status line: {status_line:?}");
        let field = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not a field: {line:?}"));
            assert!(!name.is_empty() && !name.contains([' ', '\t']), "not a field name: {line:?}");
            (name.to_owned(), value.trim().to_owned())
        };
        let fields = lines.map(field).collect();
        Response { raw: head.to_vec(), status_line, status, fields, ..Response::default() }
    }
}
