"""A request to another server and its answer, over `wasi:http`: what the SDK's sockets speak with."""

import socket
import ssl
from contextlib import ExitStack
from http.client import BadStatusLine

from componentize_py_types import Err, Ok
from wit_world.imports import http_types as http
from wit_world.imports import http_text as text
from wit_world.imports import outgoing_handler, streams

from . import gathered

#: What is between two ends of a connection alone, and so not the program's to say (RFC 9110, 7.6.1).
OF_THE_CONNECTION = frozenset(
    "connection host keep-alive proxy-connection proxy-authorization te trailer transfer-encoding upgrade http2-settings".split()
)
#: How much is asked of the host at once.
PIECE = 65536

_METHODS = {
    name: getattr(http, "Method_" + name.title())()
    for name in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH")
}


class NotAllowed(PermissionError):
    """The server was not told that this handler may call that host."""


def _is(error, *names):
    return type(error).__name__.removeprefix("ErrorCode_") in names


def python_error(error, host):
    """The exception that a socket would raise, and whether it would do so before anything is answered."""
    detail = getattr(error, "value", None)
    if _is(error, "HttpRequestDenied"):
        return NotAllowed(13, "Permission denied"), True
    if _is(error, "DestinationIpProhibited"):
        return NotAllowed(13, "Permission denied"), True
    if _is(error, "DnsError", "DestinationNotFound"):
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known"), True
    if _is(error, "DnsTimeout"):
        return socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), True
    if _is(error, "ConnectionRefused"):
        return ConnectionRefusedError(111, "Connection refused"), True
    if _is(error, "ConnectionTimeout"):
        return TimeoutError("timed out"), True
    if _is(error, "DestinationUnavailable", "DestinationIpUnroutable"):
        return OSError(113, "No route to host"), True
    if _is(error, "ConnectionLimitReached"):
        return OSError(11, "too many requests to other servers are under way"), True
    if _is(error, "TlsCertificateError"):
        return ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), True
    if _is(error, "TlsProtocolError", "TlsAlertReceived"):
        why = getattr(detail, "alert_message", None)
        return ssl.SSLError(1, f"[SSL] the handshake has failed{': ' + why if why else ''}"), True
    if _is(error, "HttpRequestUriInvalid", "HttpRequestMethodInvalid", "HttpRequestBodySize", "HttpRequestUriTooLong"):
        return OSError(22, f"this is no request that can be sent: {type(error).__name__.removeprefix('ErrorCode_')}"), True
    if _is(error, "ConnectionReadTimeout", "ConnectionWriteTimeout", "HttpResponseTimeout"):
        return TimeoutError("timed out"), False
    if _is(error, "ConnectionTerminated", "HttpResponseIncomplete"):
        return ConnectionResetError(104, "Connection reset by peer"), False
    if _is(error, "HttpProtocolError"):
        return BadStatusLine("what the server has sent is no answer in HTTP/1"), False
    words = type(error).__name__.removeprefix("ErrorCode_")
    return ConnectionAbortedError(103, f"{words}: {detail}" if detail is not None else words), False


def _nanoseconds(seconds):
    return None if seconds is None else max(1, int(seconds * 1_000_000_000))


def _release(resource):
    if resource is not None:
        resource.__exit__(None, None, None)


class Exchange:
    """One request, and its answer. What it holds of the host is given back in order by `close`, and by nothing else."""

    def __init__(self, host, is_secure, method, path, lines, timeout, has_body):
        self.host = host
        self._stream = self._body = self._future = self._input = self._incoming = None
        self.status = None
        self.fields = ()
        #: Why there is no answer, or no more of it.
        self.error = None
        self.is_early = False
        with ExitStack() as stack:
            try:
                fields = text.make_fields(lines)
            except Err as error:
                raise ValueError(f"a field that cannot be sent: {error.value}") from None
            request = http.OutgoingRequest(fields)
            stack.push(request)
            try:
                request.set_method(_METHODS.get(method) or http.Method_Other(method))
                request.set_scheme(http.Scheme_Https() if is_secure else http.Scheme_Http())
                request.set_authority(host)
                request.set_path_with_query(path)
            except Err:
                raise ValueError(f"no request that can be sent: {method} {path} to {host}") from None
            options = http.RequestOptions()
            stack.push(options)
            nanoseconds = _nanoseconds(timeout)
            options.set_connect_timeout(nanoseconds)
            options.set_first_byte_timeout(nanoseconds)
            options.set_between_bytes_timeout(nanoseconds)
            if has_body:
                self._body = request.body()
                self._stream = self._body.write()
            stack.pop_all()
        try:
            self._future = outgoing_handler.handle(request, options)
        except Err as error:
            self._fail(error.value)

    def _fail(self, error):
        self.error, self.is_early = python_error(error, self.host)

    def write(self, data):
        """Sends some of the body. False when nobody takes it any more: then there is an answer, or the reason why not."""
        view = memoryview(data).cast("B")
        while view and self._stream is not None:
            try:
                room = self._stream.check_write()
                if not room:
                    with self._stream.subscribe() as ready:
                        gathered.settle()
                        ready.block()
                    continue
                size = min(room, PIECE)
                text.write(self._stream, str(view[:size], "latin-1"))
                view = view[size:]
            except Err:
                self._end_stream()
        return self._stream is not None

    def _end_stream(self):
        stream, self._stream = self._stream, None
        _release(stream)

    def end_body(self):
        """The body is whole."""
        self._end_stream()
        body, self._body = self._body, None
        if body is not None:
            try:
                http.OutgoingBody.finish(body, None)
            except Err as error:
                if self.error is None and self._future is None:
                    self._fail(error.value)

    def await_answer(self):
        """Waits for the head of the answer; `error` says why there is none."""
        if self.status is not None or self.error is not None:
            return
        with self._future.subscribe() as ready:
            gathered.settle()
            ready.block()
        came = self._future.get()
        future, self._future = self._future, None
        _release(future)
        answer = came.value if isinstance(came, Ok) else came
        if isinstance(answer, Err):
            return self._fail(answer.value)
        with answer.value as response:
            self.status = response.status()
            with response.headers() as fields:
                self.fields = fields.entries()
            self._incoming = response.consume()
        self._input = self._incoming.stream()

    def read(self, size):
        """At least one byte of the answer's body, or none at its end."""
        while self._input is not None:
            try:
                data = self._input.read(min(size, PIECE))
            except Err as error:
                self._read_failed(error.value)
                break
            if data:
                return data
            with self._input.subscribe() as ready:
                gathered.settle()
                ready.block()
        if self.error is not None:
            raise self.error
        return b""

    def _read_failed(self, failure):
        if isinstance(failure, streams.StreamError_LastOperationFailed):
            with failure.value as error:
                code = http.http_error_code(error)
            if code is None:
                self.error = ConnectionResetError(104, "Connection reset by peer")
            else:
                self._fail(code)
        stream, self._input = self._input, None
        _release(stream)
        incoming, self._incoming = self._incoming, None
        _release(incoming)

    def close(self):
        """Gives back what it holds, each before what it came from."""
        for name in ("_stream", "_body", "_input", "_incoming", "_future"):
            resource = getattr(self, name)
            setattr(self, name, None)
            _release(resource)
