"""What every program finds when it is brought: the library, the machine that a sandbox is, and Python's classes turned to the host.

It is made once, and kept as the base of all components of Python.
"""

import gc
import sys

from . import absent, clocks, gathered, library, passwords, threads, wording


def make():
    absent.install()
    clocks.install()
    gathered.install()
    passwords.install()
    library.import_likely()
    wording.install()
    absent.install_processes()
    threads.install()
    threads.install_asyncio()
    from . import answers, build, children, configuration, databases, grants, loops, names, outgoing, processes, stores

    outgoing.install()
    grants.install()
    databases.install()
    loops.install()
    children.install()
    processes.install()
    names.install()
    library.keep_zones()
    library.keep()
    sys.path[:] = [library.ROOT]
    sys.argv = [""]
    gc.collect()
    return answers, build, configuration, stores
