import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pymongo.database import Database

from calls.admin import live
from calls.documents import ConversationSession
from calls.telephony.simulator.backend import Simulator
from calls.turns import note_machine
from interviews import bookings
from interviews.documents import Interview
from interviews.holds import hold_slots
from tests.calls.admin.live.live_pages import LivePage, recorded, words
from tests.calls.call_pages import browser_of, offered, sid_of, talked
from tests.calls.webhooks import status, turn
from tests.factories import NOW, a_candidate, a_session, a_slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today", "clock")]


@pytest.fixture
def canceller(settings: Any) -> Client:
    """The browser of somebody who may look at calls, and cancel interviews."""
    settings.TELEPHONY = "simulator"
    return browser_of("ruth", "view_conversationsession", "view_interview", "change_interview")


def test_new_turn_is_sent_alone(rita: Client) -> None:
    a_slot()
    session = talked(a_candidate(name="Asha Rao"), "yes")
    page = LivePage(rita, session)
    turn(session.id, 2, call_sid=sid_of(session), SpeechResult="mumble mumble", Confidence=0.66)

    response = page.poll()

    assert response.status_code == 200
    assert 'hx-swap-oob="beforeend:#call-turns"' in response.content.decode()
    assert "Asha Rao, 04:30:00 mumble mumble understood as no match , 66% sure" in words(response)
    assert "Am I speaking" not in words(response)
    assert page.poll().status_code == 204


def test_page_loaded_before_anything_was_said_fills(rita: Client) -> None:
    session = a_session(a_candidate(name="Asha Rao"))
    page = LivePage(rita, session)
    turn(session.id, 0, call_sid=sid_of(session))

    shown_status = page.shown_status()

    assert "Am I speaking with Asha Rao?" in shown_status
    assert "Nothing has been said" not in shown_status


def test_two_viewers_each_get_the_turn_once(rita: Client, vera: Client) -> None:
    session = talked(a_candidate())
    pages = [LivePage(rita, session), LivePage(vera, session)]
    turn(session.id, 1, call_sid=sid_of(session), SpeechResult="quite so")

    shown_status = [page.poll() for page in pages]

    assert ["quite so" in words(response) for response in shown_status] == [True, True]
    assert [page.poll().status_code for page in pages] == [204, 204]


def test_viewer_who_came_later_lacks_nothing(rita: Client, vera: Client) -> None:
    a_slot()
    session = talked(a_candidate(), "yes")
    early = LivePage(rita, session)
    turn(session.id, 2, call_sid=sid_of(session), SpeechResult="perhaps")
    late = LivePage(vera, session)
    turn(session.id, 3, call_sid=sid_of(session), SpeechResult="well then")

    assert re.findall("perhaps|well then", early.shown_status()) == ["perhaps", "well then"]
    assert re.findall("perhaps|well then", late.shown_status()) == ["well then"]


def test_status_is_shown_as_it_comes(rita: Client) -> None:
    session = a_session()
    page = LivePage(rita, session)
    assert "Being placed" in words(page.loaded)
    status(session.id, "ringing", 1, call_sid=sid_of(session))

    shown_status = page.shown_status()

    assert "Ringing 0:00" in shown_status
    assert "Asked for 04:30:00 (+0:00) Ringing" in shown_status


def test_slot_that_is_held_meanwhile_is_reported(rita: Client, database: Database) -> None:
    session, slot = a_session(), a_slot()
    offered(database, session, slot)
    page = LivePage(rita, session)
    hold_slots(session_id=session.id, wish=(), time_zone="Asia/Kolkata", now=NOW)

    assert "Held for this call" in page.shown_status()


def test_booking_appears_with_its_evidence(rita: Client) -> None:
    slot = a_slot()
    session = talked(a_candidate(), "yes", "the first one")
    page = LivePage(rita, session)
    turn(session.id, 3, call_sid=sid_of(session), SpeechResult="yes please", Confidence=0.93)

    shown_status = page.shown_status()

    assert Interview.objects.get().slot.id == slot.id
    assert "“yes please” 93% sure" in shown_status
    assert "Booked on this call" in shown_status


def test_booking_may_be_cancelled_once_the_call_is_over(booked: ConversationSession, canceller: Client) -> None:
    page = LivePage(canceller, booked)
    assert "Cancel the interview" not in words(page.loaded)
    recorded(booked)

    response = page.poll()

    assert "Cancel the interview" in words(response)
    assert f'href="/admin/interviews/interview/{Interview.objects.get().id}/change/"' in response.content.decode()


def test_interview_that_was_cancelled_is_not_cancelled_again(booked: ConversationSession, canceller: Client) -> None:
    recorded(booked)
    bookings.cancel_interview(interview_id=Interview.objects.get().id, reason="no room", now=NOW)

    shown = words(LivePage(canceller, booked).loaded)

    assert "Booked on this call; since then cancelled" in shown
    assert "Cancel the interview" not in shown


def test_who_may_not_cancel_is_offered_no_cancelling(rita: Client, booked: ConversationSession) -> None:
    assert "Cancel the interview" not in words(LivePage(rita, recorded(booked)).loaded)


def test_what_becomes_of_the_booking_elsewhere_is_reported(
    rita: Client, booked: ConversationSession, database: Database
) -> None:
    page = LivePage(rita, booked)
    database["interviews"].update_many({}, {"$set": {"status": "cancelled"}})

    assert "Booked on this call; since then cancelled" in page.shown_status()


def test_voicemail_is_told_though_nothing_was_said(rita: Client) -> None:
    session = talked(a_candidate())
    page = LivePage(rita, session)
    note_machine(session_id=session.id, call_sid=sid_of(session), telephony=Simulator())

    assert "Voicemail: saying goodbye" in page.shown_status()


def test_buttons_are_left_alone_as_long_as_they_stay_the_same(rita: Client) -> None:
    session = talked(a_candidate())
    page = LivePage(rita, session)
    turn(session.id, 1, call_sid=sid_of(session), SpeechResult="yes")

    shown_status = page.poll().content.decode()

    assert "call-buttons" not in shown_status
    assert "csrfmiddlewaretoken" not in shown_status


@pytest.mark.parametrize(
    ("changed", "state", "seconds"),
    [
        ({}, "Being placed", 90),
        ({"twilio_status": "queued"}, "Waiting to be dialled", 90),
        ({"twilio_status": "initiated"}, "Dialling", 90),
        ({"twilio_status": "ringing", "statuses": [{"status": "ringing", "at": NOW}]}, "Ringing", 60),
        ({"twilio_status": "in-progress"}, "Answered", 90),
        ({"twilio_status": "completed"}, "Ending", 90),
        ({"answered_at": NOW}, "Asking for the person", 60),
        ({"answered_at": NOW, "phase": "confirm"}, "Confirming a time", 60),
        ({"answered_at": NOW, "phase": "searching"}, "Looking for times", 60),
        ({"answered_at": NOW, "phase": "agreed"}, "Agreed: saying goodbye", 60),
        ({"answered_at": NOW + timedelta(hours=1)}, "Asking for the person", 0),
        ({"ended_at": NOW, "outcome": "interview_scheduled"}, "Over: interview scheduled", None),
    ],
)
def test_state_is_told_in_words_with_its_time(changed: dict[str, Any], state: str, seconds: int | None) -> None:
    stored = {"phase": "identity", "started_at": NOW - timedelta(seconds=30)} | changed

    assert live.state_of(stored, now=NOW + timedelta(seconds=60)) == (state, seconds)
