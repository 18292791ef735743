from datetime import timedelta

import pytest
from bson import ObjectId
from pymongo.database import Database

from calls import eligibility
from calls.eligibility import Condition
from calls.placing import place_call
from calls.schedule import CallingHours
from calls.telephony.base import OutgoingLine
from calls.telephony.simulator.backend import Simulator
from candidates import attempts, services
from candidates.documents import CallAttempt, CallTracking, Candidate, Outcome, TrackingStatus
from tests.factories import ASHA, NOW, a_candidate

LINE = OutgoingLine("Simulated: nobody's phone rings.", "+15005550006", is_set_up=True)
HOURS = CallingHours(9, 20)


def unsaved(*, tracking: dict[str, object] | None = None, **fields: object) -> Candidate:
    """Return Asha, as she would be stored."""
    known = {"time_zone": "Asia/Kolkata", "language": "en-IN", "call_tracking": CallTracking(**tracking or {})}
    return Candidate(**ASHA | known | fields)


def conditions(candidate: Candidate, line: OutgoingLine = LINE, why_closed: str = "") -> tuple[Condition, ...]:
    return eligibility.conditions_of(candidate, line=line, why_closed=why_closed)


def in_the_way(candidate: Candidate, line: OutgoingLine = LINE) -> list[tuple[str, str]]:
    return [(condition.name, condition.words) for condition in eligibility.unmet(conditions(candidate, line))]


def facts(candidate: Candidate, now: object = NOW) -> dict[str, str]:
    return dict(eligibility.facts_of(candidate, hours=HOURS, now=now))


def test_every_condition_says_how_it_stands() -> None:
    assert conditions(unsaved()) == (
        Condition("Status", True, "Active: waits to be called."),
        Condition("Attempts", True, "0 of 3 attempts used."),
        Condition("Other calls", True, "No call is under way."),
        Condition("Phone", True, "+919876543210 can be dialled."),
        Condition("Language", True, "Indian English."),
        Condition("Time zone", True, "Asia/Kolkata."),
        Condition("Dialling", True, "Dialling is on."),
        Condition("Telephony", True, "Simulated: nobody's phone rings. The call comes from +15005550006."),
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("interview_scheduled", "An interview is already scheduled."),
        ("max_attempts_reached", "Out of attempts: resetting them makes the candidate active again."),
        ("not_interested", "The candidate is not interested."),
        ("do_not_call", "The candidate asked not to be called."),
        ("wrong_number", "The number belongs to somebody else."),
    ],
)
def test_who_is_not_active_is_not_called(status: str, words: str) -> None:
    assert in_the_way(unsaved(tracking={"status": status})) == [("Status", words)]


def test_who_is_out_of_attempts_is_not_called() -> None:
    spent = unsaved(tracking={"total_attempts": 3, "max_attempts": 3})

    assert in_the_way(spent) == [("Attempts", "3 of 3 attempts used.")]


def test_who_is_being_called_is_not_called() -> None:
    busy = unsaved(tracking={"open_session_id": ObjectId()})

    assert in_the_way(busy) == [("Other calls", "A call is under way already.")]


def test_impossible_phone_is_not_called() -> None:
    words = "Write the phone number with its country code, such as +919876543210."

    assert in_the_way(unsaved(phone="12345")) == [("Phone", words)]


def test_who_has_no_language_is_not_called() -> None:
    assert in_the_way(unsaved(language=None)) == [("Language", "No language is given.")]


def test_who_has_no_time_zone_is_not_called() -> None:
    assert in_the_way(unsaved(time_zone=None)) == [("Time zone", "No time zone is given.")]


@pytest.mark.parametrize("name", ["Mars/Olympus_Mons", "../etc/passwd", "Asia"])
def test_who_has_an_unknown_time_zone_is_not_called(name: str) -> None:
    assert in_the_way(unsaved(time_zone=name)) == [("Time zone", f"The time zone {name} is unknown.")]


def test_nobody_is_called_while_no_telephony_is_set_up() -> None:
    line = OutgoingLine("Twilio is not set up.", "no number", is_set_up=False)

    assert in_the_way(unsaved(), line) == [("Telephony", "Twilio is not set up. The call comes from no number.")]


@pytest.mark.parametrize("open_session_id", [None, ObjectId()])
@pytest.mark.parametrize("total_attempts", [0, 2, 3])
@pytest.mark.parametrize("status", list(TrackingStatus))
def test_conditions_are_those_of_the_claim(
    database: Database, status: TrackingStatus, total_attempts: int, open_session_id: ObjectId | None
) -> None:
    candidate = a_candidate()
    stored = {"status": status.value, "total_attempts": total_attempts, "max_attempts": 3}
    stored |= {"open_session_id": open_session_id} if open_session_id else {}
    database["candidates"].update_one({"_id": candidate.id}, {"$set": {"call_tracking": stored}})
    found = eligibility.unmet(conditions(services.get_candidate(candidate.id)))

    callable_candidate = attempts.first_callable_candidate()

    assert (callable_candidate is None) is bool(found)


def test_met_conditions_let_a_call_through(database: Database) -> None:
    candidate = a_candidate()

    placed = place_call(candidate_id=candidate.id, now=NOW, telephony=Simulator())

    assert in_the_way(candidate) == []
    assert placed.status == "queued"


def test_time_within_calling_hours_is_told_as_such() -> None:
    words = "Mon 2 Mar 2026, 10:00 IST: within calling hours, 9:00 to 20:00."

    assert facts(unsaved())["Time at the candidate's"] == words


def test_time_outside_calling_hours_is_told_and_hinders_nothing() -> None:
    late = NOW + timedelta(hours=12)

    assert facts(unsaved(), late)["Time at the candidate's"] == (
        "Mon 2 Mar 2026, 22:00 IST: outside calling hours, 9:00 to 20:00; "
        "a call started by hand is placed all the same."
    )
    assert in_the_way(unsaved()) == []


def test_time_is_told_in_utc_where_the_zone_is_unknown() -> None:
    assert facts(unsaved(time_zone="Nowhere"))["Time at the candidate's"].startswith("Mon 2 Mar 2026, 04:30 UTC")


def test_planned_attempt_is_reported() -> None:
    planned = unsaved(tracking={"next_attempt_at": NOW + timedelta(hours=3)})

    assert facts(planned)["Next attempt"] == "Planned for Mon 2 Mar 2026, 13:00 IST; a call now takes its place."


def test_no_plan_and_no_call_yet_are_reported() -> None:
    assert facts(unsaved())["Next attempt"] == "None is planned."
    assert "Last call" not in facts(unsaved())


def test_last_call_is_told_with_what_came_of_it() -> None:
    attempt = CallAttempt(number=1, session_id=ObjectId(), initiated_at=NOW, outcome=Outcome.NO_ANSWER.value)

    assert facts(unsaved(tracking={"call_history": [attempt]}))["Last call"] == "Mon 2 Mar 2026, 10:00 IST: no answer."


def test_language_that_we_have_no_name_for_is_told_by_its_tag() -> None:
    assert eligibility.language_in_words("fr-FR") == "fr-FR."
