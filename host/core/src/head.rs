//! The head of a request as a handler sees it, whoever brought it: its line and its fields.

mod places;

/// The version that the client spoke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// A request line without a version; the answer is a body only.
    #[default]
    Http09,
    /// `HTTP/1.0`: a connection ends with its answer unless the client asks to keep it.
    Http10,
    /// `HTTP/1.1`, or a later 1.x, which is answered as 1.1 (RFC 9110, section 2.5).
    Http11,
}

/// A parsed request line; its parts are ranges of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestLine {
    /// Where the method is written.
    pub method: (usize, usize),
    /// Where the target is written.
    pub target: (usize, usize),
    /// Where the version is written; an empty range for HTTP/0.9.
    pub version_text: (usize, usize),
    /// What the version means.
    pub version: Version,
}

/// What the client asked for by its Connection field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    #[default]
    Unsaid,
    /// `close`.
    Close,
    /// `keep-alive`.
    KeepAlive,
}

/// What the fields ask of the host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wants {
    /// What shall become of the connection.
    pub connection: Wish,
    /// `Expect: 100-continue`, from an HTTP/1.1 client.
    pub expects_continue: bool,
    /// An Upgrade field and `Connection: upgrade`, without which it means nothing (RFC 9110, section 7.8).
    pub may_upgrade: bool,
}

/// A field's place in the text of its head.
#[derive(Clone, Copy, Debug)]
struct Field {
    name: (u32, u32),
    value: (u32, u32),
}

/// The head of the request being served. Its buffers are used again for the session's next request.
///
/// ```
/// use doverb_core::head::RequestHead;
///
/// let head = RequestHead::of("GET", "/a?b=c", [("Host", "example.com")]);
/// assert_eq!(head.requestline(), b"GET /a?b=c HTTP/1.1");
/// assert_eq!(head.value("host"), Some(b"example.com".as_slice()));
/// ```
#[derive(Debug, Default)]
pub struct RequestHead {
    /// The line, CR LF, and the fields as HTTP/1 writes them.
    text: Vec<u8>,
    line_end: usize,
    line: RequestLine,
    fields_start: usize,
    fields: Vec<Field>,
    wants: Wants,
    is_parsed: bool,
}

/// Bytes of a buffer that is kept for the next request.
const KEEP: usize = 16 * 1024;

impl RequestHead {
    /// A head of parts that need no check: for tests, and for those who bring requests that were parsed already. What
    /// holds CR, LF or NUL is cut there.
    #[must_use]
    pub fn of<'a>(
        method: &str,
        target: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> RequestHead {
        let mut head = RequestHead::default();
        let fields = fields.into_iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        head.set(method.as_bytes(), target.as_bytes(), Version::Http11, fields);
        head
    }

