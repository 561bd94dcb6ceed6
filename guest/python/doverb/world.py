"""The component's exports. They are all there before a program is; `prepare` brings it."""

import gc
import json
import sys
from http import HTTPStatus

from componentize_py_types import Err as _Err

from . import gathered, loops, paced, pauses, wsgi
from .choice import METHODS, export_name
from .handlers import LEFT, after, failed, report
from .requests import forget


def _method(handlers, name):
    hand_over = gathered.hand_over
    pending, helpers, receivers = LEFT
    beside, paused = paced.loops, pauses.paused
    begin = gathered.at_host if name == "do_CONNECT" else gathered.begin
    renews = handlers is not None and handlers.renews

    def export(_self, connection):
        forget()
        handlers.connection = connection
        handler = handlers.all.get(connection)
        if beside:
            paced.run_due()
        begin()
        try:
            if renews:
                handler = handlers.renewed(handler)
            method = getattr(handler, name, None)
            if method is None:
                # Only when the program serves another class than it has shown.
                serve_any(handler)
            else:
                method()
            if pending or helpers or receivers:
                after()
            hand_over()
        except BaseException as error:
            failed(handler, error)
        if paused:
            pauses.wake()

    return export


def _waiting_method(handlers, name):
    """The export of a method that may come to wait for what other requests bring: it is called again then."""
    paused = pauses.paused

    def export(_self, connection):
        forget()
        handlers.connection = connection
        handler = handlers.all.get(connection)
        paced.run_due()
        try:
            if not pauses.go_on(connection):
                gathered.begin()
                if handlers.renews:
                    handler = handlers.renewed(handler)
                method = getattr(handler, name, None)
                if method is None:
                    serve_any(handler)
                else:
                    pauses.run(method, connection)
            after()
            if connection not in paused:
                gathered.hand_over()
        except BaseException as error:
            failed(handler, error)
        pauses.wake()

    return export


def _guarded(handlers, call):
    """The export for what is called beside methods. `_method` does without the call more."""

    def export(_self, *arguments):
        forget()
        handler = handlers.current
        gathered.at_host()
        try:
            return call(handler, *arguments)
        except BaseException as error:
            failed(handler, error)

    return export


def _serve_any(handler):
    """Serves a method that has no export of its own."""
    if handler.command != "CONNECT":
        gathered.begin()
    serve_any(handler)
    gathered.hand_over()


def serve_any(handler):
    if wsgi.serves(handler):
        return wsgi.serve(handler)
    loops.serve(handler)
    after()


def _send_error(handler, code, message, explain):
    """Calls it as Python does: with no more than there is to say, as an override may take no more."""
    try:
        code = HTTPStatus(code)
    except ValueError:
        pass  # One that Python does not know.
    if explain is not None:
        handler.send_error(code, message, explain)
    elif message is not None:
        handler.send_error(code, message)
    else:
        handler.send_error(code)


def _any_export(handlers):
    serve = _guarded(handlers, lambda handler: _serve_any(handlers.renewed(handler) if handlers.renews else handler))

    def export(self, connection):
        handlers.connection = connection
        paced.run_due()
        serve(self)

    return export


def _setup_export(handlers):
    def export(_self, connection):
        try:
            handlers.connection = connection
            handlers.begin()
        except BaseException as error:
            report(handlers.current, error)
            sys.stderr = None
            raise

    return export


def _finish_export(handlers):
    def export(_self):
        try:
            handlers.end()
        except BaseException as error:
            report(None, error)

    return export


def _text_export(handlers, name):
    return lambda _self: str(getattr(handlers.current, name)())


def _exports(handlers):
    """The exports, which serve with these handlers."""
    expect_100 = _guarded(handlers, lambda handler: handler.handle_expect_100())

    def export_of(method):
        name = f"do_{method}"
        may_wait = name in pauses.names and method != "CONNECT"
        return _waiting_method(handlers, name) if may_wait else _method(handlers, name)

    return {export_name(method): export_of(method) for method in METHODS} | {
        "do_any": _any_export(handlers),
        "setup": _setup_export(handlers),
        "finish": _finish_export(handlers),
        "switch_connection": lambda _self, connection: handlers.switch(connection),
        "send_error": _guarded(handlers, _send_error),
        "handle_expect_100": lambda self: bool(expect_100(self)),
        "address_string": _text_export(handlers, "address_string"),
        "log_date_time_string": _text_export(handlers, "log_date_time_string"),
    }


class WitWorld:
    """What the tool calls the exports of."""

    def prepare(self, plan):
        """Brings the program of a plan, both in JSON; what stands in the memory afterwards is its component."""
        from . import build

        try:
            handlers, answer = build.build(**json.loads(plan))
        except build.Failed as failed:
            raise _Err(json.dumps(failed.answer)) from None
        for name, export in _exports(handlers).items():
            setattr(WitWorld, name, export)
        gc.collect()
        # What is there now is there for good: a collector that looks through it would only dirty its memory.
        gc.freeze()
        return json.dumps(answer)


def _not_yet(_self, *_arguments):
    raise RuntimeError("this component has no program yet")


for _name in _exports(None):
    setattr(WitWorld, _name, _not_yet)
