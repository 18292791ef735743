"""No page of the admin or of the browsable API asks for what its own policy refuses."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.calls.call_pages import start_url, talked
from tests.factories import a_candidate, a_slot, an_interview

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ADMIN = [
    "",
    *(f"candidates/candidate/{page}" for page in ("", "add/", "import/")),
    *(f"interviews/{page}/" for page in ("interview", "slot", "invitation", "notice", "followup", "slot/add")),
    "calls/conversationsession/",
    *("auth/user/", "auth/user/add/", "auth/group/", "auth/group/add/", "authtoken/tokenproxy/add/", "admin/logentry/"),
    "password_change/",
]
REFUSED = "Content Security Policy"
API = [f"/api/{name}" for name in ("", "candidates/", "calls/", "sessions/", "slots/", "interviews/")]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True, scope="module")
def beside_the_driver() -> Iterator[None]:
    """Let tests ask the database in the thread in which Playwright runs an event loop of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def desk(browser: "Browser", callflow: str, troubles: list[str]) -> Iterator["Page"]:
    """A superuser's browser, which notes each refusal of a policy."""
    client = Client()
    client.force_login(User.objects.create_superuser("sue"))
    context = browser.new_context(base_url=callflow)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": callflow}])
    context.set_default_timeout(8000)
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text) if REFUSED in message.text else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()


@pytest.fixture
def addresses() -> list[str]:
    """Fill the lists, and return the addresses of pages of all kinds."""
    candidate = a_candidate()
    talked(candidate, "yes")
    slot = a_slot()
    interview = an_interview(a_candidate(), slot)
    of_one = [
        f"candidates/candidate/{candidate.id}/change/",
        f"candidates/candidate/{candidate.id}/delete/",
        f"interviews/slot/{slot.id}/change/",
        f"interviews/interview/{interview.id}/change/",
    ]
    return [f"/admin/{page}" for page in [*ADMIN, *of_one]] + [start_url(candidate), *API]


def test_no_page_asks_for_what_its_policy_refuses(desk: "Page", addresses: list[str], troubles: list[str]) -> None:
    seen = {address: (desk.goto(address).status, [troubles.pop() for _ in troubles[:]]) for address in addresses}

    assert seen == {address: (200, []) for address in addresses}


def test_one_signs_in_and_out_of_the_browsable_api(desk: "Page", troubles: list[str]) -> None:
    User.objects.create_superuser("tess", password="quiet-harbour")
    desk.context.clear_cookies()

    desk.goto("/api-auth/login/?next=/api/calls/")
    desk.fill("[name=username]", "tess")
    desk.fill("[name=password]", "quiet-harbour")
    desk.press("[name=password]", "Enter")
    desk.wait_for_selector("text=tess")
    desk.wait_for_load_state()  # of its scripts, too: until then the menu does not open
    desk.click("text=tess")
    desk.click("text=Log out")
    desk.wait_for_url("**/api/calls/")

    assert desk.locator("text=Log in").count() == 1
    assert troubles == []
