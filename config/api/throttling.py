"""How many requests one user may make in a minute, and how often one address may be refused."""

from datetime import datetime
from threading import Lock

from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from config.security.rate_limits import Limit, take
from config.security.request_source import client_address, is_local_trial

SHARES_PER_MINUTE = 20


class Shares:
    """What this process has taken of allowances by the minute and has not used yet.

    The allowances are counted in MongoDB, for all processes together. A process takes a twentieth at a time, so only
    each thirtieth request of the 600 allowed costs an update, and none does once the allowance is used up. With one
    update for each request, showing a document takes 1.2 times the CPU, a list of fifty 1.15 times, and each request
    waits for one more answer of MongoDB. Django REST framework's own throttles would count in each process alone.

    The price: what several processes hold of the last shares goes unused, so somebody may be stopped a little early.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = 0
        self._left: dict[tuple[Limit, str], int] = {}
        self._used_up: set[tuple[Limit, str]] = set()

    def use(self, *, limit: Limit, who: str, now: datetime) -> bool:
        """Use one of the allowance; return whether there was one."""
        with self._lock:
            self._forget_before(limit.span(now))
            if (limit, who) in self._used_up:
                return False
            if self._left.get((limit, who)):
                self._left[limit, who] -= 1
                return True
        # Without the lock, so that others go on while MongoDB answers; two threads may take a share each, and use both
        granted = take(limit=limit, who=who, now=now, count=max(1, limit.max_count // SHARES_PER_MINUTE))
        with self._lock:
            if not granted:
                self._used_up.add((limit, who))
                return False
            self._left[limit, who] = self._left.get((limit, who), 0) + granted - 1
        return True

    def _forget_before(self, minute: int) -> None:
        if minute != self._minute:
            self._minute = minute
            self._left.clear()
            self._used_up.clear()


shares = Shares()


class UserThrottle(BaseThrottle):
    """Bounds how many requests one user makes in a minute; a trial on one's own machine is not bounded."""

    def allow_request(self, request: Request, view: object) -> bool:
        self.limit = Limit("api", settings.API_REQUESTS_PER_MINUTE)
        self.now = timezone.now()
        if not self.limit.max_count or is_local_trial(request):
            return True
        return shares.use(limit=self.limit, who=str(request.user.pk), now=self.now)

    def wait(self) -> int:
        """Return after how many seconds it is worth trying again."""
        return self.limit.seconds_left(self.now)


def error_for_stranger(error: APIException, request: Request) -> APIException:
    """Return the error, or 429 once this address was refused too often."""
    limit, now = Limit("strangers", settings.API_REFUSALS_PER_MINUTE), timezone.now()
    if not limit.max_count or shares.use(limit=limit, who=client_address(request), now=now):
        return error
    return Throttled(limit.seconds_left(now))
