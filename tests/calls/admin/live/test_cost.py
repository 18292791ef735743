from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pymongo.database import Database

from calls.admin import live
from tests.calls.admin.live.live_pages import LivePage
from tests.calls.call_pages import talked
from tests.factories import a_candidate, a_slot
from tests.profiling import profiled, without_an_index

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today", "clock")]


def test_page_that_shows_everything_costs_one_small_query(rita: Client, database: Database) -> None:
    a_slot()
    page = LivePage(rita, talked(a_candidate(), "yes"))

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
    pages = [LivePage(rita, session), LivePage(vera, session)]

    with profiled(database) as noted:
        responses = [page.poll() for page in pages * 3]

    assert {response.status_code for response in responses} == {204}
    assert noted == []


def test_change_is_shown_within_a_second() -> None:
    assert live.POLL_MILLISECONDS / 1000 + live.SHARED_SECONDS < 1


def test_what_is_shared_is_of_one_call(rita: Client, clock: Callable[[], None]) -> None:
    clock()
    one, other = LivePage(rita, talked(a_candidate(), "yes")), LivePage(rita, talked(a_candidate(), "no"))

    other.shown = one.shown

    assert other.poll().status_code == 200
