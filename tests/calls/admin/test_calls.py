from typing import Any

import pytest
from bson import ObjectId
from django.contrib.admin.models import LogEntry
from django.test import Client
from pymongo.database import Database

from calls.documents import ConversationSession
from calls.telephony.simulator.documents import SimulatedCall
from candidates.documents import Candidate
from interviews.documents import Interview
from interviews.holds import hold_slots
from tests.calls.call_pages import (
    LIST,
    browser_of,
    ended,
    hang_up_url,
    messages_of,
    offered,
    page_url,
    sid_of,
    start_url,
    talked,
    text_of,
)
from tests.calls.webhooks import status, turn
from tests.factories import NOBODY, NOW, a_candidate, a_session, a_slot, an_attempt, an_interview

EVIL = "<script>alert('x')</script>"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today")]


def test_conversation_is_shown_as_it_was_held(rita: Client) -> None:
    a_slot()
    session = talked(a_candidate(name="Asha Rao"), "yes speaking", "mumble mumble", confidence=0.87)

    shown = text_of(rita.get(page_url(session)))

    for words in (
        "Am I speaking with Asha Rao?",
        "yes speaking",
        "understood as yes , 87% sure",
        "understood as no match",
        "Confidence 87%",
    ):
        assert words in shown
    assert shown.index("Am I speaking") < shown.index("yes speaking") < shown.index("mumble mumble")


def test_keys_and_silence_are_shown_as_such(rita: Client) -> None:
    session = talked(a_candidate(), "")
    turn(session.id, 2, call_sid=sid_of(session), Digits="1")

    shown = text_of(rita.get(page_url(session)))

    assert "(silence)" in shown
    assert "pressed 1" in shown


def test_call_in_which_nothing_was_said_says_so(rita: Client) -> None:
    shown = text_of(rita.get(page_url(a_session())))

    assert "Nothing has been said yet." in shown
    assert "No time has been offered." in shown


def test_timeline_tells_each_status_in_order(rita: Client) -> None:
    session = a_session()
    status(session.id, "ringing", 1, call_sid=sid_of(session))
    ended(session)

    shown = text_of(rita.get(page_url(session)))

    assert shown.index("Asked for") < shown.index("Ringing") < shown.index("No answer 04:30")
    assert "Recorded as over" in shown


@pytest.mark.parametrize(
    ("becomes", "words"),
    [
        ({"status": "open"}, "Free"),
        ({"status": "held", "held_by": ObjectId()}, "Held for another call"),
        ({"status": "booked"}, "Booked by somebody else"),
        ({"status": "withdrawn"}, "Withdrawn"),
    ],
)
def test_offered_slot_is_shown_with_what_became_of_it(
    rita: Client, database: Database, becomes: dict[str, Any], words: str
) -> None:
    session, slot = a_session(), a_slot()
    offered(database, session, slot)
    database["slots"].update_one({"_id": slot.id}, {"$set": becomes})

    assert f"Wed 4 Mar 2026, 10:00 IST {words}" in text_of(rita.get(page_url(session)))


def test_slot_that_the_call_holds_is_shown_as_held_for_it(rita: Client, database: Database) -> None:
    session, slot = a_session(), a_slot()
    offered(database, session, slot)
    hold_slots(session_id=session.id, wish=(), time_zone="Asia/Kolkata", now=NOW)

    assert "Held for this call" in text_of(rita.get(page_url(session)))


def test_offered_slot_that_was_deleted_is_reported(rita: Client, database: Database) -> None:
    session, slot = a_session(), a_slot()
    offered(database, session, slot)
    database["slots"].delete_many({})

    assert "Deleted since" in text_of(rita.get(page_url(session)))


def test_booking_is_shown_with_its_evidence(rita: Client, booked: ConversationSession) -> None:
    shown = text_of(rita.get(page_url(booked)))

    for words in ("Interview on Wed 4 Mar 2026, 10:00 IST: confirmed", "Shall I book that?", "“yes do”", "93% sure"):
        assert words in shown
    assert "Booked on this call" in shown


def test_booking_that_was_cancelled_is_reported(rita: Client, booked: ConversationSession, database: Database) -> None:
    database["interviews"].update_many({}, {"$set": {"status": "cancelled"}})

    assert "Booked on this call; since then cancelled" in text_of(rita.get(page_url(booked)))


def test_interview_without_evidence_is_shown(rita: Client, booked: ConversationSession, database: Database) -> None:
    database["interviews"].update_many({}, {"$unset": {"evidence": ""}})

    assert "Interview on Wed 4 Mar" in text_of(rita.get(page_url(booked)))


def test_page_links_to_the_candidate_and_the_interview(rita: Client, booked: ConversationSession) -> None:
    page = rita.get(page_url(booked)).content.decode()

    assert f'href="/admin/candidates/candidate/{booked.candidate.id}/change/"' in page
    assert f'href="/admin/interviews/interview/{Interview.objects.get().id}/change/"' in page


def test_who_may_not_see_candidates_gets_no_link_to_them(booked: ConversationSession) -> None:
    paul = browser_of("paul", "view_conversationsession")

    page = paul.get(page_url(booked)).content.decode()

    assert "/admin/candidates/candidate/" not in page
    assert "/admin/interviews/interview/" not in page


def test_page_outlives_its_candidate(rita: Client, database: Database) -> None:
    session = talked(a_candidate(name="Asha Rao"), "yes")
    database["candidates"].delete_many({})

    shown = text_of(rita.get(page_url(session)))

    assert "Asha Rao (deleted)" in shown


