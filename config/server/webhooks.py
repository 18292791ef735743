"""Middleware that answers the phone service's webhooks, so that they pass none of the middleware behind it.

A webhook is signed, has no session, no cookie and no file, touches MongoDB alone, and its answer is read by no browser.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from config.mongo import outage
from config.server.front import WEBHOOKS


def answer_webhooks(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware; only what sets the headers of every answer stands before it.

    Somebody on the phone waits for the answer, and all of the middleware takes a tenth of the CPU of a turn.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(WEBHOOKS):
            return get_response(request)
        response = _answer(request)
        # As CommonMiddleware does for the others: without a length, a server closes the connection or sends chunks
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return middleware


def _answer(request: HttpRequest) -> HttpResponse:
    found = resolve(request.path_info)
    try:
        return found.func(request, *found.args, **found.kwargs)
    except Exception as error:
        # Django asks `process_exception` of a middleware (outage.Outage) only for views that it calls by itself
        if (away := outage.answer(request, error)) is None:
            raise
        return away
