"""Class attributes that the host must know of when a handler sets them: protocol_version, server_version, ..."""

import http.server

from wit_world.imports import attributes, connection

from . import gathered
from .errors import Err, python_error
from .streams import set_timeout


class Shared:
    """An attribute that is the class's or the handler's, as ever, and that the host is told of when it is set."""

    def __init__(self, name, value, tell, ask, is_hosts=lambda asked: False):
        self.name = name
        #: Whether what was asked is the host's own, so that neither the program nor the operator has said anything.
        self.is_hosts = is_hosts
        #: What the handler's class says; None when it says nothing, and the server's own setting holds.
        self.value = value
        self.tell = tell
        self.ask = ask
        #: What each connection begins with, once the instance has asked: the same for all that it serves.
        self.first = None

    def __get__(self, handler, owner=None):
        if handler is not None and self.name in handler.__dict__:
            return handler.__dict__[self.name]
        if self.value is not None:
            return self.value
        asked = None if handler is None else self.ask()
        return ORIGINALS[self.name] if handler is None or self.is_hosts(asked) else asked

    def __set__(self, handler, value):
        gathered.settle()
        try:
            self.tell(value)
        except Err as error:
            raise python_error(error) from None
        handler.__dict__[self.name] = value

    def begin(self, handler):
        """Tells the host what the class says, at the beginning of a handler's connection."""
        if self.first is None:
            self.first = self.ask()
        value = ORIGINALS[self.name] if self.value is None and self.is_hosts(self.first) else self.value
        if value is not None and value != self.first:
            try:
                self.tell(value)
            except Err as error:
                raise ValueError(f"{self.name}: {python_error(error)}") from None


class Computed:
    """One that the class has as a property, and so computes for each handler."""

    def __init__(self, name, property_, tell):
        self.name, self.value, self.tell = name, property_, tell

    def begin(self, handler):
        try:
            self.tell(str(getattr(handler, self.name)))
        except Err as error:
            raise ValueError(f"{self.name}: {python_error(error)}") from None


class CloseConnection:
    """`self.close_connection`: the host's, both ways."""

    def __get__(self, handler, owner=None):
        return True if handler is None else connection.close_connection()

    def __set__(self, handler, value):
        gathered.settle()
        connection.set_close_connection(bool(value))


_PYTHONS = dict(http.server.BaseHTTPRequestHandler.responses)


def _tell_responses(table):
    for code, texts in table.items():
        if _PYTHONS.get(code) != texts and attributes.responses(int(code)) != texts:
            attributes.set_responses(int(code), *texts)


class Responses(Shared):
    """`self.responses`. What a handler adds to it in place stays its own; what it sets is what the host's answers use."""

    def __init__(self, value):
        super().__init__("responses", value, _tell_responses, lambda: _PYTHONS)

    def __get__(self, handler, owner=None):
        return super().__get__(handler, owner) or _PYTHONS


#: Each with how the host is told and asked.
_TEXTS = {
    "protocol_version": (attributes.set_protocol_version, attributes.protocol_version),
    "server_version": (attributes.set_server_version, attributes.server_version),
    "sys_version": (attributes.set_sys_version, attributes.sys_version),
    "error_message_format": (attributes.set_error_message_format, attributes.error_message_format),
    "error_content_type": (attributes.set_error_content_type, attributes.error_content_type),
}


#: Where the host says its own name or what it takes for this Python's, or shows its own page, Python's are in their place.
_HOSTS = {
    "server_version": lambda asked: asked.startswith("Doverb/") or asked == ORIGINALS["server_version"],
    "error_message_format": lambda asked: "\n<p>What it means: %(explain)s.</p>\n" in asked,
}

#: As Python has them, whatever a program sets on its class.
ORIGINALS = {
    name: getattr(http.server.BaseHTTPRequestHandler, name)
    for name in (*_TEXTS, "timeout", "responses")
}


def _says(cls, name):
    """Whether a class that is not Python's own has an attribute itself, or had before it was turned to the host."""
    found = vars(cls).get(name)
    if isinstance(found, Shared):
        return found.value is not None
    return name in vars(cls) and cls is not http.server.BaseHTTPRequestHandler


def install(cls):
    """Puts the attributes into the handler's class, and returns those that say something of their own."""

    def own(name):
        value = getattr(cls, name)
        # Who says what Python says has said it, too.
        return value if value is not ORIGINALS[name] or any(_says(base, name) for base in cls.__mro__) else None

    def text(name, tell, ask):
        value = own(name)
        if isinstance(value, property):
            return Computed(name, value, tell)
        return Shared(name, value, tell, ask, _HOSTS.get(name, lambda asked: False))

    # All are read before any is written, since `cls` may be `base`.
    shared = [text(name, tell, ask) for name, (tell, ask) in _TEXTS.items()]
    shared.append(Shared("timeout", own("timeout"), set_timeout, lambda: None))
    shared.append(Responses(own("responses")))
    # Whoever sets one part of the Server field has the other as Python has it.
    server, system = shared[1], shared[2]
    if server.value is not None and system.value is None:
        system.value = ORIGINALS["sys_version"]
    elif system.value is None:
        system.is_hosts = lambda asked: (
            (not asked or asked.startswith("Python/")) and server.is_hosts(server.first or server.ask())
        )
    for attribute in shared:
        setattr(cls, attribute.name, attribute.value if isinstance(attribute, Computed) else attribute)
    cls.close_connection = CloseConnection()
    return [attribute for attribute in shared if attribute.value is not None or attribute in (server, system)]
