"""Names of the library that this interpreter lacks, since its system is none of Linux's, or since Python has let go of them.

A program that only mentions one goes on, and one that uses it gets what there is, or an error that says what is missing.
"""

import asyncio
import configparser
import locale
import os
import select
import signal
import socket
import socketserver
import sqlite3
import threading
import time

from .absent import NotInASandbox, _raiser

#: Numbers, as Linux has them where this system has none of its own for something else.
NUMBERS = {
    socket: {
        "AF_UNIX": 1, "AF_PACKET": 17, "AF_NETLINK": 16, "SOCK_RAW": 3, "SOCK_RDM": 4, "SOCK_SEQPACKET": 5,
        "SO_BINDTODEVICE": 25, "SO_BROADCAST": 6, "SO_DEBUG": 1, "SO_DONTROUTE": 5, "SO_LINGER": 13, "SO_OOBINLINE": 10,
        "SO_PEERCRED": 17, "SO_PRIORITY": 12, "SO_RCVLOWAT": 18, "SO_SNDLOWAT": 19, "SO_REUSEPORT": 15,
        "IPPROTO_ICMPV6": 58, "IPPROTO_IGMP": 2, "IPPROTO_NONE": 59, "MSG_OOB": 1, "MSG_DONTROUTE": 4, "MSG_MORE": 32768,
        "MSG_CTRUNC": 8, "MSG_EOR": 128, "MSG_PEEK": 2, "MSG_DONTWAIT": 64, "MSG_WAITALL": 256, "MSG_TRUNC": 32,
        "SO_SNDBUF": 7, "SO_RCVBUF": 8, "TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 6, "TCP_CORK": 3,
        "TCP_DEFER_ACCEPT": 9, "TCP_QUICKACK": 12, "TCP_FASTOPEN": 23, "TCP_USER_TIMEOUT": 18, "IP_TTL": 2, "IP_TOS": 1,
        "IP_MULTICAST_IF": 32, "IP_MULTICAST_TTL": 33, "IP_MULTICAST_LOOP": 34, "IP_ADD_MEMBERSHIP": 35,
        "IP_DROP_MEMBERSHIP": 36, "IP_TRANSPARENT": 19, "IPV6_JOIN_GROUP": 20, "IPV6_MULTICAST_HOPS": 18, "SOMAXCONN": 4096,
    },
    signal: {
        "ITIMER_REAL": 0, "ITIMER_VIRTUAL": 1, "ITIMER_PROF": 2, "SIG_BLOCK": 0, "SIG_UNBLOCK": 1, "SIG_SETMASK": 2,
        "SIGRTMIN": 34, "SIGRTMAX": 64, "SIGCLD": 17,
    },
    os: {
        "PRIO_PROCESS": 0, "PRIO_PGRP": 1, "PRIO_USER": 2, "P_NOWAIT": 1, "P_NOWAITO": 1, "P_WAIT": 0, "O_ASYNC": 8192,
        "O_DIRECT": 16384, "O_NOATIME": 262144, "O_LARGEFILE": 0, "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2,
    },
    select: {
        "EPOLLIN": 1, "EPOLLPRI": 2, "EPOLLOUT": 4, "EPOLLERR": 8, "EPOLLHUP": 16, "EPOLLRDHUP": 0x2000, "EPOLLET": 1 << 31,
        "EPOLLONESHOT": 1 << 30, "EPOLLEXCLUSIVE": 1 << 28, "EPOLLRDNORM": 64, "EPOLLWRNORM": 256,
    },
    sqlite3: {"version": "2.6.0", "version_info": (2, 6, 0)},
}  # fmt: skip


def _nothing(*args, **kwargs):
    """What has no effect where there is one process of one user, and no signals come."""


def _no_terminal(*args):
    raise OSError(25, "Inappropriate ioctl for device")


def _fwalk(top=".", topdown=True, onerror=None, *, follow_symlinks=False, dir_fd=None):
    """`os.fwalk`, whose last value is a folder's number: there are none."""
    for folder, folders, files in os.walk(top, topdown, onerror, follow_symlinks):
        yield folder, folders, files, -1


def _pause():
    """Nothing ends this wait but the server's end."""
    while True:
        time.sleep(3600)


def _dup2(source, target, inheritable=True):
    """`os.dup2`. What a program prints is led into the server's log, whatever it would make of its own numbers."""
    if target > 2:
        raise NotInASandbox("os.dup2 cannot be used here: a sandbox has no such thing")
    return target


