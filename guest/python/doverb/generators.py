"""Functions of a program's, made generators that stop where they wait: there is one thread, and what waits in it must be left.

Their variables are their own, as in a thread. What is changed in them is said by a transformer of their syntax.
"""

import ast
import inspect
import textwrap
import types


class NoGenerator(Exception):
    """A function is none that can be stopped."""


def of(function, change):
    """The function as a generator. `change` visits each of its statements, and knows whether it has `found` where to stop."""
    return bound(function, compiled(function, change))


def bound(function, code, given=None):
    """The code of a generator, with the function's own defaults and variables, and with those `given` by name."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    cells.update((name, types.CellType(value)) for name, value in (given or {}).items())
    closure = tuple(cells[name] for name in code.co_freevars)
    made = types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def compiled(function, change, given=()):
    """The code of the generator that a function becomes, which has variables of the `given` names."""
    try:
        return _compiled(function, change, given)
    except (OSError, TypeError, SyntaxError, ValueError):
        raise NoGenerator from None


def _compiled(function, change, given):
    if hasattr(function, "__wrapped__"):
        # Its source is another's.
        raise NoGenerator
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef) or node.name != function.__name__:
        raise NoGenerator
    ast.increment_lineno(tree, first - 1)
    node.decorator_list = []
    node.body = [change.visit(statement) for statement in node.body]
    if not change.found:
        raise NoGenerator
    node.args.defaults = []
    node.args.kw_defaults = [None] * len(node.args.kwonlyargs)
    node.returns = None
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    # A function of the same variables around it makes them those of its closure.
    free = [*given, *(name for name in function.__code__.co_freevars if name not in given)]
    around = ast.parse(f"def around({', '.join(free)}): pass").body[0]
    around.body = [node]
    inside, names = around, ["around", node.name]
    qualified = function.__qualname__.split(".")
    if len(qualified) > 1 and qualified[-2] != "<locals>":
        # By which the names of private members begin.
        inside = ast.ClassDef(qualified[-2], [], [], [around], [], type_params=[])
        names.insert(0, qualified[-2])
    module = ast.fix_missing_locations(ast.Module([inside], []))
    code = compile(module, function.__code__.co_filename, "exec", dont_inherit=True)
    for name in names:
        code = next(part for part in code.co_consts if isinstance(part, types.CodeType) and part.co_name == name)
    return code
