"""Rows of what the server's own options cost: each beside the same server without it."""

import tempfile
from pathlib import Path
from statistics import median

from . import peers
from .load import Wrk, paced
from .machine import REPOSITORY, Split
from .peers import Peer
from .report import at_least, at_most
from .rounds import interleaved, ratios
from .rows import Suite

MOUNTS = 64
CONNECTIONS = 10_000
# More than any load here asks for, so that they are looked at and nothing is refused.
LIMITS = ("--max-client-connections", "100000", "--max-client-instances", "100000", "--max-connections", "100000")


def options(suite: Suite, split: Split):
    """Limits, metrics, and a log in a file, each alone."""
    plain = suite.binaries.hello()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        kinds = {
            "limits": (suite.binaries.hello(*LIMITS, name="limits"), at_least(0.99)),
            "metrics": (suite.binaries.hello("--status", "127.0.0.1:0", name="metrics"), at_least(0.98)),
            "log to a file": (logging(suite, log), at_least(0.95)),
        }
        rates = suite.wrk([plain, *(peer for peer, _ in kinds.values())], split, Wrk(suite.plan.connections))
    without = [rate.per_second for rate in rates["doverb"]]
    for name, (peer, bar) in kinds.items():
        suite.report.add(f"hello with {name}", split, "without", bar, ratios([rate.per_second for rate in rates[peer.name]], without))


def logging(suite: Suite, log: Path) -> Peer:
    """One that writes a line a request into a file."""
    peer = suite.binaries.hello(name="log")

    def command(cores, port, folder):
        words = [word for word in peer.command(cores, port, folder) if word != "--quiet"]
        # The ready line goes to the standard output, which stays what it is.
        return ["sh", "-c", 'exec "$@" 2>"$0"', str(log), *words]

    return Peer(peer.name, command, env=peer.env)


def mounts(suite: Suite, split: Split):
    """Sixty-four mounts of handlers of their own beside one, with ten thousand connections, at 80 % of what one can do."""
    bounds = [*LIMITS, "--max-instances", str(CONNECTIONS + 100)]
    one = suite.binaries.hello(*bounds)
    many = mounted(suite, bounds)
    rates = suite.wrk([one], split, Wrk(suite.plan.connections))
    rate = 0.8 * median(measured.per_second for measured in rates["doverb"])

    def measure(server, seconds):
        paths = [f"/m{number}/" for number in range(MOUNTS)] if server.name == many.name else ["/"]
        return paced(server, split, CONNECTIONS, rate, max(seconds, 2), paths)

    said = interleaved([one, many], split, suite.plan, measure)
    work = f"{MOUNTS} mounts, {CONNECTIONS:,} connections, p99 at 80 % load"
    suite.compare_p99(work, split, said, rate, (many.name, one.name), ("one handler", at_most(1.3)))


def mounted(suite: Suite, bounds: list[str]) -> Peer:
    """Copies that differ by a section that nobody reads, so that each is compiled and kept by itself."""
    hello = (REPOSITORY / peers.GUESTS / "hello.wasm").read_bytes()
    folder = peers.BENCH / "mounts"
    folder.mkdir(parents=True, exist_ok=True)
    handlers = []
    for number in range(MOUNTS):
        path = folder / f"m{number}.wasm"
        path.write_bytes(hello + bytes([0, 3, 1, ord("m"), number]))
        handlers.append(f"/m{number}={path}")
    return suite.binaries.served(Path(handlers[0]), *bounds, *handlers[1:], name="mounts")
