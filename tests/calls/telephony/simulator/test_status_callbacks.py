"""What we are told of a call while it goes on, whoever takes it."""

from datetime import datetime, timedelta

import pytest

from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.callees import Callee
from calls.telephony.simulator.documents import Taking
from calls.telephony.simulator.personas import IsBusy, NeverAnswers, Voicemail
from tests.calls.telephony.http_servers import Answer, OurSide
from tests.calls.telephony.played_calls import STANDARD_FIELDS, Play, scripted, spoken, statuses, unanswered


def test_answered_call_is_told_from_initiated_to_completed(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Say>Hello.</Say>")

    call = play(scripted())

    told = [asked.fields for asked in our_side.asked_at("/status/")]
    assert [fields["CallStatus"] for fields in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert [fields["SequenceNumber"] for fields in told] == ["0", "1", "2", "3"]
    assert {fields["CallSid"] for fields in told} == {call.call_sid}
    assert (call.status, call.is_done) == ("completed", True)


def test_status_callback_carries_what_twilio_documents(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Pause length='90'/>")

    play(scripted())

    last = our_side.asked_at("/status/")[-1].fields
    assert last.keys() == STANDARD_FIELDS | {
        *("Timestamp", "CallbackSource", "SequenceNumber", "CallDuration", "Duration", "SipResponseCode")
    }
    assert last["CallbackSource"] == "call-progress-events"
    assert (last["CallDuration"], last["Duration"], last["SipResponseCode"]) == ("90", "2", "200")
    assert datetime.strptime(last["Timestamp"], "%a, %d %b %Y %H:%M:%S %z").utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("person", "status", "sip_code"),
    [
        (IsBusy(), "busy", "486"),
        (NeverAnswers(), "no-answer", "487"),
        (unanswered(Taking.UNREACHABLE), "failed", "404"),
    ],
    ids=["busy", "no answer", "unreachable"],
)
def test_unanswered_call_ends_without_asking_for_twiml(
    play: Play, our_side: OurSide, person: Callee, status: str, sip_code: str
) -> None:
    call = play(person)

    assert statuses(our_side) == ["initiated", "ringing", status]
    last = our_side.asked_at("/status/")[-1].fields
    assert (last["CallDuration"], last["SipResponseCode"]) == ("0", sip_code)
    assert our_side.asked_at("/voice/") == []
    assert (call.status, call.duration_seconds) == (status, 0)


def test_person_slower_than_the_ring_time_is_missed(play: Play, our_side: OurSide) -> None:
    slow = scripted()
    slow.rings_seconds = 6

    play(slow, ring_seconds=5)

    assert statuses(our_side)[-1] == "no-answer"


def test_failing_status_callbacks_do_not_disturb_the_call(play: Play, our_side: OurSide) -> None:
    our_side.answers("/status/", Answer(500), Answer(closes=True), Answer(404))
    our_side.says("/voice/", "<Say>Hello.</Say>")

    call = play(scripted())

    assert (call.status, call.is_done, spoken(call)) == ("completed", True, ["Hello."])


def test_machine_is_reported_while_it_listens(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Say>" + "Hello. " * 20 + "</Say>")

    call = play(Voicemail(), machine_url=f"{our_side.url}/machine/")

    (asked,) = our_side.asked_at("/machine/")
    assert asked.fields == {
        "CallSid": call.call_sid,
        "AccountSid": "AC" + "0" * 32,
        "AnsweredBy": "machine_start",
        "MachineDetectionDuration": "4000",
    }


def test_human_is_reported_as_one(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Pause length='5'/>")

    play(scripted(), machine_url=f"{our_side.url}/machine/")

    assert our_side.asked_at("/machine/")[0].fields["AnsweredBy"] == "human"


def test_call_hung_up_upon_a_machine_ends_there(simulator: Simulator, play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Pause length='60'/>")
    our_side.on_request = lambda asked: asked.path == "/machine/" and simulator.hang_up(asked.fields["CallSid"])

    call = play(Voicemail(), machine_url=f"{our_side.url}/machine/")

    assert (call.status, call.duration_seconds) == ("completed", 4)
