"""Whether a candidate may be called now: each condition in words, and what else is good to know before. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from calls.schedule import CallingHours
from calls.telephony.base import OutgoingLine
from candidates import phones
from candidates.documents import Candidate, Language, TrackingStatus

STANDING = {
    TrackingStatus.ACTIVE: "Active: waits to be called.",
    TrackingStatus.INTERVIEW_SCHEDULED: "An interview is already scheduled.",
    TrackingStatus.MAX_ATTEMPTS_REACHED: "Out of attempts: resetting them makes the candidate active again.",
    TrackingStatus.NOT_INTERESTED: "The candidate is not interested.",
    TrackingStatus.DO_NOT_CALL: "The candidate asked not to be called.",
    TrackingStatus.WRONG_NUMBER: "The number belongs to somebody else.",
}


class Condition(NamedTuple):
    """One condition of calling; the words say how it stands, met or not."""

    name: str
    is_met: bool
    words: str


class Fact(NamedTuple):
    """What is good to know, and hinders nothing."""

    name: str
    words: str


def conditions_of(candidate: Candidate, *, line: OutgoingLine, why_closed: str) -> tuple[Condition, ...]:
    """Return every condition of a call to the candidate; the claim itself guards the first three.

    `why_closed` is the reason why dialling is off for everybody, "" while it is on.
    """
    tracking = candidate.call_tracking
    used = f"{tracking.total_attempts} of {tracking.max_attempts} attempts used."
    is_free = tracking.open_session_id is None
    return (
        Condition("Status", tracking.status == TrackingStatus.ACTIVE, STANDING.get(tracking.status, "Unknown.")),
        Condition("Attempts", tracking.total_attempts < tracking.max_attempts, used),
        Condition("Other calls", is_free, "No call is under way." if is_free else "A call is under way already."),
        _phone_condition(candidate.phone),
        Condition("Language", bool(candidate.language), language_in_words(candidate.language)),
        _zone_condition(candidate.time_zone),
        _dialling_condition(why_closed),
        Condition("Telephony", line.is_set_up, f"{line.words} The call comes from {line.number}."),
    )


def unmet(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(condition for condition in conditions if not condition.is_met)


def facts_of(candidate: Candidate, *, hours: CallingHours, now: datetime) -> Iterator[Fact]:
    """Yield what is good to know: the hour at the candidate's, what is planned, and what came of the last call."""
    local = now.astimezone(zone_of(candidate.time_zone) or now.tzinfo)
    is_within = hours.next_within(local) == local
    which = f"calling hours, {hours.from_hour}:00 to {hours.to_hour}:00"
    advice = f"within {which}" if is_within else f"outside {which}; a call started by hand is placed all the same"
    yield Fact("Time at the candidate's", f"{in_words(local)}: {advice}.")
    tracking = candidate.call_tracking
    planned = tracking.next_attempt_at
    yield Fact(
        "Next attempt",
        f"Planned for {in_words(planned.astimezone(local.tzinfo))}; a call now takes its place."
        if planned
        else "None is planned.",
    )
    if tracking.call_history:
        last = tracking.call_history[-1]
        became = str(last.outcome).replace("_", " ")
        yield Fact("Last call", f"{in_words(last.initiated_at.astimezone(local.tzinfo))}: {became}.")


def in_words(at: datetime) -> str:
    """Write a local time with its zone, such as "Mon 2 Mar 2026, 10:00 IST"."""
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M %Z}"


def zone_of(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def language_in_words(tag: str | None) -> str:
    """Return the name of a language that the recogniser knows."""
    if not tag:
        return "No language is given."
    known = {language.value: language.name.replace("_", " ").title() for language in Language}
    return f"{known.get(tag, tag)}."


def _dialling_condition(why_closed: str) -> Condition:
    words = f"{why_closed[:1].upper()}{why_closed[1:]}." if why_closed else "Dialling is on."
    return Condition("Dialling", not why_closed, words)


def _phone_condition(phone: str) -> Condition:
    try:
        phones.parse(phone)
    except phones.ImpossiblePhone as error:
        return Condition("Phone", False, str(error))
    return Condition("Phone", True, f"{phone} can be dialled.")


def _zone_condition(name: str | None) -> Condition:
    words = f"{name}." if zone_of(name) else f"The time zone {name} is unknown." if name else "No time zone is given."
    return Condition("Time zone", zone_of(name) is not None, words)
