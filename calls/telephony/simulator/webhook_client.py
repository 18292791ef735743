"""Carries the simulator's requests to our webhooks by Twilio's rules: signed, within 15 seconds, at most 64 kB back.

Sources: docs/usage/security (signatures), docs/usage/webhooks/webhooks-connection-overrides (the URL's fragment),
docs/api/errors 11205, 11215, 11217 and 11750.
"""

import secrets
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qs, urldefrag, urlencode, urljoin, urlsplit

import certifi
from django.conf import settings
from twilio.request_validator import RequestValidator
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from calls.telephony.twilio.errors import was_never_sent

LARGEST_ANSWER_BYTES = 64 * 1024
MAX_REDIRECTS = 10
MAX_CONNECTIONS = 100
SENT = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "TwilioProxy/1.1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNREACHABLE, TOO_MANY_REDIRECTS, BAD_STATUS, TOO_LARGE = 11205, 11215, 11217, 11750


class Answer(NamedTuple):
    """What our webhook said; `url` is the one that answered, after any redirect."""

    url: str
    content_type: str
    body: bytes


class DeliveryFailed(Exception):
    """Twilio would count the request as failed. `kind` names it as the retry policies do: ct, rt, 4xx, 5xx or none."""

    def __init__(self, code: int, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Policy:
    """How a request is tried: Twilio's defaults, unless the fragment of the URL overrides them."""

    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    total_seconds: float = 15.0
    retries: int = 1
    retried: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, fragment: str) -> "Policy":
        """Read a fragment such as `rc=3&rp=all&rt=4000`; what it does not say, or says wrongly, is by default."""
        said = {key: values[-1] for key, values in parse_qs(fragment).items()}
        return cls(
            connect_seconds=_within(said.get("ct"), 100, 10_000, 5_000) / 1000,
            read_seconds=_within(said.get("rt"), 100, 15_000, 15_000) / 1000,
            total_seconds=_within(said.get("tt"), 100, 15_000, 15_000) / 1000,
            retries=_within(said.get("rc"), 0, 5, 1),
            retried=frozenset(said.get("rp", "ct").split(",")),
        )

    def retries_after(self, failure: DeliveryFailed) -> bool:
        """Tell whether such a failure is tried again."""
        return bool(failure.kind) and not self.retried.isdisjoint({failure.kind, "all"})


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a request: until when, and with which idempotency token, where it is a repeated one."""

    policy: Policy
    deadline: float
    token: str

    def timeouts(self) -> Timeout:
        """Return how long connecting, and waiting for the answer, may take now."""
        left = max(self.deadline - time.monotonic(), 0.001)
        return Timeout(connect=min(self.policy.connect_seconds, left), read=min(self.policy.read_seconds, left))


class WebhookClient:
    """Sends the requests of any number of calls over one pool of connections."""

    def __init__(self, pools: PoolManager | None = None) -> None:
        # Our own webhooks are never behind the machine's proxy
        self._pools = pools or PoolManager(maxsize=MAX_CONNECTIONS, ca_certs=certifi.where())
        self._signer = RequestValidator(settings.WEBHOOK_AUTH_TOKEN)

    def send(self, url: str, fields: Mapping[str, str], method: str = "POST") -> Answer:
        """Send the fields and return the answer, a 2xx one. :raises DeliveryFailed: there was none in time."""
        address, fragment = urldefrag(url)
        policy = Policy.of(fragment)
        deadline = time.monotonic() + policy.total_seconds
        token = ""
        for tries_left in reversed(range(policy.retries + 1)):
            try:
                return self._follow(address, fields, method, Try(policy, deadline, token))
            except DeliveryFailed as failure:
                if not tries_left or time.monotonic() >= deadline or not policy.retries_after(failure):
                    raise
            token = secrets.token_hex(16)
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    def close(self) -> None:
        self._pools.clear()

    def _follow(self, url: str, fields: Mapping[str, str], method: str, attempt: Try) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            status, location, answer = self._once(url, fields, method, attempt)
            if not location:
                return answer
            url = urljoin(url, location)
            if status not in {307, 308}:  # the rest are followed as browsers do, without the fields
                fields, method = {}, "GET"
        raise DeliveryFailed(TOO_MANY_REDIRECTS, f"More than {MAX_REDIRECTS} redirects.")

    def _once(self, url: str, fields: Mapping[str, str], method: str, attempt: Try) -> tuple[int, str, Answer]:
        if method == "GET" and fields:
            url = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(fields)}"
        body = fields if method == "POST" else {}
        headers = SENT | {"X-Twilio-Signature": self._signer.compute_signature(url, body)} | (FORM if body else {})
        if attempt.token:
            headers["I-Twilio-Idempotency-Token"] = attempt.token
        try:
            answer = self._pools.urlopen(
                method,
                url,
                redirect=False,
                body=urlencode(body) if body else None,
                headers=headers,
                timeout=attempt.timeouts(),
                retries=False,
                preload_content=False,
            )
            with closing(answer):
                return answer.status, *_read(url, answer, attempt.deadline)
        except HTTPError as error:
            kind = "ct" if was_never_sent(error) else "rt"
            raise DeliveryFailed(UNREACHABLE, f"No answer: {type(error).__name__}.", kind) from error


def _read(url: str, answer: BaseHTTPResponse, deadline: float) -> tuple[str, Answer]:
    """Return where the answer redirects to ("" if nowhere), and the answer itself; one read whole frees its connection.

    :raises DeliveryFailed: Twilio would not take such an answer.
    """
    if location := answer.get_redirect_location():
        return location, Answer(url, "", b"")
    if not 200 <= answer.status < 300:
        raise DeliveryFailed(BAD_STATUS, f"The answer is HTTP {answer.status}.", f"{answer.status // 100}xx")
    body = b""
    for chunk in answer.stream(8192):
        body += chunk
        if len(body) > LARGEST_ANSWER_BYTES:
            raise DeliveryFailed(TOO_LARGE, "The answer is larger than 64 kB.")
        if time.monotonic() > deadline:
            raise DeliveryFailed(UNREACHABLE, "The answer took too long.", "rt")
    answer.release_conn()
    return "", Answer(url, answer.headers.get("Content-Type", ""), body)


def _within(text: str | None, least: int, most: int, default: int) -> int:
    is_number = text is not None and text.isascii() and text.isdigit()
    number = int(text) if is_number and text else default
    return number if least <= number <= most else default
