"""Which class of a file serves, and what its component exports for it."""

import http.server

from . import answers, loops
from .kinds import is_a

_Base = http.server.BaseHTTPRequestHandler

#: The methods that the component has exports for by themselves; all others come through `do-ANY`.
METHODS = (
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "PROPPATCH", "MKCOL",
    "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "REPORT", "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE",
)  # fmt: skip
#: Those that nobody means when a method of another kind is called so, as `do_search` may be.
COMMON = ("GET", "HEAD", "POST", "PUT", "OPTIONS", "PATCH")
#: With one of these overridden, what the host answers by itself besides errors must go through the handler too.
OF_ERRORS = (
    "send_error", "send_response", "send_response_only", "send_header", "end_headers", "flush_headers",
    "log_request", "log_error", "log_message", "version_string", "date_time_string",
)  # fmt: skip
#: The exports beside methods, each with the members of a class that make it one; None for every class.
OTHERS = {
    "setup": None,
    "finish": ("finish",),
    "switch-connection": None,
    # Its page is Python's.
    "send-error": None,
    "handle-expect-100": (*OF_ERRORS, "handle_expect_100"),
    "address-string": ("address_string",),
    "log-date-time-string": ("log_date_time_string",),
}
#: Python's loop over the requests of a connection, which the host has in its place.
NEVER_CALLED = ("handle",)
#: Python's own, before a program sets others.
_ORIGINALS = {
    name: getattr(_Base, name) for name in {*OF_ERRORS, *NEVER_CALLED, "finish", "address_string", "log_date_time_string"}
} | {"handle_expect_100": answers.OURS["handle_expect_100"]}


class Refusal(Exception):
    """What is wrong with the file, to be read on from its name."""


class Several(Exception):
    """There is more than one handler class; their names."""


def export_name(method):
    """What the tool calls the export of a method."""
    return "do_" + method.lower().replace("-", "_")


def handlers_in(module):
    """The handler classes that a module defines, by their names in it."""
    return {
        name: value
        for name, value in vars(module).items()
        if is_a(value, type) and issubclass(value, _Base) and value.__module__ == module.__name__
    }


def choose(module, wanted):
    """The class to serve: the one that is `wanted`, or the only one that is no base of others."""
    own = handlers_in(module)
    if wanted is not None:
        found = getattr(module, wanted, None)
        if isinstance(found, type) and issubclass(found, _Base):
            return found
        there = f"It has {', '.join(own)}" if own else "It has none"
        raise Refusal(f"there is no handler class {wanted!r} in it. {there}")
    leaves = [cls for cls in own.values() if not any(other is not cls and issubclass(other, cls) for other in own.values())]
    # The same class may have two names.
    leaves = list(dict.fromkeys(leaves))
    if not own:
        raise Refusal("there is no handler in it. Derive a class from http.server.BaseHTTPRequestHandler with a do_GET")
    if len(leaves) != 1:
        raise Several([name for name, cls in own.items() if cls in leaves])
    return leaves[0]


def _overrides(classes, names):
    return any(getattr(cls, name, None) is not _ORIGINALS.get(name, answers.OURS.get(name)) for cls in classes for name in names)


def _asks_itself(cls):
    """Whether a class may have members that looking at it does not show."""
    return any(
        name in vars(base) for base in cls.__mro__ if base is not object for name in ("__getattr__", "__getattribute__")
    )


def _misspelt(classes):
    """What is called almost as the method for a verb of HTTP that none of these classes has: clients are told that there is none."""
    plain = {"do" + method.lower(): method for method in COMMON}
    names = {name for cls in classes for name in dir(cls)}
    for name in sorted(names):
        method = plain.get(name.lower().replace("_", ""))
        if method is not None and f"do_{method}" not in names:
            yield f"{name} serves nothing that clients send: the method for {method} is do_{method}"


def exports(classes, is_whole, serves=False):
    """The exports for these classes. Where others may come to them, and the methods of those, it is not the whole. One that a
    server serves need not have a method: it refuses them all."""
    methods = {name for cls in classes for name in dir(cls) if name.startswith("do_")}
    labels = sorted(name[3:] for name in methods if name[3:] in METHODS)
    others = {name for name in methods if name[3:] not in labels}
    # The host passes the others to the fallback, which looks for them on the object as Python does.
    any_ = bool(others) or not is_whole or any(map(_asks_itself, classes)) or serves and not labels
    if loops.are_overridden(classes):
        # What comes before the methods is the program's own.
        labels, any_ = [], True
    if not labels and not any_:
        for said in _misspelt(classes):
            raise Refusal(f"its class {classes[0].__name__} has no do_* method: {said}")
        raise Refusal(f"its class {classes[0].__name__} has no do_* method. Add one: def do_GET(self)")
    names = [f"do-{label}" for label in labels] + ["do-ANY"] * any_
    return names + [
        export for export, causes in OTHERS.items() if causes is None or not is_whole or _overrides(classes, causes)
    ]


def notes(classes):
    """What a user should know of them."""
    yield from _misspelt(classes)
    wsgi = ("wsgiref.simple_server", "xmlrpc.server", "http.server", "socketserver")
    for name in NEVER_CALLED:
        own = [cls for cls in classes if cls.__module__ not in wsgi and getattr(cls, name) is not _ORIGINALS[name]]
        # A program's class may be wsgiref's, derived.
        if any(name in vars(base) for cls in own for base in cls.__mro__ if base.__module__ not in wsgi):
            yield f"{name} is never called: the host has that loop in its hands"
