"""A call's page in a browser, as far as htmx follows it, and what it says."""

import re

from django.http import HttpResponse
from django.test import Client

from calls.documents import ConversationSession
from tests.calls.call_pages import LIST, ended, page_url


class LivePage:
    """A call's page in a browser, as far as htmx follows it."""

    def __init__(self, client: Client, session: ConversationSession) -> None:
        self.client, self.url = client, f"{LIST}{session.id}/live/"
        self.loaded = client.get(page_url(session))
        self.shown = seen_in(self.loaded)

    def poll(self) -> HttpResponse:
        response = self.client.get(self.url, self.shown)
        if response.status_code in {200, 286}:
            self.shown = seen_in(response) or self.shown
        return response

    def shown_status(self) -> str:
        """Return what the next answer says, without its markup."""
        response = self.poll()
        assert response.status_code in {200, 286}, response
        return words(response)


def words(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def seen_in(response: HttpResponse) -> dict[str, str]:
    """Return what a page tells in its next poll."""
    part = response.content.decode().partition('id="call-seen"')[2].partition("</div>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', part))


def recorded(session: ConversationSession, how: str = "completed") -> ConversationSession:
    ended(session, how)
    assert ConversationSession._get_collection().find_one({"_id": session.id})["recorded_at"]
    return session
