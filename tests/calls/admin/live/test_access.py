import re

import pytest
from bson import ObjectId
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database

from calls.admin import live
from calls.documents import ConversationSession
from tests.calls.admin.live.live_pages import LivePage, recorded, words
from tests.calls.call_pages import LIST, browser_of, offered, sid_of, talked
from tests.calls.webhooks import turn
from tests.factories import NOBODY, NOW, a_candidate, a_session, a_slot

EVIL = "<script>alert('x')</script>"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today", "clock")]


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
    page = LivePage(vera, session)
    User.objects.get(username="vera").user_permissions.clear()
    turn(session.id, 2, call_sid=sid_of(session), SpeechResult="a secret")

    response = page.poll()

    assert response.status_code == 403
    assert "a secret" not in words(response)


def test_who_signed_out_is_shown_nothing(vera: Client) -> None:
    page = LivePage(vera, talked(a_candidate(), "yes"))
    vera.logout()

    assert page.poll().status_code == 403


def test_mark_of_one_sign_in_tells_another_nothing(rita: Client) -> None:
    page = LivePage(rita, talked(a_candidate(), "yes"))

    assert [client.get(page.url, page.shown).status_code for client in (browser_of("noah"), Client())] == [403, 403]


def test_viewer_gets_no_buttons_that_do_something(vera: Client) -> None:
    session = a_session()
    page = LivePage(vera, session)
    recorded(session, "busy")

    shown_status = page.poll().content.decode()

    assert "hang-up" not in shown_status
    assert "/start/" not in shown_status


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

    LivePage(rita, session).poll()

    assert ConversationSession.objects.get().to_mongo() == before


def test_names_and_speech_are_sent_as_text(rita: Client) -> None:
    session = talked(a_candidate(name=EVIL))
    page = LivePage(rita, session)
    turn(session.id, 1, call_sid=sid_of(session), SpeechResult=EVIL)

    shown_status = page.poll().content.decode()

    assert EVIL not in shown_status
    assert shown_status.count("&lt;script&gt;alert") >= 2


def test_answers_are_not_kept(rita: Client) -> None:
    page = LivePage(rita, a_session())

    assert "no-store" in page.loaded["Cache-Control"]
    assert "no-store" in page.poll()["Cache-Control"]


def test_page_runs_nothing_inline_but_what_the_skin_needs(rita: Client) -> None:
    response = LivePage(rita, a_session()).loaded

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
