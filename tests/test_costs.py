"""What each operation asks of MongoDB and of Twilio: counted, so that it holds on any machine."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from mongoengine import Document, connection
from pymongo.database import Database
from pymongo.monitoring import CommandListener, CommandStartedEvent
from rest_framework.test import APIClient

from calls.documents import ConversationSession
from calls.placing import place_call
from calls.telephony.base import CallOrder, PlacedCall
from config.mongo import client
from tests.calls.webhooks import status, turn
from tests.candidates.suppression.refusals import refuse
from tests.factories import NOW, a_candidate, a_phone, a_session, a_slot, an_interview
from tests.profiling import profiled

pytestmark = pytest.mark.usefixtures("today")

SERVED = ("candidates", "suppression", "calls", "sessions", "slots", "interviews")
LISTS = ["/list-candidates", *(f"/api/{name}/" for name in SERVED)]


class Commands(CommandListener):
    """Keeps the names of the commands that the driver sends."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: object) -> None:
        """Nothing more is kept of it."""

    def failed(self, event: object) -> None:
        """Nor of one that fails."""


@pytest.fixture
def commands(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return the list that the names of all commands from now on are added to."""
    listener = Commands()
    monkeypatch.setitem(client.OPTIONS, "event_listeners", [listener])
    connect_anew()
    yield listener.names
    monkeypatch.undo()
    connect_anew()


def connect_anew() -> None:
    connection.disconnect()
    client.register()


class NoNetwork:
    """A phone service that takes every call, and no time."""

    def place(self, order: CallOrder) -> PlacedCall:
        return PlacedCall("CA" + "7" * 32, "queued")


def counted(commands: list[str], do: Callable[[], Any]) -> list[str]:
    commands.clear()
    do()
    return [*commands]


@pytest.fixture
def session() -> ConversationSession:
    """Place a call, talk to whom it reached, and offer them times."""
    session = a_session()
    a_slot()
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")
    return session


def test_a_turn_takes_two_round_trips(commands: list[str], session: ConversationSession) -> None:
    assert counted(commands, lambda: turn(session.id, 2, SpeechResult="the first one")) == ["find", "findAndModify"]


def test_the_first_offer_holds_each_slot_and_lets_nothing_go(commands: list[str]) -> None:
    call = a_session()
    for day in (1, 2, 3, 4):
        a_slot(starts_at=NOW + timedelta(days=day))
    turn(call.id, 0)

    offered = counted(commands, lambda: turn(call.id, 1, SpeechResult="yes"))

    assert offered == ["find", "aggregate", *["findAndModify"] * 3, "findAndModify"]


def test_another_offer_lets_go_what_was_held(commands: list[str], session: ConversationSession) -> None:
    asked = counted(commands, lambda: turn(session.id, 2, SpeechResult="can we do friday afternoon instead"))

    assert asked == ["find", "aggregate", "findAndModify", "update", "findAndModify"]


def test_a_status_takes_one(commands: list[str], session: ConversationSession) -> None:
    assert counted(commands, lambda: status(session.id, "in-progress", 2)) == ["update"]


def test_placing_a_call_takes_four(commands: list[str]) -> None:
    """One of them for the gate: the switch and the day's counts stand on another document than the claim."""
    a_session()
    candidate = a_candidate()

    taken = counted(commands, lambda: place_call(candidate_id=candidate.id, now=NOW, telephony=NoNetwork()))

    assert taken == ["update", "findAndModify", "insert", "update"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("query", ["", "?limit=1"])
def test_a_page_takes_one(api: APIClient, commands: list[str], path: str, query: str) -> None:
    assert len(counted(commands, lambda: api.get(path + query))) == 1


@pytest.mark.parametrize("path", LISTS)
def test_a_list_hydrates_no_document(api: APIClient, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    an_interview(a_candidate(), a_slot())
    a_session()
    refuse(a_phone())
    hydrated: list[object] = []
    monkeypatch.setattr(Document, "_from_son", classmethod(lambda cls, *_, **__: hydrated.append(cls)))

    response = api.get(path)

    assert response.json().get("results") or response.json()["candidates"]
    assert hydrated == []


@pytest.mark.parametrize("path", LISTS)
def test_a_page_looks_at_one_document_more_than_it_shows(api: APIClient, database: Database, path: str) -> None:
    for number in range(8):
        an_interview(a_candidate(), a_slot(starts_at=NOW.replace(day=10 + number)))
        a_session()
        refuse(a_phone())
    first = api.get(path, {"limit": 3}).json()

    with profiled(database) as noted:
        api.get(path, {"limit": 3})
        api.get(first["next"])

    assert [each["docsExamined"] for each in noted if each["op"] in {"query", "command"}] == [4, 4]


def test_every_write_is_a_majoritys_and_in_the_journal(database: Database) -> None:
    assert client.OPTIONS["w"] == "majority"
    assert database.client.write_concern.document == {"w": "majority", "j": True}
    assert project.MONGODB_URI == ""
