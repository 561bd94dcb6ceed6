"""The table: a line a bar, with the ratio, its spread, and whether it is met."""

import datetime
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from . import machine, peers
from .rounds import Plan, Spread


@dataclass(frozen=True)
class Bar:
    """What must be reached: at least or at most a value."""

    value: float
    at_least: bool
    unit: str = ""

    def met(self, value: float) -> bool:
        return value >= self.value if self.at_least else value <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.value)}{self.unit}"


def at_least(value: float, unit: str = "") -> Bar:
    return Bar(value, True, unit)


def at_most(value: float, unit: str = "") -> Bar:
    return Bar(value, False, unit)


@dataclass(frozen=True)
class Result:
    """A line of the table. Without a bar it is only told."""

    work: str
    cores: str
    against: str
    bar: Bar | None
    # None when it could not be measured, which no bar allows.
    measured: Spread | None

    @property
    def met(self) -> bool:
        return self.measured is not None and (self.bar is None or self.bar.met(self.measured.median))

    def cells(self) -> list[str]:
        bar, measured = self.bar, self.measured
        if measured is None:
            return [self.work, self.cores, self.against, "-", "-", "-", "**failed**"]
        unit = bar.unit if bar else ""
        verdict = "-" if bar is None else "yes" if self.met else "**no**"
        spread = f"{number(measured.low)} to {number(measured.high)}"
        return [self.work, self.cores, self.against, str(bar or "-"), number(measured.median) + unit, spread, verdict]


@dataclass
class Report:
    """What was measured so far."""

    results: list[Result] = field(default_factory=list)
    # Absolute figures: of this machine in these minutes only.
    figures: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, work: str, cores: object, against: str, bar: Bar | None, measured: Spread):
        self.results.append(Result(work, str(cores), against, bar, measured))

    def fail(self, work: str, cores: object, why: str):
        """A row that broke off: a server that answers wrongly has no speed."""
        self.results.append(Result(work, str(cores), "-", None, None))
        self.note(work, cores, "-", why)

    def note(self, work: str, cores: object, server: str, text: str):
        self.figures.append((work, str(cores), server, text))

    def table(self) -> str:
        header = ["work", "server", "against", "bar", "median", "spread", "met"]
        return table(header, [result.cells() for result in self.results])

    def text(self, plan: Plan, took: float) -> str:
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
        facts = [f"commit {machine.commit()}", now, *machine.description(), *peers.versions()]
        facts.append(f"{plan.rounds} rounds of {number(plan.seconds)} s, {took / 60:.0f} minutes in all")
        bars = [result for result in self.results if result.bar or not result.measured]
        summary = f"{sum(result.met for result in bars)} of {len(bars)} bars are met."
        figures = table(["work", "server", "of", "figure"], [list(figure) for figure in self.figures])
        return "\n".join([
            "# Results of tests/bench/run", "", INTRODUCTION, "", *(f"- {fact}" for fact in facts), "",
            summary, "", self.table(), "", "## The figures behind", "", FIGURES, "", figures, "",
        ])


INTRODUCTION = textwrap.fill(
    "Written by the suite; do not edit. Each ratio is taken round by round from runs that follow each other, and the table has the"
    " median with the lowest and the highest round. \"1 core\" means that the server has a core of its own and the load another."
    " \"shared with the load\" means that the machine has no cores to spare for the load: both are on the same"
    " ones, so that the load's own work, the same for all servers, draws every ratio towards 1.",
    width=120,
)
FIGURES = textwrap.fill(
    "They are of this machine in these minutes and say nothing about another; medians over the rounds.", width=120
)


def table(header: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[n]) for row in [header, *rows]) for n in range(len(header))]
    line = lambda row: "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def number(value: float) -> str:
    """Three digits that count."""
    if value == 0 or value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def write(report: Report, plan: Plan, took: float, path: Path):
    path.write_text(report.text(plan, took))
