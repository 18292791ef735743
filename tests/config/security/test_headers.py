"""Every kind of answer tells the browser what it may do with it."""

import pytest
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from config.security.headers import CLOSED
from tests.calls.webhooks import post
from tests.factories import a_candidate, a_recruiter, a_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("api")]

PAGES = {
    "the sign-in": "/admin/login/",
    "the sign-in of the API": "/api-auth/login/",
    "the dashboard": "/admin/",
    "a list": "/admin/candidates/candidate/",
    "a form": "/admin/candidates/candidate/add/",
    "the browsable API": "/api/candidates/",
    "the phone": "/phone/",
    "an address that there is not": "/nowhere",
    "an admin page that there is not": "/admin/nowhere/",
}
DATA = {
    "the API": "/api/candidates/",
    "the list": "/list-candidates",
    "an error of the API": "/api/candidates/nobody/",
    "a method that there is not": "/make-actual-call",
    "a file": "/static/config/admin.css",
    "a picture": "/static/config/favicon.svg",
}


@pytest.fixture
def browser() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(a_recruiter(is_superuser=True))
    return client


def answer(browser: Client, address: str) -> HttpResponse:
    """Return what a browser is answered; static files are closed."""
    response = browser.get(address, HTTP_ACCEPT="text/html, */*")
    response.close()
    return response


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
def test_pages_run_only_our_scripts_and_stand_in_no_frame(browser: Client, address: str) -> None:
    response = answer(browser, address)

    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert "'unsafe-inline'" not in policy.get("script-src", "")
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"


@pytest.mark.parametrize("address", DATA.values(), ids=DATA)
def test_what_is_no_page_may_do_nothing(browser: Client, address: str) -> None:
    response = browser.get(address)
    response.close()

    assert response["Content-Security-Policy"] == CLOSED


@pytest.mark.parametrize("address", (PAGES | DATA).values(), ids=PAGES | DATA)
def test_every_answer_is_taken_for_what_it_is_and_shown_to_nobody(browser: Client, address: str) -> None:
    headers = answer(browser, address).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("address", [*PAGES.values(), *list(DATA.values())[:4]])
def test_what_may_hold_personal_data_is_kept_nowhere(browser: Client, address: str) -> None:
    assert "no-store" in answer(browser, address)["Cache-Control"]


def test_only_the_phone_listens(browser: Client) -> None:
    assert "microphone=(self)" in browser.get("/phone/")["Permissions-Policy"]
    assert "microphone=()" in browser.get("/admin/")["Permissions-Policy"]


@pytest.mark.parametrize("address", ["/admin/candidates/candidate/export/", "/admin/candidates/candidate/"])
def test_files_to_take_along_are_kept_nowhere_else(browser: Client, address: str) -> None:
    chosen = {"action": "export_chosen", "_selected_action": str(a_candidate().id)}

    response = browser.post(address, chosen)

    assert "no-store" in response["Cache-Control"]


def test_answers_to_the_phone_service_carry_them_too() -> None:
    session = a_session()

    greeting, refusal = post(f"/twilio/voice/{session.id}"), post(f"/twilio/voice/{session.id}", signature="made up")

    assert (greeting.status_code, refusal.status_code) == (200, 403)
    assert greeting["Content-Security-Policy"] == refusal["Content-Security-Policy"] == CLOSED
    assert greeting["Cache-Control"] == refusal["Cache-Control"] == "no-store"


def test_an_error_of_ours_carries_them_too(browser: Client, monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.DEBUG = False
    monkeypatch.setitem(settings.UNFOLD, "DASHBOARD_CALLBACK", "config.nowhere")

    response = browser.get("/admin/")

    assert response.status_code == 500
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"


def test_what_the_api_answers_a_stranger_is_kept_nowhere() -> None:
    response = APIClient().get("/list-candidates", REMOTE_ADDR="203.0.113.7")

    assert (response.status_code, response["Cache-Control"]) == (401, "no-store")