def test_names_and_speech_are_shown_as_text(rita: Client) -> None:
    session = talked(a_candidate(name=EVIL), EVIL)

    page, listed = rita.get(page_url(session)).content.decode(), rita.get(LIST).content.decode()
    start = rita.get(start_url(Candidate.objects.get())).content.decode()

    assert EVIL not in page + listed + start
    assert page.count("&lt;script&gt;alert") >= 2


@pytest.mark.parametrize("session_id", ["zzz", NOBODY, "x" * 300, "start"])
def test_call_that_is_not_there_leads_back_with_a_word(rita: Client, session_id: str) -> None:
    response = rita.get(f"{LIST}{session_id}/change/")

    assert response.status_code == 302
    assert "doesn’t exist" in messages_of(response)[0]


# --- Nothing that is history is edited


def test_page_has_no_form_for_those_who_may_do_nothing(vera: Client) -> None:
    page = vera.get(page_url(a_session())).content.decode()

    assert "hang-up" not in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize("address", ["add/", "{}/change/", "{}/delete/"])
def test_nobody_adds_changes_or_deletes_a_call(sue: Client, address: str) -> None:
    session = talked(a_candidate(), "yes")
    before = ConversationSession.objects.get().to_mongo()

    response = sue.post(LIST + address.format(session.id), {"outcome": "busy", "notes": "mine", "post": "yes"})

    assert response.status_code == 403
    assert ConversationSession.objects.get().to_mongo() == before


def test_list_offers_no_deleting(sue: Client) -> None:
    session = a_session()

    page = sue.get(LIST).content.decode()
    sue.post(LIST, {"action": "delete_selected", "_selected_action": [str(session.id)], "post": "yes"})

    assert "delete_selected" not in page
    assert ConversationSession.objects.count() == 1


def test_page_offers_no_deleting(sue: Client) -> None:
    page = sue.get(page_url(a_session())).content.decode()

    assert "/delete/" not in page


def test_candidate_is_deleted_with_their_calls(sue: Client) -> None:
    candidate = a_candidate()
    ended(a_session(candidate))

    response = sue.post(f"/admin/candidates/candidate/{candidate.id}/delete/", {"post": "yes"})

    assert response.status_code == 302
    assert (Candidate.objects.count(), ConversationSession.objects.count()) == (0, 0)


@pytest.mark.parametrize("address", ["", "{session}/change/", "start/{candidate}/"])
def test_who_may_see_nothing_sees_nothing(address: str) -> None:
    session = a_session()
    noah = browser_of("noah")

    response = noah.get(LIST + address.format(session=session.id, candidate=session.candidate.id))

    assert response.status_code == 403


# --- What may be done about a call


def test_call_under_way_is_hung_up(rita: Client) -> None:
    session = a_session()

    page = rita.get(page_url(session)).content.decode()
    response = rita.post(hang_up_url(session))

    assert f'action="{hang_up_url(session)}"' in page
    assert messages_of(response)[-1] == "The call is being ended."
    assert response["Location"] == page_url(session)
    assert SimulatedCall.objects.get().status == "canceled"
    assert LogEntry.objects.get().change_message == "Hung up."


def test_looking_hangs_nothing_up(rita: Client) -> None:
    session = a_session()

    response = rita.get(hang_up_url(session))

    assert response.status_code == 405
    assert SimulatedCall.objects.get().status == "queued"


def test_viewer_cannot_hang_up(vera: Client) -> None:
    session = a_session()

    assert vera.post(hang_up_url(session)).status_code == 403
    assert SimulatedCall.objects.get().status == "queued"


def test_call_that_is_over_has_no_button_and_is_not_hung_up(rita: Client) -> None:
    session = ended(a_session())

    page = rita.get(page_url(session)).content.decode()
    response = rita.post(hang_up_url(session))

    assert "hang-up" not in page
    assert messages_of(response)[-1] == "The call is over already."
    assert LogEntry.objects.count() == 0


def test_call_without_a_name_at_the_phone_service_has_no_button(rita: Client, database: Database) -> None:
    session = a_session()
    database["candidates"].update_one({}, {"$unset": {"call_tracking.call_history.0.call_sid": ""}})

    page = rita.get(page_url(session)).content.decode()
    response = rita.post(hang_up_url(session))

    assert "hang-up" not in page
    assert messages_of(response)[-1].startswith("Not hung up: The phone service has not named the call yet")


@pytest.mark.parametrize("session_id", ["zzz", NOBODY])
def test_call_that_is_not_there_is_not_hung_up(rita: Client, session_id: str) -> None:
    response = rita.post(f"{LIST}{session_id}/hang-up/")

    assert response.status_code == 302
    assert "doesn’t exist" in messages_of(response)[0]


def test_candidate_of_a_call_that_is_over_may_be_called_again(rita: Client) -> None:
    candidate = a_candidate()
    session = ended(a_session(candidate))

    page = rita.get(page_url(session)).content.decode()

    assert f'href="{start_url(candidate)}"' in page


def test_who_may_not_be_called_again_has_no_button(rita: Client, booked: ConversationSession) -> None:
    ended(booked, "completed")

    page = rita.get(page_url(booked)).content.decode()

    assert "/start/" not in page


def test_candidate_who_is_gone_is_not_called_again(rita: Client, database: Database) -> None:
    session = ended(a_session())
    database["candidates"].delete_many({})

    assert "/start/" not in rita.get(page_url(session)).content.decode()


def test_interview_made_elsewhere_is_not_the_calls(rita: Client) -> None:
    candidate = a_candidate()
    session = ended(a_session(candidate))
    an_interview(candidate, a_slot())
    an_attempt(a_candidate())

    assert "The booking" not in text_of(rita.get(page_url(session)))
