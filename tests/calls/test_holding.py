"""What a caller hears while the database is away, or a request of theirs was lost."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urldefrag, urlsplit
from xml.etree import ElementTree

import pytest
from django.http import HttpResponse
from hypothesis import given
from hypothesis import strategies as st
from mongoengine import connection
from pymongo.database import Database
from pymongo.errors import AutoReconnect, ServerSelectionTimeoutError

from calls import webhooks
from calls.documents import ConversationSession
from calls.telephony.twilio import twiml
from calls.telephony.twilio.twiml import MAX_HEARD
from interviews.documents import Interview
from tests.calls.webhooks import goes_on_at, post, status, turn
from tests.factories import a_session, a_slot
from tests.outages import database_away

pytestmark = pytest.mark.usefixtures("database", "today")


@pytest.fixture
def away(settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """Return what takes the database away for a block, and then does not wait for it longer than a test likes to."""

    @contextmanager
    def block() -> Iterator[None]:
        with database_away(settings), monkeypatch.context() as patch:
            patch.setattr(webhooks, "ANSWER_SECONDS", 0.3)
            patch.setattr(webhooks, "patience", webhooks.Patience())
            yield

    return block


@pytest.fixture
def session() -> ConversationSession:
    return a_session()


def document(response: HttpResponse) -> ElementTree.Element:
    assert response.status_code == 200
    return ElementTree.fromstring(response.content)


def said(response: HttpResponse) -> str:
    return " ".join(say.text for say in document(response).iter("Say"))


def stored_turn(session: ConversationSession, number: int) -> dict[str, Any]:
    return ConversationSession._get_collection().find_one({"_id": session.id})["turns"][number]


def reach_the_read_back(session: ConversationSession) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")
    turn(session.id, 2, Digits="1")


def test_caller_is_asked_to_hold_while_the_database_is_away(session: ConversationSession, away) -> None:
    reach_the_read_back(session)

    with away():
        response = turn(session.id, 3, SpeechResult="yes please", Confidence="0.93")

    assert said(response) == "One moment, please."
    assert document(response).find("Pause") is not None


def test_call_on_hold_goes_on_where_it_was_with_what_was_said(session: ConversationSession, away) -> None:
    a_slot()
    reach_the_read_back(session)
    with away():
        first = turn(session.id, 3, SpeechResult="yes please", Confidence="0.93")
        second = post(goes_on_at(first))

    response = post(goes_on_at(second))

    interview = Interview.objects(session_id=session.id).get()
    assert said(second) == "Thank you for waiting. One more moment, please."
    assert "It's booked" in said(response)
    assert interview.evidence.answer == "yes please"
    assert interview.evidence.confidence == 0.93


def test_key_pressed_before_the_hold_counts_after_it(session: ConversationSession, away) -> None:
    turn(session.id, 0)
    with away():
        held = turn(session.id, 1, Digits="2")

    response = post(goes_on_at(held))

    assert "Is this a number where I can reach Asha Rao" in said(response)


def test_greeting_waits_for_the_database_too(session: ConversationSession, away) -> None:
    with away():
        held = turn(session.id, 0)

    assert "Am I speaking with Asha Rao?" in said(post(goes_on_at(held)))


def test_hold_is_spoken_as_in_the_country_called(session: ConversationSession, away) -> None:
    with away():
        response = turn(session.id, 0, To="+919876543210")

    assert document(response).find("Say").get("language") == "en-IN"


def test_nobody_holds_for_ever(session: ConversationSession, away) -> None:
    with away():
        response = post(f"/twilio/turn/{session.id}/1?holds=20", SpeechResult="yes")

    assert "something went wrong on our side" in said(response)
    assert document(response).find("Hangup") is not None


@pytest.mark.parametrize("holds", ["", "-1", "many", "²"])
def test_count_of_holds_that_is_none_begins_anew(session: ConversationSession, holds: str, away) -> None:
    with away():
        response = post(f"/twilio/turn/{session.id}/1?holds={holds}".replace("²", "%C2%B2"))

    assert parse_qs(urlsplit(goes_on_at(response)).query)["holds"] == ["1"]


def test_long_answer_is_carried_whole(session: ConversationSession, away) -> None:
    answer = ("हाँ ठीक है, लेकिन मुझे पहले पूछना है। " * 30)[:1000].strip()
    turn(session.id, 0)
    with away():
        held = turn(session.id, 1, SpeechResult=answer)

    post(goes_on_at(held))

    assert len(goes_on_at(held)) < 4_000
    assert stored_turn(session, 1)["heard"] == answer


def test_yes_taken_back_at_the_end_of_a_held_answer_books_nothing(session: ConversationSession, away) -> None:
    a_slot()
    reach_the_read_back(session)
    with away():
        held = turn(session.id, 3, SpeechResult="yes " * 60 + "but please do not book that")

    post(goes_on_at(held))

    assert Interview.objects.count() == 0


@pytest.mark.parametrize("length", [MAX_HEARD + 1, 20_000])
def test_yes_with_more_words_than_we_take_is_asked_again(session: ConversationSession, length: int) -> None:
    a_slot()
    reach_the_read_back(session)

    response = turn(session.id, 3, SpeechResult=("yes " * length)[:length])

    assert "Shall I book that?" in said(response)
    assert Interview.objects.count() == 0


def test_yes_of_which_a_part_did_not_fit_the_address_is_asked_again(session: ConversationSession, away) -> None:
    a_slot()
    reach_the_read_back(session)
    unlike = "".join(chr(0x10000 + pow(7, number, 131_071)) for number in range(900))
    with away():
        held = turn(session.id, 3, SpeechResult=f"yes {unlike}")

    response = post(goes_on_at(held))

    assert len(goes_on_at(held)) < 4_000
    assert "Shall I book that?" in said(response)
    assert stored_turn(session, 3)["is_cut"]


@given(st.text(max_size=MAX_HEARD), st.none() | st.floats(0, 1).map(str), st.text("0123456789*#", max_size=8))
def test_what_is_carried_is_what_was_reported(text: str, confidence: str | None, digits: str) -> None:
    form = {"SpeechResult": text, "Digits": digits} | ({"Confidence": confidence} if confidence else {})

    packed = twiml.carried(form)

    assert len(packed) <= twiml.MAX_CARRIED
    assert twiml.read_input(twiml.unpacked(packed)) == twiml.read_input(form) or "IsCut" in twiml.unpacked(packed)


@pytest.mark.parametrize("report", ["", "nonsense", "%%%", "eJw", "ü"])
def test_report_that_we_did_not_write_says_nothing(report: str) -> None:
    assert twiml.unpacked(report) == {}


def test_requests_after_one_that_found_the_database_away_hardly_wait(session: ConversationSession, away) -> None:
    with away():
        turn(session.id, 0)

        assert webhooks.patience.seconds() == webhooks.HARDLY_SECONDS


def test_what_the_driver_has_found_away_is_hardly_waited_for_by_the_first_request(away) -> None:
    with away():
        with suppress(ServerSelectionTimeoutError):
            connection.get_connection().admin.command("ping")

        assert webhooks.patience.seconds() == webhooks.HARDLY_SECONDS


def test_patience_is_whole_again_once_the_database_answers() -> None:
    patience = webhooks.Patience()
    with suppress(AutoReconnect), patience.spend():
        raise AutoReconnect
    hurried = patience.seconds()

    with patience.spend():
        pass

    assert (hurried, patience.seconds()) == (webhooks.HURRIED_SECONDS, webhooks.ANSWER_SECONDS)


def test_trouble_of_another_kind_costs_no_patience() -> None:
    patience = webhooks.Patience()

    with suppress(ValueError), patience.spend():
        raise ValueError

    assert patience.seconds() == webhooks.ANSWER_SECONDS


def test_status_that_cannot_be_noted_is_asked_for_again(session: ConversationSession, away) -> None:
    with away():
        response = status(session.id, "completed", 3)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"


def test_every_address_asks_for_requests_that_fail_to_be_repeated(database: Database, session) -> None:
    placed = database["simulated_calls"].find_one()
    addresses = [placed[name] for name in ("voice_url", "fallback_url", "status_url", "machine_url")]

    action = document(turn(session.id, 0)).find("Gather").get("action")

    assert {parse_qs(urldefrag(url).fragment)["rp"][0] for url in [*addresses, action]} == {"5xx,ct,rt"}


def test_booking_whose_answer_was_lost_is_told_again(session: ConversationSession) -> None:
    a_slot()
    reach_the_read_back(session)
    turn(session.id, 3, SpeechResult="yes please")

    asked_again = post(f"/twilio/fallback/{session.id}", ErrorCode="11200")

    assert "It's booked" in said(asked_again)
    assert Interview.objects.count() == 1
