"""Sixteen callers and somebody who turns dialling off meanwhile."""

import threading
from contextlib import suppress

import pytest
from pymongo.database import Database

from calls import dialling, placing
from calls.dialling import NotDialling
from calls.telephony.base import CallOrder, PlacedCall
from candidates.documents import Candidate
from tests.factories import NOW, a_candidate

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("today")]

ROUNDS, CALLERS, CALLS = 50, 16, 3


class Listening:
    """A phone service that remembers the sessions it was asked to call for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def place(self, order: CallOrder) -> PlacedCall:
        session_id = order.voice_url.partition("#")[0].rpartition("/")[2]
        self.asked.append(session_id)
        return PlacedCall(f"CA{session_id}", "queued")


def test_once_it_is_off_nobody_is_dialled_who_had_not_passed_before(database: Database) -> None:
    people = [[a_candidate() for _ in range(CALLS)] for _ in range(CALLERS)]
    for number in range(ROUNDS):
        database["dialling"].delete_many({})
        free()
        telephony = Listening()

        passed = turned_off_amidst(people, telephony, after=number % CALLERS)

        assert sorted(telephony.asked) == sorted(str(session_id) for session_id in passed)
        assert dialling.standing(now=NOW).calls == len(telephony.asked)


def free() -> None:
    Candidate.objects.update(
        set__call_tracking__total_attempts=0,
        set__call_tracking__call_history=[],
        unset__call_tracking__open_session_id=1,
    )


def turned_off_amidst(people: list[list[Candidate]], telephony: Listening, *, after: int) -> list[object]:
    """Have each list called through at once and turn it off after so many calls; return who had passed by then."""
    together, some_called = threading.Barrier(len(people) + 1), threading.Semaphore(0)

    def call(candidates: list[Candidate]) -> None:
        together.wait()
        for candidate in candidates:
            with suppress(NotDialling):
                placing.place_call(candidate_id=candidate.id, now=NOW, telephony=telephony)
            some_called.release()

    threads = [threading.Thread(target=call, args=(each,)) for each in people]
    for thread in threads:
        thread.start()
    together.wait()
    for _ in range(after):
        some_called.acquire()
    dialling.switch(is_on=False, by="rita", reason="Enough.", now=NOW)
    stored = dialling._collection().find_one()
    for thread in threads:
        thread.join()
    return stored.get("under_way", [])
