"""A simulated call from dialling to its last status callback: who takes it, how time passes, what is reported."""

import logging
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from threading import Event
from typing import Any

from django.conf import settings

from calls.telephony.simulator import documents, handset
from calls.telephony.simulator.callees import Callee, HandsetCallee, Reaction
from calls.telephony.simulator.documents import Taking
from calls.telephony.simulator.leased_calls import LeasedCall, LeaseLost, is_under_way
from calls.telephony.simulator.personas import Voicemail
from calls.telephony.simulator.webhook_client import DeliveryFailed, WebhookClient

SIMULATED_ACCOUNT = "AC" + "0" * 32
UNANSWERED = {
    Taking.BUSY: documents.BUSY,
    Taking.RINGS_OUT: documents.NO_ANSWER,
    Taking.UNREACHABLE: documents.FAILED,
}
SIP_CODES = {
    documents.COMPLETED: "200",
    documents.BUSY: "486",
    documents.NO_ANSWER: "487",
    documents.CANCELED: "487",
    documents.FAILED: "404",
}
MACHINE_DETECTED_SECONDS, HUMAN_DETECTED_SECONDS = 4.0, 2.5
logger = logging.getLogger(__name__)


class CallOver(Exception):
    """The call has come to its end, with this terminal status."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class CallLeg:
    """One call under way; `converse` is what goes on once it is answered, until it returns or raises CallOver.

    `pace` is real seconds for each simulated one; a person at a phone gets `real_pace`.
    """

    def __init__(
        self,
        call: dict[str, Any],
        *,
        leased: LeasedCall,
        webhooks: WebhookClient,
        callee_for: Callable[[str], Callee],
        pace: float,
        real_pace: float,
        poll_seconds: float,
        stop: Event,
        converse: Callable[["CallLeg", Callee], None],
    ) -> None:
        self.call = call
        self.leased = leased
        self.webhooks = webhooks
        self.view = call
        self.clock = 0.0  # simulated seconds since dialling; from the answer on, since that
        self._callee_for = callee_for
        self._base_pace = self._pace = pace
        self._real_pace = real_pace
        self._poll_seconds = poll_seconds
        self._stop = stop
        self._converse = converse
        self._is_answered = self._is_machine = False
        self._detect_at = math.inf

    def play(self) -> None:
        """Play the call to its end, unless another exchange takes it over."""
        try:
            self._end(self._course())
        except LeaseLost:
            logger.warning("Call %s is another exchange's now.", self.call["_id"])

    def wind_up(self) -> None:
        """End a call whose exchange died, and report it, perhaps for the second time."""
        answered_at = self.call.get("answered_at")
        if is_under_way(self.call):
            self._is_answered = answered_at is not None
            self.clock = (datetime.now(UTC) - answered_at).total_seconds() if answered_at else 0.0
            self._end(documents.COMPLETED if answered_at else documents.FAILED)
        else:
            self._report_end(self.call["status"], self.call["sequence_number"] - 1, self.call["duration_seconds"])

    def fields(self, status: str) -> dict[str, str]:
        """Return the fields that every request about the call carries (docs/voice/twiml, "Twilio's request")."""
        return {
            **self._names(),
            "From": self.call["from_number"],
            "To": self.call["to"],
            "Caller": self.call["from_number"],
            "Called": self.call["to"],
            "CallStatus": status,
            "ApiVersion": "2010-04-01",
            "Direction": "outbound-api",
        }

    def wait(self, seconds: float, until: Callable[[], Reaction | None] | None = None) -> Reaction | None:
        """Let simulated seconds pass, or fewer where `until` returns something, and return that.

        :raises CallOver: somebody hung up, or the time limit is reached.
        """
        end = self.clock + seconds
        while True:
            self._look()
            reply = until() if until else None
            if reply is not None or self.clock >= end:
                return reply
            self._pass_towards(end)

    def _course(self) -> str:
        """Return the terminal status that the call comes to."""
        try:
            self._look()
            self._report("initiated", self.leased.next_number())
            number = self.leased.next_number(status=documents.RINGING, ringing_at=datetime.now(UTC))
            self._report(documents.RINGING, number)
            person = self._ring()
            if person.taking in UNANSWERED:
                return UNANSWERED[person.taking]
            self._answer(person)
            self._converse(self, person)
        except CallOver as over:
            return over.status
        except LeaseLost:
            raise
        except Exception:
            logger.exception("The simulator failed in call %s.", self.call["_id"])
            return documents.COMPLETED if self._is_answered else documents.FAILED
        return documents.COMPLETED

    def _ring(self) -> Callee:
        """Ring until somebody takes the call: in real time while a phone is open, else as the persona likes."""
        persona = self._callee_for(self.call["to"])
        ring_seconds = float(self.call["ring_seconds"])
        rings_out = persona.taking is Taking.RINGS_OUT or persona.rings_seconds > ring_seconds
        patience = ring_seconds if rings_out else persona.rings_seconds
        while True:
            self._look()
            if self.view.get("taking"):
                return self._person_at_phone(ring_seconds)
            is_open = handset.is_open(to=self.call["to"], now=datetime.now(UTC))
            self._pace = self._real_pace if is_open else self._base_pace
            end = ring_seconds if is_open else patience
            if self.clock >= end:
                break
            self._pass_towards(end)
        if not self.leased.let_persona_take(persona.name, persona.taking):
            self._look()
            return self._person_at_phone(ring_seconds)
        if rings_out:
            raise CallOver(documents.NO_ANSWER)
        self._pace = self._base_pace
        return persona

    def _person_at_phone(self, ring_seconds: float) -> Callee:
        taking = Taking(self.view["taking"])
        self._pace = self._real_pace if taking is Taking.ANSWERS else self._base_pace
        if taking is Taking.RINGS_OUT:
            self.wait(ring_seconds - self.clock)
        if taking in UNANSWERED:
            raise CallOver(UNANSWERED[taking])
        return Voicemail() if taking is Taking.VOICEMAIL else HandsetCallee(lambda: self.view)

    def _answer(self, person: Callee) -> None:
        self._report(documents.IN_PROGRESS, self.leased.answered())
        self._is_answered, self.clock = True, 0.0
        self._is_machine = person.taking is Taking.VOICEMAIL
        if self.call["machine_url"]:
            self._detect_at = MACHINE_DETECTED_SECONDS if self._is_machine else HUMAN_DETECTED_SECONDS

    def _look(self) -> None:
        """Notice what happened meanwhile."""
        self.view = self.leased.look()
        if self._stop.is_set() or self.view["hang_up_requested"]:
            raise CallOver(documents.COMPLETED if self._is_answered else documents.CANCELED)
        if self.view["person_hung_up"] or (self._is_answered and self.clock >= self.call["limit_seconds"]):
            raise CallOver(documents.COMPLETED)
        if self.clock >= self._detect_at:
            self._report_who_answered()
            self._look()

    def _pass_towards(self, end: float) -> None:
        """Let time pass until `end`, or until there is something to look at before."""
        limit = self.call["limit_seconds"] if self._is_answered else math.inf
        step = min(end, limit, self._detect_at) - self.clock
        if self._pace:
            step = min(step, self._poll_seconds / self._pace)
            time.sleep(step * self._pace)
        self.clock += step

    def _report_who_answered(self) -> None:
        """Send the result of answering machine detection (docs/voice/answering-machine-detection): no From, no To."""
        duration, self._detect_at = self._detect_at, math.inf
        result = "machine_start" if self._is_machine else "human"
        self._send(
            self.call["machine_url"],
            {**self._names(), "AnsweredBy": result, "MachineDetectionDuration": str(int(duration * 1000))},
        )

    def _end(self, status: str) -> None:
        duration_seconds = round(self.clock) if self._is_answered else 0
        self._report_end(status, self.leased.ended(status, duration_seconds), duration_seconds)

    def _report_end(self, status: str, number: int, duration_seconds: int) -> None:
        self._report(
            status,
            number,
            CallDuration=str(duration_seconds),
            Duration=str(math.ceil(duration_seconds / 60)),
            SipResponseCode=SIP_CODES[status],
        )
        self.leased.done()

    def _report(self, status: str, number: int, **more: str) -> None:
        """Send a status callback (docs/voice/api/call-resource, "StatusCallback"); that it fails is only logged."""
        fields = {
            **self.fields(status),
            "Timestamp": format_datetime(datetime.now(UTC)),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            **more,
        }
        self._send(self.call["status_url"], fields)

    def _send(self, url: str, fields: dict[str, str]) -> None:
        if not url:
            return
        try:
            self.webhooks.send(url, fields)
        except DeliveryFailed as failure:
            logger.warning("Callback of call %s failed (%s): %s", self.call["_id"], failure.code, failure)

    def _names(self) -> dict[str, str]:
        return {"CallSid": self.call["_id"], "AccountSid": settings.TWILIO_ACCOUNT_SID or SIMULATED_ACCOUNT}
