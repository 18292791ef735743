"""An audit that could not fail would prove nothing: each promise is broken here, and found to be."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from tests.tools.torture import audit, report
from tests.tools.torture.conftest import TWIML, delivery
from tests.tools.torture.evidence import Evidence

LONG_AGO, LATER = timedelta(hours=1), timedelta(hours=1)
TOLD_ANOTHER_TIME = "It's booked: Friday the 13th of March at ten in the morning. Goodbye."


def first(documents: dict[Any, Any], **fields: Any) -> dict[str, Any]:
    return next(found for found in documents.values() if fields.items() <= found.items())


def candidate_of(evidence: Evidence, call: dict[str, Any]) -> dict[str, Any]:
    return first(evidence.candidates, phone=call["to"])


def call_that_said(evidence: Evidence, words: str) -> dict[str, Any]:
    return next(call for call in evidence.calls.values() if any(words in entry["text"] for entry in call["script"]))


def call_again(evidence: Evidence, call: dict[str, Any], *, after: timedelta) -> None:
    """Dial the number once more, as long after the call was placed; the attempt is nowhere."""
    again = deepcopy(call) | {"_id": f"CA{len(evidence.calls)}", "script": []}
    for name in ("placed_at", "ended_at"):
        again[name] = call[name] + after
    evidence.calls[again["_id"]] = again


def dialled_a_fourth_time(evidence: Evidence) -> None:
    call = first(evidence.calls, status="busy")
    for nth in range(1, 4):
        call_again(evidence, call, after=nth * LATER)


def dialled_during_a_call(evidence: Evidence) -> None:
    call = first(evidence.calls, status="busy")
    call_again(evidence, call, after=(call["ended_at"] - call["placed_at"]) / 2)


def dialled_after_opting_out(evidence: Evidence) -> None:
    call_again(evidence, call_that_said(evidence, "We won't call you again"), after=LATER)


def dialled_after_the_booking(evidence: Evidence) -> None:
    call_again(evidence, call_that_said(evidence, "It's booked"), after=LATER)


def dialled_after_the_office_closed(evidence: Evidence) -> None:
    call = first(evidence.calls, status="busy")
    evidence.closed[call["to"]] = call["placed_at"].timestamp() - LONG_AGO.total_seconds()


def refusal_forgotten(evidence: Evidence) -> None:
    call = call_that_said(evidence, "We won't call you again")
    evidence.delivered.append(turn_of(call, "Please stop calling me"))
    candidate_of(evidence, call)["call_tracking"]["status"] = "active"


def booked_on_a_hedge(evidence: Evidence) -> None:
    first(evidence.interviews)["evidence"]["answer"] = "yes but let me ask first"


def their_words_not_written(evidence: Evidence) -> None:
    evidence.delivered.append(turn_of(first(evidence.calls), "is it on the ground floor?"))


def our_words_not_written(evidence: Evidence) -> None:
    call_that_said(evidence, "It's booked")["script"].append({"verb": "Say", "text": "And one more thing."})


def turn_of(call: dict[str, Any], words: str) -> dict[str, Any]:
    """Return the record of a turn in which the person said that and was answered."""
    return delivery("turn", TWIML, call=call["_id"], said=words)


def attempt_missing(evidence: Evidence) -> None:
    candidate_of(evidence, first(evidence.calls, status="busy"))["call_tracking"]["call_history"].clear()


def attempt_of_another_session(evidence: Evidence) -> None:
    tracking = candidate_of(evidence, first(evidence.calls, status="busy"))["call_tracking"]
    tracking["call_history"][0]["session_id"] = ObjectId()


def attempt_given_back_though_it_happened(evidence: Evidence) -> None:
    candidate_of(evidence, first(evidence.calls, status="busy"))["call_tracking"]["total_attempts"] = 0


def attempt_that_stands_as_another(evidence: Evidence) -> None:
    tracking = candidate_of(evidence, first(evidence.calls, status="busy"))["call_tracking"]
    tracking["call_history"][0]["twilio_status"] = "completed"


def attempt_open(evidence: Evidence) -> None:
    tracking = candidate_of(evidence, first(evidence.calls, status="busy"))["call_tracking"]
    tracking["open_session_id"] = tracking["call_history"][0]["session_id"]


def outcome_never_recorded(evidence: Evidence) -> None:
    del first(evidence.sessions)["recorded_at"]


def no_rest(evidence: Evidence) -> None:
    evidence.came_to_rest = False


def slot_with_two_interviews(evidence: Evidence) -> None:
    another_interview(evidence, interviewer_email="mary@acme.example")


def interviewer_in_two_interviews(evidence: Evidence) -> None:
    another_interview(evidence, slot=ObjectId())


def candidate_with_two_interviews(evidence: Evidence) -> None:
    candidate = first(evidence.interviews)["candidate"]
    another_interview(evidence, slot=ObjectId(), interviewer_email="mary@acme.example", candidate=candidate)


def another_interview(evidence: Evidence, **changes: Any) -> None:
    """Add an interview like the one there is, but for the changes, with somebody else."""
    somebody = ObjectId()
    evidence.candidates[somebody] = first(evidence.candidates)
    evidence.interviews["another"] = first(evidence.interviews) | {"candidate": somebody} | changes


def slot_held_for_nobody(evidence: Evidence) -> None:
    first(evidence.slots, status="open")["status"] = "held"


def slot_booked_without_an_interview(evidence: Evidence) -> None:
    first(evidence.slots, status="open")["status"] = "booked"


def slot_free_with_an_interview(evidence: Evidence) -> None:
    first(evidence.slots, status="booked")["status"] = "open"


def yes_never_said(evidence: Evidence) -> None:
    script = call_that_said(evidence, "It's booked")["script"]
    [reply for reply in script if reply["verb"] == "Speech"][-1]["text"] = "well"


def yes_to_another_time(evidence: Evidence) -> None:
    first(evidence.interviews)["starts_at"] += LATER


def yes_not_written_down(evidence: Evidence) -> None:
    evidence.sessions[first(evidence.interviews)["session_id"]]["turns"].pop()


def words_made_up(evidence: Evidence) -> None:
    evidence.sessions[first(evidence.interviews)["session_id"]]["turns"][1]["heard"] = "oh yes please"


def words_out_of_order(evidence: Evidence) -> None:
    turns = evidence.sessions[first(evidence.interviews)["session_id"]]["turns"]
    turns[2], turns[3] = turns[3], turns[2]


def confirmed_but_not_booked(evidence: Evidence) -> None:
    evidence.interviews.clear()


def confirmed_at_another_time(evidence: Evidence) -> None:
    words = next(
        entry for entry in call_that_said(evidence, "It's booked")["script"] if entry["text"].startswith("It's booked")
    )
    words["text"] = TOLD_ANOTHER_TIME


def booked_but_told_of_trouble(evidence: Evidence) -> None:
    for entry in call_that_said(evidence, "It's booked")["script"]:
        entry["text"] = entry["text"].replace("It's booked", "I'm sorry, something went wrong on our side")


def invitation_never_sent(evidence: Evidence) -> None:
    evidence.messages = [letter for letter in evidence.messages if letter.recipients != ["asha@example.com"]]


def notice_never_sent(evidence: Evidence) -> None:
    evidence.messages = [letter for letter in evidence.messages if letter.recipients != ["priya@acme.example"]]


def promised_mail_never_sent(evidence: Evidence) -> None:
    evidence.messages = [letter for letter in evidence.messages if letter.recipients != ["chitra@example.com"]]


def mail_before_the_promise(evidence: Evidence) -> None:
    evidence.messages = [replace(letter, at=letter.at - LONG_AGO.total_seconds()) for letter in evidence.messages]


def mail_sent_twice(evidence: Evidence) -> None:
    evidence.messages.append(evidence.messages[0])


def mail_sent_twice_as_two(evidence: Evidence) -> None:
    sent = evidence.messages[0]
    evidence.messages[0] = replace(sent, is_reply_lost=True)
    evidence.messages.append(replace(sent, raw=sent.raw.replace(b"Message-ID: <", b"Message-ID: <1")))


def application_error(evidence: Evidence) -> None:
    first(evidence.calls)["application_error"] = {"code": 11205, "url": "…", "message": "No answer"}


BROKEN: dict[str, list[Callable[[Evidence], None]]] = {
    "candidates dialled more than their limit": [dialled_a_fourth_time],
    "candidates dialled while already on a call": [dialled_during_a_call],
    "candidates dialled after the last word was said": [
        dialled_after_opting_out,
        dialled_after_the_booking,
        dialled_after_the_office_closed,
    ],
    "attempts that happened but are not on the document": [attempt_missing, attempt_of_another_session],
    "attempts counted that did not happen, or otherwise": [
        attempt_given_back_though_it_happened,
        attempt_that_stands_as_another,
    ],
    "attempts that no job will ever close": [attempt_open, outcome_never_recorded, no_rest],
    "slots with two interviews": [
        slot_with_two_interviews,
        interviewer_in_two_interviews,
        candidate_with_two_interviews,
    ],
    "slots held for nobody, or booked without an interview": [
        slot_held_for_nobody,
        slot_booked_without_an_interview,
        slot_free_with_an_interview,
    ],
    "interviews without a read-back and a yes": [yes_never_said, yes_to_another_time, yes_not_written_down],
    "interviews booked on what is no plain yes": [booked_on_a_hedge],
    "refusals forgotten": [refusal_forgotten],
    "transcripts with words that nobody said": [words_made_up, words_out_of_order],
    "words said but not on the transcript": [their_words_not_written, our_words_not_written],
    "interviews confirmed to the caller but not in the database": [confirmed_but_not_booked, confirmed_at_another_time],
    "interviews in the database but not confirmed to the caller": [booked_but_told_of_trouble],
    "invitations never sent": [invitation_never_sent, notice_never_sent],
    "mails promised and never sent": [promised_mail_never_sent, mail_before_the_promise],
    "mails delivered twice": [mail_sent_twice, mail_sent_twice_as_two],
    "calls that ended in Twilio's “application error”": [application_error],
}


def test_calls_that_went_well_break_no_promise(healthy: Evidence) -> None:
    found = report.audited(healthy)

    assert {promise: offenders for promise, offenders in found.items() if offenders} == {}


def test_every_promise_is_broken_here() -> None:
    assert set(BROKEN) == set(audit.PROMISES)


def test_mail_whose_reply_was_lost_may_come_again(healthy: Evidence) -> None:
    sent = healthy.messages[0]
    healthy.messages[0] = replace(sent, is_reply_lost=True)
    healthy.messages.append(sent)

    found = report.audited(healthy)

    assert found["mails delivered twice"] == []
    assert report.figures(healthy)["of them again, as nobody could know of the first (same Message-ID)"] == 1


@pytest.mark.parametrize(
    ("promise", "corrupt"),
    [(promise, corrupt) for promise, ways in BROKEN.items() for corrupt in ways],
)
def test_broken_promise_is_found(promise: str, corrupt: Callable[[Evidence], None], healthy: Evidence) -> None:
    corrupt(healthy)

    assert len(report.audited(healthy)[promise]) == 1
