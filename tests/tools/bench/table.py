"""The table of what was measured beside its goals, as text, in the docs, and the ratios that CI holds us to."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.tools.bench.figures import MAY_GROW_BY, Spread, grown

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "performance.md"
RATIOS = HERE / "ratios.json"
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"
MET = {True: "met", False: "missed", None: ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: what was found, what it is to be, and whether it is; None where it was not judged."""

    what: str
    found: str
    goal: str
    is_met: bool | None = None


@dataclass(slots=True)
class Findings:
    """All that a run found: rows to read, and ratios to hold against later runs."""

    rows: list[Row] = field(default_factory=list)
    ratios: dict[str, Spread] = field(default_factory=dict)

    def add(self, what: str, found: str, goal: str, is_met: bool | None = None) -> None:
        self.rows.append(Row(what, found, goal, is_met))

    def compare(self, what: str, found: Spread, *, most: float | None, beside: str) -> None:
        """Add a ratio and its row; `beside` says what it is made of. Where `most` is None, it has no goal."""
        self.ratios[what] = found
        goal, is_met = ("", None) if most is None else (f"at most {most:g} ×", found.middle <= most)
        self.add(what, f"{times(found)}; {beside}", goal, is_met)


def times(found: Spread) -> str:
    """Write a ratio with how far it scatters."""
    return f"{found.middle:.2f} × ± {found.scatter:.2f}"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def markdown(rows: Iterable[Row], *, on: date, quick: bool) -> str:
    """Return the table, with the day and the machine it was made on."""
    kind = "`make bench QUICK=1`" if quick else "`make bench`"
    lines = [
        f"{kind} on {on.isoformat()}, {os.cpu_count()} processors; ± is the median absolute deviation of the rounds:",
        "",
        "| what | measured | goal | |",
        "| --- | --- | --- | --- |",
        *(f"| {row.what} | {row.found} | {row.goal} | {MET[row.is_met]} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def with_table(page: str, table: str) -> str:
    before, found, rest = page.partition(BEGIN)
    return f"{before}{found}{table}{END}{rest.partition(END)[2]}"


def committed() -> dict[str, float]:
    return json.loads(RATIOS.read_text())["ratios"]


def as_json(ratios: Mapping[str, Spread], *, on: date) -> str:
    rounded = {name: round(found.middle, 3) for name, found in ratios.items()}
    return json.dumps({"measured": on.isoformat(), "ratios": rounded}, indent=2) + "\n"


def verdict(ratios: Mapping[str, Spread], before: Mapping[str, float], judged: Iterable[str]) -> tuple[list[str], bool]:
    """Return what to say of the ratios beside the committed ones, and whether any that is judged has grown too much.

    A ratio is taken by the lower end of its scatter: one that scatters too far has not grown.
    """
    now, judged = {name: found.middle for name, found in ratios.items()}, set(judged)
    multiples = grown({name: found.middle - found.scatter for name, found in ratios.items()}, before)
    lines = [
        f"{'GREW' if name in multiples else 'holds'}  {name}: {now[name]:.2f}, committed {before[name]:.2f}"
        f"{'' if name in judged else ' (reported only)'}"
        for name in before
        if name in now
    ]
    failed = judged & multiples.keys()
    lines += [f"{len(failed)} of the judged ratios grew by more than {MAY_GROW_BY:.0%}."] if failed else []
    return lines, bool(failed)
