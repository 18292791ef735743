"""Our calls beside the phone service's: what lags here is repaired, what only a person can judge is reported."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bson import ObjectId

from calls.documents import ConversationSession
from calls.endings import TERMINAL, end_call, unrecorded_sessions
from calls.sessions import SessionNotFound, announce_end, load_session
from calls.settling import CLOCKS_DIFFER, PLACED_WITHIN, SETTLE_AFTER, find_call, settle_attempt
from calls.telephony.base import CallUnknown, PlacedCall, Telephony
from candidates.attempts import candidates_with_open_attempt
from candidates.documents import Candidate, Outcome
from config.security.redaction import shown_phone

# One run does no more than this; what it leaves, it says
MAX_SETTLED, MAX_SESSIONS, MAX_FETCHED = 500, 20_000, 100
# An end younger than this may still come by its callback
TOLD_WITHIN = timedelta(minutes=1)
# The phone service rounds, and counts from its own end of the line
DURATIONS_DIFFER_SECONDS = 2

Stored = dict[str, Any]


class Kind(StrEnum):
    """What a finding is; the first four are repaired, unless the run changes nothing."""

    CLOSED = "closed"
    ADOPTED = "adopted"
    GIVEN_BACK = "given back"
    RECORDED = "recorded"
    STUCK = "stuck"
    ORPHAN = "orphan"
    MISSING = "missing"
    DIFFERS = "differs"
    CUT_OFF = "cut off"


MENDED = {Kind.CLOSED, Kind.ADOPTED, Kind.GIVEN_BACK, Kind.RECORDED}


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One difference between our records and the phone service's: what it is, and what to do where it remains."""

    kind: Kind
    words: str
    advice: str = ""
    call_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a comparison of so many calls of the phone service's; `remaining` is for a person to look at."""

    calls: int
    findings: tuple[Discrepancy, ...]

    @property
    def remaining(self) -> list[Discrepancy]:
        """The findings that no run of this repairs."""
        return [finding for finding in self.findings if finding.kind not in MENDED]


@dataclass(frozen=True, slots=True)
class Period:
    """The calls compared are those placed from `since` on and before `until`, none of them still in flux."""

    since: datetime
    until: datetime
    now: datetime


def reconcile(*, since: datetime, until: datetime, now: datetime, telephony: Telephony, repairs: bool) -> Report:
    """Compare the calls placed in a period with the phone service's, and repair what can be; any number may run.

    The last minutes are left out: their callbacks are under way. Without `repairs` nothing is changed, and what would
    be repaired is reported as if it were.

    :raises calls.telephony.base.TelephonyError: the phone service can't be asked now.
    """
    period = Period(since, min(until, now - SETTLE_AFTER), now)
    settled = dict(_settle_open_attempts(period, telephony, repairs=repairs))
    findings = [finding for finding in settled.values() if finding]
    findings += _record_ends(period, repairs=repairs)
    listed = telephony.placed_between(period.since, period.until - CLOCKS_DIFFER)
    if not listed.is_whole:
        findings.append(
            Discrepancy(Kind.CUT_OFF, "There are more calls than can be listed.", "Compare a shorter period.")
        )
    sessions, foreseen = _sessions_of(listed.calls), {finding.call_sid for finding in findings}
    for call in listed.calls:
        stored = sessions.get(call.call_sid)
        if stored is None and call.call_sid not in foreseen:
            findings.append(_orphan(call))
        elif stored and stored["_id"] not in settled:
            findings += _compare(stored, call, period, repairs=repairs)
    findings += _compare_unlisted(period, telephony, {call.call_sid for call in listed.calls}, repairs=repairs)
    return Report(len(listed.calls), tuple(findings))


# --- What is open here


def _settle_open_attempts(
    period: Period, telephony: Telephony, *, repairs: bool
) -> Iterator[tuple[ObjectId, Discrepancy | None]]:
    """Settle each open attempt of the period; yield its session, and what was found unless the call just goes on."""
    since = period.since - PLACED_WITHIN  # of an attempt begun a little before, the call is listed all the same
    for candidate in candidates_with_open_attempt(before=period.until, since=since, limit=MAX_SETTLED):
        attempt = candidate.call_tracking.call_history[-1]
        try:
            if not repairs:
                yield attempt.session_id, _foreseen(candidate, telephony)
                continue
            settle_attempt(candidate=candidate, now=period.now, telephony=telephony)
            yield attempt.session_id, _settled(candidate)
        except SessionNotFound as error:
            words = f"Candidate {candidate.id} has an attempt under way that can't be closed: {error}."
            yield (
                attempt.session_id,
                Discrepancy(Kind.STUCK, words, "Restore the session, or the candidate, from a backup."),
            )


