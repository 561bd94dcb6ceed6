"""`os.fork` in the one process that there is. A program that begins goes on as that of the two that serves: as the child first,
as daemons and servers with workers do, and once more from its beginning, as the parent, where the child does not serve.
"""

import os
import sys

from .grants import HERE

#: How long a child may rest before it is one that does not serve, in seconds.
RESTS = 2
#: Whom the parent takes for its child.
_CHILD = 2


class Forks:
    """What a program that begins is told of its processes."""

    def __init__(self):
        #: Whether it has asked for another process, and as which of the two it goes on.
        self.asked, self.is_child = False, True
        self._rested = 0

    def fork(self):
        self.asked = True
        return 0 if self.is_child else _CHILD

    def exiting(self, plain):
        """`os._exit`: one of two processes ends by it, and the other is there yet."""

        def exit(status):
            if self.asked:
                raise SystemExit(status)
            plain(status)

        return exit

    def rests(self, seconds):
        """Whether a child that would rest once more has rested for so long that it does not serve."""
        if not (self.asked and self.is_child):
            return False
        self._rested += seconds
        return self._rested > RESTS

    def turns(self):
        """Whether the program is to begin once more, as the parent. Its own modules do so too, with all that they have made."""
        if not (self.asked and self.is_child):
            return False
        self.is_child = False
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(f"{HERE}/"):
                del sys.modules[name]
        return True

    def patches(self):
        """What is other while the program runs."""
        yield os, "fork", self.fork, False
        yield os, "_exit", self.exiting(os._exit), False
        yield os, "waitpid", lambda pid, options: (pid, 0), False
        yield os, "wait", lambda: (_CHILD, 0), False

    def notes(self):
        if self.asked:
            goes_on, ends = ("child", "parent") if self.is_child else ("parent", "child")
            yield f"it asks for another process by os.fork: there is one here, which goes on as the {goes_on}; what the {ends} would do is left out"
