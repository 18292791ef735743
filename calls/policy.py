"""The Content-Security-Policy of a page in the admin's skin: the strictest that the skin's own templates run under.

Its Alpine.js makes functions of attributes, which takes unsafe-eval; its colours stand in one inline style element,
which is allowed by its hash. Nothing else inline runs.
"""

import re
from base64 import b64encode
from hashlib import sha256

from django.http import HttpResponse

COLOURS = re.compile(rb'<style id="unfold-theme-colors">(.*?)</style>', re.DOTALL)
ALWAYS = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def restrict(response: HttpResponse) -> None:
    """Set the policy of a rendered page."""
    found = COLOURS.search(response.content)
    colours = f" 'sha256-{b64encode(sha256(found[1]).digest()).decode()}'" if found else ""
    response["Content-Security-Policy"] = f"{ALWAYS}; style-src 'self'{colours}"
