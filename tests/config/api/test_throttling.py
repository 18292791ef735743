"""How often the API may be asked: what is counted, for whom, and at what cost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pymongo.database import Database
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from config.api import throttling
from config.api.throttling import Shares
from config.security.rate_limits import Limit, take
from config.security.request_source import client_address
from tests.calls.webhooks import turn
from tests.factories import NOW, a_candidate, a_member, a_session
from tests.profiling import profiled

TEN = Limit("ten", 10)
STRANGER = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def process() -> Shares:
    """One process that has used nothing yet."""
    return Shares()


@pytest.fixture
def live(api: APIClient, settings: Any, today: datetime, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    """A caller of a system that rings real phones, in a process that has used nothing yet, of three requests each."""
    settings.DEBUG = settings.SIMULATED = False
    settings.API_REQUESTS_PER_MINUTE = settings.API_REFUSALS_PER_MINUTE = 3
    monkeypatch.setattr(throttling, "shares", Shares())
    return api


def as_user(username: str) -> APIClient:
    client = APIClient()
    user = a_member("Viewer", username=username)
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


def used(uses: int, *processes: Shares, limit: Limit = TEN, now: datetime = NOW) -> int:
    """Use the allowance so often, process by process in turn, and return how often that was granted."""
    return sum(processes[number % len(processes)].use(limit=limit, who="rita", now=now) for number in range(uses))


# Counting


def test_as_many_are_granted_as_the_limit_says(database: Database, process: Shares) -> None:
    assert used(30, process) == 10


@pytest.mark.parametrize("max_count", [10, 100, 600])
def test_two_processes_together_grant_no_more(database: Database, max_count: int) -> None:
    granted = used(3 * max_count, Shares(), Shares(), limit=Limit("many", max_count))

    assert granted == max_count


def test_threads_and_processes_at_once_grant_no_more(database: Database) -> None:
    processes, limit = [Shares() for _ in range(4)], Limit("at once", 200)

    with ThreadPoolExecutor(16) as pool:
        granted = sum(pool.map(lambda number: used(50, processes[number % 4], limit=limit), range(16)))

    assert 200 - 4 * (200 // throttling.SHARES_PER_MINUTE) <= granted <= 200


def test_everybody_has_an_allowance_of_their_own(database: Database, process: Shares) -> None:
    used(10, process)

    assert process.use(limit=TEN, who="vera", now=NOW)
    assert process.use(limit=Limit("another", 10), who="rita", now=NOW)


def test_a_new_minute_begins_anew(database: Database, process: Shares) -> None:
    used(10, process)

    assert used(30, process, now=NOW + timedelta(minutes=1)) == 10


def test_what_is_given_back_may_be_taken_again(database: Database) -> None:
    taken = [take(limit=TEN, who="rita", now=NOW) for _ in range(11)]
    take(limit=TEN, who="rita", now=NOW, count=-2)

    assert (sum(taken), take(limit=TEN, who="rita", now=NOW)) == (10, 1)


@given(st.integers(0, 10_000))
def test_after_the_seconds_left_there_is_a_new_span(seconds: int) -> None:
    now, limit = NOW + timedelta(seconds=seconds), Limit("quarter", 1, 900)

    left = limit.seconds_left(now)

    assert 1 <= left <= 900
    assert limit.span(now + timedelta(seconds=left)) == limit.span(now) + 1
    assert limit.span(now + timedelta(seconds=left - 1)) == limit.span(now)


def test_what_is_stored_names_nobody_and_goes_by_itself(database: Database, process: Shares) -> None:
    used(1, process)

    stored = database["allowances"].find_one()

    assert set(stored) == {"_id", "taken", "ends_at"}
    assert "rita" not in str(stored)
    assert stored["ends_at"] == NOW + timedelta(minutes=1)
    assert database["allowances"].index_information()["ends_at_1"]["expireAfterSeconds"] == 60


def test_most_uses_ask_no_database_and_none_once_it_is_used_up(database: Database, process: Shares) -> None:
    limit = Limit("many", 600)

    with profiled(database) as operations:
        used(2000, process, limit=limit)

    assert len([each for each in operations if "findAndModify" in each["command"]]) == throttling.SHARES_PER_MINUTE + 1


# The API


@pytest.mark.django_db
def test_a_user_who_asks_too_often_reads_when_to_come_back(live: APIClient) -> None:
    rita = as_user("rita")

    answers = [rita.get("/list-candidates") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert answers[-1].json() == {
        "status": "error",
        "code": "throttled",
        "message": "Request was throttled. Expected available in 60 seconds.",
    }


@pytest.mark.django_db
def test_another_user_is_not_hindered(live: APIClient) -> None:
    rita, vera = as_user("rita"), as_user("vera")
    refused = [rita.get("/list-candidates").status_code for _ in range(4)][-1]

    assert (refused, vera.get("/list-candidates").status_code) == (429, 200)


def test_a_stranger_who_asks_too_often_reads_when_to_come_back(live: APIClient) -> None:
    answers = [live.get("/list-candidates", **STRANGER) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert live.get("/list-candidates", REMOTE_ADDR="203.0.113.8").status_code == 401


@pytest.mark.django_db
def test_who_guesses_tokens_is_stopped(live: APIClient) -> None:
    tries = [live.get("/list-candidates", HTTP_AUTHORIZATION=f"Token {guess:040}", **STRANGER) for guess in range(5)]

    assert [each.status_code for each in tries] == [401, 401, 401, 429, 429]


def test_a_trial_on_this_machine_is_not_bounded(live: APIClient, database: Database, settings: Any) -> None:
    settings.DEBUG = settings.SIMULATED = True

    assert {live.get("/list-candidates").status_code for _ in range(20)} == {200}
    assert database["allowances"].count_documents({}) == 0


@pytest.mark.django_db
def test_without_limits_nobody_is_bounded_or_counted(live: APIClient, database: Database, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.API_REFUSALS_PER_MINUTE = 0
    rita = as_user("rita")

    assert {rita.get("/list-candidates").status_code for _ in range(20)} == {200}
    assert {live.get("/list-candidates", **STRANGER).status_code for _ in range(20)} == {401}
    assert database["allowances"].count_documents({}) == 0


def test_the_phone_service_is_never_bounded(live: APIClient, database: Database) -> None:
    session = a_session(a_candidate())

    answers = {turn(session.id, 0).status_code for _ in range(20)}

    assert answers == {200}
    assert database["allowances"].count_documents({}) == 0


# Whose address it is


@pytest.mark.parametrize(
    ("is_behind", "remote", "forwarded", "address"),
    [
        (False, "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (True, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (True, "10.0.0.1", "made up, 192.0.2.9, 198.51.100.1", "198.51.100.1"),
        (True, "10.0.0.1", None, "10.0.0.1"),
        (False, "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        (False, "2001:db8:1:2::ffff", None, "2001:db8:1:2::/64"),
        (False, "unix:", None, "unix:"),
        (True, "10.0.0.1", "unknown", "unknown"),
    ],
)
def test_the_address_is_the_last_that_our_own_proxy_names(
    settings: Any, is_behind: bool, remote: str, forwarded: str | None, address: str
) -> None:
    settings.BEHIND_PROXY = is_behind
    named = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}

    assert client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **named)) == address
