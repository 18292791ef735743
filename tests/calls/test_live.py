import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from bson import ObjectId
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pymongo.database import Database

from calls import live
from calls.documents import ConversationSession
from calls.telephony.simulator import Simulator
from calls.turns import note_machine
from interviews import changes
from interviews.documents import Interview
from interviews.services import hold_slots
from tests.calls.pages import (
    LIST,
    browser_of,
    ended,
    hang_up_url,
    offered,
    page_url,
    sid_of,
    start_url,
    talked,
)
from tests.calls.webhooks import status, turn
from tests.factories import NOBODY, NOW, a_candidate, a_session, a_slot
from tests.profiled import profiled, without_an_index

EVIL = "<script>alert('x')</script>"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today", "clock")]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let so much time pass between two looks that they share nothing; return what stops that."""
    live._look.cache_clear()
    looks = count(step=10.0)
    monkeypatch.setattr(live, "monotonic", lambda: next(looks))
    return lambda: monkeypatch.setattr(live, "monotonic", lambda: 7.0)


@pytest.fixture
def canceller(settings: Any) -> Client:
    """The browser of somebody who may look at calls, and cancel interviews."""
    settings.TELEPHONY = "simulator"
    return browser_of("ruth", "view_conversationsession", "view_interview", "change_interview")


class Page:
    """A call's page in a browser, as far as htmx follows it."""

    def __init__(self, client: Client, session: ConversationSession) -> None:
        self.client, self.url = client, f"{LIST}{session.id}/live/"
        self.loaded = client.get(page_url(session))
        self.shown = seen_in(self.loaded)

    def poll(self) -> HttpResponse:
        response = self.client.get(self.url, self.shown)
        if response.status_code in {200, 286}:
            self.shown = seen_in(response) or self.shown
        return response

    def told(self) -> str:
        """Return what the next answer says, without its markup."""
        response = self.poll()
        assert response.status_code in {200, 286}, response
        return words(response)