def _foreseen(candidate: Candidate, telephony: Telephony) -> Discrepancy | None:
    """Return what settling the open attempt would come to."""
    attempt = candidate.call_tracking.call_history[-1]
    call = find_call(candidate=candidate, telephony=telephony)
    if call is None:
        return Discrepancy(Kind.GIVEN_BACK, _never_placed(candidate))
    if call.status in TERMINAL:
        return Discrepancy(Kind.CLOSED, _was_over(call.call_sid, candidate.id, call.status), call_sid=call.call_sid)
    is_known = attempt.call_sid is not None
    words = _is_of(call.call_sid, candidate.id)
    return None if is_known else Discrepancy(Kind.ADOPTED, words, call_sid=call.call_sid)


def _settled(before: Candidate) -> Discrepancy | None:
    """Return what settling the attempt that was open has come to."""
    tried = before.call_tracking.call_history[-1]
    candidate = Candidate.objects(id=before.id).only("call_tracking").first()
    history = candidate.call_tracking.call_history if candidate else ()
    attempt = next((each for each in history if each.session_id == tried.session_id), None)
    if attempt is None:
        return None
    if attempt.ended_at and not attempt.call_sid:
        return Discrepancy(Kind.GIVEN_BACK, _never_placed(before))
    if attempt.ended_at:
        return Discrepancy(Kind.CLOSED, _was_over(attempt.call_sid, before.id, attempt.outcome))
    is_adopted = attempt.call_sid and not tried.call_sid
    return Discrepancy(Kind.ADOPTED, _is_of(attempt.call_sid, before.id)) if is_adopted else None


def _never_placed(candidate: Candidate) -> str:
    return f"An attempt to candidate {candidate.id} was never placed, and does not count."


def _was_over(call_sid: str, candidate_id: ObjectId, status: str) -> str:
    return f"Call {call_sid} to candidate {candidate_id} was over: {status}."


def _is_of(call_sid: str, candidate_id: ObjectId) -> str:
    return f"Call {call_sid} is that of the attempt to candidate {candidate_id} whose answer was lost."


def _record_ends(period: Period, *, repairs: bool) -> Iterator[Discrepancy]:
    """Tell again of the ends that were not recorded everywhere."""
    for session_id in unrecorded_sessions(before=min(period.until, period.now - TOLD_WITHIN))[:MAX_SETTLED]:
        words = f"The end of the call of session {session_id} was not recorded everywhere."
        if repairs:
            announce_end(session_id=session_id, now=period.now)
        if repairs and not load_session(session_id).get("recorded_at"):
            yield Discrepancy(Kind.STUCK, words, "See in the log what failed for it.")
        else:
            yield Discrepancy(Kind.RECORDED, words)


# --- What the phone service lists


def _sessions_of(calls: Iterable[PlacedCall]) -> dict[str, Stored]:
    """Return the sessions of calls by sid; of some only the attempt knows the sid."""
    sids = {call.call_sid for call in calls}
    stored = {each["call_sid"]: each for each in _load({"call_sid": {"$in": [*sids]}})}
    by_attempt = _attempts({"call_tracking.call_history.call_sid": {"$in": [*sids - stored.keys()]}})
    by_id = {each["_id"]: each for each in _load({"_id": {"$in": [*by_attempt]}})}
    # An attempt whose session is gone is known all the same
    known = {sid: by_id.get(session_id, {"_id": session_id, "is_gone": True}) for session_id, sid in by_attempt.items()}
    return known | stored


def _load(spec: Stored) -> list[Stored]:
    fields = ("candidate", "call_sid", "twilio_status", "outcome", "notes", "ended_at", "duration_seconds")
    found = ConversationSession._get_collection().find(spec, dict.fromkeys(fields, 1)).sort("started_at", -1)
    return list(found.limit(MAX_SESSIONS))


