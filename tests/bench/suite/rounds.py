"""Rounds: every server in turn, again and again, so that what the machine does meanwhile happens to all of them."""

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Callable, Sequence

from .machine import Split
from .peers import Peer
from .process import Process


@dataclass(frozen=True)
class Spread:
    """A median, and how far the rounds are apart."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> "Spread":
        return Spread(median(values), min(values), max(values))


@dataclass(frozen=True)
class Plan:
    """How long the suite takes its time."""

    rounds: int = 5
    seconds: float = 3
    warm_up: float = 1
    connections: int = 64


def interleaved(peers: Sequence[Peer], split: Split, plan: Plan, measure: Callable[[Process, float], object]):
    """What `measure` gives for each server, a list a server with one entry a round. All servers run all the time, but only one
    has work; each round begins with another one."""
    results = {peer.name: [] for peer in peers}
    with ExitStack() as stack:
        servers = [stack.enter_context(peer.start(split.server)) for peer in peers]
        for server in servers:
            if plan.warm_up:
                measure(server, plan.warm_up)
        for number in range(plan.rounds):
            first = number % len(servers)
            for server in servers[first:] + servers[:first]:
                results[server.name].append(measure(server, plan.seconds))
                print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return results


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Round by round: both of a pair are from the same half minute."""
    return Spread.of([our / their for our, their in zip(ours, theirs, strict=True)])
