"""Brings a program into the component while that is built: runs it as Python would, up to where it serves."""

import functools
import linecache
import os
import sys
import traceback

from . import accepting, answers, attributes, begun, choice, grants, handlers, pauses, program, requests, speaking, wsgi
from .handlers import HERE, Handlers, Server

#: What every process has in its environment, unless other values are granted.
ENVIRONMENT = {"HOME": "/app", "LOGNAME": "handler", "PATH": "/usr/local/bin:/usr/bin:/bin", "USER": "handler"}
#: What is said of a program that looks where it sees nothing.
_ABOVE = "it looks for files above its own folder, and sees none there. Start it from the folder above: doverb serve FOLDER/{}"
#: Where packages are that the program requires.
PACKAGES = "/packages"


class Failed(Exception):
    """It cannot be built; `answer` says why."""

    def __init__(self, answer):
        self.answer = answer


class _Opened:
    """Which of the program's files were looked for, that an edit of them is seen."""

    def __init__(self):
        self.names = set()
        self.listens = True
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if self.listens and event in ("open", "os.listdir", "os.scandir"):
            path = arguments[0]
            if isinstance(path, str) and len(self.names) < 10_000:
                self.names.add(os.path.join(HERE, path))

    def end(self):
        self.listens = False
        modules = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        names = self.names | {name for name in modules if isinstance(name, str)}
        return sorted(os.path.relpath(name, HERE) for name in names if name.startswith(HERE))


def build(file, start, package, wanted, arguments):
    """The handlers, and what the host must know. `file` is below the program's folder, and so is `start`, in which it is begun;
    `package` is the one that it is in, with dots, or empty; `wanted` is the class that was asked for."""
    script = os.path.join(HERE, file)
    here, own = HERE.rstrip("/"), os.path.dirname(script)
    start = os.path.join(here, start).rstrip("/")
    if not package:
        places = [own]
    elif program.imports_relatively(script):
        places, start = [here], here
    else:
        # It lies in a package, and is a script all the same.
        package, places = "", [own, here]
    os.chdir(start)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    wsgi.take_environment()
    grants.started = start
    sys.path[:] = [*places, *sys.path, PACKAGES]
    sys.argv = [script, *arguments]
    opened, watch = _Opened(), begun.Watch()
    above = [_ABOVE.format(file)] if own == here and program.climbs(script) else []
    try:
        made, answer = _build(script, package, wanted, arguments)
        watch.end()
    except BaseException as error:
        why = _why(error)
        if "told" in why and not isinstance(error, SyntaxError):
            why["told"] += "".join(f"{note[0].upper()}{note[1:]}\n" for note in above)
        raise Failed({**why, "files": opened.end()}) from None
    _keep_source_lines()
    pauses.learn(made.server)
    return made, {**answer, "notes": above + answer["notes"], "packages": _imported(), "files": opened.end()}


def _imported():
    """What it has imported of its packages, by the names at the top of their folder."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    below = (file.removeprefix(PACKAGES + "/") for file in files if isinstance(file, str) and file.startswith(PACKAGES + "/"))
    return sorted({file.split("/")[0] for file in below})


def _build(script, package, wanted, arguments):
    recorder = program.Recorder()
    main, ended = program.run(recorder, script, package, bool(wanted))
    server = recorder.server
    if server is not None and not wanted:
        return _of_server(recorder, main)
    try:
        cls = choice.choose(main, wanted)
    except choice.Refusal:
        if ended is not None:
            raise program.Ended(ended) from None
        if not wanted and not choice.handlers_in(main) and program.might_serve(main):
            raise program.Ended("it ends without serving: nothing calls serve_forever") from None
        raise
    # What is in the file's own namespace stays there.
    sys.modules.setdefault(cls.__module__, main)
    server = server if server is not None else Server(cls)
    if not hasattr(server, "main"):
        server.main = main
    made = Handlers(lambda client: cls(None, client, server), server, {})
    # Looked at before Python's classes are turned to the host.
    exported, noted = choice.exports([cls], True), list(choice.notes([cls]))
    _install(made, [cls])
    return made, {"exports": exported, "notes": noted}


def _of_server(recorder, main):
    """The handlers of a program that serves."""
    server = recorder.server
    # Its globals live as long as the server does.
    server.main = main
    factory = server.RequestHandlerClass
    while isinstance(factory, functools.partial):
        factory = factory.func
    is_class = isinstance(factory, type)
    made = Handlers(None, server, {})
    if is_class and not issubclass(factory, answers._Base):
        if not speaking.speaks(factory):
            speaks = f"its server hands what comes to {factory.__name__}, which speaks no HTTP: Doverb serves that alone"
            raise choice.Refusal(f"{speaks}. Derive it from http.server.BaseHTTPRequestHandler, with a do_GET")
        factory = speaking.Speaking
        # The end of its connection comes with each request.
        factory.has_end, made.has_end = made.has_end, False
        made.make = lambda client: speaking.Speaking(None, client, server)
    else:
        made.make = accepting.maker(server, made)
    classes = [factory] if is_class else _all_classes()
    exported = choice.exports(classes, is_class and not wsgi.is_wsgirefs(factory), serves=True)
    if made.has_end and "finish" not in exported:
        exported.append("finish")
    noted = [*choice.notes(classes), *recorder.notes()]
    _install(made, classes)
    made.renews = not is_class or handlers.renews(factory, server)
    return made, {"exports": exported, "notes": noted, "asked": recorder.asked()}


def _all_classes():
    """All handler classes that there are: a function decides between them."""
    found, queue = [], [answers._Base]
    while queue:
        cls = queue.pop()
        if cls not in found:
            found.append(cls)
            queue += cls.__subclasses__()
    return found


def _install(made, classes):
    """Turns Python's classes to the host."""
    answers.install(*classes)
    # All are looked at before any is changed, since one may be the base of others.
    made.attributes |= {cls: attributes.install(cls) for cls in sorted(classes, key=lambda cls: -len(cls.__mro__))}
    handlers.install(made)
    requests.install(answers._Base)


def _keep_source_lines():
    """For tracebacks, where the program's files are left out."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if isinstance(file, str) and file.startswith(HERE):
            lines = linecache.getlines(file)
            # Without a time nobody looks whether the file has changed.
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def _why(error):
    """Why there is no component, for the host to tell."""
    if isinstance(error, choice.Several):
        (names,) = error.args
        return {"several": names}
    if isinstance(error, (choice.Refusal, program.Ended)):
        return {"refusal": str(error)}
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(HERE):
        place = f"{error.filename.removeprefix(HERE)}:{error.lineno}:{error.offset or 1}"
        text = (error.text or "").strip()
        first = f"{place}: {type(error).__name__}: {error.msg}"
        return {"failed": first, "told": f"{first}\n    {text}\n"}
    # What was printed of it goes nowhere while a component is built.
    getattr(error, "__dict__", {}).pop("doverb_is_told", None)
    trace = handlers.own_part(error)
    told = handlers.told(error, trace) + handlers.hint(error)
    last = traceback.format_exception_only(error)[0].strip()
    own = [frame for frame in traceback.extract_tb(trace) if frame.filename.startswith(HERE)] if trace else []
    place = f"{own[-1].filename.removeprefix(HERE)}:{own[-1].lineno}: " if own else ""
    return {"failed": place + last, "told": told}
