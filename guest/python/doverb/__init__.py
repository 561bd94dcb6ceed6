"""Python's BaseHTTPRequestHandler, served by Doverb.

`doverb build` puts this package into every component that it makes of a Python file. The file itself needs none of it: it
imports `http.server` as ever. What Python has no name for is here: `doverb.store("default")["visits"] += 1` and
`doverb.config("title")`.
"""


def __getattr__(name):
    # When they are asked for, as they need the component's imports, which the tool looks at this package before it has.
    if name in ("store", "Store"):
        from . import stores as module
    elif name in ("config", "config_values"):
        from . import configuration as module
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(module, name)
