"""What an object of the program's is, without asking it: a proxy, as frameworks have for the request that is served, hands on what
it is asked, and fails where there is none.
"""


def is_a(value, kinds):
    """`isinstance`, by the type alone."""
    return issubclass(type(value), kinds)


def attribute(value, name, default=None):
    """`getattr`, of what may fail in any way."""
    try:
        return getattr(value, name, default)
    except Exception:
        return default
