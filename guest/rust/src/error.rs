//! Errors of handlers, and what a handler may return.

use std::error::Error as StdError;
use std::{fmt, io};

use crate::bindings::types;

/// What a handler returns: `Result` alone is success or an [`Error`].
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Why a call to the server failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The call is not allowed now; the text names it and what must come first.
    OutOfOrder(String),
    /// A status code outside of 100 to 999.
    InvalidStatus(u16),
    /// A field, phrase or attribute that must not go over the wire; the text says why.
    InvalidField(String),
    /// The client has gone.
    Closed,
    /// The client neither sent nor took a byte for the handler's `timeout`.
    TimedOut,
    /// The body broke the rules of HTTP; the text says where.
    Malformed(String),
    /// Over a bound, which is given in bytes.
    TooLarge(u64),
    /// What none of the others is, from a server that is newer than this crate.
    Other {
        /// Which failure it is, for programs.
        code: String,
        /// The same for people.
        text: String,
    },
}

impl From<types::Failure> for Failure {
    fn from(failure: types::Failure) -> Failure {
        match failure {
            types::Failure::OutOfOrder(text) => Failure::OutOfOrder(text),
            types::Failure::InvalidStatus(code) => Failure::InvalidStatus(code),
            types::Failure::InvalidField(text) => Failure::InvalidField(text),
            types::Failure::Closed => Failure::Closed,
            types::Failure::TimedOut => Failure::TimedOut,
            types::Failure::Malformed(text) => Failure::Malformed(text),
            types::Failure::TooLarge(bound) => Failure::TooLarge(bound),
            types::Failure::Other((code, text)) => Failure::Other { code, text },
        }
    }
}

/// What a call to the server answers, in the words of this crate.
pub(crate) fn done<T>(result: Result<T, types::Failure>) -> Result<T, Failure> {
    result.map_err(Failure::from)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::OutOfOrder(text) => write!(f, "out of order: {text}"),
            Failure::InvalidStatus(code) => write!(f, "{code} is no status code: 100 to 999 are"),
            Failure::InvalidField(text) => write!(f, "invalid field: {text}"),
            Failure::Closed => write!(f, "the client closed the connection"),
            Failure::TimedOut => write!(f, "the client took too long"),
            Failure::Malformed(text) => write!(f, "malformed body: {text}"),
            Failure::TooLarge(bound) => write!(f, "over the bound of {bound} bytes"),
            Failure::Other { code, text } => write!(f, "{code}: {text}"),
        }
    }
}

impl StdError for Failure {}

/// So that `rfile` and `wfile` are `std::io`.
impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        let kind = match failure {
            Failure::Closed => io::ErrorKind::ConnectionAborted,
            Failure::TimedOut => io::ErrorKind::TimedOut,
            Failure::Malformed(_) => io::ErrorKind::InvalidData,
            Failure::TooLarge(_) => io::ErrorKind::FileTooLarge,
            Failure::InvalidStatus(_) | Failure::InvalidField(_) => io::ErrorKind::InvalidInput,
            Failure::OutOfOrder(_) | Failure::Other { .. } => io::ErrorKind::Other,
        };
        io::Error::new(kind, failure)
    }
}

/// Any error: `?` makes one of every type that implements [`std::error::Error`].
///
/// ```
/// use doverb_guest::{Error, Result};
///
/// fn number(text: &str) -> Result<u32> {
///     if text.is_empty() {
///         return Err(Error::new("no number was given"));
///     }
///     Ok(text.parse()?)
/// }
/// assert_eq!(number("").unwrap_err().to_string(), "no number was given");
/// assert_eq!(number("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub struct Error {
    source: Box<dyn StdError + Send + Sync>,
    context: String,
}

impl Error {
    /// An error of one's own.
    pub fn new(text: impl Into<String>) -> Error {
        Error { source: text.into().into(), context: String::new() }
    }

    /// The server's failure behind it, if it is one.
    ///
    /// ```
    /// use doverb_guest::{Error, Failure};
    ///
    /// let error = Error::from(std::io::Error::from(Failure::TimedOut));
    /// assert_eq!(error.failure(), Some(&Failure::TimedOut));
    /// ```
    pub fn failure(&self) -> Option<&Failure> {
        let source: &(dyn StdError + 'static) = &*self.source;
        if let Some(failure) = source.downcast_ref::<Failure>() {
            return Some(failure);
        }
        source.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<Failure>()
    }

    /// Whether the client has gone, so that there is nobody to answer.
    pub fn is_closed(&self) -> bool {
        self.failure() == Some(&Failure::Closed)
    }

    pub(crate) fn context(mut self, text: &str) -> Error {
        self.context = format!("{text}: ");
        self
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Error {
        Error { source: Box::new(error), context: String::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.context, self.source)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a method of a handler may return: `()` or a [`Result`].
#[diagnostic::on_unimplemented(
    message = "a method of a handler returns `Result` or nothing, not `{Self}`",
    label = "expected `Result` or `()`"
)]
pub trait Outcome {
    /// Success or why not.
    fn into_result(self) -> Result;
}

impl Outcome for () {
    fn into_result(self) -> Result {
        Ok(())
    }
}

impl<E: Into<Error>> Outcome for Result<(), E> {
    fn into_result(self) -> Result {
        self.map_err(Into::into)
    }
}

/// What `handle_expect_100` may return: `bool` or a [`Result`] of one. True goes on to `do_*`.
#[diagnostic::on_unimplemented(
    message = "handle_expect_100 returns `bool` or `Result<bool>`, not `{Self}`",
    label = "expected `bool` or `Result<bool>`"
)]
pub trait Verdict {
    /// Whether to go on, or why that can't be said.
    fn into_result(self) -> Result<bool>;
}

impl Verdict for bool {
    fn into_result(self) -> Result<bool> {
        Ok(self)
    }
}

impl<E: Into<Error>> Verdict for Result<bool, E> {
    fn into_result(self) -> Result<bool> {
        self.map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_has_gone_is_seen_through_io() {
        assert!(Error::from(Failure::Closed).is_closed());
        assert!(Error::from(io::Error::from(Failure::Closed)).is_closed());
        assert!(!Error::from(io::Error::other("disk")).is_closed());
        assert!(!Error::new("closed").is_closed());
    }

    #[test]
    fn the_text_holds_the_causes() {
        let error = Error::from(io::Error::from(Failure::TooLarge(5))).context("reading");
        assert_eq!(error.to_string(), "reading: over the bound of 5 bytes");
    }

    #[test]
    fn a_failure_of_a_later_contract_keeps_its_code() {
        let failure = types::Failure::Other(("no-space".into(), "the disk is full".into()));
        let error = Error::from(io::Error::from(Failure::from(failure)));
        assert_eq!(error.to_string(), "no-space: the disk is full");
        assert!(matches!(error.failure(), Some(Failure::Other { code, .. }) if code == "no-space"));
    }
}
