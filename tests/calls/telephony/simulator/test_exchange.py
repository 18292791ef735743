"""How calls end before their last verb, and several exchanges share the work."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from urllib3 import BaseHTTPResponse, PoolManager

from calls.telephony.simulator import handset
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.callees import PressedKeys
from calls.telephony.simulator.documents import SimulatedCall, Taking, calls
from calls.telephony.simulator.exchange import Exchange
from calls.telephony.simulator.leased_calls import LeasedCall
from tests.calls.telephony.http_servers import OurSide
from tests.calls.telephony.played_calls import Play, exchange_with, order_to, scripted, spoken, statuses, until


def test_time_limit_ends_the_call(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Pause length='50'/><Redirect>/voice/</Redirect>")

    call = play(scripted(), limit_seconds=120)

    assert (call.status, call.duration_seconds) == ("completed", 120)


def test_endless_redirects_come_to_the_time_limit_too(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Redirect>/voice/</Redirect>")

    call = play(scripted(), limit_seconds=10)

    assert (call.status, call.duration_seconds) == ("completed", 10)


def test_hanging_up_ends_a_call_under_way(simulator: Simulator, play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Gather action='/turn/' numDigits='1'/>")
    our_side.says("/turn/", "<Say>Never.</Say>")
    our_side.on_request = lambda asked: asked.path == "/turn/" and simulator.hang_up(asked.fields["CallSid"])

    call = play(scripted(PressedKeys("1")))

    assert (call.status, statuses(our_side)[-1]) == ("completed", "completed")
    assert "Never." not in [entry["text"] for entry in call.script[:-1]]


def test_hanging_up_while_it_rings_cancels_the_call(simulator: Simulator, play: Play, our_side: OurSide) -> None:
    def hang_up_at_ringing(asked: object) -> None:
        if asked.fields["CallStatus"] == "ringing":
            simulator.hang_up(asked.fields["CallSid"])

    our_side.on_request = hang_up_at_ringing

    call = play(scripted())

    assert statuses(our_side) == ["initiated", "ringing", "canceled"]
    assert call.status == "canceled"


def test_call_cancelled_in_the_queue_is_silent(simulator: Simulator, our_side: OurSide) -> None:
    placed = simulator.place(order_to(our_side))
    simulator.hang_up(placed.call_sid)

    exchange = exchange_with(scripted())
    played = exchange.play_all()

    assert (played, our_side.asked) == ([], [])
    assert simulator.fetch(placed.call_sid).status == "canceled"
    exchange.close()


def test_no_call_is_played_twice(simulator: Simulator, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Hangup/>")
    placed = {simulator.place(order_to(our_side)).call_sid for _ in range(30)}
    exchanges = [exchange_with(scripted()) for _ in range(2)]
    played: list[str] = []

    def play_all(exchange: Exchange) -> None:
        played.extend(exchange.play_all())

    threads = [threading.Thread(target=play_all, args=(exchange,)) for exchange in exchanges]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(played) == sorted(placed)
    assert len(our_side.asked_at("/voice/")) == 30
    for exchange in exchanges:
        exchange.close()


@pytest.mark.parametrize(
    ("left_as", "expected"),
    [
        ({"status": "queued"}, "failed"),
        ({"status": "ringing", "sequence_number": 2}, "failed"),
        ({"status": "in-progress", "sequence_number": 3, "answered_at": datetime.now(UTC)}, "completed"),
        ({"status": "busy", "sequence_number": 3, "duration_seconds": 0}, "busy"),
    ],
    ids=["queued", "ringing", "in progress", "over but not told"],
)
def test_call_of_a_killed_exchange_is_ended_by_another(
    simulator: Simulator, our_side: OurSide, left_as: dict[str, object], expected: str
) -> None:
    placed = simulator.place(order_to(our_side))
    calls().update_one({"_id": placed.call_sid}, {"$set": {**left_as, "claimed_by": "a killed one"}})

    exchange = exchange_with(scripted())
    exchange.play_all()

    (told,) = our_side.asked_at("/status/")
    assert told.fields["CallStatus"] == expected
    assert simulator.fetch(placed.call_sid).status == expected
    assert SimulatedCall.objects.get(call_sid=placed.call_sid).is_done
    exchange.close()


def test_exchange_that_lost_its_call_leaves_it_alone(simulator: Simulator, our_side: OurSide) -> None:
    placed = simulator.place(order_to(our_side))
    stolen = {"$set": {"claimed_by": "another one"}}
    our_side.says("/voice/", "<Say>Never.</Say>")
    our_side.on_request = lambda asked: calls().update_one({"_id": placed.call_sid}, stolen)

    exchange = exchange_with(scripted())
    exchange.play_next()

    call = SimulatedCall.objects.get(call_sid=placed.call_sid)
    assert (call.status, call.is_done, call.script) == ("queued", False, [])
    exchange.close()


def test_loop_plays_several_calls_at_once(
    simulator: Simulator, our_side: OurSide, running: Callable[[Exchange], threading.Event]
) -> None:
    both_are_here = threading.Barrier(2, timeout=5)
    our_side.says("/voice/", "<Hangup/>")
    our_side.on_request = lambda asked: asked.path == "/voice/" and both_are_here.wait()
    placed = [simulator.place(order_to(our_side)) for _ in range(2)]

    running(exchange_with(scripted()))

    until(lambda: all(simulator.fetch(call.call_sid).status == "completed" for call in placed))


def test_hanging_up_is_obeyed_within_a_moment(
    simulator: Simulator, our_side: OurSide, running: Callable[[Exchange], threading.Event]
) -> None:
    our_side.says("/voice/", "<Pause length='60'/>")
    talkative = scripted()
    talkative.rings_seconds = 0
    placed = simulator.place(order_to(our_side))
    running(Exchange(pace=1, callee_for=lambda number: talkative))
    until(lambda: simulator.fetch(placed.call_sid).status == "in-progress")

    simulator.hang_up(placed.call_sid)

    until(lambda: simulator.fetch(placed.call_sid).status == "completed", seconds=0.5)


def test_stopped_loop_ends_its_calls(
    simulator: Simulator, our_side: OurSide, running: Callable[[Exchange], threading.Event]
) -> None:
    our_side.says("/voice/", "<Pause length='60'/>")
    placed = simulator.place(order_to(our_side))
    stop = running(Exchange(pace=0.5, callee_for=lambda number: scripted()))
    until(lambda: simulator.fetch(placed.call_sid).status == "ringing")

    stop.set()

    until(lambda: statuses(our_side)[-1:] == ["canceled"])


class Watched(PoolManager):
    """Marks every request that it carries."""

    def urlopen(self, *args: Any, headers: dict[str, str], **kwargs: Any) -> BaseHTTPResponse:
        return super().urlopen(*args, headers=headers | {"X-Watched": "yes"}, **kwargs)


def test_pools_of_ones_own_carry_the_webhooks(simulator: Simulator, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Hangup/>")
    simulator.place(order_to(our_side))

    exchange = exchange_with(scripted(), pools=Watched())
    exchange.play_all()

    assert all(asked.headers["X-Watched"] == "yes" for asked in our_side.asked)
    exchange.close()


def test_webhooks_of_a_call_share_a_connection(simulator: Simulator, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Hangup/>")
    simulator.place(order_to(our_side))

    exchange = exchange_with(scripted())
    exchange.play_all()

    assert len(our_side.asked) > 1
    assert our_side.connections == 1
    exchange.close()


def test_full_exchange_leaves_the_next_call_in_the_queue(
    simulator: Simulator, our_side: OurSide, running: Callable[[Exchange], threading.Event]
) -> None:
    our_side.says("/voice/", "<Hangup/>")
    may_go_on = threading.Event()
    our_side.on_request = lambda asked: asked.path == "/voice/" and may_go_on.wait(5)
    first, second = (simulator.place(order_to(our_side)) for _ in range(2))
    running(exchange_with(scripted(), at_once=1))
    until(lambda: our_side.asked_at("/voice/"))

    assert simulator.fetch(second.call_sid).status == "queued"

    may_go_on.set()
    until(lambda: simulator.fetch(second.call_sid).status == "completed")
    assert simulator.fetch(first.call_sid).status == "completed"


def test_long_call_keeps_its_lease(
    simulator: Simulator, our_side: OurSide, running: Callable[[Exchange], threading.Event]
) -> None:
    our_side.says("/voice/", "<Pause length='8'/>")
    placed = simulator.place(order_to(our_side))
    for _ in range(2):
        running(exchange_with(scripted(), pace=0.1, lease_seconds=0.6, poll_seconds=0.05))

    until(lambda: SimulatedCall.objects.get(call_sid=placed.call_sid).is_done)

    assert statuses(our_side) == ["initiated", "ringing", "in-progress", "completed"]


def test_call_that_the_simulator_cannot_play_ends(simulator: Simulator, our_side: OurSide, play: Play) -> None:
    our_side.says("/voice/", "<Gather/>")
    broken = scripted()
    broken.answer = None

    call = play(broken)

    assert (call.status, statuses(our_side)[-1]) == ("completed", "completed")


def test_person_who_picks_up_at_the_last_moment_keeps_the_call_from_the_persona(
    simulator: Simulator, our_side: OurSide
) -> None:
    placed = simulator.place(order_to(our_side))
    calls().update_one({"_id": placed.call_sid}, {"$set": {"claimed_by": "this one", "status": "ringing"}})
    ledger = LeasedCall(placed.call_sid, "this one")
    handset.pick_up(call_sid=placed.call_sid, phone_id="a phone")

    assert not ledger.let_persona_take("somebody", Taking.ANSWERS)
    assert ledger.look()["taking"] == Taking.ANSWERS


def test_call_that_nobody_wants_to_hear_of_is_played_all_the_same(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Say>Hello.</Say>")

    call = play(scripted(), status_url="")

    assert (call.status, spoken(call)) == ("completed", ["Hello."])
