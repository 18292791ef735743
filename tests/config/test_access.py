import io
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.authtoken.models import Token
from rest_framework.response import Response
from rest_framework.test import APIClient

from calls.telephony.simulator.documents import SimulatedCall
from candidates.documents import Candidate
from tests.factories import ASHA, a_candidate, a_member, a_recruiter

READ = [
    "/list-candidates",
    "/api/",
    *(f"/api/{name}/" for name in ("candidates", "calls", "sessions", "slots", "interviews")),
]
WRITTEN = ["/make-actual-call", "/test-call", "/api/candidates/", "/api/calls/", "/api/slots/"]
STRANGER = {"REMOTE_ADDR": "203.0.113.7"}
HOW = "Sign in as staff, or send a token: Authorization: Token …"


@pytest.fixture
def live(api: APIClient, settings) -> APIClient:
    """Return a caller on this machine of a system whose calls ring real phones."""
    settings.DEBUG = settings.SIMULATED = False
    return api


def with_token(client: APIClient, key: str) -> APIClient:
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def turned_away(response: Response) -> bool:
    assert response.json()["status"] == "error"
    return response.status_code == 401 and response["WWW-Authenticate"] == "Token"


# Nobody signed in


@pytest.mark.parametrize("address", READ)
def test_in_a_trial_this_machine_may_read(api: APIClient, address: str) -> None:
    assert api.get(address).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_every_loopback_address_is_this_machine(api: APIClient, address: str) -> None:
    assert api.get("/list-candidates", REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize(
    "request_from",
    [
        STRANGER,
        {"REMOTE_ADDR": "192.168.0.5"},
        {"REMOTE_ADDR": "0.0.0.0"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "unix:"},
        {"REMOTE_ADDR": "localhost"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": ""},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_FORWARDED_HOST": "localhost"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
@pytest.mark.parametrize("address", READ)
def test_strangers_stay_out_of_a_trial(api: APIClient, address: str, request_from: dict[str, str]) -> None:
    assert turned_away(api.get(address, **request_from))


@pytest.mark.parametrize("address", WRITTEN)
def test_strangers_change_nothing(api: APIClient, address: str) -> None:
    candidate = a_candidate()

    response = api.post(address, {"candidate_id": str(candidate.id)} | ASHA, **STRANGER)

    assert turned_away(response)
    assert response.json() == {
        "status": "error",
        "code": "not_authenticated",
        "message": "Authentication credentials were not provided.",
    }
    assert Candidate.objects.get().to_mongo() == candidate.to_mongo()
    assert not SimulatedCall.objects


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_strangers_change_no_candidate(api: APIClient, method: str) -> None:
    candidate = a_candidate()

    response = getattr(api, method)(f"/api/candidates/{candidate.id}/", {"name": "Not Asha"}, **STRANGER)

    assert turned_away(response)
    assert Candidate.objects.get().to_mongo() == candidate.to_mongo()


@pytest.mark.parametrize("off", ["DEBUG", "SIMULATED"])
@pytest.mark.parametrize("address", READ)
def test_once_it_is_no_trial_this_machine_needs_a_token_too(api: APIClient, settings, address: str, off: str) -> None:
    setattr(settings, off, False)

    assert turned_away(api.get(address))


@pytest.mark.parametrize("address", WRITTEN)
def test_once_it_is_no_trial_nobody_unknown_starts_a_call(live: APIClient, address: str) -> None:
    candidate = a_candidate()

    response = live.post(address, {"candidate_id": str(candidate.id)})

    assert turned_away(response)
    assert Candidate.objects.get().call_tracking.total_attempts == 0


ELSEWHERE = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_ORIGIN": "https://elsewhere.example"},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": "http://testserver:8001"},
]


@pytest.mark.parametrize("of", ELSEWHERE)
@pytest.mark.parametrize("address", WRITTEN)
def test_a_page_of_another_site_starts_nothing_in_a_trial(api: APIClient, address: str, of: dict[str, str]) -> None:
    candidate = a_candidate()

    response = api.post(address, {"candidate_id": str(candidate.id)} | ASHA, **of)

    assert turned_away(response)
    assert Candidate.objects.get().to_mongo() == candidate.to_mongo()


@pytest.mark.parametrize("of", [{"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://testserver"}, {}])
def test_our_own_pages_and_programs_start_calls_in_a_trial(api: APIClient, of: dict[str, str]) -> None:
    a_candidate()

    assert api.post("/test-call", **of).status_code == 201


def test_a_link_on_another_site_leads_into_a_trial(api: APIClient) -> None:
    assert api.get("/list-candidates", HTTP_SEC_FETCH_SITE="cross-site").status_code == 200


# Tokens


@pytest.mark.django_db
def test_the_command_makes_a_token_that_lets_staff_in(live: APIClient) -> None:
    a_member("Viewer")
    out = io.StringIO()

    call_command("drf_create_token", "rita", stdout=out)

    key = out.getvalue().split()[2]
    assert with_token(live, key).get("/list-candidates", **STRANGER).status_code == 200


@pytest.mark.django_db
def test_a_token_starts_a_call_without_csrf(settings, live: APIClient) -> None:
    token = Token.objects.create(user=a_member("Recruiter"))
    caller = with_token(APIClient(enforce_csrf_checks=True), token.key)

    response = caller.post("/make-actual-call", {"candidate_id": str(a_candidate().id)}, format="json", **STRANGER)

    assert response.status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "no-such-token", "a b", "\x00", "é" * 40])
def test_a_wrong_token_lets_nobody_in(api: APIClient, key: str) -> None:
    assert turned_away(with_token(api, key).get("/list-candidates"))


@pytest.mark.django_db
@pytest.mark.parametrize("lacks", ["is_active", "is_staff"])
def test_a_token_of_nobody_on_the_staff_lets_nobody_in(live: APIClient, lacks: str) -> None:
    token = Token.objects.create(user=a_recruiter(**{lacks: False}))

    response = with_token(live, token.key).get("/list-candidates")

    assert response.status_code in {401, 403}
    assert response.json()["status"] == "error"


@pytest.mark.django_db
def test_who_is_known_but_not_staff_reads_what_is_needed(live: APIClient) -> None:
    token = Token.objects.create(user=a_recruiter(is_staff=False))

    response = with_token(live, token.key).get("/list-candidates")

    assert (response.status_code, response.json()) == (
        403,
        {"status": "error", "code": "permission_denied", "message": HOW},
    )


# Sessions


@pytest.fixture
def browser(live: APIClient, db: Any) -> APIClient:
    """Return the browser of a recruiter who has signed in, far from this machine."""
    a_member("Recruiter")
    browser = APIClient(enforce_csrf_checks=True, **STRANGER)
    browser.default_format = "json"
    browser.login(username="rita", password="quiet-harbour")
    return browser


def test_who_has_signed_in_may_read(browser: APIClient) -> None:
    assert [browser.get(address).status_code for address in READ] == [200] * len(READ)


@pytest.mark.parametrize("address", WRITTEN)
def test_another_site_starts_nothing_in_the_name_of_who_has_signed_in(browser: APIClient, address: str) -> None:
    candidate = a_candidate()

    response = browser.post(address, {"candidate_id": str(candidate.id)})

    assert response.status_code == 403
    assert response.json() == {
        "status": "error",
        "code": "permission_denied",
        "message": "CSRF Failed: CSRF cookie not set.",
    }
    assert Candidate.objects.get().to_mongo() == candidate.to_mongo()


def test_our_own_pages_may_start_a_call(browser: APIClient) -> None:
    candidate = a_candidate()
    browser.get("/api/candidates/", HTTP_ACCEPT="text/html")
    token = browser.cookies["csrftoken"].value

    response = browser.post("/make-actual-call", {"candidate_id": str(candidate.id)}, HTTP_X_CSRFTOKEN=token)

    assert response.status_code == 201


def test_who_has_signed_out_is_a_stranger(browser: APIClient) -> None:
    browser.logout()

    assert turned_away(browser.get("/list-candidates"))
