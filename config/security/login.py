"""Signing in by password, with a limit on tries so that no password is guessed, wherever one signs in."""

import logging
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config.security.rate_limits import Limit, take
from config.security.request_source import client_address

logger = logging.getLogger(__name__)

QUARTER = 15 * 60
# One address may fail at an account five times, so that by itself it never locks the account for other addresses
FROM_AN_ADDRESS = Limit("sign in from an address", 30, QUARTER)
TO_AN_ACCOUNT_FROM_AN_ADDRESS = Limit("sign in to an account from an address", 5, QUARTER)
TO_AN_ACCOUNT = Limit("sign in to an account", 50, QUARTER)


class TooManyTries(Exception):
    """Somebody tried to sign in too often; they may try again after so many `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many tries to sign in. Try again in {-(-seconds // 60)} minutes.")
        self.seconds = seconds


class ThrottledBackend(ModelBackend):
    """Django's users and permissions. A try is counted before it is made, so that many at once do not slip through."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the user whose password it is. :raises TooManyTries: the password is not looked at then."""
        if username is None or password is None:
            return None
        address, account = client_address(request) if request else "", username.casefold()
        counted = {
            FROM_AN_ADDRESS: address,
            TO_AN_ACCOUNT_FROM_AN_ADDRESS: f"{address} {account}",
            TO_AN_ACCOUNT: account,
        }
        now = timezone.now()
        for limit, who in counted.items():
            if not take(limit=limit, who=who, now=now):
                logger.warning("Signing in was tried too often; refused until the quarter of an hour is over")
                raise TooManyTries(limit.seconds_left(now))
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is not None:  # only failures count
            for limit, who in counted.items():
                take(limit=limit, who=who, now=now, count=-1)
        return user


class TooManyTriesMiddleware:
    """Answers who tried to sign in too often with 429 and when to come back."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, TooManyTries):
            return None
        headers = {"Retry-After": str(error.seconds)}
        return HttpResponse(str(error), status=429, headers=headers, content_type="text/plain; charset=utf-8")
