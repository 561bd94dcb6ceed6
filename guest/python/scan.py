"""Finds the handler class in a Python file by reading it, and says as JSON what its component must export.

    python3 scan.py FILE [--class NAME] [--path FOLDER ...]

Nothing of the file is run. Run by `doverb build`, with whatever Python 3 there is.
"""

import argparse
import ast
import json
import os
import re
import sys

BASE = "BaseHTTPRequestHandler"
#: What the standard library's handlers have themselves.
STANDARD = {
    BASE: set(),
    "SimpleHTTPRequestHandler": {"do_GET", "do_HEAD"},
    "CGIHTTPRequestHandler": {"do_GET", "do_HEAD", "do_POST"},
}
#: With one of these overridden, the answers that the host gives by itself must go through the handler too.
OF_ERRORS = {
    "send_error", "send_response", "send_response_only", "send_header", "end_headers", "flush_headers",
    "log_request", "log_error", "log_message", "version_string", "date_time_string",
}  # fmt: skip
#: The exports beside methods, each with the members of a class that make it one; None for every class.
OTHERS = {
    "setup": None,
    "finish": None,
    "switch-connection": None,
    "send-error": OF_ERRORS,
    "handle-expect-100": OF_ERRORS | {"handle_expect_100"},
    "address-string": {"address_string"},
    "log-date-time-string": {"log_date_time_string"},
}
#: What makes a file a program that serves, where it is called or handed on.
SERVE = {"serve_forever", "handle_request", "make_server", "test"}
#: Python's loop, which the host has in its place.
NEVER_CALLED = {"handle", "handle_one_request", "parse_request"}
#: A method's name as a label of the contract can spell it: words that are all in upper or all in lower case.
LABEL = re.compile(r"[A-Z][A-Z0-9]*(-([A-Z][A-Z0-9]*|[a-z][a-z0-9]*|[0-9]+))*|[a-z][a-z0-9]*(-([A-Z][A-Z0-9]*|[a-z][a-z0-9]*|[0-9]+))*")


class Refusal(Exception):
    """What is wrong with the file, to be read on from its name."""


class Several(Exception):
    """There is more than one handler class; their names."""


class Class:
    """What a class statement says."""

    def __init__(self, node, module):
        self.name = node.name
        self.module = module
        self.bases = node.bases
        self.members = {}
        #: Whether it may have members that reading does not show.
        self.hidden = bool(node.decorator_list or node.keywords)
        for name in names_set(node.body):
            self.members[name] = True
        self.hidden |= "__getattr__" in self.members or "__getattribute__" in self.members


def called(call):
    """The last part of what is called."""
    return getattr(call.func, "attr", getattr(call.func, "id", None))


