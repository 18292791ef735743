"""HTTP requests as the bytes that go over the wire, made and signed before anything is measured."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from tests.tools.bench.servers import AUTH_TOKEN, PUBLIC_BASE_URL

HOST = urlsplit(PUBLIC_BASE_URL).netloc


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and the status that its answer must have."""

    raw: bytes
    expected: int


def signed_form(path: str, fields: Mapping[str, str], *, expected: int) -> Request:
    """Return a webhook's request, signed as Twilio signs it (docs/usage/security)."""
    text = PUBLIC_BASE_URL + path + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(AUTH_TOKEN.encode(), text.encode(), hashlib.sha1).digest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": base64.b64encode(digest).decode(),
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
    }
    return _request("POST", path, headers, urlencode(fields).encode(), expected)


def json_post(path: str, content: object, headers: Mapping[str, str], *, expected: int) -> Request:
    return _request(
        "POST", path, {"Content-Type": "application/json"} | dict(headers), json.dumps(content).encode(), expected
    )


def get(path: str, headers: Mapping[str, str] | None = None) -> Request:
    return _request("GET", path, dict(headers or {}), b"", 200)


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes, expected: int) -> Request:
    sent = {"Host": HOST} | headers | ({"Content-Length": str(len(body))} if body else {})
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    return Request("\r\n".join(lines).encode() + body, expected)
