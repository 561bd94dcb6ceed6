//! What hyper says, in the words of `wasi:http`.

use std::error::Error as _;
use std::io;

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
