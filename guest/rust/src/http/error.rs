//! Why a request to another server has no answer.

use std::fmt;
use std::io;

use wasip2::http::types::ErrorCode;

/// Why a request to another server has no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum HttpError {
    /// This is no URL of HTTP's.
    Url(String),
    /// This is no method.
    Method(String),
    /// A field that no request can have, or that is the connection's own.
    Field(String),
    /// The handler was not granted to call this server. The server's log says how it would be.
    Denied,
    /// The name is nobody's, or could not be looked up.
    Name,
    /// Nobody listens there.
    Refused,
    /// It took too long.
    TimedOut,
    /// TLS could not be agreed on, or the certificate is not to be trusted.
    Tls(String),
    /// The connection was closed in the middle.
    Closed,
    /// A body could not be read or written.
    Body(io::Error),
    /// Another reason.
    Other(String),
}

impl HttpError {
    pub(super) fn of(code: ErrorCode) -> HttpError {
        match code {
            ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => HttpError::Denied,
            ErrorCode::DnsError(_) | ErrorCode::DnsTimeout | ErrorCode::DestinationNotFound => {
                HttpError::Name
            }
            ErrorCode::ConnectionRefused => HttpError::Refused,
            ErrorCode::ConnectionTimeout
            | ErrorCode::ConnectionReadTimeout
            | ErrorCode::ConnectionWriteTimeout
            | ErrorCode::HttpResponseTimeout => HttpError::TimedOut,
            ErrorCode::TlsCertificateError => HttpError::Tls("the certificate is not trusted".into()),
            ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => {
                HttpError::Tls("the handshake has failed".into())
            }
            ErrorCode::ConnectionTerminated | ErrorCode::HttpResponseIncomplete => HttpError::Closed,
            other => HttpError::Other(other.to_string()),
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Url(url) => write!(f, "no URL of HTTP's: {url:?}"),
            HttpError::Method(method) => write!(f, "no method: {method:?}"),
            HttpError::Field(why) => write!(f, "a field that a request can't have: {why}"),
            HttpError::Denied => f.write_str("the handler may not call this server"),
            HttpError::Name => f.write_str("the server's name could not be looked up"),
            HttpError::Refused => f.write_str("connection refused"),
            HttpError::TimedOut => f.write_str("timed out"),
            HttpError::Tls(why) => write!(f, "TLS: {why}"),
            HttpError::Closed => f.write_str("the connection was closed"),
            HttpError::Body(error) => write!(f, "the body: {error}"),
            HttpError::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            HttpError::Body(error) => Some(error),
            _ => None,
        }
    }
}

impl From<HttpError> for io::Error {
    fn from(error: HttpError) -> io::Error {
        let kind = match &error {
            HttpError::Denied => io::ErrorKind::PermissionDenied,
            HttpError::Refused => io::ErrorKind::ConnectionRefused,
            HttpError::TimedOut => io::ErrorKind::TimedOut,
            HttpError::Closed => io::ErrorKind::UnexpectedEof,
            HttpError::Url(_) | HttpError::Method(_) | HttpError::Field(_) => io::ErrorKind::InvalidInput,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}
