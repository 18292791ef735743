from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config.urls import urlpatterns as addresses
from tests.calls.browser_phone.phone_pages import PhonePage, RingingCall
from tests.factories import a_candidate, a_recruiter


class AnAdmin:
    """Addresses with an admin that has a page for each candidate."""

    @staticmethod
    def page(request: HttpRequest, key: str) -> HttpResponse:
        return HttpResponse()

    urlpatterns = [
        path("admin/", include(([path("<str:key>/", page, name="candidates_candidate_change")], "admin"))),
        *addresses[1:],
    ]


@pytest.fixture
def with_admin(settings: Any) -> None:
    settings.ROOT_URLCONF = AnAdmin


@pytest.mark.django_db
@pytest.mark.usefixtures("with_admin")
def test_staff_find_the_candidate_in_the_admin(page: PhonePage) -> None:
    candidate = a_candidate()
    page.client.force_login(a_recruiter())
    RingingCall(candidate)

    assert f'<a href="/admin/{candidate.id}/">Asha Rao</a>' in page.now().content.decode()


@pytest.mark.usefixtures("with_admin")
def test_others_are_shown_no_way_into_the_admin(page: PhonePage) -> None:
    RingingCall(a_candidate())

    assert "/admin/" not in page.now().content.decode()
