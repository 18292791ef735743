"""Signing in: how often it may be tried, wherever it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pymongo.database import Database

from config.security.login import TO_AN_ACCOUNT_FROM_AN_ADDRESS
from config.security.rate_limits import take
from tests.factories import NOW, a_recruiter

ADMIN, API = "/admin/login/", "/api-auth/login/"
WRONG = "hazy-harbour"
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.1"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today")]


@pytest.fixture(autouse=True)
def rita() -> Any:
    """Somebody whose password is quiet-harbour."""
    return a_recruiter(username="rita")


def tried(
    password: str = WRONG, *, username: str = "rita", address: str = HERE, page: str = ADMIN, **headers: str
) -> HttpResponse:
    """Try to sign in, in a browser of one's own."""
    return Client().post(page, {"username": username, "password": password}, REMOTE_ADDR=address, **headers)


def try_often(times: int, **how: str) -> list[int]:
    """Try with a wrong password so often; return the statuses."""
    return [tried(**how).status_code for _ in range(times)]


def is_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and "sessionid" in response.cookies


@pytest.mark.parametrize("page", [ADMIN, API])
def test_after_five_wrong_passwords_even_the_right_one_is_refused(page: str) -> None:
    wrong = try_often(5, page=page)

    response = tried("quiet-harbour", page=page)

    assert wrong == [200] * 5
    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert response.content.decode() == "Too many tries to sign in. Try again in 15 minutes."
    assert "sessionid" not in response.cookies


def test_both_pages_count_together() -> None:
    try_often(2, page=ADMIN)
    try_often(3, page=API)

    assert tried("quiet-harbour", page=ADMIN).status_code == tried("quiet-harbour", page=API).status_code == 429


def test_a_quarter_of_an_hour_later_one_may_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    try_often(6)

    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(minutes=15))

    assert is_in(tried("quiet-harbour"))


def test_who_is_locked_out_by_somebody_else_signs_in_from_their_own_address() -> None:
    try_often(40, address=ELSEWHERE)

    assert tried("quiet-harbour", address=ELSEWHERE).status_code == 429
    assert is_in(tried("quiet-harbour"))


def test_an_account_that_many_addresses_guess_at_is_closed() -> None:
    wrong = [try_often(5, address=f"198.51.100.{number}") for number in range(10)]

    assert wrong == [[200] * 5] * 10
    assert tried("quiet-harbour").status_code == 429


def test_an_address_that_guesses_at_many_accounts_is_closed() -> None:
    wrong = [tried(username=f"somebody-{number}").status_code for number in range(30)]

    assert wrong == [200] * 30
    assert tried("quiet-harbour").status_code == 429
    assert is_in(tried("quiet-harbour", address=ELSEWHERE))


@pytest.mark.parametrize("spelled", ["rita", "RITA", "Rita"])
def test_an_account_is_one_however_it_is_spelled(spelled: str) -> None:
    try_often(5, username=spelled)

    assert tried("quiet-harbour").status_code == 429


def test_accounts_that_there_are_not_are_refused_alike() -> None:
    assert try_often(6, username="nobody") == [200] * 5 + [429]


def test_who_signs_in_rightly_may_do_so_all_day() -> None:
    assert all(is_in(tried("quiet-harbour")) for _ in range(40))


def test_behind_a_proxy_the_callers_address_counts(settings: Any) -> None:
    settings.BEHIND_PROXY = True
    forwarded = [f"192.0.2.{number}, {ELSEWHERE}" for number in range(6)]

    wrong = [tried(address="10.0.0.1", HTTP_X_FORWARDED_FOR=each).status_code for each in forwarded]

    assert wrong == [200] * 5 + [429]
    assert tried("quiet-harbour", address="10.0.0.1", HTTP_X_FORWARDED_FOR=ELSEWHERE).status_code == 429
    assert is_in(tried("quiet-harbour", address="10.0.0.1", HTTP_X_FORWARDED_FOR=HERE))


def test_guesses_at_once_are_counted_before_they_are_made() -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = {"limit": TO_AN_ACCOUNT_FROM_AN_ADDRESS, "who": "rita", "now": NOW}
        granted = sum(pool.map(lambda _: take(**asked), range(64)))

    assert granted == 5


def test_what_is_counted_names_neither_account_nor_address(database: Database) -> None:
    tried()

    counted = str(list(database["allowances"].find()))

    assert "rita" not in counted
    assert HERE not in counted


def test_programs_of_ours_are_counted_by_account(rita: Any) -> None:
    assert authenticate(username="rita", password="quiet-harbour") == rita


def test_signing_in_without_a_password_is_nobodys(today: datetime, database: Database) -> None:
    assert authenticate(token="something else") is None
    assert database["allowances"].count_documents({}) == 0
