"""Measures how fast it is, beside its goals: `make bench`, or in three minutes `make bench QUICK=1`.

What is measured: CPU per request, that is the user and system time of all processes of a server by the kernel's own
clocks, mongod's apart; and the latency. Servers take turns in rounds, and what counts is the median of the rounds'
ratios, since absolute times mean nothing on a shared machine. `--gate` compares the ratios with those committed in
ratios.json and fails where one that is judged has grown by more than a quarter beyond its scatter.

Judged are the ratios of CPU, in JUDGED: seven runs on two processors with eight to sixteen programs that wanted them
found a turn, a status callback and place_call within 8 to 10 % of their middle each time, calls started within 13 %,
lists within 20 %. Whatever is timed by the clock (pages of many candidates beside those of few) went up and down by
half, so that it is reported only, as is what is no ratio. Counting instructions would be steadier still, but most
virtual machines do not let one.
"""

import argparse
import sys
from datetime import UTC, datetime
from importlib.util import find_spec

from tests.tools.bench.environment import Environment, bench_environment
from tests.tools.bench.table import PAGE, RATIOS, Findings, as_json, committed, markdown, verdict, with_table

JUDGED = (
    "a whole turn / the floor",
    "a whole turn / plain FastAPI",
    "a status callback / the floor",
    "a list of 50 / the floor",
    "a list of 50 / plain FastAPI",
    "starting a call / the floor",
    "starting a call / plain FastAPI",
    "place_call without the network / the floor",
)
LEFT_OUT = "1,000 calls held at once; lists of a million candidates (of 100,000 instead)"


def main() -> int:

    parser = argparse.ArgumentParser(prog="python -m tests.tools.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"within three minutes; leaves out: {LEFT_OUT}")
    parser.add_argument(
        "--gate", action="store_true", help="exit with 1 where a judged ratio has grown by over a quarter"
    )
    parser.add_argument(
        "--update", action="store_true", help="write the table in docs/performance.md, or with --quick ratios.json"
    )
    said = parser.parse_args()
    if sys.platform != "linux":
        parser.error("CPU is read from the kernel's clocks and /proc: this takes Linux.")
    if not find_spec("fastapi"):
        parser.error("fastapi is missing: `make bench` installs it.")
    findings = Findings()
    with bench_environment(is_quick=said.quick) as env:
        measure(env, findings)
    today = datetime.now(UTC).date()
    table = markdown(findings.rows, on=today, quick=said.quick)
    sys.stdout.write(f"\n{table}" + (f"\nLeft out: {LEFT_OUT}.\n" if said.quick else ""))
    lines, has_grown = verdict(findings.ratios, committed(), JUDGED) if said.gate else ([], False)
    sys.stdout.write("\n".join(["", *lines, ""]))
    if said.update:
        path, text = (RATIOS, as_json(findings.ratios, on=today)) if said.quick else (PAGE, table)
        path.write_text(text if said.quick else with_table(PAGE.read_text(), text))
    return int(has_grown)


def measure(env: Environment, findings: Findings) -> None:
    """Measure everything, saying on standard error what is under way."""
    from tests.tools.bench import comparison, costs, held_calls, scale, sustained

    began = datetime.now(UTC)

    def report(what: str) -> None:
        sys.stderr.write(f"{(datetime.now(UTC) - began).seconds:4d} s  {what}\n")

    report("turns, status callbacks, lists, calls started: in rounds")
    ours, floor = comparison.measure(env, findings)
    floor.end()
    report("as many turns as go, and turns at a pace")
    sustained.measure(env, ours, findings)
    ours.end()
    report("round trips, understanding, an import, the second start")
    costs.measure(env, findings)
    report("lists and the admin's pages of many candidates")
    scale.measure(env, findings)
    if not env.is_quick:
        report("1,000 calls at once")
        held_calls.measure(env, findings)
    report("done")


if __name__ == "__main__":
    sys.exit(main())