    /// Takes in a request that was parsed by somebody else, as the line and the fields that HTTP/1 has for it. A value
    /// that holds CR, LF or NUL is cut there.
    pub fn set<'a>(
        &mut self,
        method: &[u8],
        target: &[u8],
        version: Version,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) {
        self.clear();
        self.push(method);
        self.line.method = (0, self.text.len());
        self.text.push(b' ');
        let start = self.text.len();
        self.push(target);
        self.line.target = (start, self.text.len());
        self.text.push(b' ');
        let start = self.text.len();
        self.push(if version == Version::Http10 { b"HTTP/1.0" } else { b"HTTP/1.1" });
        self.line.version_text = (start, self.text.len());
        self.line.version = version;
        self.line_end = self.text.len();
        self.text.extend_from_slice(b"\r\n");
        self.fields_start = self.text.len();
        for (name, value) in fields {
            let start = self.text.len();
            self.push(name);
            let name = (start, self.text.len());
            self.text.extend_from_slice(b": ");
            let start = self.text.len();
            self.push(value);
            let value = (start, self.text.len());
            self.text.extend_from_slice(b"\r\n");
            self.add_field(name, value);
        }
        self.text.extend_from_slice(b"\r\n");
        self.is_parsed = true;
    }

    fn push(&mut self, part: &[u8]) {
        let end = part.iter().position(|byte| matches!(byte, b'\r' | b'\n' | 0)).unwrap_or(part.len());
        self.text.extend_from_slice(&part[..end]);
    }

    /// Forgets the last request and keeps the buffers, unless they grew large.
    pub fn clear(&mut self) {
        if self.text.capacity() > KEEP {
            self.text = Vec::new();
        }
        self.text.clear();
        self.fields.clear();
        self.line = RequestLine::default();
        self.line_end = 0;
        self.fields_start = 0;
        self.wants = Wants::default();
        self.is_parsed = false;
    }

    /// Begins a head from its text: the line, which ends before its CR LF at `line_end`, and the fields behind it, whose
    /// places are added when they are known.
    pub fn begin(&mut self, text: &[u8], line_end: usize) {
        self.clear();
        self.text.extend_from_slice(text);
        self.line_end = line_end;
        self.fields_start = (line_end + 2).min(text.len());
    }

    /// A request line was understood.
    pub fn set_line(&mut self, line: RequestLine) {
        self.line = line;
        self.is_parsed = true;
    }

    /// The request line is of no use after all. Its text stays, for the log.
    pub fn unset_line(&mut self) {
        self.line = RequestLine::default();
        self.is_parsed = false;
    }

    /// Not even the text of the line is to be seen.
    pub fn hide_line(&mut self) {
        self.line_end = 0;
    }

    /// Adds a field by the places of its name and its value in the text. A head is bounded far below 4 GiB.
    pub fn add_field(&mut self, name: (usize, usize), value: (usize, usize)) {
        let place = |(start, end): (usize, usize)| (start as u32, end as u32);
        self.fields.push(Field { name: place(name), value: place(value) });
    }

    /// Takes bytes off the front of the target.
    pub fn shorten_target(&mut self, bytes: usize) {
        self.line.target.0 += bytes;
    }

    /// What the fields ask of the host.
    pub fn wants(&self) -> &Wants {
        &self.wants
    }

    /// Says what the fields ask of the host.
    pub fn set_wants(&mut self, wants: Wants) {
        self.wants = wants;
    }

    /// The version that the client spoke.
    pub fn version(&self) -> Version {
        self.line.version
    }

    /// The version as it was sent.
    pub fn version_text(&self) -> &str {
        let (start, end) = self.line.version_text;
        match std::str::from_utf8(&self.text[start..end]) {
            Ok(text) if !text.is_empty() => text,
            _ => "HTTP/0.9",
        }
    }

    /// Whether a request line was understood; without one there is no command, no path and no version.
    pub fn is_parsed(&self) -> bool {
        self.is_parsed
    }

    /// The method: `GET`.
    pub fn method(&self) -> &[u8] {
        &self.text[self.line.method.0..self.line.method.1]
    }

    /// Also when its line was refused: whoever sent HEAD takes no body for an answer (RFC 9110, section 9.3.2).
    pub fn is_head(&self) -> bool {
        self.method() == b"HEAD" || (!self.is_parsed && self.text.starts_with(b"HEAD "))
    }

    /// Whether the client wants a tunnel.
    pub fn is_connect(&self) -> bool {
        self.method() == b"CONNECT"
    }

    /// The request line without its end.
    pub fn requestline(&self) -> &[u8] {
        &self.text[..self.line_end]
    }

    /// The target as it was sent, but for its leading slashes, which are one.
    pub fn path(&self) -> &[u8] {
        &self.text[self.line.target.0..self.line.target.1]
    }

    /// The bytes of the text from its fields on.
    pub fn fields_text(&self) -> &[u8] {
        &self.text[self.fields_start..]
    }

    /// Where the fields begin in the text.
    pub fn fields_start(&self) -> usize {
        self.fields_start
    }

    /// The header section as it came; nothing of one that was refused for its syntax.
    pub fn raw_fields(&self) -> &[u8] {
        let raw = self.fields_text();
        if self.fields.is_empty() && raw != b"\r\n" { &[] } else { raw }
    }

    /// All fields in order, name and value.
    pub fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let part = |(start, end): (u32, u32)| &self.text[start as usize..end as usize];
        self.fields.iter().map(move |field| (part(field.name), part(field.value)))
    }

    /// The values of the fields with this name, in order.
    pub fn values<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.fields().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of the first field with this name.
    pub fn value<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.values(name.as_bytes()).next()
    }

    /// Whether the client waits for `100 Continue` before it sends its body. As in Python, a handler is asked also
    /// where there is none: it may refuse the request all the same.
    pub fn expects_continue(&self) -> bool {
        self.line.version == Version::Http11 && self.wants.expects_continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_can_end_a_line() {
        let head = RequestHead::of("GET", "/a\r\nX: y", [("A\n", "b\rc")]);
        assert_eq!(head.requestline(), b"GET /a HTTP/1.1");
        assert_eq!(head.raw_fields(), b"A: b\r\n\r\n");
    }

    #[test]
    fn fields_are_found_whatever_their_case() {
        let head = RequestHead::of("GET", "/", [("x-A", "1"), ("X-a", "2")]);
        assert_eq!(head.values(b"X-A").collect::<Vec<_>>(), [b"1", b"2"]);
    }
}
