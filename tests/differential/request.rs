//! A request as the generator makes it: structured, so that rules can look at its parts, and exact to the byte.

/// One call of a script: the step's name and its argument.
pub type Step = (String, String);

/// One request. What it is made of is what goes over the wire, valid or not.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Bytes before the request line.
    pub before: Vec<u8>,
    /// The request line without its end.
    pub line: Vec<u8>,
    /// The field lines without their ends.
    pub fields: Vec<Vec<u8>>,
    /// Ends every line of the head.
    pub line_end: &'static str,
    /// What follows the blank line.
    pub body: Vec<u8>,
    /// What the target asks `/run` to do.
    pub steps: Vec<Step>,
}

impl Request {
    /// A request of these three words, with the Host field that HTTP/1.1 needs.
    pub fn new(method: &str, target: &str, version: &str) -> Request {
        let fields = if version == "HTTP/1.0" { vec![] } else { vec![b"Host: differential".to_vec()] };
        let line = format!("{method} {target} {version}").into_bytes();
        Request { line, fields, line_end: "\r\n", ..Request::default() }
    }

    /// A request for `/run` with these steps.
    pub fn script(method: &str, steps: Vec<Step>, version: &str) -> Request {
        let query: Vec<_> =
            steps.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        Request { steps, ..Request::new(method, &format!("/run?{}", query.join("&")), version) }
    }

    /// Adds a field line.
    pub fn with(mut self, field: impl AsRef<[u8]>) -> Request {
        self.fields.push(field.as_ref().to_vec());
        self
    }

    /// Adds a body and its length.
    pub fn with_body(self, body: &[u8]) -> Request {
        let mut request = self.with(format!("Content-Length: {}", body.len()));
        request.body = body.to_vec();
        request
    }

    pub fn append(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before);
        for line in std::iter::once(&self.line).chain(&self.fields) {
            out.extend_from_slice(line);
            out.extend_from_slice(self.line_end.as_bytes());
        }
        out.extend_from_slice(self.line_end.as_bytes());
        out.extend_from_slice(&self.body);
    }

    // What rules ask.

    /// The words of the request line, one blank between them.
    pub fn words(&self) -> Vec<&[u8]> {
        self.line.split(|&byte| byte == b' ').collect()
    }

    /// The target up to its query.
    pub fn target_path(&self) -> &[u8] {
        let target = self.words().get(1).copied().unwrap_or_default();
        target.split(|&byte| byte == b'?').next().unwrap_or_default()
    }

    pub fn method(&self) -> &[u8] {
        self.words()[0]
    }

    /// The last of three words or more.
    pub fn version(&self) -> Option<&[u8]> {
        let words = self.words();
        (words.len() > 2).then(|| words[words.len() - 1])
    }

    pub fn is_1_1(&self) -> bool {
        self.version().is_some_and(|version| {
            version.len() == 8 && version > &b"HTTP/1.0"[..] && version < &b"HTTP/2"[..]
        })
    }

    pub fn is_0_9(&self) -> bool {
        self.words().len() == 2
    }

    pub fn is_head(&self) -> bool {
        self.method() == b"HEAD"
    }

    /// The values of all fields with this name, white space around them taken off.
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        let value = |field: &'_ Vec<u8>| {
            let colon = field.iter().position(|&byte| byte == b':')?;
            field[..colon].eq_ignore_ascii_case(name.as_bytes()).then_some(colon + 1)
        };
        self.fields.iter().filter_map(|field| Some(field[value(field)?..].trim_ascii())).collect()
    }

    /// What the first Content-Length field says.
    pub fn declared_length(&self) -> usize {
        let lengths = self.values("Content-Length");
        lengths.first().and_then(|length| str::from_utf8(length).ok()?.parse().ok()).unwrap_or(0)
    }

    /// Whether its body goes on into the next request, or is cut off by the end of all.
    pub fn declares_too_much(&self) -> bool {
        self.declared_length() > self.body.len()
    }

    /// Whether a step of this name is there whose argument passes.
    pub fn has_step(&self, name: &str, passes: impl Fn(&str) -> bool) -> bool {
        self.steps.iter().any(|(other, value)| other == name && passes(value))
    }

    /// The options of all Connection fields, as RFC 9110, section 7.6.1, has them.
    pub fn has_option(&self, option: &str) -> bool {
        let options = |value: &'_ [u8]| {
            value
                .split(|&byte| byte == b',')
                .any(|other| other.trim_ascii().eq_ignore_ascii_case(option.as_bytes()))
        };
        self.values("Connection").into_iter().any(options)
    }
}

/// A value as it stands in a query.
fn percent_encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:*/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
