//! The class attributes of a handler: `protocol_version`, `server_version`, `responses` and the like.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use crate::error_page::{self, Format};
use crate::failure::Failure;
use crate::field;
use crate::responses;

/// The version that answers are given in: Python's `protocol_version`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// A connection a request, as Python has it by default.
    #[default]
    Http10,
    /// Connections are kept.
    Http11,
}

impl Protocol {
    /// `HTTP/1.0` or `HTTP/1.1`.
    ///
    /// ```
    /// assert_eq!(doverb_core::attributes::Protocol::Http11.as_str(), "HTTP/1.1");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Http10 => "HTTP/1.0",
            Protocol::Http11 => "HTTP/1.1",
        }
    }
}

/// Characters of a version, a content type, a phrase or an explanation.
const MAX_TEXT: usize = 1024;
/// Status codes whose texts a handler may set.
const MAX_RESPONSES: usize = 256;

const SERVER_VERSION: &str = concat!("Doverb/", env!("CARGO_PKG_VERSION"));

/// What a program of Python begins with: the library's, and the interpreter's that components have today. With another interpreter
/// the program says so at each connection.
const PROGRAMS: (&str, &str) = ("BaseHTTP/0.6", "Python/3.14.0");
const PROGRAMS_FIELD: &[u8] = b"BaseHTTP/0.6 Python/3.14.0";

/// The attributes of one handler instance. They begin with its mount's.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    pub(crate) protocol: Protocol,
    /// Whether answers say no more than their handler does, where their reader needs no more.
    pub(crate) is_bare: bool,
    server_version: Cow<'static, str>,
    sys_version: Cow<'static, str>,
    /// `server_version` and `sys_version` as the Server field has them, in ISO-8859-1.
    server_field: Cow<'static, [u8]>,
    error_format: Option<Format>,
    error_content_type: Option<String>,
    responses: HashMap<u16, (String, String)>,
    pub(crate) timeout: Duration,
}

impl Attributes {
    pub(crate) fn new(protocol: Protocol, timeout: Duration) -> Attributes {
        Attributes {
            protocol,
            is_bare: false,
            server_version: Cow::Borrowed(SERVER_VERSION),
            sys_version: Cow::Borrowed(""),
            server_field: Cow::Borrowed(SERVER_VERSION.as_bytes()),
            error_format: None,
            error_content_type: None,
            responses: HashMap::new(),
            timeout,
        }
    }

    /// They are those of a program that was written for Python, and answers as it does there.
    pub(crate) fn become_programs(&mut self) {
        self.is_bare = true;
        // Where the operator has said nothing.
        if self.server_version == SERVER_VERSION && self.sys_version.is_empty() {
            self.server_version = Cow::Borrowed(PROGRAMS.0);
            self.sys_version = Cow::Borrowed(PROGRAMS.1);
            self.server_field = Cow::Borrowed(PROGRAMS_FIELD);
        }
    }

    pub(crate) fn set_protocol(&mut self, value: &str) -> Result<(), Failure> {
        self.protocol = match value {
            "HTTP/1.0" => Protocol::Http10,
            "HTTP/1.1" => Protocol::Http11,
            _ => {
                return Err(Failure::InvalidField(format!(
                    "protocol-version {:?} is neither HTTP/1.0 nor HTTP/1.1",
                    shortened(value)
                )));
            }
        };
        Ok(())
    }

    pub(crate) fn server_version(&self) -> &str {
        &self.server_version
    }

    pub(crate) fn set_server_version(&mut self, value: String) -> Result<(), Failure> {
        check("server-version", &value)?;
        self.server_version = Cow::Owned(value);
        self.join_versions();
        Ok(())
    }

    pub(crate) fn sys_version(&self) -> &str {
        &self.sys_version
    }

    pub(crate) fn set_sys_version(&mut self, value: String) -> Result<(), Failure> {
        check("sys-version", &value)?;
        self.sys_version = Cow::Owned(value);
        self.join_versions();
        Ok(())
    }

    fn join_versions(&mut self) {
        let mut text = self.version_string();
        if self.is_bare && self.sys_version.is_empty() {
            // As Python has it.
            text.push(' ');
        }
        // Both parts were checked, so every character is a byte.
        self.server_field = Cow::Owned(text.chars().map(|character| character as u8).collect());
    }

    pub(crate) fn version_string(&self) -> String {
        format!("{} {}", self.server_version, self.sys_version).trim().to_owned()
    }

    pub(crate) fn server_field(&self) -> &[u8] {
        &self.server_field
    }

    pub(crate) fn error_format(&self) -> &str {
        self.format().source()
    }

    pub(crate) fn set_error_format(&mut self, value: &str) -> Result<(), Failure> {
        if value.len() > error_page::MAX_FORMAT {
            return Err(Failure::TooLarge(error_page::MAX_FORMAT as u64));
        }
        let format = Format::parse(value).map_err(|error| Failure::InvalidField(error.to_string()))?;
        self.error_format = Some(format);
        Ok(())
    }

