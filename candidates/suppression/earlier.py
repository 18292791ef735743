"""Puts on the list what candidates refused before there was one."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession

from candidates.documents import Candidate, Outcome, TrackingStatus
from candidates.suppression.documents import Suppression, SuppressionKey, SuppressionReason
from candidates.suppression.numbers import NUMBERS, number_id
from candidates.suppression.services import STATUSES, suppress
from config.mongo import client, data_changes

SOURCE = "before the list"
BY_STATUS = {
    TrackingStatus.NOT_INTERESTED: SuppressionReason.NOT_INTERESTED,
    TrackingStatus.WRONG_NUMBER: SuppressionReason.WRONG_NUMBER,
}


def write_earlier_refusals(*, now: datetime) -> int:
    """Suppress the numbers of all candidates who stand as having refused; return how many are new on the list.

    Ended half-way, it begins again. A number that has a document by then keeps it: it may have been taken off the list.
    Before there were data changes, a database that this was done to got a note beside the key; nothing is done there.
    """
    noted = {"_id": NUMBERS, "earlier_written_at": {"$exists": True}}
    if SuppressionKey._get_collection().find_one(noted, {"_id": 1}):
        return 0
    count, ids = 0, _ids()
    while batch := list(islice(ids, data_changes.AT_ONCE)):
        count += client.transact(partial(_write, batch, now))
    return count


def _ids() -> Iterator[ObjectId]:
    refused = {"call_tracking.status": {"$in": [status.value for status in set(STATUSES.values())]}}
    return (found["_id"] for found in Candidate._get_collection().find(refused, {"_id": 1}))


def _write(ids: list[ObjectId], now: datetime, transaction: ClientSession) -> int:
    """Suppress those numbers of these candidates that have no document; return how many that were.

    The reason is what a candidate's status and calls show.
    """
    fields = {"phone": 1, "call_tracking.status": 1, "call_tracking.call_history.outcome": 1}
    found = list(Candidate._get_collection().find({"_id": {"$in": ids}}, fields, session=transaction))
    ids_of_numbers = {"_id": {"$in": [number_id(each["phone"]) for each in found]}}
    known = {
        each["_id"] for each in Suppression._get_collection().find(ids_of_numbers, {"_id": 1}, session=transaction)
    }
    new = [each for each in found if number_id(each["phone"]) not in known]
    for reason in SuppressionReason:
        phones = [each["phone"] for each in new if _reason(each) is reason]
        suppress(phones=phones, reason=reason, source=SOURCE, now=now, transaction=transaction)
    return len(new)


def _reason(raw: dict[str, Any]) -> SuppressionReason | None:
    """Return why a candidate is not to be called; None where that is not so any more."""
    status = TrackingStatus(raw["call_tracking"]["status"])
    if status is not TrackingStatus.DO_NOT_CALL:
        return BY_STATUS.get(status)
    outcomes = {attempt["outcome"] for attempt in raw["call_tracking"].get("call_history", ())}
    return SuppressionReason.OPTED_OUT if Outcome.OPTED_OUT in outcomes else SuppressionReason.OFFICE
