"""The headers that every answer carries: what a browser may do with it, and that nobody keeps a copy.

A view that sets one of them itself is let have its way: the phone and the page of a call hold stricter policies.
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from django.http import HttpRequest, HttpResponse

View = Callable[[HttpRequest], HttpResponse]
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
ALWAYS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def hardened(get_response: View) -> View:
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