    /// The body of an error answer.
    pub(crate) fn error_page(&self, code: u16, message: &str, explain: &str) -> String {
        self.format().render(code, message, explain)
    }

    fn format(&self) -> &Format {
        self.error_format.as_ref().unwrap_or_else(|| Format::standard())
    }

    pub(crate) fn error_content_type(&self) -> &str {
        self.error_content_type.as_deref().unwrap_or(error_page::CONTENT_TYPE)
    }

    pub(crate) fn set_error_content_type(&mut self, value: String) -> Result<(), Failure> {
        check("error-content-type", &value)?;
        self.error_content_type = Some(value);
        Ok(())
    }

    /// The phrase and the explanation of a status code.
    pub(crate) fn responses(&self, code: u16) -> Option<(&str, &str)> {
        match self.responses.get(&code) {
            Some((phrase, explain)) => Some((phrase, explain)),
            None => responses::lookup(code),
        }
    }

    pub(crate) fn set_responses(
        &mut self,
        code: u16,
        phrase: String,
        explain: String,
    ) -> Result<(), Failure> {
        if !(100..=999).contains(&code) {
            return Err(Failure::InvalidStatus(code));
        }
        if phrase.chars().count() > MAX_TEXT || explain.chars().count() > MAX_TEXT {
            return Err(Failure::TooLarge(MAX_TEXT as u64));
        }
        field::check_text("phrase", &crate::latin1::encode("phrase", &phrase)?)?;
        if explain.chars().any(char::is_control) {
            return Err(Failure::InvalidField("explain holds a control character".into()));
        }
        if self.responses.len() >= MAX_RESPONSES && !self.responses.contains_key(&code) {
            return Err(Failure::TooLarge(MAX_RESPONSES as u64));
        }
        self.responses.insert(code, (phrase, explain));
        Ok(())
    }
}

/// Whether a text may stand in a field, and is no longer than it may be.
pub(crate) fn check(what: &str, value: &str) -> Result<(), Failure> {
    if value.chars().count() > MAX_TEXT {
        return Err(Failure::InvalidField(format!("{what} has more than {MAX_TEXT} characters")));
    }
    field::check_text(what, &crate::latin1::encode(what, value)?)
}

fn shortened(value: &str) -> String {
    value.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes() -> Attributes {
        Attributes::new(Protocol::Http10, Duration::from_secs(1))
    }

    #[test]
    fn the_server_field_is_both_versions() {
        let mut attributes = attributes();
        assert_eq!(attributes.server_field(), SERVER_VERSION.as_bytes());
        attributes.set_server_version("Café/1".into()).unwrap();
        attributes.set_sys_version("Wasm/2".into()).unwrap();
        assert_eq!(attributes.server_field(), b"Caf\xe9/1 Wasm/2");
        attributes.set_sys_version(String::new()).unwrap();
        assert_eq!(attributes.version_string(), "Café/1");
    }

    #[test]
    fn a_program_has_pythons_name_unless_the_operator_says_another() {
        let mut programs = attributes();
        programs.become_programs();
        assert_eq!(programs.server_field(), PROGRAMS_FIELD);
        assert_eq!(programs.version_string().as_bytes(), PROGRAMS_FIELD);
        programs.set_sys_version(String::new()).unwrap();
        assert_eq!(programs.server_field(), b"BaseHTTP/0.6 ", "with a blank, as in Python");

        let mut operators = attributes();
        operators.set_server_version("Own/1".into()).unwrap();
        operators.become_programs();
        assert_eq!(operators.server_version(), "Own/1");
    }

    #[test]
    fn what_must_not_go_over_the_wire_is_refused() {
        let mut attributes = attributes();
        assert!(attributes.set_server_version("a\r\nb".into()).is_err());
        assert!(attributes.set_server_version("€".into()).is_err());
        assert!(attributes.set_sys_version("a".repeat(MAX_TEXT + 1)).is_err());
        assert!(attributes.set_protocol("HTTP/2").is_err());
        assert!(attributes.set_error_format("%(nothing)s").is_err());
        assert!(attributes.set_error_content_type("a\nb".into()).is_err());
        assert_eq!(
            attributes.set_responses(99, String::new(), String::new()),
            Err(Failure::InvalidStatus(99))
        );
        assert!(attributes.set_responses(299, "a\nb".into(), String::new()).is_err());
    }

    #[test]
    fn texts_of_codes_can_be_set_and_are_bounded() {
        let mut attributes = attributes();
        assert_eq!(attributes.responses(799), None);
        for code in 100..100 + MAX_RESPONSES as u16 {
            attributes.set_responses(code, "Phrase".into(), "Explanation".into()).unwrap();
        }
        assert_eq!(attributes.responses(200), Some(("Phrase", "Explanation")));
        assert_eq!(attributes.set_responses(799, String::new(), String::new()), Err(Failure::TooLarge(256)));
    }
}
