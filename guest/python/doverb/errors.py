"""What the contract's failures are in Python."""

import re

from componentize_py_types import Err
from wit_world.imports import types

__all__ = ["Err", "ServerGone", "python_error", "status_of"]


class ServerGone(ConnectionError):
    """The client has gone, or its connection was cut. Nobody's fault: a handler that lets it through ends quietly."""


class ClientError(OSError):
    """What the client sent as its body is malformed, or too large."""


_STATUS = {
    types.Failure_TimedOut: 408,
    types.Failure_Malformed: 400,
    types.Failure_TooLarge: 413,
}


#: Names of the contract's that are Python's with another sign.
_NAMES = re.compile(r"\b(?:send-response-only|send-response|send-header|send-error|end-headers|flush-headers)\b")


def python_error(error, reading=False):
    """The exception that the standard library would raise for a failed call."""
    failure = error.value
    text = getattr(failure, "value", None)
    if isinstance(failure, types.Failure_Closed):
        python = ServerGone("the client has gone")
    elif isinstance(failure, types.Failure_TimedOut):
        python = TimeoutError("timed out")
    elif isinstance(failure, types.Failure_InvalidStatus):
        python = ValueError(f"not a status code from 100 to 999: {text}")
    elif isinstance(failure, types.Failure_OutOfOrder):
        python = RuntimeError(_NAMES.sub(lambda name: name[0].replace("-", "_"), text))
    elif isinstance(failure, types.Failure_Other):
        python = RuntimeError(": ".join(text))
    elif isinstance(failure, (types.Failure_Malformed, types.Failure_TooLarge)) and reading:
        python = ClientError(text or "the body is too large")
    else:
        python = ValueError(text or str(failure))
    if reading:
        python.doverb_status = _STATUS.get(type(failure))
    return python


def status_of(error):
    """The status that tells the client what it did wrong; 500 when it was the handler."""
    return getattr(error, "doverb_status", None) or 500
