"""What the phone page shows at a moment, and what of it a page does not show yet; the browser remembers, not we."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from calls.telephony.simulator import handset, monitor
from calls.telephony.simulator.documents import UNDER_WAY, SimulatedCall, Taking
from candidates.documents import Candidate
from candidates.services import candidates_with_phones

WHO = {"Say": "us", "Speech": "them", "Keys": "them", "Silence": "them", "HangUp": "them"}


class Kind(StrEnum):
    """What the phone can be used for; the template of the same name shows it."""

    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    UNANSWERED = "unanswered"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class ShownSoFar:
    """What a page shows already: the kind and the calls of its screen, the call it is about, how far that had come."""

    kind: str = ""
    calls: tuple[str, ...] = ()
    call: str = ""
    moment: str = ""
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Party:
    """A call with the candidate it is for, None where nobody of ours has the number."""

    call: SimulatedCall
    candidate: Candidate | None

    @property
    def name(self) -> str:
        return self.candidate.name if self.candidate else str(self.call.to)


@dataclass(frozen=True, slots=True)
class Step:
    """A thing that happened on the line, `clock` after the answer; `who` said it: us, them, or nobody."""

    clock: str
    verb: str
    text: str
    attributes: dict[str, str]
    who: str


@dataclass(frozen=True, slots=True)
class Screen:
    """What the page shows. `call` is the one that it is about; `steps` are those that the page has not shown yet."""

    kind: Kind
    ringing: list[Party]
    call: Party | None
    missed: list[Party]
    steps: list[Step]
    now: monitor.ScriptStep | None
    timeline: list[tuple[str, str]]
    seconds: float
    before: ShownSoFar
    seen: ShownSoFar

    @property
    def is_new(self) -> bool:
        """Whether the controls are others than before."""
        return (self.before.kind, self.before.calls) != (self.seen.kind, self.seen.calls)

    @property
    def is_another_call(self) -> bool:
        """Whether the conversation shown before is another call's."""
        return self.before.call != self.seen.call

    @property
    def question(self) -> int:
        """The number of the open Gather, 0 where none is open."""
        asking = self.call.call.asking if self.call else None
        return int(asking["number"]) if asking else 0


def look(*, phone_id: str, before: ShownSoFar, now: datetime) -> Screen | None:
    """Return what to show now at this phone, None where the page shows it already.

    A page that shows it already costs one query.
    """
    calls = handset.around(phone_id=phone_id)
    mine = next((call for call in calls if call.phone_id == phone_id), None)
    ringing = [call for call in calls if call is not mine and call.taking is None]
    gone = _gone(before, calls)
    mine = mine or next((call for call in gone if call.phone_id == phone_id), None)
    kind = _kind(mine, ringing, before)
    shown = ringing if kind is Kind.RINGING else [mine] if mine else []
    if kind is Kind.OVER and mine is None:
        return None
    watched = ringing[0] if kind is Kind.RINGING else mine
    seen = ShownSoFar(
        kind=kind,
        calls=tuple(call.call_sid for call in shown),
        call=mine.call_sid if mine else before.call,
        moment=_moment(watched),
        steps=len(mine.script) if mine else before.steps,
    )
    if seen == before:
        return None
    missed = [call for call in gone if call.phone_id != phone_id]
    parties = _parties([*shown, *missed, *([mine] if mine else [])])
    return Screen(
        kind=kind,
        ringing=[parties[call.call_sid] for call in ringing] if kind is Kind.RINGING else [],
        call=parties[mine.call_sid] if mine else None,
        missed=[parties[call.call_sid] for call in missed],
        steps=_steps(mine, since=before.steps if mine.call_sid == before.call else 0) if mine else [],
        now=monitor.moment(watched, now=now) if watched else None,
        timeline=_timeline(watched) if watched else [],
        seconds=(now - mine.answered_at).total_seconds() if mine and mine.answered_at else 0.0,
        before=before,
        seen=seen,
    )


def _gone(before: ShownSoFar, calls: Iterable[SimulatedCall]) -> list[SimulatedCall]:
    """Return the calls that the page still shows as ringing or under way, and that are neither any more."""
    if before.kind == Kind.OVER:
        return []
    gone = set(before.calls) - {call.call_sid for call in calls}
    return handset.look_up(call_sids=gone) if gone else []


def _kind(mine: SimulatedCall | None, ringing: Sequence[SimulatedCall], before: ShownSoFar) -> Kind:
    if mine and mine.status in UNDER_WAY:
        return Kind.TALKING if mine.taking == Taking.ANSWERS else Kind.UNANSWERED
    if ringing:
        return Kind.RINGING
    return Kind.OVER if mine or before.kind == Kind.OVER else Kind.WAITING


def _moment(call: SimulatedCall | None) -> str:
    """Return what changes whenever something happens in the call."""
    if call is None:
        return ""
    asking = call.asking or {}
    return f"{call.status}-{len(call.script)}-{asking.get('number', 0)}-{bool(asking.get('begun_at')):d}"


def _parties(calls: Iterable[SimulatedCall]) -> dict[str, Party]:
    by_sid = {call.call_sid: call for call in calls}
    known = candidates_with_phones({call.to for call in by_sid.values()}) if by_sid else {}
    return {call_sid: Party(call, known.get(call.to)) for call_sid, call in by_sid.items()}


def _steps(call: SimulatedCall, *, since: int) -> list[Step]:
    return [_step(entry, call.answered_at or call.placed_at) for entry in call.script[since:]]


def _step(entry: dict[str, Any], start: datetime) -> Step:
    verb = entry["verb"]
    return Step(_clock(entry["at"] - start), verb, entry["text"], entry.get("attributes", {}), WHO.get(verb, ""))


def _timeline(call: SimulatedCall) -> list[tuple[str, str]]:
    return [(status, _clock(at - call.placed_at)) for status, at in monitor.timeline(call)]


def _clock(passed: Any) -> str:
    minutes, seconds = divmod(max(int(passed.total_seconds()), 0), 60)
    return f"{minutes}:{seconds:02}"
