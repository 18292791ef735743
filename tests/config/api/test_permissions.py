"""Who may do what through the API: each endpoint for each role, with a token and signed in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver
from pymongo.database import Database
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from config.api.permissions import Needs
from tests.factories import NOBODY, a_candidate, a_member, a_recruiter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "live")]

STRANGER = {"REMOTE_ADDR": "203.0.113.7"}
ROLES: dict[str, Callable[[], User]] = {
    "Viewer": lambda: a_member("Viewer"),
    "Recruiter": lambda: a_member("Recruiter"),
    "staff": a_recruiter,
    "superuser": lambda: a_recruiter(is_superuser=True),
}
LOOK, WORK, ALL = {"Viewer", "Recruiter", "superuser"}, {"Recruiter", "superuser"}, {"superuser"}
# Each endpoint: the permission that it needs, and who has it. Nothing here is there, so who may go on reads so
ENDPOINTS = [
    ("GET", "/list-candidates", "candidates.view_candidate", LOOK),
    ("POST", "/make-actual-call", "candidates.start_call", WORK),
    ("POST", "/test-call", "candidates.start_call", WORK),
    ("GET", "/api/candidates/", "candidates.view_candidate", LOOK),
    ("HEAD", "/api/candidates/", "candidates.view_candidate", LOOK),
    ("OPTIONS", "/api/candidates/", "candidates.view_candidate", LOOK),
    ("POST", "/api/candidates/", "candidates.add_candidate", WORK),
    ("GET", f"/api/candidates/{NOBODY}/", "candidates.view_candidate", LOOK),
    ("PATCH", f"/api/candidates/{NOBODY}/", "candidates.change_candidate", WORK),
    ("DELETE", f"/api/candidates/{NOBODY}/", "candidates.delete_candidate", ALL),
    ("GET", "/api/suppression/", "candidates.view_suppression", LOOK),
    ("POST", "/api/suppression/", "candidates.add_suppression", WORK),
    ("GET", f"/api/suppression/{NOBODY}/", "candidates.view_suppression", LOOK),
    ("POST", f"/api/suppression/{NOBODY}/lift/", "candidates.lift_suppression", ALL),
    ("GET", "/api/calls/", "calls.view_conversationsession", LOOK),
    ("POST", "/api/calls/", "candidates.start_call", WORK),
    ("GET", f"/api/calls/{NOBODY}/", "calls.view_conversationsession", LOOK),
    ("GET", "/api/sessions/", "calls.view_conversationsession", LOOK),
    ("GET", f"/api/sessions/{NOBODY}/", "calls.view_conversationsession", LOOK),
    ("GET", "/api/dialling/", "calls.view_conversationsession", LOOK),
    ("PUT", "/api/dialling/", "calls.switch_dialling", WORK),
    ("GET", "/api/slots/", "interviews.view_slot", LOOK),
    ("POST", "/api/slots/", "interviews.add_slot", WORK),
    ("GET", f"/api/slots/{NOBODY}/", "interviews.view_slot", LOOK),
    ("DELETE", f"/api/slots/{NOBODY}/", "interviews.change_slot", WORK),
    ("GET", "/api/interviews/", "interviews.view_interview", LOOK),
    ("GET", f"/api/interviews/{NOBODY}/", "interviews.view_interview", LOOK),
]
OPEN_TO_ALL_STAFF = {"api-root", "openapi"}  # they say what there is, and show nothing of it


@pytest.fixture
def live(settings: Any) -> None:
    """Let calls ring real phones."""
    settings.DEBUG = settings.SIMULATED = False


def by_token(user: User) -> APIClient:
    """Return a program that uses the API as this user."""
    client = APIClient(**STRANGER)
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


def by_session(user: User) -> APIClient:
    """Return the browser in which this user has signed in."""
    client = APIClient(**STRANGER)
    client.force_login(user)
    return client


@pytest.mark.parametrize("comes", [by_token, by_session])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "address", "permission", "may"), ENDPOINTS)
def test_each_endpoint_is_for_those_with_its_permission(
    role: str, comes: Callable[[User], APIClient], method: str, address: str, permission: str, may: set[str]
) -> None:
    client = comes(ROLES[role]())

    response = client.generic(method, address, "{}", content_type="application/json")

    assert response.status_code != 401
    assert (response.status_code != 403) == (role in may)


@pytest.mark.parametrize(("method", "address", "permission", "may"), ENDPOINTS)
def test_who_lacks_the_permission_reads_which(method: str, address: str, permission: str, may: set[str]) -> None:
    response = by_token(a_recruiter()).generic(method, address, "{}", content_type="application/json")

    assert response.status_code == 403
    assert response.data == {
        "status": "error",
        "code": "permission_denied",
        "message": f"This needs the permission {permission}, which your account does not have.",
    }


@pytest.mark.parametrize("address", ["/make-actual-call", "/api/calls/"])
def test_a_viewer_starts_no_call(database: Database, address: str) -> None:
    candidate = a_candidate()

    response = by_token(a_member("Viewer")).post(address, {"candidate_id": str(candidate.id)}, format="json")

    assert response.status_code == 403
    assert database["candidates"].find_one()["call_tracking"]["total_attempts"] == 0


@pytest.mark.parametrize("method", ["PUT", "TRACE", "DELETE"])
def test_a_method_without_a_permission_is_not_to_be_had(method: str) -> None:
    response = by_token(a_member("Recruiter")).generic(method, "/api/calls/")

    assert response.status_code == 405


def test_the_browsable_api_offers_a_viewer_nothing_to_send() -> None:
    page = by_session(a_member("Viewer")).get("/api/candidates/", HTTP_ACCEPT="text/html").content.decode()

    assert "Candidate List" in page
    assert 'method="POST"' not in page.partition('class="content-main"')[2]


def views(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, Any]]:
    """Yield the views of the API, each with the name of its address."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif hasattr(pattern.callback, "cls"):
            yield pattern.name or str(pattern.pattern), pattern.callback


def test_every_endpoint_names_the_permission_of_each_of_its_methods() -> None:
    unnamed = [
        (name, method)
        for name, view in views(get_resolver().url_patterns)
        for method in getattr(view, "actions", None) or view.cls().allowed_methods
        for asked in view.cls.permission_classes
        if method.lower() in view.cls.http_method_names
        and method.upper() not in {"OPTIONS", "HEAD", *(asked.permissions if issubclass(asked, Needs) else ())}
    ]

    assert {name for name, _ in unnamed} == OPEN_TO_ALL_STAFF
