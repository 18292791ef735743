"""The phone network through Twilio: the only module that speaks Twilio's REST API."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from calls.telephony.base import CallList, CallOrder, CallUnknown, OutgoingLine, PlacedCall, PlacementUnknown
from calls.telephony.twilio import account, errors
from calls.telephony.twilio.transport import PooledHttpClient
from config.doctor.findings import Finding
from config.lease import Lease

STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]
RETRY_PAUSES_SECONDS = (0.2, 0.4, 0.8)
MAX_CALLS_LISTED = 1000
PAGE_SIZE, MAX_PAGES = 1000, 20
# A call waits in Twilio's queue for a day at most, and may be listed by when it left it
LONGEST_QUEUED = timedelta(days=1)

T = TypeVar("T")


class Twilio:
    """Telephony (see base) by Twilio. One instance serves every thread of a process; its connections are reused."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        phone_number: str,
        timeout_seconds: float,
        api_base_url: str = "",
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._http = PooledHttpClient(timeout_seconds=timeout_seconds, base_url=api_base_url)
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._calls = self._client.api.v2010.account.calls  # made here: the SDK makes it lazily, without a lock
        self._from = phone_number
        self._sleep = sleep
        self._uniform = uniform

    def place(self, order: CallOrder) -> PlacedCall:
        """Create a Call (docs/voice/api/call-resource). Only what Twilio never looked at (429) is sent again.

        :raises CallRefused: nobody's phone rang; DialledTooLate where the lease was over.
        :raises PlacementUnknown: the call may have been placed.
        """
        try:
            calls = self._within(order.lease).api.v2010.account.calls
            call = self._ask(lambda: calls.create(**self._parameters(order)))
            placed = _placed(call)
        except Exception as error:  # whatever broke once it was sent, the call may exist
            raise errors.placement_failure(error) from error
        if not call.sid or not call.status:
            raise PlacementUnknown("Twilio's answer names no call.")
        return placed

    def fetch(self, call_sid: str) -> PlacedCall:
        """Return the call as it stands; Twilio may be some seconds behind itself. :raises CallUnknown: no such call."""
        return self._about(call_sid, lambda: _placed(self._calls(call_sid).fetch()))

    def hang_up(self, call_sid: str) -> None:
        """End the call: Twilio takes `completed` for queued and ringing calls too. :raises CallUnknown: no such call.

        A call that is over already (21220) is left alone.
        """

        def end() -> None:
            try:
                self._calls(call_sid).update(status="completed")
            except TwilioException as error:
                if errors.code_of(error) != errors.CALL_IS_OVER:
                    raise

        self._about(call_sid, end)

    def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
        """Return the calls to `phone` created at or after `since`, to the second, the oldest first.

        Twilio can filter by start time only, which a queued call has not, so that a filter could hide just what is
        looked for: all calls to the number are asked for, and sorted out here by the time they were created.
        """
        earliest = since.replace(microsecond=0)  # Twilio's times are whole seconds
        calls = self._about(phone, lambda: [*map(_placed, self._calls.list(to=phone, limit=MAX_CALLS_LISTED))])
        dated = [(call.placed_at, call) for call in calls if call.placed_at and call.placed_at >= earliest]
        return [call for _, call in sorted(dated, key=lambda pair: pair[0])]

    def placed_between(self, since: datetime, until: datetime) -> CallList:
        """Return the calls from our number created in that time, to the second, reading at most 20,000 of the newest.

        As in `placed_to` Twilio is given no times. It lists the newest calls first, so that reading ends with a page
        on which each is older than those sought, by more than a queued call may be.
        """
        earliest = since.replace(microsecond=0)
        found: dict[str, tuple[datetime, PlacedCall]] = {}
        is_whole = True
        for calls, is_last in islice(self._pages(), MAX_PAGES):
            found |= {call.call_sid: (call.placed_at, call) for call in calls if call.placed_at}
            is_older = all(call.placed_at and call.placed_at < earliest - LONGEST_QUEUED for call in calls)
            is_whole = is_last or is_older
            if is_whole:
                break
        in_turn = sorted(found.values(), key=lambda pair: pair[0])
        return CallList(tuple(call for at, call in in_turn if earliest <= at < until), is_whole)

    def _pages(self) -> Iterator[tuple[list[PlacedCall], bool]]:
        """Yield the calls from our number page by page, each with whether it is the last."""
        page: Any = self._about(self._from, lambda: self._calls.page(from_=self._from, page_size=PAGE_SIZE))
        while page is not None:
            yield self._about(self._from, partial(list, map(_placed, page))), not page.next_page_url
            page = self._about(self._from, page.next_page)

    @staticmethod
    def line() -> OutgoingLine:
        """Return how calls go out; no instance can be made where the credentials are missing."""
        number = settings.TWILIO_PHONE_NUMBER
        is_set_up = all((settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, number))
        words = "Through Twilio: a phone rings." if is_set_up else "Twilio is not set up."
        return OutgoingLine(words, number or "no number", is_set_up)

    def examine(self, now: datetime) -> list[Finding]:
        """Return whether the account and the number may call, and whether Twilio's clock agrees with ours."""
        return account.examine(self._client, phone_number=self._from, now=now)

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        self._http.close()

    def _within(self, lease: Lease) -> Client:
        return Client(self._client.username, self._client.password, http_client=self._http.within(lease))

    def _parameters(self, order: CallOrder) -> dict[str, Any]:
        return {
            "to": order.to,
            "from_": self._from,
            "url": order.voice_url,
            "method": "POST",
            "fallback_url": order.fallback_url,
            "fallback_method": "POST",
            "status_callback": order.status_url,
            "status_callback_method": "POST",
            "status_callback_event": STATUS_EVENTS,
            "timeout": order.ring_seconds,
            "time_limit": order.limit_seconds,
            "machine_detection": "Enable",
            "async_amd": "true",  # the text: the SDK would send a boolean as "True"
            "async_amd_status_callback": order.machine_url,
            "async_amd_status_callback_method": "POST",
        }

    def _about(self, what: str, request: Callable[[], T]) -> T:
        try:
            return self._ask(request)
        except TwilioException as error:
            if errors.is_not_found(error):
                raise CallUnknown(f"Twilio knows nothing of {what}.") from error
            raise errors.other_failure(error) from error
        except Exception as error:
            raise errors.other_failure(error) from error

    def _ask(self, request: Callable[[], T]) -> T:
        for pause_seconds in RETRY_PAUSES_SECONDS:
            try:
                return request()
            except TwilioException as error:
                if not errors.is_rate_limit(error):
                    raise
            self._sleep(pause_seconds * self._uniform(0.5, 1.5))
        return request()


def _placed(call: CallInstance) -> PlacedCall:
    return PlacedCall(
        call_sid=str(call.sid),
        status=str(call.status),
        placed_at=call.date_created,
        duration_seconds=int(call.duration) if call.duration else None,
        to=call.to,
    )
