"""A browser with the phone page, and a call that its person has picked up."""

from typing import Any

import pytest
from django.test import Client

from tests.calls.browser_phone.phone_pages import PhonePage, RingingCall
from tests.factories import a_candidate


@pytest.fixture
def client(database: object, settings: Any) -> Client:
    """Return a browser on this machine, in a trial."""
    settings.DEBUG = settings.SIMULATED = True
    return Client()


@pytest.fixture
def page(client: Client) -> PhonePage:
    return PhonePage(client)


@pytest.fixture
def talking(page: PhonePage) -> RingingCall:
    """Return a call that the page's person has picked up, and that asks its first question."""
    line = RingingCall(a_candidate())
    page.now()
    page.do("pick-up", call=line.call_sid)
    line.answered()
    line.asks(1, "Am I speaking with Asha Rao?")
    page.now()
    return line
