from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database

from calls.documents import ConversationSession
from calls.telephony.simulator.documents import SimulatedCall
from calls.telephony.twilio.client import Twilio
from candidates.documents import Candidate
from interviews.documents import Slot
from tests.calls.call_pages import LIST, MAY_SEE, browser_of, messages_of, page_url, start_url, text_of
from tests.calls.telephony.http_servers import Answer, TwilioApi
from tests.factories import NOBODY, a_candidate, a_session, a_slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today")]


@pytest.fixture
def twilio(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioApi]:
    """Let calls go through Twilio's client to a server that plays Twilio's API."""
    server = TwilioApi()
    with server.running():
        names = {"account_sid": "AC" + "0" * 32, "auth_token": "a-token", "phone_number": "+15005550006"}
        client = Twilio(**names, timeout_seconds=5, api_base_url=server.url)
        monkeypatch.setattr("calls.telephony.backend", lambda: client)
        yield server
        client.close()


def test_start_page_says_how_the_call_would_go(rita: Client) -> None:
    a_slot()

    shown = text_of(rita.get(start_url(a_candidate(name="Asha Rao"))))

    for words in (
        "Asha Rao may be called now.",
        "0 of 3 attempts used.",
        "Indian English.",
        "Asia/Kolkata.",
        "Simulated: nobody's phone rings.",
        "Wed 4 Mar 2026, 10:00 IST",
        "within calling hours, 9:00 to 20:00",
    ):
        assert words in shown


def test_looking_starts_no_call_and_holds_no_slot(rita: Client) -> None:
    slot = a_slot()

    rita.get(start_url(a_candidate()))

    assert SimulatedCall.objects.count() == 0
    assert Candidate.objects.get().call_tracking.total_attempts == 0
    assert Slot.objects.get(id=slot.id).status == "open"


def test_no_free_time_is_reported(rita: Client) -> None:
    assert "No time is free" in text_of(rita.get(start_url(a_candidate())))


def test_button_calls_and_leads_to_the_call(rita: Client) -> None:
    candidate = a_candidate(name="Asha Rao")

    response = rita.post(start_url(candidate))

    session = ConversationSession.objects.get()
    assert response["Location"] == page_url(session)
    assert messages_of(response) == ["Asha Rao is being called."]
    assert SimulatedCall.objects.get().to == candidate.phone


def test_history_of_the_candidate_says_who_called(rita: Client) -> None:
    candidate = a_candidate()

    rita.post(start_url(candidate))

    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.content_type.model) == ("rita", str(candidate.id), "candidate")
    assert entry.change_message == f"Called (call {ConversationSession.objects.get().id})."


def test_second_click_leads_to_the_call_of_the_first(rita: Client) -> None:
    candidate = a_candidate()

    rita.post(start_url(candidate))
    response = rita.post(start_url(candidate))

    assert response["Location"] == page_url(ConversationSession.objects.get())
    assert messages_of(response)[-1] == "Not called. A call is under way already."
    assert SimulatedCall.objects.count() == 1
    assert LogEntry.objects.count() == 1


def test_call_needs_the_token_of_the_page(settings: Any) -> None:
    candidate = a_candidate()
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(User.objects.create_superuser("sue"))

    response = careless.post(start_url(candidate))

    assert response.status_code == 403
    assert SimulatedCall.objects.count() == 0


def test_viewer_sees_how_it_stands_and_no_button(vera: Client) -> None:
    page = vera.get(start_url(a_candidate(name="Asha Rao")))

    assert "Asha Rao may be called now." in text_of(page)
    assert "start_form" not in page.content.decode()


def test_viewer_cannot_call(vera: Client) -> None:
    candidate = a_candidate()

    response = vera.post(start_url(candidate))

    assert response.status_code == 403
    assert Candidate.objects.get().call_tracking.total_attempts == 0