#: Functions whose answer is known here.
FUNCTIONS = {
    os: {
        "get_terminal_size": _no_terminal,
        "getgroups": lambda: [1000],
        "getpgrp": lambda: 1,
        "getpriority": lambda which, who: 0,
        "getrandom": lambda size, flags=0: os.urandom(size),
        "sync": _nothing,
        "dup2": _dup2,
        "fwalk": _fwalk,
        "major": lambda device: device >> 8 & 0xFFF,
        "minor": lambda device: device & 0xFF,
        "makedev": lambda major, minor: major << 8 | minor,
        "WIFEXITED": lambda status: status & 0x7F == 0,
        "WEXITSTATUS": lambda status: status >> 8 & 0xFF,
        "WIFSIGNALED": lambda status: 0 < status & 0x7F < 0x7F,
        "WTERMSIG": lambda status: status & 0x7F,
        "WIFSTOPPED": lambda status: status & 0xFF == 0x7F,
        "WSTOPSIG": lambda status: status >> 8 & 0xFF,
    }
    | {
        name: _nothing
        for name in (
            "setpriority", "setsid", "sched_setaffinity", "sched_setscheduler", "setpgid", "setpgrp", "setgroups", "setegid", "seteuid",
            "setregid", "setreuid", "setresgid", "setresuid",
        )
    },
    signal: {
        # No signal comes, so that none needs to be waited for or held back.
        "alarm": lambda seconds: 0,
        "setitimer": lambda which, seconds, interval=0.0: (0.0, 0.0),
        "getitimer": lambda which: (0.0, 0.0),
        "siginterrupt": _nothing,
        "pthread_sigmask": lambda how, mask: set(),
        "sigpending": set,
        "valid_signals": lambda: set(signal.Signals),
        "pause": _pause,
        "sigwait": lambda signals: _pause(),
    },
    time: {"tzset": _nothing},
    threading: {"get_native_id": threading.get_ident},
    socket: {
        "if_nameindex": lambda: [(1, "lo")],
        "if_nametoindex": {"lo": 1}.__getitem__,
        "if_indextoname": {1: "lo"}.__getitem__,
    },
}  # fmt: skip

#: Functions that cannot do what they are for.
LACKING = {
    os: {
        name: "a sandbox has no such thing"
        for name in (
            "statvfs", "fstatvfs", "fchdir", "fchmod", "lockf", "login_tty", "memfd_create", "eventfd", "pidfd_open",
            "posix_spawn", "posix_spawnp", "spawnle", "spawnlpe", "spawnve", "spawnvp", "spawnvpe", "sendfile", "splice",
            "tcgetpgrp", "tcsetpgrp", "waitid", "getxattr", "setxattr", "listxattr", "removexattr", "ctermid",
        )
    },
    select: {"epoll": "a handler waits for no sockets: the server has them"},
    socket: {"sethostname": "a sandbox has no name", "send_fds": "a socket passes no files on"},
}  # fmt: skip


def _get_event_loop(plain):
    """`asyncio.get_event_loop`, which once made a loop for a program that had none."""

    def get_event_loop():
        try:
            return plain()
        except RuntimeError:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            return loop

    return get_event_loop


def _is_taken(module, name, value):
    """Whether another name of its kind, as `AF_INET` is of `AF_UNIX`'s, has that number."""
    kind = name.partition("_")[0] + "_"
    return any(other.startswith(kind) and known == value for other, known in vars(module).items())


def _number(module, name, value):
    return value + (1 << 24) if isinstance(value, int) and _is_taken(module, name, value) else value


def _give(all_names, made):
    """Gives each module the names that it lacks."""
    for module, names in all_names.items():
        for name, value in names.items():
            if not hasattr(module, name):
                setattr(module, name, made(module, name, value))


def install():
    _give(NUMBERS, _number)
    _give(FUNCTIONS, lambda module, name, function: function)
    _give(LACKING, lambda module, name, lacks: _raiser(f"{module.__name__}.{name}", lacks))
    for name in ("ThreadingUnixStreamServer", "ThreadingUnixDatagramServer"):
        if not hasattr(socketserver, name):
            plain = getattr(socketserver, name.removeprefix("Threading"))
            setattr(socketserver, name, type(name, (socketserver.ThreadingMixIn, plain), {"__module__": "socketserver"}))
    asyncio.get_event_loop = asyncio.events.get_event_loop = _get_event_loop(asyncio.events.get_event_loop)
    _install_old()


def _install_old():
    """What Python has let go of since 3.11."""
    parser = configparser.RawConfigParser
    if not hasattr(parser, "readfp"):
        parser.readfp = lambda self, file, filename=None: self.read_file(file, filename)
        configparser.SafeConfigParser = configparser.ConfigParser
    if not hasattr(locale, "format"):
        locale.format = lambda percent, value, grouping=False, monetary=False, *rest: locale.format_string(
            percent, value, grouping, monetary
        )
    if not hasattr(locale, "resetlocale"):
        locale.resetlocale = lambda category=locale.LC_ALL: locale.setlocale(category, "")