def names_set(body):
    """The names that statements bind, those under `if`, `try` and `with` as well."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        yield part.id
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield (alias.asname or alias.name).split(".")[0]
        else:
            for part in ("body", "orelse", "finalbody", "handlers"):
                for inner in getattr(node, part, []):
                    yield from names_set(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])


def statements(body):
    """The statements of a module that run when it is imported: not those of a `__main__` block."""
    for node in body:
        if isinstance(node, ast.If) and "__main__" in ast.dump(node.test):
            yield from statements(node.orelse)
            continue
        yield node
        for part in ("body", "orelse", "finalbody", "handlers"):
            for inner in getattr(node, part, []):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    continue
                yield from statements(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])


class Module:
    """A module of the handler's own: its classes, and where its other names come from."""

    def __init__(self, program, name, file):
        self.name, self.file = name, file
        try:
            with open(file, "rb") as source:
                tree = ast.parse(source.read(), file)
        except SyntaxError as error:
            raise Refusal((file, error.lineno or 1, error.offset or 1, error.msg, error.text or "")) from None
        self.classes, self.imported, self.stars = {}, {}, []
        #: What is set on Python's own classes.
        self.of_base = set()
        for node in statements(tree.body):
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = Class(node, self)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self.imported[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0],
                        None,
                    )
            elif isinstance(node, ast.ImportFrom):
                source = self.absolute(node)
                for alias in node.names:
                    if alias.name == "*":
                        self.stars.append(source)
                    else:
                        self.imported[alias.asname or alias.name] = (source, alias.name)
        for node in statements(tree.body):
            self.patch(node)
        #: Whether it serves, anywhere in it; and every name that it defines or sets, wherever.
        self.serves = any(
            isinstance(node, ast.Attribute) and node.attr in SERVE - {"test", "make_server"}
            or isinstance(node, ast.Call) and called(node) in ("make_server", "test") and self.knows(node)
            for node in ast.walk(tree)
        )
        self.defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)} | {
            node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        #: Every module that is imported anywhere in it, functions included.
        self.imports = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self.imports.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = self.absolute(node)
                self.imports.add(source)
                self.imports.update(f"{source}.{alias.name}" for alias in node.names if alias.name != "*")
        program.modules[name] = self
        for imported in sorted(self.imports):
            program.module(imported)

    def knows(self, call):
        """Whether a call is of a function of the library that serves, and not of one of the file's own."""
        name = call.func.id if isinstance(call.func, ast.Name) else ast.unparse(call.func).partition(".")[0]
        source = self.imported.get(name, ("", None))[0]
        return source.partition(".")[0] in ("http", "wsgiref") or name in ("http", "wsgiref")

    def absolute(self, node):
        if not node.level:
            return node.module or ""
        is_package = os.path.basename(self.file) == "__init__.py"
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + (1 if is_package else 0)]
        return ".".join(parts + ([node.module] if node.module else []))

    def patch(self, node):
        """`Handler.do_X = ...` and `setattr(Handler, "do_M-SEARCH", ...)` after the class."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    if target.value.id in self.classes:
                        self.classes[target.value.id].members[target.attr] = True
                    elif self.imported.get(target.value.id, (None, None))[1] in STANDARD:
                        self.of_base.add(target.attr)
        for call in ast.walk(node):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "setattr"):
                continue
            if len(call.args) != 3 or not isinstance(call.args[0], ast.Name):
                continue
            cls = self.classes.get(call.args[0].id)
            if cls is not None:
                name = call.args[1]
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    cls.members[name.value] = True
                else:
                    cls.hidden = True


class Program:
    """The file and all modules that it imports from beside it."""

    def __init__(self, file, path):
        self.path = [os.path.dirname(os.path.abspath(file)), *path]
        self.modules = {}
        name = os.path.splitext(os.path.basename(file))[0]
        self.main = Module(self, name, file)

    def module(self, name):
        """The module of that name, if it is not the standard library's."""
        if name in self.modules:
            return self.modules[name]
        parts = name.split(".")
        for folder in self.path:
            place = os.path.join(folder, *parts)
            for file in (os.path.join(place, "__init__.py"), place + ".py"):
                if os.path.isfile(file):
                    for end in range(1, len(parts)):
                        self.module(".".join(parts[:end]))
                    return self.modules.get(name) or Module(self, name, file)
        return None

    def resolve(self, node, module):
        """What an expression for a base class means: a `Class`, the name of a standard one, or None."""
        if isinstance(node, ast.Attribute):
            dotted = ast.unparse(node) if hasattr(ast, "unparse") else ""
            return self.named(*dotted.rpartition(".")[::2], module)
        if isinstance(node, ast.Name):
            return self.look_up(node.id, module, set())
        return None

    def named(self, prefix, name, module):
        first, _, rest = prefix.partition(".")
        source, part = module.imported.get(first, (first, None))
        full = ".".join(filter(None, (source, part, rest)))
        if full == "http.server":
            return name if name in STANDARD else None
        other = self.module(full)
        return self.look_up(name, other, set()) if other else None

    def look_up(self, name, module, seen):
        if (module.name, name) in seen:
            return None
        seen.add((module.name, name))
        if name in module.classes:
            return module.classes[name]
        sources = [module.imported[name]] if name in module.imported else [(star, name) for star in module.stars]
        for source, original in sources:
            if source == "http.server" and original in STANDARD:
                return original
            other = self.module(source) if original else None
            found = self.look_up(original, other, seen) if other else None
            if found is not None:
                return found
        return None

    def lineage(self, cls):
        """The class and its ancestors, as far as they are known, and whether that is all of them."""
        found, standard, whole, queue, seen = [], set(), True, [cls], set()
        while queue:
            here = queue.pop(0)
            if id(here) in seen:
                continue
            seen.add(id(here))
            found.append(here)
            for base in here.bases:
                known = self.resolve(base, here.module)
                if isinstance(known, Class):
                    queue.append(known)
                elif known is None:
                    whole = whole and isinstance(base, ast.Name) and base.id in ("object", "Generic", "ABC")
                else:
                    standard.add(known)
        return found, standard, whole


