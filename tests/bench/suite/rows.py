"""The rows of the table: what is measured, against whom, and what must be reached."""

from dataclasses import dataclass, field, replace
from statistics import median
from typing import Callable

from . import peers
from .load import ORDER, PIPELINE, Rate, Wrk, paced
from .machine import Split
from .peers import Binaries, Peer
from .report import Report, at_least, at_most, number
from .rounds import Plan, Spread, interleaved, ratios

# What wrk sends beside its Host field for the row that reads ten.
FIELDS = (
    "User-Agent: wrk", "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "Accept-Encoding: gzip, deflate, br",
    "Accept-Language: en-GB,en;q=0.5", "Cookie: session=0123456789abcdef0123456789abcdef", "Referer: http://127.0.0.1/",
    "X-Request-Id: 7f3c2a10-5b7e-4f0a-9d11-2f6f1c9a8b77", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https",
)
BEFORE = "the commit before"


@dataclass
class Suite:
    """What the rows share."""

    plan: Plan
    binaries: Binaries
    report: Report = field(default_factory=Report)
    # Those of another commit, which some rows have beside the others.
    before: Binaries | None = None
    # Building it takes minutes.
    with_wasmtime: bool = True
    # Of the hello row, by cores: later rows build on them.
    saturated: dict[Split, dict[str, list[Rate]]] = field(default_factory=dict)

    def ours(self, served: Callable[[Binaries], Peer]) -> list[Peer]:
        """The server under test, and the one before it if there is one."""
        before = [replace(served(self.before), name=BEFORE)] if self.before else []
        return [served(self.binaries), *before]

    def wrk(self, servers, split: Split, load: Wrk) -> dict[str, list[Rate]]:
        return interleaved(servers, split, self.plan, lambda server, time: load.run(server, split.load, time))

    def compare(self, work: str, split: Split, rates: dict[str, list[Rate]], bars: dict):
        """Our requests a second against those of each peer with its bar, or none."""
        ours = [rate.per_second for rate in rates["doverb"]]
        before = {BEFORE: None} if BEFORE in rates else {}
        for name, bar in {**bars, **before}.items():
            theirs = [rate.per_second for rate in rates[name]]
            self.report.add(work, split, name, bar, ratios(ours, theirs))
        for name, measured in rates.items():
            rate, cpu = (median(values) for values in zip(*((one.per_second, one.cpu) for one in measured)))
            self.report.note(work, split, name, f"{rate:,.0f} requests/s, {number(cpu)} µs of CPU each")

    def compare_p99(self, work: str, split: Split, said: dict[str, list[dict]], rate: float, pair: tuple[str, str], bar: tuple):
        """The latency of the first of a pair, at the same rate of requests, against that of the second, called so, with its bar."""
        p99 = {name: [one["p99"] for one in rounds] for name, rounds in said.items()}
        self.report.add(work, split, *bar, ratios(*(p99[name] for name in pair)))
        for name, rounds in said.items():
            p50, worst = (median(one[key] for one in rounds) for key in ("p50", "max"))
            text = f"p50 {number(p50)} µs, p99 {number(median(p99[name]))} µs, max {number(worst)} µs"
            self.report.note(work, split, name, f"{text} at {rate:,.0f} requests/s")


def cpu_difference(ours: list[Rate], theirs: list[Rate]) -> Spread:
    return Spread.of([our.cpu - their.cpu for our, their in zip(ours, theirs, strict=True)])


def hello(suite: Suite, split: Split):
    twin = suite.binaries.native("hello")
    servers = [*suite.ours(Binaries.hello), twin, peers.NGINX, peers.HYPER]
    bars = {twin.name: at_least(0.97), "nginx": at_least(1), "hyper": at_least(1)}
    if suite.with_wasmtime:
        servers += [peers.WASMTIME_REUSE, peers.WASMTIME_DEFAULT]
        bars |= {peers.WASMTIME_REUSE.name: at_least(2.5), peers.WASMTIME_DEFAULT.name: at_least(18)}
    servers += [peers.CPYTHON_NODELAY, peers.CPYTHON]
    bars |= {peers.CPYTHON_NODELAY.name: at_least(3), peers.CPYTHON.name: None}
    rates = suite.wrk(servers, split, Wrk(suite.plan.connections))
    suite.saturated[split] = rates
    suite.compare("hello, 64 keep-alive", split, rates, bars)
    cost = cpu_difference(rates["doverb"], rates[twin.name])
    suite.report.add("guest cost of hello", split, "native twin's CPU", at_most(1, " µs"), cost)


def latency(suite: Suite, split: Split):
    """Both get the same rate: 80 % of what the slower one can do."""
    if split not in suite.saturated:
        servers = [suite.binaries.hello(), peers.NGINX]
        suite.saturated[split] = suite.wrk(servers, split, Wrk(suite.plan.connections))
    both = (suite.saturated[split][name] for name in ("doverb", "nginx"))
    rate = 0.8 * min(median(one.per_second for one in rates) for rates in both)

    def measure(server, seconds):
        return paced(server, split, suite.plan.connections, rate, seconds)

    said = interleaved([suite.binaries.hello(), peers.NGINX], split, suite.plan, measure)
    work = "hello, p99 at 80 % load"
    suite.compare_p99(work, split, said, rate, ("doverb", "nginx"), ("nginx", at_most(1.2)))