def words(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def seen_in(response: HttpResponse) -> dict[str, str]:
    """Return what a page tells in its next poll."""
    part = response.content.decode().partition('id="call-seen"')[2].partition("</div>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', part))


def recorded(session: ConversationSession, how: str = "completed") -> ConversationSession:
    ended(session, how)
    assert ConversationSession._get_collection().find_one({"_id": session.id})["recorded_at"]
    return session


# --- What it costs


def test_page_that_shows_everything_costs_one_small_query(rita: Client, database: Database) -> None:
    a_slot()
    page = Page(rita, talked(a_candidate(), "yes"))

    with CaptureQueriesContext(connection) as asked_of_sql, profiled(database) as noted:
        response = page.poll()

    assert (response.status_code, response.content) == (204, b"")
    assert [each["op"] for each in noted] == ["command"]
    assert without_an_index(noted) == []
    assert noted[0]["docsExamined"] <= 4  # the call and what was offered on it
    assert len(asked_of_sql) == 0


def test_viewers_at_about_the_same_time_share_the_query(
    rita: Client, vera: Client, database: Database, clock: Callable[[], None]
) -> None:
    session = talked(a_candidate(), "yes")
    clock()
    pages = [Page(rita, session), Page(vera, session)]

    with profiled(database) as noted:
        responses = [page.poll() for page in pages * 3]

    assert {response.status_code for response in responses} == {204}
    assert noted == []


def test_change_is_shown_within_a_second() -> None:
    assert live.POLL_MILLISECONDS / 1000 + live.SHARED_SECONDS < 1


def test_what_is_shared_is_of_one_call(rita: Client, clock: Callable[[], None]) -> None:
    clock()
    one, other = Page(rita, talked(a_candidate(), "yes")), Page(rita, talked(a_candidate(), "no"))

    other.shown = one.shown

    assert other.poll().status_code == 200


# --- A call goes on


def test_new_turn_is_sent_alone(rita: Client) -> None:
    a_slot()
    session = talked(a_candidate(name="Asha Rao"), "yes")
    page = Page(rita, session)
    turn(session.id, 2, call_sid=sid_of(session), SpeechResult="mumble mumble", Confidence=0.66)

    response = page.poll()

    assert response.status_code == 200
    assert 'hx-swap-oob="beforeend:#call-turns"' in response.content.decode()
    assert "Asha Rao, 04:30:00 mumble mumble understood as unclear , 66% sure" in words(response)
    assert "Am I speaking" not in words(response)
    assert page.poll().status_code == 204


def test_page_loaded_before_anything_was_said_fills(rita: Client) -> None:
    session = a_session(a_candidate(name="Asha Rao"))
    page = Page(rita, session)
    turn(session.id, 0, call_sid=sid_of(session))

    told = page.told()

    assert "Am I speaking with Asha Rao?" in told
    assert "Nothing has been said" not in told


def test_two_viewers_each_get_the_turn_once(rita: Client, vera: Client) -> None:
    session = talked(a_candidate())
    pages = [Page(rita, session), Page(vera, session)]
    turn(session.id, 1, call_sid=sid_of(session), SpeechResult="quite so")

    told = [page.poll() for page in pages]

    assert ["quite so" in words(response) for response in told] == [True, True]
    assert [page.poll().status_code for page in pages] == [204, 204]


def test_viewer_who_came_later_lacks_nothing(rita: Client, vera: Client) -> None:
    a_slot()
    session = talked(a_candidate(), "yes")
    early = Page(rita, session)
    turn(session.id, 2, call_sid=sid_of(session), SpeechResult="perhaps")
    late = Page(vera, session)
    turn(session.id, 3, call_sid=sid_of(session), SpeechResult="well then")

    assert re.findall("perhaps|well then", early.told()) == ["perhaps", "well then"]
    assert re.findall("perhaps|well then", late.told()) == ["well then"]


def test_status_is_shown_as_it_comes(rita: Client) -> None:
    session = a_session()
    page = Page(rita, session)
    assert "Being placed" in words(page.loaded)
    status(session.id, "ringing", 1, call_sid=sid_of(session))

    told = page.told()

    assert "Ringing 0:00" in told
    assert "Asked for 04:30:00 (+0:00) Ringing" in told


def test_slot_that_is_held_meanwhile_is_told(rita: Client, database: Database) -> None:
    session, slot = a_session(), a_slot()
    offered(database, session, slot)
    page = Page(rita, session)
    hold_slots(session_id=session.id, wish=(), time_zone="Asia/Kolkata", now=NOW)

    assert "Held for this call" in page.told()


def test_booking_appears_with_its_evidence(rita: Client) -> None:
    slot = a_slot()
    session = talked(a_candidate(), "yes", "the first one")
    page = Page(rita, session)
    turn(session.id, 3, call_sid=sid_of(session), SpeechResult="yes please", Confidence=0.93)

    told = page.told()

    assert Interview.objects.get().slot.id == slot.id
    assert "“yes please” 93% sure" in told
    assert "Booked on this call" in told


def test_booking_may_be_cancelled_once_the_call_is_over(booked: ConversationSession, canceller: Client) -> None:
    page = Page(canceller, booked)
    assert "Cancel the interview" not in words(page.loaded)
    recorded(booked)

    response = page.poll()

    assert "Cancel the interview" in words(response)
    assert f'href="/admin/interviews/interview/{Interview.objects.get().id}/change/"' in response.content.decode()


def test_interview_that_was_cancelled_is_not_cancelled_again(booked: ConversationSession, canceller: Client) -> None:
    recorded(booked)
    changes.cancel_interview(interview_id=Interview.objects.get().id, reason="no room", now=NOW)

    shown = words(Page(canceller, booked).loaded)

    assert "Booked on this call; since then cancelled" in shown
    assert "Cancel the interview" not in shown


def test_who_may_not_cancel_is_offered_no_cancelling(rita: Client, booked: ConversationSession) -> None:
    assert "Cancel the interview" not in words(Page(rita, recorded(booked)).loaded)


def test_what_becomes_of_the_booking_elsewhere_is_told(
    rita: Client, booked: ConversationSession, database: Database
) -> None:
    page = Page(rita, booked)
    database["interviews"].update_many({}, {"$set": {"status": "cancelled"}})

    assert "Booked on this call; since then cancelled" in page.told()


def test_voicemail_is_told_though_nothing_was_said(rita: Client) -> None:
    session = talked(a_candidate())
    page = Page(rita, session)
    note_machine(session_id=session.id, call_sid=sid_of(session), telephony=Simulator())

    assert "Voicemail: saying goodbye" in page.told()


def test_buttons_are_left_alone_as_long_as_they_stay_the_same(rita: Client) -> None:
    session = talked(a_candidate())
    page = Page(rita, session)
    turn(session.id, 1, call_sid=sid_of(session), SpeechResult="yes")

    told = page.poll().content.decode()

    assert "call-buttons" not in told
    assert "csrfmiddlewaretoken" not in told


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


# --- A call ends


def test_call_that_is_over_and_recorded_is_told_once_and_not_asked_for_again(rita: Client) -> None:
    session = talked(a_candidate(), "yes")
    page = Page(rita, session)
    recorded(session)

    response = page.poll()

    assert response.status_code == 286
    assert "The call is over: no agreement." in words(response)
    assert "Over: no agreement" in words(response)
    assert (page.poll().status_code, page.poll().content) == (286, b"")


def test_call_that_is_over_and_not_recorded_is_still_followed(rita: Client, database: Database) -> None:
    session = recorded(talked(a_candidate(), "yes"))
    database["sessions"].update_one({"_id": session.id}, {"$unset": {"recorded_at": ""}})
    page = Page(rita, session)
    assert page.poll().status_code == 204
    database["sessions"].update_one({"_id": session.id}, {"$set": {"recorded_at": NOW}})

    response = page.poll()

    assert response.status_code == 286
    assert "The call is over" not in words(response)


def test_hanging_up_gives_way_to_calling_again(rita: Client) -> None:
    candidate = a_candidate()
    session = a_session(candidate)
    page = Page(rita, session)
    assert hang_up_url(session) in page.loaded.content.decode()
    recorded(session, "no-answer")

    told = page.poll().content.decode()

    assert hang_up_url(session) not in told
    assert f'href="{start_url(candidate)}"' in told


def test_call_that_ends_without_a_word_says_so(rita: Client) -> None:
    session = a_session()
    page = Page(rita, session)
    recorded(session, "busy")

    assert "Nothing has been said. " in page.told()


def test_page_of_a_finished_call_asks_for_nothing(rita: Client) -> None:
    page = Page(rita, recorded(talked(a_candidate(), "yes"))).loaded.content.decode()

    assert "call-live" not in page
    assert "hx-trigger" not in page.partition('id="content-main"')[2].partition("command-submit")[0]
    assert "calls/live.js" not in page


def test_page_of_a_call_that_goes_on_asks_for_it(rita: Client) -> None:
    session = a_session()

    page = Page(rita, session).loaded.content.decode()

    assert f'hx-get="{LIST}{session.id}/live/" hx-trigger="every 800ms, look"' in page
    assert '<script defer src="/static/calls/live.js">' in page


def test_deleted_call_is_told_and_not_asked_for_again(rita: Client, database: Database) -> None:
    page = Page(rita, a_session())
    database["sessions"].delete_many({})

    response = page.poll()

    assert response.status_code == 404
    assert "The call was deleted meanwhile." in words(response)
    assert '<div id="call-live" hx-swap-oob="delete">' in response.content.decode()


# --- Who may see it, and what a page may make of it


@pytest.mark.parametrize("session_id", [None, NOBODY, "zzz", "x" * 300])
def test_who_may_see_no_calls_is_told_nothing(session_id: str | None) -> None:
    session = talked(a_candidate(), "yes")
    asked_for = session_id or session.id

    answers = [
        client.get(f"{LIST}{asked_for}/live/")
        for client in (browser_of("noah"), browser_of("vic", "view_slot"), Client())
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert {words(answer) for answer in answers} == {" You may not see this call any more. "}
    assert '<div id="call-live" hx-swap-oob="delete">' in answers[0].content.decode()


@pytest.mark.parametrize("session_id", [NOBODY, "zzz", "x" * 300])
def test_call_that_is_not_there_is_not_found(rita: Client, session_id: str) -> None:
    assert rita.get(f"{LIST}{session_id}/live/").status_code == 404


def test_who_lost_the_permission_is_shown_nothing_new(vera: Client) -> None:
    a_slot()
    session = talked(a_candidate(), "yes")
    page = Page(vera, session)
    User.objects.get(username="vera").user_permissions.clear()
    turn(session.id, 2, call_sid=sid_of(session), SpeechResult="a secret")

    response = page.poll()

    assert response.status_code == 403
    assert "a secret" not in words(response)


def test_who_signed_out_is_shown_nothing(vera: Client) -> None:
    page = Page(vera, talked(a_candidate(), "yes"))
    vera.logout()

    assert page.poll().status_code == 403


def test_mark_of_one_sign_in_tells_another_nothing(rita: Client) -> None:
    page = Page(rita, talked(a_candidate(), "yes"))

    assert [client.get(page.url, page.shown).status_code for client in (browser_of("noah"), Client())] == [403, 403]


def test_viewer_gets_no_buttons_that_do_something(vera: Client) -> None:
    session = a_session()
    page = Page(vera, session)
    recorded(session, "busy")

    told = page.poll().content.decode()

    assert "hang-up" not in told
    assert "/start/" not in told


@pytest.mark.parametrize(
    "nonsense",
    [
        {"turns": "-1"},
        {"turns": "9" * 400},
        {"turns": "two"},
        {"mark": EVIL},
        {"mark": "ü"},
        {"buttons": EVIL},
        {"over": EVIL},
    ],
)
def test_page_that_tells_nonsense_is_told_how_it_stands(rita: Client, nonsense: dict[str, str]) -> None:
    session = talked(a_candidate(), "yes")

    response = rita.get(f"{LIST}{session.id}/live/", nonsense)

    assert response.status_code == 200
    assert "Am I speaking" in words(response)
    assert EVIL not in response.content.decode()


def test_nothing_is_done_by_following_a_call(rita: Client) -> None:
    session = talked(a_candidate(), "yes")
    before = ConversationSession.objects.get().to_mongo()

    Page(rita, session).poll()

    assert ConversationSession.objects.get().to_mongo() == before


def test_names_and_speech_are_sent_as_text(rita: Client) -> None:
    session = talked(a_candidate(name=EVIL))
    page = Page(rita, session)
    turn(session.id, 1, call_sid=sid_of(session), SpeechResult=EVIL)

    told = page.poll().content.decode()

    assert EVIL not in told
    assert told.count("&lt;script&gt;alert") >= 2


def test_answers_are_not_kept(rita: Client) -> None:
    page = Page(rita, a_session())

    assert "no-store" in page.loaded["Cache-Control"]
    assert "no-store" in page.poll()["Cache-Control"]


def test_page_runs_nothing_inline_but_what_the_skin_needs(rita: Client) -> None:
    response = Page(rita, a_session()).loaded

    policy = response["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "script-src 'self' 'unsafe-eval';" in policy
    assert re.search(r"style-src 'self' 'sha256-[\w+/]{43}='$", policy)
    assert not re.search(r"<style(?! id=\"unfold-theme-colors\")|\sstyle=|\son\w+=|<script>", response.content.decode())


def test_version_is_of_everything_that_the_page_follows(database: Database) -> None:
    session, slot = a_session(), a_slot()
    offered(database, session, slot)
    changes = [
        ("sessions", {"turn_number": 1}),
        ("sessions", {"phase": "offer"}),
        ("sessions", {"answered_at": NOW}),
        ("sessions", {"call_sid": "CA1"}),
        ("sessions", {"twilio_status": "ringing"}),
        ("sessions", {"statuses": [{"sequence": 1}]}),
        ("slots", {"status": "held"}),
        ("slots", {"held_by": ObjectId()}),
        ("sessions", {"offered": []}),
        ("sessions", {"ended_at": NOW}),
        ("sessions", {"outcome": "busy"}),
        ("sessions", {"recorded_at": NOW}),
    ]
    seen = {live.version_of(session.id).digest}

    for collection, fields in changes:
        database[collection].update_many({}, {"$set": fields})
        seen.add(live.version_of(session.id).digest)

    assert len(seen) == len(changes) + 1
