"""Placing, fetching, ending and finding simulated calls: what Twilio's REST API would do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls import telephony
from calls.telephony.base import CallList, CallOrder, CallRefused, CallUnknown
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import SimulatedCall, SimulatedPhone, calls
from tests.clocks import ENDLESS

URLS = ("voice_url", "fallback_url", "status_url", "machine_url")


def order(to: str = "+919876543210", **urls: str) -> CallOrder:
    given = {name: f"https://callflow.example/{name}/" for name in URLS} | urls
    return CallOrder(to=to, ring_seconds=25, limit_seconds=600, lease=ENDLESS, **given)


def test_placed_call_is_queued_and_can_be_fetched(simulator: Simulator) -> None:
    placed = simulator.place(order())

    assert placed.call_sid.startswith("CA")
    assert (len(placed.call_sid), placed.status, placed.duration_seconds) == (34, "queued", None)
    assert simulator.fetch(placed.call_sid) == placed


@pytest.mark.parametrize(
    "number",
    ["", "9876543210", "+", "+12", "+91 98765 43210", "+9198765abcde", "+99912345678", "+" + "1" * 30, "+１２３"],
)
def test_number_that_no_phone_has_is_refused(simulator: Simulator, number: str) -> None:
    with pytest.raises(CallRefused) as caught:
        simulator.place(order(number))

    assert (caught.value.error_code, caught.value.is_ours) == (21211, False)
    assert calls().count_documents({}) == 0


@pytest.mark.parametrize(
    ("number", "code", "is_ours"),
    [
        ("+15005550001", 21217, False),
        ("+15005550002", 21214, False),
        ("+15005550003", 21215, True),
        ("+15005550004", 21216, False),
    ],
)
def test_twilios_magic_numbers_are_refused_as_twilio_does(
    simulator: Simulator, number: str, code: int, is_ours: bool
) -> None:
    with pytest.raises(CallRefused) as caught:
        simulator.place(order(number))

    assert (caught.value.error_code, caught.value.is_ours) == (code, is_ours)


@pytest.mark.parametrize(
    "urls", [{"voice_url": ""}, {"voice_url": "/voice/"}, {"status_url": "ftp://callflow.example/"}], ids=str
)
def test_address_that_twilio_could_not_ask_is_refused(simulator: Simulator, urls: dict[str, str]) -> None:
    with pytest.raises(CallRefused) as caught:
        simulator.place(order(**urls))

    assert (caught.value.error_code, caught.value.is_ours) == (21205, True)


def test_unknown_call_is_not_fetched(simulator: Simulator) -> None:
    with pytest.raises(CallUnknown):
        simulator.fetch("CA" + "0" * 32)


def test_unknown_call_is_not_hung_up(simulator: Simulator) -> None:
    with pytest.raises(CallUnknown):
        simulator.hang_up("CA" + "0" * 32)


def test_queued_call_is_cancelled_at_once(simulator: Simulator) -> None:
    placed = simulator.place(order())

    simulator.hang_up(placed.call_sid)

    assert simulator.fetch(placed.call_sid).status == "canceled"


def test_call_that_is_over_is_left_alone(simulator: Simulator) -> None:
    placed = simulator.place(order())
    simulator.hang_up(placed.call_sid)
    before = SimulatedCall.objects.get(call_sid=placed.call_sid).to_mongo()

    simulator.hang_up(placed.call_sid)

    assert SimulatedCall.objects.get(call_sid=placed.call_sid).to_mongo() == before


def test_call_under_way_is_asked_to_end(simulator: Simulator) -> None:
    placed = simulator.place(order())
    calls().update_one({"_id": placed.call_sid}, {"$set": {"status": "ringing", "claimed_by": "an exchange"}})

    simulator.hang_up(placed.call_sid)

    call = SimulatedCall.objects.get(call_sid=placed.call_sid)
    assert (call.status, call.hang_up_requested) == ("ringing", True)


def test_calls_to_a_number_are_found_oldest_first(simulator: Simulator) -> None:
    since = datetime.now(UTC)
    placed = [simulator.place(order()) for _ in range(2)]
    simulator.place(order("+919876543211"))

    found = simulator.placed_to("+919876543210", since=since)

    assert found == placed
    assert simulator.placed_to("+919876543210", since=datetime.now(UTC) + timedelta(seconds=1)) == []


def test_calls_of_a_period_are_found_oldest_first(simulator: Simulator) -> None:
    since = datetime.now(UTC)
    placed = [simulator.place(order()), simulator.place(order("+919876543211"))]

    found = simulator.placed_between(since - timedelta(seconds=1), since + timedelta(hours=1))

    assert found == CallList(tuple(placed), is_whole=True)
    assert simulator.placed_between(since + timedelta(hours=1), since + timedelta(hours=2)).calls == ()


def test_ended_calls_expire_after_a_week(simulator: Simulator) -> None:
    indexes = SimulatedCall._get_collection().index_information()

    assert indexes["ended_at_1"]["expireAfterSeconds"] == 7 * 24 * 3600


def test_phones_that_nobody_uses_expire(simulator: Simulator) -> None:
    indexes = SimulatedPhone._get_collection().index_information()

    assert indexes["seen_at_1"]["expireAfterSeconds"] == 3600


@pytest.mark.parametrize(
    "query",
    [
        {"is_done": False, "lease_until": {"$lte": datetime.now(UTC)}},
        {"is_done": False, "status": "ringing"},
        {"to": "+919876543210", "placed_at": {"$gte": datetime.now(UTC)}},
        {"placed_at": {"$gte": datetime.now(UTC), "$lt": datetime.now(UTC)}},
    ],
    ids=["the next to play", "what rings", "calls to a number", "calls of a period"],
)
def test_queries_made_all_the_time_use_an_index(simulator: Simulator, query: dict[str, Any]) -> None:
    plan = calls().find(query).explain()["queryPlanner"]["winningPlan"]

    assert "IXSCAN" in str(plan)


def test_settings_without_twilio_choose_the_simulator(settings: Any) -> None:
    settings.TELEPHONY = "simulator"

    assert isinstance(telephony.backend(), Simulator)