def pipelined(suite: Suite, split: Split):
    twin = suite.binaries.native("hello")
    servers = [*suite.ours(Binaries.hello), twin, peers.NGINX, peers.HYPER]
    rates = suite.wrk(servers, split, Wrk(suite.plan.connections, script=PIPELINE))
    bars = {"nginx": at_least(4), twin.name: None, "hyper": at_least(0.6)}
    suite.compare("hello, 16 pipelined", split, rates, bars)


def connection_per_request(suite: Suite, split: Split):
    twin = suite.binaries.native("hello")
    servers = [*suite.ours(Binaries.hello), twin, peers.NGINX, peers.HYPER]
    rates = suite.wrk(servers, split, Wrk(suite.plan.connections, fields=("Connection: close",)))
    work = "connection per request"
    suite.compare(work, split, rates, {"hyper": at_least(0.8), "nginx": None, twin.name: None})
    cost = cpu_difference(rates["doverb"], rates[twin.name])
    suite.report.add("an instance's CPU", split, "native twin's CPU", at_most(25, " µs"), cost)


def fields(suite: Suite, split: Split):
    twin = suite.binaries.native("fields")
    servers = [*suite.ours(lambda built: built.served(peers.TEST_GUESTS / "fields.wasm")), twin]
    rates = suite.wrk(servers, split, Wrk(suite.plan.connections, fields=FIELDS))
    suite.compare("10 fields in, 10 out, 4 KiB", split, rates, {twin.name: at_least(0.88)})


def order(suite: Suite, split: Split):
    """1 KiB of JSON in, 1 KiB of JSON out."""
    load = Wrk(suite.plan.connections, script=ORDER)
    rates = suite.wrk([suite.binaries.served(peers.TEST_GUESTS / "order.wasm"), peers.AXUM], split, load)
    suite.compare("1 KiB of JSON in and out", split, rates, {peers.AXUM.name: at_least(0.9)})
    in_python = suite.binaries.python(peers.PEERS / "python-order/app.py")
    rates = suite.wrk([in_python, peers.UVICORN_ASGI], split, load)
    suite.compare("1 KiB of JSON in and out, Python", split, rates, {peers.UVICORN_ASGI.name: at_least(1.5)})


def python(suite: Suite, split: Split):
    """A Python file on CPython, and the same file as a component."""
    served = suite.ours(Binaries.python)
    twin = suite.binaries.native("hello")
    rates = suite.wrk([*served, twin, peers.CPYTHON_NODELAY], split, Wrk(suite.plan.connections))
    suite.compare("hello in Python", split, rates, {peers.CPYTHON_NODELAY.name: at_least(4), twin.name: None})
    cost = cpu_difference(rates["doverb"], rates[twin.name])
    suite.report.add("guest cost of hello in Python", split, "native twin's CPU", at_most(9, " µs"), cost)
    # Nearly every program of Python's has its own log_message.
    own_log = suite.ours(lambda built: built.python(peers.OWN_LOG))
    rates = suite.wrk([*own_log, peers.CPYTHON_OWN_LOG], split, Wrk(suite.plan.connections))
    suite.compare("hello in Python, own log_message", split, rates, {peers.CPYTHON_OWN_LOG.name: at_least(3.5)})
    rates = suite.wrk([*served, peers.CPYTHON_HTTP_1_0], split, Wrk(suite.plan.connections, fields=("Connection: close",)))
    suite.compare("hello in Python, connection per request", split, rates, {peers.CPYTHON_HTTP_1_0.name: at_least(3)})


def isolation(suite: Suite, split: Split):
    servers = suite.ours(lambda built: built.hello("--isolation", "request"))
    bars = {}
    if suite.with_wasmtime:
        servers += [peers.WASMTIME_DEFAULT]
        bars = {peers.WASMTIME_DEFAULT.name: at_least(1.2)}
    rates = suite.wrk(servers, split, Wrk(suite.plan.connections))
    suite.compare("--isolation request", split, rates, bars)


def scaling(suite: Suite, one: Split, more: Split):
    """Where the load has cores of its own, requests a second; else what a request costs the server with one thread and with
    more: what threads lose to each other shows in it, and the load's share of the cores does not."""
    cores = len(more.server)
    ours, with_more = (suite.saturated[split]["doverb"] for split in (one, more))
    if more.shared:
        grown = ratios([rate.cpu for rate in ours], [rate.cpu for rate in with_more])
        against = "1 core, requests a CPU second"
    else:
        measured = ratios([rate.per_second / cores for rate in with_more], [rate.per_second for rate in ours])
        grown, against = measured, "1 core, times as many"
    suite.report.add("scaling", more, against, at_least(0.9), grown)
