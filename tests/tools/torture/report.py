"""Tells what a run found: each promise with its offenders, the faults that were injected, and figures beside them."""

from collections import Counter
from pathlib import Path

from tests.tools.torture import answers, audit, transcripts
from tests.tools.torture.evidence import Evidence
from tests.tools.torture.plan import Plan

PROMISES = audit.PROMISES | answers.PROMISES
KINDS = {"web": "web worker killed", "jobs": "job runner killed"}
PAGE = Path(__file__).parents[3] / "docs" / "torture.md"
BEGIN, END = "<!-- torture -->\n", "<!-- /torture -->"


def write(evidence: Evidence, plan: Plan, found: dict[str, list[str]], *, seconds: float, shown: int) -> str:
    """Return the report; of each promise's offenders it names so many."""
    lines = [f"Seed {plan.seed}, {plan.calls} calls under faults, {seconds / 60:.1f} minutes", "", "Promises broken"]
    for promise, offenders in found.items():
        lines.append(f"  {len(offenders):5}  {promise}")
        lines += [f"           {offender}" for offender in offenders[:shown]]
    for title, counts in (("Faults injected", faults(evidence)), ("Figures", figures(evidence))):
        lines += ["", title, *(f"  {number:5}  {name}" for name, number in counts.items())]
    return "\n".join(lines)


def audited(evidence: Evidence) -> dict[str, list[str]]:
    """Return who was let down, for each promise."""
    return {promise: list(offenders(evidence)) for promise, offenders in PROMISES.items()}


def faults(evidence: Evidence) -> dict[str, int]:
    """Return how often each fault was injected."""
    deaths = Counter(f"{KINDS[death['kind']]}: {death['moment']}" for death in evidence.deaths)
    return evidence.faults | dict(sorted(deaths.items()))


def figures(evidence: Evidence) -> dict[str, int]:
    """Return what else is worth knowing of a run."""
    calls = evidence.calls.values()
    interviews = audit.confirmed(evidence)
    copies = audit.copies_of_mails(evidence)
    wanted = Counter(each["slot_id"] for session in evidence.sessions.values() for each in session.get("offered", []))
    unheard = [
        interview
        for interview in interviews
        if (call := evidence.call_of(interview["session_id"]))
        and (call["person_hung_up"] or not transcripts.heard(call, transcripts.BOOKED))
    ]
    return {
        "calls dialled": len(calls),
        "calls answered": sum(bool(call.get("answered_at")) for call in calls),
        "interviews booked": len(interviews),
        "of them, the caller hung up before hearing so": len(unheard),
        "times that two callers or more were offered": sum(number > 1 for number in wanted.values()),
        "the most callers that one time was offered to": max(wanted.values(), default=0),
        "callers told that the time had just been taken": sum(
            transcripts.heard(call, transcripts.GONE) for call in calls
        ),
        "callers told that something went wrong on our side": sum(
            transcripts.heard(call, transcripts.TROUBLE) for call in calls
        ),
        "webhooks delivered": len(evidence.delivered),
        "of them without an answer in time, and sent again": sum(
            "error" in record and record["is_sent_again"] for record in evidence.delivered
        ),
        "requests for a call": len(evidence.answers),
        "mails delivered": len(evidence.messages),
        "of them again, as nobody could know of the first (same Message-ID)": sum(
            len(each) - 1 for each in copies.values()
        ),
    }


def update_docs(evidence: Evidence, plan: Plan) -> None:
    """Write the figures of a run that broke no promise into the docs."""
    before, found, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{found}{markdown(evidence, plan)}{END}{after}")


def markdown(evidence: Evidence, plan: Plan) -> str:
    """Return the figures as the docs show them."""
    killed = Counter(KINDS[death["kind"]] for death in evidence.deaths)
    injected = Counter(evidence.faults) + killed
    rows = [
        f"| `make torture CALLS={plan.calls} SEED={plan.seed}` | broken |",
        "| --- | ---: |",
        *(f"| {promise} | 0 |" for promise in PROMISES),
        "| **injected** | **times** |",
        *(f"| {fault} | {number:,} |" for fault, number in sorted(injected.items())),
        "| **beside that** | |",
        *(f"| {name} | {number:,} |" for name, number in figures(evidence).items()),
    ]
    return "\n".join([*rows, ""])
