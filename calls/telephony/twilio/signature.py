"""Twilio's signature of a webhook: HMAC-SHA1 over its address and its form.

Source: Twilio's documentation "Webhooks security", and the RequestValidator of its Python library.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha1
from urllib.parse import urlsplit

USUAL_PORTS = {"https": 443, "http": 80}


def compute(*, url: str, form: Mapping[str, Sequence[str]], token: str) -> str:
    """Return the signature, in base64, of a form sent to the address, exactly as it was asked for (query included).

    The fields are signed in the order of their names; the values of one in their own order, each once.
    """
    signed = url + "".join(name + value for name in sorted(form) for value in _each_once(form[name]))
    # What Twilio signs with; a keyed digest does not rest on what makes SHA-1 alone unsafe
    return b64encode(hmac.digest(token.encode(), signed.encode(), sha1)).decode()


def _each_once(values: Sequence[str]) -> Sequence[str]:
    return values if len(values) == 1 else sorted(set(values))


def is_signed(*, url: str, form: Mapping[str, Sequence[str]], signature: str, tokens: Iterable[str]) -> bool:
    """Return whether the signature was made with one of the tokens; how long that takes reveals nothing of them.

    Twilio signs an address sometimes with its port and sometimes without: both count.
    """
    given = signature.encode(errors="replace")
    path_at = url.index("/", url.index("//") + 2)
    spellings = [origin + url[path_at:] for origin in _with_and_without_port(url[:path_at])]
    return any(
        hmac.compare_digest(compute(url=spelled, form=form, token=token).encode(), given)
        for token in tokens
        for spelled in spellings
    )


@lru_cache
def _with_and_without_port(origin: str) -> tuple[str, str]:
    address = urlsplit(origin)
    if address.port:
        return address._replace(netloc=address.netloc.rpartition(":")[0]).geturl(), origin
    return origin, f"{origin}:{USUAL_PORTS.get(address.scheme, 80)}"