def test_who_may_edit_candidates_may_not_therefore_call_them(settings: Any) -> None:
    eve = browser_of("eve", *MAY_SEE, "change_candidate")

    assert eve.post(start_url(a_candidate())).status_code == 403


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"call_tracking.status": "do_not_call"}, "The candidate asked not to be called."),
        ({"call_tracking.total_attempts": 3}, "3 of 3 attempts used."),
        ({"call_tracking.open_session_id": ObjectId()}, "A call is under way already."),
        ({"phone": "12345"}, "Write the phone number with its country code, such as +919876543210."),
        ({"time_zone": "Mars/Olympus"}, "The time zone Mars/Olympus is unknown."),
        ({"language": None}, "No language is given."),
    ],
)
def test_closed_gate_is_told_and_takes_the_button_away_and_refuses(
    rita: Client, database: Database, stored: dict[str, Any], words: str
) -> None:
    candidate = a_candidate()
    database["candidates"].update_one({"_id": candidate.id}, {"$set": stored})
    before = database["candidates"].find_one()

    page = rita.get(start_url(candidate))
    response = rita.post(start_url(candidate))

    assert words in text_of(page)
    assert "start_form" not in page.content.decode()
    assert messages_of(response) == [f"Not called. {words}"]
    assert response["Location"] == start_url(candidate)
    assert database["candidates"].find_one() == before
    assert SimulatedCall.objects.count() == 0


def test_twilio_that_is_not_set_up_is_reported(rita: Client, settings: Any) -> None:
    settings.TELEPHONY = "twilio"

    page = rita.get(start_url(a_candidate()))

    assert "Twilio is not set up." in text_of(page)
    assert "start_form" not in page.content.decode()


def test_call_through_twilio_is_told_with_the_number_it_comes_from(rita: Client, settings: Any) -> None:
    settings.TELEPHONY, settings.TWILIO_PHONE_NUMBER = "twilio", "+15005550006"
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "set"

    shown = text_of(rita.get(start_url(a_candidate())))

    assert "Through Twilio: a phone rings. The call comes from +15005550006." in shown


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("+15005550001", "Not called: Twilio says that the number is not valid (21217)"),
        ("+15005550002", "Not called: Twilio cannot reach the number (21214)"),
    ],
)
def test_refusal_of_the_phone_service_is_told_and_noted(rita: Client, phone: str, words: str) -> None:
    candidate = a_candidate(phone=phone)

    response = rita.post(start_url(candidate))

    assert messages_of(response)[0].startswith(words)
    assert response["Location"] == start_url(candidate)
    assert LogEntry.objects.get().change_message.startswith(words)


def test_call_of_which_nothing_is_known_is_told_and_shown(rita: Client, twilio: TwilioApi) -> None:
    twilio.answers.append(Answer(500, {"code": 20500, "message": "x", "status": 500}))

    response = rita.post(start_url(a_candidate()))

    assert messages_of(response) == ["It is not known yet whether the call was placed: Twilio failed (20500)."]
    assert response["Location"] == page_url(ConversationSession.objects.get())


def test_start_page_leads_to_the_call_under_way(rita: Client) -> None:
    session = a_session()

    page = rita.get(start_url(Candidate.objects.get())).content.decode()

    assert f'href="{page_url(session)}"' in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("candidate_id", ["zzz", NOBODY, "x" * 300])
def test_candidate_who_is_not_there_cannot_be_called(rita: Client, method: str, candidate_id: str) -> None:
    response = getattr(rita, method)(f"{LIST}start/{candidate_id}/")

    assert response.status_code == 302
    assert "doesn’t exist" in messages_of(response)[0]
    assert SimulatedCall.objects.count() == 0


def test_who_starts_calls_without_seeing_them_comes_back_to_the_start_page(settings: Any) -> None:
    settings.TELEPHONY = "simulator"
    candidate = a_candidate()
    carl = browser_of("carl", "view_candidate", "start_call")

    response = carl.post(start_url(candidate))

    assert response["Location"] == start_url(candidate)
    assert SimulatedCall.objects.count() == 1


def test_candidates_page_links_to_both(rita: Client) -> None:
    candidate = a_candidate()

    page = rita.get(f"/admin/candidates/candidate/{candidate.id}/change/").content.decode()

    assert start_url(candidate) in page
    assert f"{LIST}of/{candidate.id}/" in page
