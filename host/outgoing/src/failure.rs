//! What hyper says, in the words of `wasi:http`.

use std::error::Error as _;
use std::io;

use doverb_core::calls::CallEnd;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

/// Why a connection to a server could not be made.
pub(crate) fn of_connecting(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        io::ErrorKind::TimedOut => Error::ConnectionTimeout,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => Error::DestinationIpUnroutable,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Error::ConnectionTerminated,
        _ => Error::DestinationUnavailable,
    }
}

/// Whether nobody was found who would take the connection: a machine that reaches the world by a proxy alone is told so.
pub(crate) fn is_unreachable(error: &Error) -> bool {
    matches!(
        error,
        Error::DnsTimeout
            | Error::DnsError { .. }
            | Error::DestinationNotFound
            | Error::DestinationUnavailable
            | Error::DestinationIpUnroutable
            | Error::ConnectionRefused
            | Error::ConnectionTimeout
    )
}

/// What came of a request that has no answer, by a name of which there are few.
pub(crate) fn end(error: &Error) -> CallEnd {
    match error {
        Error::HttpRequestDenied => CallEnd::Refused("not-granted"),
        Error::DestinationIpProhibited => CallEnd::Refused("address"),
        Error::TlsCertificateError => CallEnd::Refused("certificate"),
        Error::ConnectionLimitReached => CallEnd::Refused("too-many"),
        other => CallEnd::Failed(name(other)),
    }
}

/// A name for a failure.
pub(crate) fn name(error: &Error) -> &'static str {
    match error {
        Error::DnsTimeout | Error::DnsError { .. } | Error::DestinationNotFound => "dns",
        Error::DestinationUnavailable | Error::DestinationIpUnroutable => "unreachable",
        Error::ConnectionRefused => "connection-refused",
        Error::ConnectionTerminated => "connection-lost",
        Error::ConnectionTimeout
        | Error::ConnectionReadTimeout
        | Error::ConnectionWriteTimeout
        | Error::HttpResponseTimeout => "timeout",
        Error::TlsProtocolError | Error::TlsAlertReceived { .. } => "tls",
        Error::HttpResponseIncomplete => "incomplete",
        Error::HttpRequestBodySize(_) => "request-too-large",
        Error::HttpResponseBodySize(_) | Error::HttpResponseHeaderSectionSize(_) => "answer-too-large",
        Error::HttpRequestMethodInvalid | Error::HttpRequestUriInvalid => "request-invalid",
        Error::HttpProtocolError | Error::HttpUpgradeFailed => "protocol",
        _ => "other",
    }
}

/// Why a request has failed on its connection.
pub(crate) fn of_exchange(error: &hyper::Error) -> Error {
    if error.is_parse_too_large() {
        return Error::HttpResponseHeaderSectionSize(None);
    }
    if error.is_parse() {
        return Error::HttpProtocolError;
    }
    if error.is_incomplete_message() {
        return Error::HttpResponseIncomplete;
    }
    match error.source() {
        // Of a body that the guest writes, which is an error of ours.
        Some(cause) if error.is_user() => cause.downcast_ref().map_or(Error::HttpProtocolError, copy),
        Some(cause) => match cause.downcast_ref::<io::Error>() {
            // What is before a head has its bound in `wire`.
            Some(io) if io.kind() == io::ErrorKind::FileTooLarge => {
                Error::HttpResponseHeaderSectionSize(None)
            }
            Some(io) if io.kind() == io::ErrorKind::UnexpectedEof => Error::HttpResponseIncomplete,
            Some(_) => Error::ConnectionTerminated,
            None => Error::HttpProtocolError,
        },
        None => Error::ConnectionTerminated,
    }
}

/// Those that a guest's body ends with.
fn copy(error: &Error) -> Error {
    match error {
        Error::HttpRequestBodySize(size) => Error::HttpRequestBodySize(*size),
        Error::InternalError(why) => Error::InternalError(why.clone()),
        _ => Error::ConnectionTerminated,
    }
}

/// Why a body came to no end, for the guest: wasmtime-wasi-http looks for its own kind of it in what it has made another of.
pub(crate) fn of_body(error: &wasmtime::Error) -> Option<ErrorCode> {
    Some(match error.downcast_ref::<Error>()? {
        Error::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        Error::HttpResponseTimeout => ErrorCode::HttpResponseTimeout,
        Error::HttpResponseIncomplete => ErrorCode::HttpResponseIncomplete,
        Error::HttpResponseBodySize(most) => ErrorCode::HttpResponseBodySize(*most),
        Error::HttpResponseHeaderSectionSize(most) => ErrorCode::HttpResponseTrailerSectionSize(*most),
        Error::HttpRequestBodySize(most) => ErrorCode::HttpRequestBodySize(*most),
        Error::HttpProtocolError => ErrorCode::HttpProtocolError,
        _ => ErrorCode::ConnectionTerminated,
    })
}
