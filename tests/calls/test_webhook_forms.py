from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.documents import ConversationSession
from tests.calls.webhooks import post, status
from tests.factories import NOW, a_session

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database", "today")]

NUMBERS = [
    "",
    "0",
    "-1",
    "+3",
    " 3",
    "3.5",
    "1e9",
    "²",
    "٣",
    "９",
    "9" * 9,
    "9" * 10,
    "9" * 20,
    "9" * 5_000,
    "0" * 30,
    "x",
]
TIMES = [
    *(
        "",
        "Fri, 27 Nov 2026 99:99:99",
        "Fri, 27 Nov 99999 10:00:00 +0000",
        "Fri, 27 Nov 2026 10:00:00 +9999",
        "yesterday",
    ),
    *("Fri, 27 Nov 2026 99999999999:00:00", "Fri, 99999999999 Nov 2026 10:00:00", "Fri, 31 Dec 9999 23:59:59 -0500"),
    *("Mon, 02 Mar 2026 04:30:00 +" + "9" * 20, "Mon, 01 Jan 0001 00:00:00 +0500", "\x00", "9" * 5_000, "🕙"),
]
TEXTS = [
    "",
    " ",
    "\x00",
    "\ufffe",
    "\ud7ff",
    "🙂",
    "a" * 5_000,
    "completed",
    "$gt",
    "machine_start",
    "<yes>",
    "1",
    "**#",
]
FIELDS = {
    **dict.fromkeys(["SequenceNumber", "CallDuration", "Duration", "Confidence", "ErrorCode"], NUMBERS),
    "Timestamp": TIMES,
    **dict.fromkeys(
        ["CallStatus", "SpeechResult", "Digits", "AnsweredBy", "To", "From", "ErrorUrl", "Language"], TEXTS
    ),
}
FORMS = st.fixed_dictionaries({}, optional={name: st.sampled_from(values + NUMBERS) for name, values in FIELDS.items()})
many = settings(max_examples=25, suppress_health_check=list(HealthCheck))


def a_sid() -> str:
    return f"CA{uuid4().hex}"


def reloaded(session: ConversationSession) -> ConversationSession:
    return ConversationSession.objects(id=session.id).no_dereference().get()


def written(session: ConversationSession) -> tuple[int, Any, Any]:
    (event,) = reloaded(session).statuses
    return event.sequence, event.at, reloaded(session).duration_seconds


@pytest.mark.parametrize("number", NUMBERS)
def test_callback_whose_numbers_make_no_sense_counts(number: str) -> None:
    session = a_session()

    response = status(session.id, "completed", number, CallDuration=number)

    assert response.status_code == 204
    assert reloaded(session).ended_at == NOW
    assert written(session)[0] in range(10**9)


@pytest.mark.parametrize("time", TIMES)
def test_callback_whose_time_makes_no_sense_was_fired_now(time: str) -> None:
    session = a_session()

    response = status(session.id, "completed", 3, CallDuration=40, Timestamp=time)

    assert response.status_code == 204
    assert written(session) == (3, NOW, 40)


def test_callback_without_any_of_it_counts() -> None:
    session = a_session()

    response = post(f"/twilio/status/{session.id}", CallStatus="completed")

    assert response.status_code == 204
    assert reloaded(session).ended_at == NOW


@many
@given(form=FORMS)
def test_no_status_or_machine_callback_is_answered_with_an_error(form: dict[str, str]) -> None:
    session, sid = a_session(), a_sid()

    answers = [post(f"/twilio/{name}/{session.id}", call_sid=sid, **form) for name in ("status", "machine")]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert status(session.id, "completed", 9, call_sid=sid, CallDuration=1).status_code == 204
    assert reloaded(session).ended_at == NOW


@many
@given(form=FORMS, number=st.sampled_from(["0", "1", "2", "9" * 20]))
def test_every_request_of_a_call_is_answered_with_twiml(form: dict[str, str], number: str) -> None:
    session, sid = a_session(), a_sid()

    paths = [f"voice/{session.id}", f"turn/{session.id}/1", f"turn/{session.id}/{number}", f"fallback/{session.id}"]
    answers = [post(f"/twilio/{path}", call_sid=sid, **form) for path in paths]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert [ElementTree.fromstring(answer.content).tag for answer in answers] == ["Response"] * 4
