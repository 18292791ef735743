"""The WSGI application, with a short way in for the webhooks: none of the middleware that is for browsers.

A webhook is signed, has no session, no cookie and no form, and its answer is read by no browser.
"""

import os

import django
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse

WEBHOOKS = "/twilio/"


class Application(WSGIHandler):
    """Django's handler; what middleware does with exceptions and views holds on either way."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build both ways in."""
        super().load_middleware(is_async)
        whole, short = self._middleware_chain, convert_exception_to_response(self._get_response)

        def chosen(request: HttpRequest) -> HttpResponse:
            return (short if request.path_info.startswith(WEBHOOKS) else whole)(request)

        self._middleware_chain = chosen


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)
application = Application()
