"""What everybody else is answered while the database is away."""

from collections.abc import Iterator

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.factories import NOBODY, a_candidate, a_recruiter
from tests.outages import database_away

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(api: APIClient, settings) -> Iterator[None]:
    """Let the test begin with the database gone."""
    with database_away(settings):
        yield


@pytest.mark.parametrize(
    "path", ["/list-candidates", "/api/candidates/", f"/api/candidates/{NOBODY}", "/api/sessions/", "/api/slots/"]
)
@pytest.mark.usefixtures("away")
def test_api_says_when_to_come_back(api: APIClient, path: str) -> None:
    response = api.get(path)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json() == {
        "status": "error",
        "code": "database_unavailable",
        "message": "The database cannot be reached at the moment; try again in a few seconds.",
    }


@pytest.mark.parametrize("path", ["/make-actual-call", "/api/calls/"])
@pytest.mark.usefixtures("away")
def test_no_call_is_started_without_the_database(api: APIClient, path: str) -> None:
    response = api.post(path, {"candidate_id": NOBODY})

    assert response.status_code == 503
    assert response.json()["code"] == "database_unavailable"


@pytest.mark.parametrize(
    "path", ["/admin/candidates/candidate/", "/admin/calls/conversationsession/", "/admin/interviews/slot/"]
)
@pytest.mark.usefixtures("away")
def test_pages_say_so_too(path: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(a_recruiter(is_superuser=True))

    response = client.get(path)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "try again in a few seconds" in response.content.decode()


def test_api_goes_on_once_the_database_is_back(api: APIClient, settings) -> None:
    candidate = a_candidate()
    with database_away(settings):
        refused = api.get(f"/api/candidates/{candidate.id}")

    answered = api.get(f"/api/candidates/{candidate.id}")

    assert (refused.status_code, answered.status_code) == (503, 200)
