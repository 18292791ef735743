import pytest
from django.test import Client
from pymongo.database import Database

from tests.calls.admin.live.live_pages import LivePage, recorded, words
from tests.calls.call_pages import LIST, hang_up_url, start_url, talked
from tests.factories import NOW, a_candidate, a_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today", "clock")]


def test_call_that_is_over_and_recorded_is_told_once_and_not_asked_for_again(rita: Client) -> None:
    session = talked(a_candidate(), "yes")
    page = LivePage(rita, session)
    recorded(session)

    response = page.poll()

    assert response.status_code == 286
    assert "The call is over: no agreement." in words(response)
    assert "Over: no agreement" in words(response)
    assert (page.poll().status_code, page.poll().content) == (286, b"")


def test_call_that_is_over_and_not_recorded_is_still_followed(rita: Client, database: Database) -> None:
    session = recorded(talked(a_candidate(), "yes"))
    database["sessions"].update_one({"_id": session.id}, {"$unset": {"recorded_at": ""}})
    page = LivePage(rita, session)
    assert page.poll().status_code == 204
    database["sessions"].update_one({"_id": session.id}, {"$set": {"recorded_at": NOW}})

    response = page.poll()

    assert response.status_code == 286
    assert "The call is over" not in words(response)


def test_hanging_up_gives_way_to_calling_again(rita: Client) -> None:
    candidate = a_candidate()
    session = a_session(candidate)
    page = LivePage(rita, session)
    assert hang_up_url(session) in page.loaded.content.decode()
    recorded(session, "no-answer")

    shown_status = page.poll().content.decode()

    assert hang_up_url(session) not in shown_status
    assert f'href="{start_url(candidate)}"' in shown_status


def test_call_that_ends_without_a_word_says_so(rita: Client) -> None:
    session = a_session()
    page = LivePage(rita, session)
    recorded(session, "busy")

    assert "Nothing has been said. " in page.shown_status()


def test_page_of_a_finished_call_asks_for_nothing(rita: Client) -> None:
    page = LivePage(rita, recorded(talked(a_candidate(), "yes"))).loaded.content.decode()

    assert "call-live" not in page
    assert "hx-trigger" not in page.partition('id="content-main"')[2].partition("command-submit")[0]
    assert "calls/live.js" not in page


def test_page_of_a_call_that_goes_on_asks_for_it(rita: Client) -> None:
    session = a_session()

    page = LivePage(rita, session).loaded.content.decode()

    assert f'hx-get="{LIST}{session.id}/live/" hx-trigger="every 800ms, look"' in page
    assert '<script defer src="/static/calls/live.js">' in page


def test_deleted_call_is_told_and_not_asked_for_again(rita: Client, database: Database) -> None:
    page = LivePage(rita, a_session())
    database["sessions"].delete_many({})

    response = page.poll()

    assert response.status_code == 404
    assert "The call was deleted meanwhile." in words(response)
    assert '<div id="call-live" hx-swap-oob="delete">' in response.content.decode()
