//! The attributes of Python's class, which each handler may change for its connection.

use std::time::Duration;

use crate::answer;
use crate::base::BaseHTTPRequestHandler;
use crate::bindings::attributes;
use crate::error::{Failure, done};

/// The attributes of Python's class: what every handler can ask and set on `self`.
///
/// Constants of the handler's block set them when its connection begins: `const SERVER_VERSION: &str = "Hello/1";`.
pub trait Attributes {
    /// The version that answers are given in.
    fn protocol_version(&self) -> String {
        attributes::protocol_version()
    }

    /// Sets it, to `HTTP/1.0` or `HTTP/1.1`.
    ///
    /// # Errors
    ///
    /// For anything else.
    fn set_protocol_version(&mut self, value: &str) -> Result<(), Failure> {
        answer::settle();
        done(attributes::set_protocol_version(value))
    }

    /// The first part of the `Server` field.
    fn server_version(&self) -> String {
        attributes::server_version()
    }

    /// Sets it.
    ///
    /// # Errors
    ///
    /// For control characters, those above U+00FF, or more than 1,024.
    fn set_server_version(&mut self, value: &str) -> Result<(), Failure> {
        answer::settle();
        done(attributes::set_server_version(value))
    }

    /// The second part of the `Server` field.
    fn sys_version(&self) -> String {
        attributes::sys_version()
    }

    /// Sets it.
    ///
    /// # Errors
    ///
    /// As [`set_server_version`](Self::set_server_version).
    fn set_sys_version(&mut self, value: &str) -> Result<(), Failure> {
        answer::settle();
        done(attributes::set_sys_version(value))
    }

    /// The template of error pages.
    ///
    /// ```
    /// # use doverb_guest::*;
    /// # #[derive(Default)]
    /// # struct Hello;
    /// # #[handler]
    /// # impl Hello {
    /// fn setup(&mut self) -> Result {
    ///     self.set_error_message_format("%(code)d %(message)s: %(explain)s, 100 %%\n")?;
    ///     self.set_error_content_type("text/plain;charset=utf-8")?;
    ///     self.set_responses(799, "Odd", "It happens")?;
    ///     self.set_server_version("Hello/1")?;
    ///     self.set_sys_version("")?;
    ///     self.set_timeout(std::time::Duration::from_secs(5));
    ///     Ok(())
    /// }
    /// # fn do_GET(&mut self) {}
    /// # }
    /// # fn main() {}
    /// ```
    fn error_message_format(&self) -> String {
        attributes::error_message_format()
    }

    /// Sets it; `%(code)d`, `%(message)s`, `%(explain)s` and `%%` are replaced, with Python's flags and widths.
    ///
    /// # Errors
    ///
    /// For other keys and conversions, and more than 65,536 bytes.
    fn set_error_message_format(&mut self, value: &str) -> Result<(), Failure> {
        answer::settle();
        done(attributes::set_error_message_format(value))
    }

    /// The Content-Type of error pages.
    fn error_content_type(&self) -> String {
        attributes::error_content_type()
    }

    /// Sets it.
    ///
    /// # Errors
    ///
    /// As [`set_server_version`](Self::set_server_version).
    fn set_error_content_type(&mut self, value: &str) -> Result<(), Failure> {
        answer::settle();
        done(attributes::set_error_content_type(value))
    }

    /// The phrase and the explanation of a status code.
    fn responses(&self, code: u16) -> Option<(String, String)> {
        attributes::responses(code)
    }

    /// Sets both.
    ///
    /// # Errors
    ///
    /// For what is no code, control characters, or too long or too many texts.
    fn set_responses(&mut self, code: u16, phrase: &str, explain: &str) -> Result<(), Failure> {
        answer::settle();
        done(attributes::set_responses(code, phrase, explain))
    }

    /// How long one read from or write to the client may wait.
    fn timeout(&self) -> Duration {
        Duration::from_millis(attributes::timeout())
    }

    /// Sets it, and returns what is in force now: the server bounds it, see [`timeout`](Self::timeout).
    fn set_timeout(&mut self, value: Duration) -> Duration {
        answer::settle();
        let milliseconds = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(attributes::set_timeout(milliseconds))
    }
}

impl<Handler: BaseHTTPRequestHandler + ?Sized> Attributes for Handler {}
