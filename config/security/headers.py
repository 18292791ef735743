"""The security headers of every response: what a browser may do with it, and that nobody keeps a copy.

All Content-Security-Policies are here. A view that wants another than its page would get sets it by its name.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from django.http import HttpRequest, HttpResponse

View = Callable[[HttpRequest], HttpResponse]
# For what is no page: JSON, files, texts. Should a browser take one for a page, nothing runs and nothing is loaded
CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The admin's skin makes functions of attributes (Alpine.js); nothing inline runs there
ADMIN_SCRIPTS = " 'unsafe-eval'"
# The one thing inline in the browsable API: its link for signing out
SIGN_OUT = b64encode(sha256(b'document.getElementById("logoutForm").submit()').digest()).decode()
API_SCRIPTS = f" 'unsafe-hashes' 'sha256-{SIGN_OUT}'"
# A page of our own making alone, with nothing of the skin's
OWN_PAGE = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
# A mail shown in a frame of a page: it runs nothing and loads nothing
FRAMED_MAIL = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
# The strictest that the skin's own templates run under: its colours stand in one inline style element, which is allowed
# by its hash, and its Alpine.js makes functions of attributes, which takes unsafe-eval
SKIN_PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; style-src 'self'{colours}"
)
SKIN_COLOURS = re.compile(rb'<style id="unfold-theme-colors">(.*?)</style>', re.DOTALL)
ALWAYS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def add_security_headers(get_response: View) -> View:
    """Return the middleware that adds what is missing to each answer; static files come with their own caching."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", _policy(request, response))
        return response

    return middleware


def _policy(request: HttpRequest, response: HttpResponse) -> str:
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return CLOSED
    is_admin = request.resolver_match and request.resolver_match.namespace == "admin"
    return PAGE.format(scripts=ADMIN_SCRIPTS if is_admin else API_SCRIPTS)


def allow_skin_only(response: HttpResponse) -> None:
    """Set the policy of a rendered page in the admin's skin: nothing inline runs but the skin's colours."""
    found = SKIN_COLOURS.search(response.content)
    colours = f" 'sha256-{b64encode(sha256(found[1]).digest()).decode()}'" if found else ""
    response["Content-Security-Policy"] = SKIN_PAGE.format(colours=colours)
