"""A person at a simulated phone: rings, picks up, is asked, answers; the exchange plays in a thread of its own."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from calls.telephony.simulator import handset
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import SimulatedCall
from calls.telephony.simulator.exchange import Exchange
from calls.telephony.simulator.personas import Scripted
from tests.calls.telephony.http_servers import OurSide
from tests.calls.telephony.played_calls import NUMBER, order_to, until

HERE = {"phone_id": "a phone"}
ASK = "<Gather input='speech dtmf' timeout='{}' action='/turn/' actionOnEmptyResult='true'><Say>{}</Say></Gather>"


@pytest.fixture
def exchange(simulator: Simulator) -> Iterator[Exchange]:
    """An exchange where nobody but a person answers, and people have time that passes five times as fast."""
    stop = threading.Event()
    exchange = Exchange(pace=0, real_pace=0.2, poll_seconds=0.02, callee_for=lambda number: Scripted([]))
    thread = threading.Thread(target=exchange.run, args=(stop,))
    thread.start()
    yield exchange
    stop.set()
    thread.join()
    exchange.close()


@pytest.fixture
def place(simulator: Simulator, our_side: OurSide) -> Callable[[], str]:
    def place_call(ring_seconds: int = 60) -> str:
        order = order_to(our_side, machine_url=f"{our_side.url}/machine/", ring_seconds=ring_seconds)
        return simulator.place(order).call_sid

    return place_call


@pytest.fixture
def picked_up(exchange: Exchange, place: Callable[[], str], our_side: OurSide) -> str:
    """A call that a person has picked up, and that asks its first question."""
    our_side.says("/voice/", ASK.format(60, "Am I speaking with Asha Rao?"))
    handset.keep_open(**HERE, now=datetime.now(UTC))
    call_sid = place()
    until(lambda: handset.ringing())
    handset.pick_up(**HERE, call_sid=call_sid)
    until(lambda: call(call_sid).asking)
    return call_sid


def call(call_sid: str) -> SimulatedCall:
    return SimulatedCall.objects.get(call_sid=call_sid)


def last_status(our_side: OurSide) -> str:
    return our_side.asked_at("/status/")[-1].fields["CallStatus"]


def test_phone_is_open_while_it_was_seen_within_seconds(simulator: Simulator) -> None:
    now = datetime.now(UTC)
    handset.keep_open(**HERE, now=now)

    assert handset.is_open(to=NUMBER, now=now + timedelta(seconds=4))
    assert not handset.is_open(to=NUMBER, now=now + timedelta(seconds=6))


def test_phone_of_one_number_is_not_open_for_another(simulator: Simulator) -> None:
    now = datetime.now(UTC)
    handset.keep_open(**HERE, now=now, to=NUMBER)

    assert handset.is_open(to=NUMBER, now=now)
    assert not handset.is_open(to="+919876543211", now=now)


def test_closed_phone_is_not_open(simulator: Simulator) -> None:
    now = datetime.now(UTC)
    handset.keep_open(**HERE, now=now)
    handset.close(**HERE)

    assert not handset.is_open(to=NUMBER, now=now)


def test_call_rings_for_a_person_who_may_pick_it_up(picked_up: str, our_side: OurSide) -> None:
    asking = call(picked_up).asking

    assert (asking["number"], asking["prompt"]) == (1, "Am I speaking with Asha Rao?")
    assert (asking["inputs"], asking["timeout_seconds"]) == (["dtmf", "speech"], 60)
    assert call(picked_up).running["verb"] in {"Gather", "Say"}
    assert last_status(our_side) == "in-progress"


def test_only_one_phone_gets_the_call(picked_up: str) -> None:
    with pytest.raises(handset.NotRinging):
        handset.pick_up(call_sid=picked_up, phone_id="another phone")


@pytest.mark.parametrize(
    ("reply", "arguments", "expected"),
    [
        (handset.say, {"text": "Yes, it is"}, {"SpeechResult": "Yes, it is", "Confidence": "0.9"}),
        (handset.say, {"text": "Yes", "confidence": None}, {"SpeechResult": "Yes"}),
        (handset.press, {"keys": "1#"}, {"Digits": "1", "FinishedOnKey": "#"}),
        (handset.stay_silent, {}, {}),
    ],
    ids=["words", "words without confidence", "keys", "silence"],
)
def test_reply_reaches_our_side_at_once(
    picked_up: str, our_side: OurSide, reply: Callable[..., None], arguments: dict[str, str], expected: dict[str, str]
) -> None:
    our_side.says("/turn/", "<Hangup/>")

    reply(**HERE, call_sid=picked_up, number=1, **arguments)

    until(lambda: our_side.asked_at("/turn/"), seconds=1)
    fields = our_side.asked_at("/turn/")[0].fields
    assert {key: fields[key] for key in ("SpeechResult", "Confidence", "Digits", "FinishedOnKey") if key in fields} == (
        expected
    )


def test_question_is_answered_once(picked_up: str, our_side: OurSide) -> None:
    our_side.says("/turn/", "<Pause length='60'/>")
    handset.say(**HERE, call_sid=picked_up, number=1, text="Yes")

    with pytest.raises(handset.NotAsked):
        handset.say(**HERE, call_sid=picked_up, number=1, text="No")


@pytest.mark.parametrize(("phone_id", "number"), [("another phone", 1), ("a phone", 2)])
def test_reply_that_nobody_asked_for_is_refused(picked_up: str, phone_id: str, number: int) -> None:
    with pytest.raises(handset.NotAsked):
        handset.press(call_sid=picked_up, phone_id=phone_id, number=number, keys="1")


def test_what_is_said_can_be_read_along(picked_up: str, our_side: OurSide) -> None:
    our_side.says("/turn/", "<Say>Thank you.</Say><Hangup/>")

    handset.say(**HERE, call_sid=picked_up, number=1, text="Yes")

    until(lambda: call(picked_up).status == "completed")
    assert [(entry["verb"], entry["text"]) for entry in call(picked_up).script] == [
        ("Gather", ""),
        ("Say", "Am I speaking with Asha Rao?"),
        ("Speech", "Yes"),
        ("Say", "Thank you."),
        ("Hangup", ""),
    ]
    assert call(picked_up).asking is None


def test_person_who_waits_too_long_is_not_heard(
    exchange: Exchange, place: Callable[[], str], our_side: OurSide
) -> None:
    our_side.says("/voice/", ASK.format(2, "Hello?"))
    our_side.says("/turn/", "<Hangup/>")
    handset.keep_open(**HERE, now=datetime.now(UTC))
    call_sid = place()
    until(lambda: handset.ringing())

    handset.pick_up(**HERE, call_sid=call_sid)

    until(lambda: our_side.asked_at("/turn/"))
    assert "SpeechResult" not in our_side.asked_at("/turn/")[0].fields
    with pytest.raises(handset.NotAsked):
        handset.say(**HERE, call_sid=call_sid, number=1, text="Too late")


def test_person_who_has_begun_to_speak_is_waited_for(
    exchange: Exchange, place: Callable[[], str], our_side: OurSide
) -> None:
    our_side.says("/voice/", ASK.format(1, "Hello?"))
    our_side.says("/turn/", "<Hangup/>")
    handset.keep_open(**HERE, now=datetime.now(UTC))
    call_sid = place()
    until(lambda: handset.ringing())
    handset.pick_up(**HERE, call_sid=call_sid)
    until(lambda: call(call_sid).asking)

    handset.begin(**HERE, call_sid=call_sid, number=1)
    time.sleep(0.5)  # two and a half simulated seconds, while the Gather waits for one
    handset.say(**HERE, call_sid=call_sid, number=1, text="Slowly")

    until(lambda: our_side.asked_at("/turn/"))
    assert our_side.asked_at("/turn/")[0].fields["SpeechResult"] == "Slowly"


def test_person_hangs_up(picked_up: str, our_side: OurSide) -> None:
    handset.hang_up(**HERE, call_sid=picked_up)

    until(lambda: call(picked_up).is_done, seconds=1)
    assert last_status(our_side) == "completed"


@pytest.mark.parametrize(
    ("taking", "status"),
    [(handset.decline, "busy"), (handset.let_ring_out, "no-answer"), (handset.be_voicemail, "completed")],
)
def test_person_may_not_answer(
    exchange: Exchange, place: Callable[[], str], our_side: OurSide, taking: Callable[..., None], status: str
) -> None:
    our_side.says("/voice/", "<Pause length='30'/>")
    handset.keep_open(**HERE, now=datetime.now(UTC))
    call_sid = place()
    until(lambda: handset.ringing(to=NUMBER))

    taking(**HERE, call_sid=call_sid)

    until(lambda: call(call_sid).is_done)
    assert last_status(our_side) == status


def test_voicemail_of_a_person_is_detected_as_a_machine(
    exchange: Exchange, place: Callable[[], str], our_side: OurSide
) -> None:
    our_side.says("/voice/", "<Pause length='30'/>")
    handset.keep_open(**HERE, now=datetime.now(UTC))
    call_sid = place()
    until(lambda: handset.ringing())

    handset.be_voicemail(**HERE, call_sid=call_sid)

    until(lambda: call(call_sid).is_done)
    assert our_side.asked_at("/machine/")[0].fields["AnsweredBy"] == "machine_start"


def test_persona_picks_up_what_nobody_took_in_the_ring_time(
    exchange: Exchange, place: Callable[[], str], our_side: OurSide
) -> None:
    handset.keep_open(**HERE, now=datetime.now(UTC))

    call_sid = place(ring_seconds=5)

    until(lambda: call(call_sid).is_done)
    assert call(call_sid).persona == "scripted"
    assert call(call_sid).answered_at - call(call_sid).ringing_at >= timedelta(seconds=0.9)


def test_calls_are_not_held_up_where_no_phone_is_open(exchange: Exchange, place: Callable[[], str]) -> None:
    call_sid = place()

    until(lambda: call(call_sid).is_done, seconds=1)
    assert call(call_sid).answered_at - call(call_sid).ringing_at < timedelta(seconds=0.5)