def choose(program, wanted):
    """The class to serve."""
    module = program.main
    lineages = {name: program.lineage(cls) for name, cls in module.classes.items()}
    handlers = {name: lineage for name, lineage in lineages.items() if lineage[1]}
    # A handler class may also be imported, and served as it is.
    if wanted is not None and wanted not in handlers:
        found = program.look_up(wanted, module, set())
        if isinstance(found, Class) and program.lineage(found)[1]:
            return wanted, program.lineage(found)
        there = f"It has {', '.join(handlers)}" if handlers else "It has none"
        raise Refusal(f"there is no handler class {wanted!r} in it. {there}")
    if wanted is None:
        parents = {id(parent) for lineage in handlers.values() for parent in lineage[0][1:]}
        leaves = [name for name in handlers if id(module.classes[name]) not in parents]
        if not handlers:
            raise Refusal(
                "there is no handler in it. Derive a class from http.server.BaseHTTPRequestHandler with a do_GET"
            )
        if len(leaves) != 1:
            raise Several(leaves)
        wanted = leaves[0]
    return wanted, handlers[wanted]


def exports(lineage):
    """The exports by their labels with the handler's methods, and what a user should know."""
    classes, standard, whole = lineage
    members = set().union(*(cls.members for cls in classes), *(cls.module.of_base for cls in classes))
    methods = sorted({name for name in members if name.startswith("do_")} | set().union(*(STANDARD[s] for s in standard)))
    any_ = not whole or any(cls.hidden for cls in classes) or "do_ANY" in methods
    labels = {}
    for name in methods:
        label = name[3:]
        if label == "ANY":
            continue
        if not LABEL.fullmatch(label) or label.lower() in {other.lower() for other in labels}:
            # The host passes it to the fallback, which looks for it on the object as Python does.
            any_ = True
        else:
            labels[label] = name
    if not labels and not any_:
        raise Refusal(f"its class {classes[0].name} has no do_* method. Add one: def do_GET(self)")
    others = [export for export, causes in OTHERS.items() if causes is None or members & causes]
    notes = [
        f"{name} is never called: the host has that loop in its hands"
        for name in sorted(members & NEVER_CALLED)
    ]
    return {"methods": labels, "any": any_, "others": others, "notes": notes}


def program_exports(program):
    """The exports of a program, whose class only running it shows: the fallback finds its methods."""
    defined = set().union(*(module.defined for module in program.modules.values()))
    others = [export for export, causes in OTHERS.items() if causes is None or defined & causes]
    return {"methods": {}, "any": True, "others": others, "notes": []}


def scan(file, wanted, path):
    program = Program(file, path)
    runs = program.main.serves and wanted is None
    try:
        name, lineage = choose(program, wanted)
        exported = exports(lineage)
    except (Refusal, Several):
        if not runs:
            raise
        name, exported = "", program_exports(program)
    if runs:
        exported["any"] = True
        exported["notes"] = []
    imports = set()
    for module in program.modules.values():
        imports |= module.imports | {module.name}
    if runs:
        imports.discard(program.main.name)
    return {
        "module": program.main.name,
        "class": name,
        "program": os.path.basename(file) if runs else None,
        **exported,
        "imports": sorted(imports),
        "files": sorted(module.file for module in program.modules.values()),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--class", dest="wanted")
    parser.add_argument("--path", action="append", default=[])
    arguments = parser.parse_args()
    try:
        answer = scan(arguments.file, arguments.wanted, arguments.path)
    except Several as several:
        (names,) = several.args
        answer = {"several": names}
    except Refusal as refusal:
        (reason,) = refusal.args
        if isinstance(reason, tuple):
            file, line, column, message, text = reason
            answer = {"error": {"file": file, "line": line, "column": column, "message": message, "text": text}}
        else:
            answer = {"refusal": reason}
    json.dump(answer, sys.stdout)
    print()


if __name__ == "__main__":
    main()
