"""What an exchange writes about the calls it plays: every write holds only while the exchange has the call's lease."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ReturnDocument, WriteConcern

from calls.telephony.simulator.documents import IN_PROGRESS, RINGING, UNDER_WAY, calls

LEASE_SECONDS = 20.0  # longer than one webhook may take (15 s), so that a slow answer does not lose the call
SCRIPT_ENTRIES_KEPT = 500
SHOWN = WriteConcern(w=1)


class LeaseLost(Exception):
    """Another exchange has taken the call over: leave it alone."""


def claim(*, exchange_id: str, now: datetime, lease_seconds: float = LEASE_SECONDS) -> dict[str, Any] | None:
    """Take up the call that has waited longest, or whose exchange has died, and return it as it was before that."""
    return calls().find_one_and_update(
        {"is_done": False, "lease_until": {"$lte": now}},
        {"$set": {"claimed_by": exchange_id, "lease_until": now + timedelta(seconds=lease_seconds)}},
        sort=[("lease_until", 1)],
        return_document=ReturnDocument.BEFORE,
    )


class LeasedCall:
    """One call's document, as its exchange writes it. :raises LeaseLost: from every method, once it is another's."""

    def __init__(self, call_sid: str, exchange_id: str, lease_seconds: float = LEASE_SECONDS) -> None:
        self._mine = {"_id": call_sid, "claimed_by": exchange_id, "is_done": False}
        self._lease = timedelta(seconds=lease_seconds)
        self._renew_at = datetime.now(UTC) + self._lease / 4

    def look(self) -> dict[str, Any]:
        """Return the call as it stands but for its script, and keep the lease."""
        now = datetime.now(UTC)
        if now < self._renew_at:
            found = calls().find_one(self._mine, {"script": False})
        else:
            self._renew_at = now + self._lease / 4
            found = calls().find_one_and_update(
                self._mine,
                {"$set": {"lease_until": now + self._lease}},
                projection={"script": False},
                return_document=ReturnDocument.AFTER,
            )
        if found is None:
            raise LeaseLost
        return found

    def next_number(self, **changes: Any) -> int:
        """Write the changes, and return the SequenceNumber of the status callback that is sent next."""
        update: dict[str, Any] = {"$inc": {"sequence_number": 1}}
        if changes:
            update["$set"] = changes
        before = calls().find_one_and_update(self._mine, update, projection={"sequence_number": True})
        if before is None:
            raise LeaseLost
        return int(before["sequence_number"])

    def let_persona_take(self, name: str, taking: str) -> bool:
        """Settle that the persona takes the ringing call; false where a person took it first."""
        ringing = self._mine | {"status": RINGING, "taking": None}
        return bool(calls().update_one(ringing, {"$set": {"taking": taking, "persona": name}}).matched_count)

    def answered(self) -> int:
        """Write that the call was answered, and return the next SequenceNumber."""
        return self.next_number(status=IN_PROGRESS, answered_at=datetime.now(UTC))

    def ended(self, status: str, duration_seconds: int) -> int:
        """Write the terminal status, and return the SequenceNumber of the last callback."""
        return self.next_number(
            status=status, ended_at=datetime.now(UTC), duration_seconds=duration_seconds, running=None, asking=None
        )

    def done(self) -> None:
        """Write that nothing is left to do for the call."""
        self._write({"$set": {"is_done": True}})

    def shows(self, verb: str, text: str, attributes: dict[str, str]) -> None:
        """Show that the TwiML verb is under way.

        What is only shown is written with less care than the rest (w:1): it is much, and a crash ends the call anyway.
        """
        at = datetime.now(UTC)
        running = {"at": at, "verb": verb, "text": text, "attributes": attributes}
        self._show({"$set": {"running": running}, **_entry(running)})

    def happened(self, verb: str, text: str) -> None:
        """Add to the script what no verb of ours did: a reply, a warning."""
        self._show(_entry({"at": datetime.now(UTC), "verb": verb, "text": text}))

    def asks(self, asking: dict[str, Any] | None) -> None:
        """Open a Gather to the person, or close it (None)."""
        self._show({"$set": {"asking": asking}})

    def application_error(self, code: int, url: str, message: str) -> None:
        """Write what Twilio would have said of our answer."""
        self._write({"$set": {"application_error": {"code": code, "url": url, "message": message}}})

    def _show(self, update: dict[str, Any]) -> None:
        if not calls().with_options(write_concern=SHOWN).update_one(self._mine, update).matched_count:
            raise LeaseLost

    def _write(self, update: dict[str, Any]) -> None:
        if not calls().update_one(self._mine, update).matched_count:
            raise LeaseLost


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {"$push": {"script": {"$each": [entry], "$slice": -SCRIPT_ENTRIES_KEPT}}}


def is_under_way(call: dict[str, Any]) -> bool:
    """Tell whether the call has no terminal status yet."""
    return call["status"] in UNDER_WAY
