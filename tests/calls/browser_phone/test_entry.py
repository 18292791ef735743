import re
from typing import Any

import pytest
from django.test import Client

from calls.telephony.simulator.documents import phones
from tests.factories import a_recruiter

ACTIONS = [
    *("now", "close", "pick-up", "decline", "ring-out", "voicemail", "hang-up"),
    *("begin", "silence", "say", "press"),
]
STRANGER = {"REMOTE_ADDR": "203.0.113.7"}


def test_anybody_on_this_machine_may_use_the_phone_of_a_trial(client: Client) -> None:
    assert client.get("/phone/").status_code == 200


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    response = client.get("/phone/", **STRANGER)

    assert (response.status_code, response["Location"]) == (302, "/admin/login/?next=/phone/")


@pytest.mark.parametrize("action", ACTIONS)
def test_strangers_do_nothing(client: Client, action: str) -> None:
    assert client.post(f"/phone/{action}", **STRANGER).status_code == 403
    assert phones().find_one() is None


@pytest.mark.django_db
def test_staff_may_use_the_phone_from_anywhere(client: Client, settings: Any) -> None:
    settings.DEBUG = False
    client.force_login(a_recruiter())

    assert client.get("/phone/", **STRANGER).status_code == 200
    assert client.post("/phone/now", **STRANGER).status_code == 200


@pytest.mark.django_db
def test_users_who_are_not_staff_may_not(client: Client, settings: Any) -> None:
    settings.DEBUG = False
    client.force_login(a_recruiter(is_staff=False))

    assert client.get("/phone/").status_code == 403
    assert client.post("/phone/now").status_code == 403


@pytest.mark.parametrize("action", ["", *ACTIONS])
def test_there_is_no_phone_where_real_ones_ring(client: Client, settings: Any, action: str) -> None:
    settings.SIMULATED = False

    response = client.post(f"/phone/{action}") if action else client.get("/phone/")

    assert response.status_code == 404


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_needs_the_token_of_our_page(client: Client, action: str) -> None:
    careful = Client(enforce_csrf_checks=True)

    assert careful.post(f"/phone/{action}").status_code == 403


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_done_by_a_mere_visit(client: Client, action: str) -> None:
    assert client.get(f"/phone/{action}").status_code == 405


def test_page_allows_only_what_is_ours_and_is_not_kept(client: Client) -> None:
    response = client.get("/phone/")

    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! defer src)", response.content.decode())


def test_browser_is_one_phone_and_scripts_cannot_read_which(client: Client) -> None:
    cookie = client.get("/phone/").cookies["phone"]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/phone/")
    assert "phone" not in client.get("/phone/").cookies


def test_made_up_phone_is_replaced(client: Client) -> None:
    client.cookies["phone"] = "terminal-0123456789abcdef"

    assert client.get("/phone/").cookies["phone"].value.startswith("browser-")
