"""The WSGI application, with a short way in for the webhooks, past what is for browsers and Django's own database.

A webhook is signed, has no session, no cookie and no file, touches MongoDB alone, and its answer is read by no browser.
"""

import os
from collections.abc import Iterable
from typing import Any

import django
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from config.mongo import outage
from config.server.front import WEBHOOKS


class WebhookRequest(WSGIRequest):
    """A request whose view reads its form by itself, whatever its type and charset are said to be."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = "", {}


@convert_exception_to_response
def answer_webhook(request: HttpRequest) -> HttpResponse:
    """Have the view answer, past every middleware; where the database is away, with 503."""
    found = resolve(request.path_info)
    try:
        return found.func(request, *found.args, **found.kwargs)
    except Exception as error:
        if (away := outage.answer(request, error)) is None:
            raise
        return away


class Application(WSGIHandler):
    """Django's handler for everything but the webhooks."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(WEBHOOKS):
            return super().__call__(environ, start_response)
        response = answer_webhook(WebhookRequest(environ))
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        return [response.content]


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)
application = Application()
