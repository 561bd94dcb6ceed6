"""Rows that are not about a rate of small requests: large bodies, many connections, starting."""

import tempfile
from pathlib import Path
from statistics import median

from . import peers
from .load import Held, echo, paced
from .machine import Split
from .peers import Peer
from .report import at_least, at_most, number
from .rounds import Plan, Spread, interleaved, ratios
from .rows import Suite

GIBIBYTE = 1 << 30
CONNECTIONS = 10_000


def large_echo(suite: Suite, split: Split):
    """Each round on servers of their own, so that the peak of one is that of one body."""
    served = suite.binaries.served(peers.GUESTS / "echo.wasm", "--cpu-time", "120s")
    twin = suite.binaries.native("echo")
    for framing, named in {"length": "Content-Length", "chunked": "chunked"}.items():
        work = f"echo of 1 GiB, {named}"
        grown = []

        def measure(server, _):
            before = server.memory()
            rate = echo(server, split.load, GIBIBYTE, framing)
            if server.name == "doverb":
                grown.append((server.peak_memory() - before) / (1 << 20))
            return rate

        once = Plan(rounds=suite.plan.rounds, seconds=0, warm_up=0)
        rates = interleaved([served, twin], split, once, measure)
        suite.report.add(work, split, twin.name, at_least(0.6), ratios(rates["doverb"], rates[twin.name]))
        # Only the first body can show what one takes; later ones find the buffers of the first.
        suite.report.add(work, split, "memory before it", at_most(16, " MiB"), Spread(max(grown), min(grown), max(grown)))
        for name, rounds in rates.items():
            suite.report.note(work, split, name, f"{median(rounds) / (1 << 30):.2f} GiB/s")


def crowd(suite: Suite, split: Split):
    """Ten thousand connections: what each of them takes, and how long an answer takes when each asks once a second."""
    work = f"{CONNECTIONS:,} connections"
    options = ["--max-connections", str(2 * CONNECTIONS), "--max-client-connections", str(2 * CONNECTIONS)]
    # One client has them all here.
    options += ["--max-instances", str(CONNECTIONS + 100), "--max-client-instances", str(CONNECTIONS + 100)]
    server = suite.binaries.hello(*options)

    def memory_each(asked: bool) -> Spread:
        with server.start(split.server) as running:
            # The first request of all makes what all share.
            with Held(running, split.load, 1, True):
                pass
            before = running.memory()
            with Held(running, split.load, CONNECTIONS, asked):
                each = (running.memory() - before) / CONNECTIONS / 1024
        return Spread(each, each, each)

    suite.report.add(work, split, "memory each, no instance", at_most(8, " KiB"), memory_each(False))
    suite.report.add(work, split, "memory each, an instance", at_most(64, " KiB"), memory_each(True))

    def measure(running, seconds):
        return paced(running, split, CONNECTIONS, CONNECTIONS, max(seconds, 2))

    plan = Plan(rounds=suite.plan.rounds, seconds=suite.plan.seconds, warm_up=0)
    said = interleaved([server], split, plan, measure)["doverb"]
    p99 = Spread.of([one["p99"] / 1000 for one in said])
    suite.report.add(work, split, "p99, one request each a second", at_most(10, " ms"), p99)
    p50, worst = (median(one[key] for one in said) / 1000 for key in ("p50", "max"))
    suite.report.note(work, split, "doverb", f"p50 {number(p50)} ms, p99 {number(p99.median)} ms, max {number(worst)} ms")


def start(suite: Suite, split: Split):
    """From the start of the process to the line that says that it serves."""

    def ready(peer: Peer) -> float:
        with peer.start(split.server) as server:
            return server.ready_after * 1000

    rounds = 2 * suite.plan.rounds
    cached = suite.binaries.hello()
    ready(cached)
    suite.report.add("start, code cached", split, "ready line", at_most(50, " ms"),
                     Spread.of([ready(cached) for _ in range(rounds)]))

    def first() -> float:
        with tempfile.TemporaryDirectory() as folder:
            peer = suite.binaries.hello()
            return ready(Peer(peer.name, peer.command, env={"DOVERB_CACHE_DIR": str(Path(folder) / "cache")}))

    suite.report.add("start, first compile", split, "ready line", at_most(300, " ms"),
                     Spread.of([first() for _ in range(rounds)]))