def _attempts(spec: Stored) -> dict[ObjectId, str]:
    """Return the sids that the attempts of these candidates have, by their sessions."""
    found = Candidate._get_collection().find(spec, {"call_tracking.call_history": 1})
    attempts = (attempt for each in found for attempt in each["call_tracking"].get("call_history", ()))
    return {attempt["session_id"]: attempt["call_sid"] for attempt in attempts if attempt.get("call_sid")}


def _orphan(call: PlacedCall) -> Discrepancy:
    called = Candidate.objects(phone=call.to).only("id").first() if call.to else None
    whom = f"candidate {called.id}'s number" if called else f"{shown_phone(call.to or '')}, which is no candidate's,"
    at = f"{call.placed_at:%Y-%m-%d %H:%M:%S} UTC" if call.placed_at else "an unknown time"
    words = f"Call {call.call_sid} to {whom} at {at} ({call.status}) belongs to no attempt of ours."
    advice = (
        "Find out who calls them with this number and account; it does not count as an attempt."
        if called
        else "Another program, a test, or a candidate since deleted: nothing to do if you know of it."
    )
    return Discrepancy(Kind.ORPHAN, words, advice)


def _compare(stored: Stored, call: PlacedCall, period: Period, *, repairs: bool) -> Iterator[Discrepancy]:
    """Yield how the session differs from the call, having closed it where only its end was missing."""
    if stored.get("is_gone"):
        return
    is_over, ended_at = call.status in TERMINAL, stored.get("ended_at")
    if is_over and not ended_at:
        if repairs:
            end_call(
                session_id=stored["_id"],
                status=call.status,
                duration_seconds=call.duration_seconds,
                now=period.now,
            )
        yield Discrepancy(Kind.CLOSED, _was_over(call.call_sid, stored["candidate"], call.status))
    elif not is_over and ended_at and ended_at < period.now - SETTLE_AFTER:
        words = f"Call {call.call_sid} goes on ({call.status}), though it is over here ({stored['outcome']})."
        yield Discrepancy(Kind.DIFFERS, words, "End it in the phone service's console.")
    elif is_over:
        yield from _compare_ends(stored, call)


def _compare_ends(stored: Stored, call: PlacedCall) -> Iterator[Discrepancy]:
    """Yield how the recorded end differs from the one that the phone service reports."""
    recorded = stored.get("twilio_status")
    # Closed as never placed, it rang later: the callbacks wrote the status, the outcome stayed
    was_given_back = stored["outcome"] == Outcome.FAILED and call.status != "failed"
    if recorded != call.status or was_given_back:
        words = (
            f"Call {call.call_sid} ended as {call.status}; here it is {recorded or 'without a status'}, "
            f"{stored['outcome']}."
        )
        advice = f"Read session {stored['_id']} and correct candidate {stored['candidate']} in the admin."
        yield Discrepancy(Kind.DIFFERS, words, advice)
    ours, theirs = stored.get("duration_seconds") or 0, call.duration_seconds or 0
    if abs(ours - theirs) > DURATIONS_DIFFER_SECONDS:
        words = f"Call {call.call_sid} lasted {theirs} s; here it is {ours} s."
        yield Discrepancy(Kind.DIFFERS, words, "Rely on the phone service's figure, which it bills.")


def _compare_unlisted(
    period: Period, telephony: Telephony, listed: set[str], *, repairs: bool
) -> Iterator[Discrepancy]:
    """Ask for each of our calls that was not listed: it may have come from another number of ours."""
    ours = _load({"started_at": {"$gte": period.since, "$lt": period.until}})
    by_attempt = _attempts({"_id": {"$in": [each["candidate"] for each in ours if not each.get("call_sid")]}})
    sids = [(each.get("call_sid") or by_attempt.get(each["_id"]), each) for each in ours]
    unlisted = [(sid, each) for sid, each in sids if sid and sid not in listed]
    for sid, stored in unlisted[:MAX_FETCHED]:
        try:
            yield from _compare(stored, telephony.fetch(sid), period, repairs=repairs)
        except CallUnknown:
            words = f"The phone service knows nothing of call {sid} to candidate {stored['candidate']}."
            yield Discrepancy(Kind.MISSING, words, "Check that the account is the one that placed it.")
    if len(ours) == MAX_SESSIONS or len(unlisted) > MAX_FETCHED:
        yield Discrepancy(
            Kind.CUT_OFF, "More calls of ours are not listed than can be asked for.", "Compare a shorter period."
        )
