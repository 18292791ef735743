"""Answers 503 on every page while MongoDB cannot be reached: nobody waits long, and nobody sees a stack trace."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.mongo import client

RETRY_AFTER_SECONDS = 5
MESSAGE = "The database cannot be reached at the moment; try again in a few seconds."
logger = logging.getLogger(__name__)


class Outage:
    """Middleware. The API answers in its own form (config.api.errors); calls under way hold (calls.webhooks)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer an error that says that MongoDB is away; leave every other alone."""
        return answer(request, error)


def answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return what to say where the error says that MongoDB is away; None for every other error."""
    if not client.is_away(error):
        return None
    logger.error("%s: the database is away: %s", request.path, error)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(MESSAGE, status=503, content_type="text/plain; charset=utf-8", headers=headers)
