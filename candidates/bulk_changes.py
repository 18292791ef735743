"""What the office changes about many candidates at once: each is changed, or left as they are with a reason."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession

from candidates.attempts import may_be_called, why_blocked
from candidates.documents import MAX_TAGS, UNDECIDED, Candidate, TrackingStatus
from candidates.suppression.documents import SuppressionReason
from candidates.suppression.services import suppress
from config.mongo import client
from config.mongo.fields import LONGEST_TAG, validate_line

BATCH = 500
# A transaction holds up whoever wants to call one of its candidates meanwhile, so it is kept short
MAX_IN_TRANSACTION = 100
NO_LONGER_THERE = "no longer there"


@dataclass
class BulkResult:
    """The ids of those who were changed, and the number of the others by reason."""

    changed: list[ObjectId] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)


def queue_calls(*, candidate_ids: Iterable[ObjectId], now: datetime) -> BulkResult:
    """Make the next attempt due now for those who may be called; an earlier time stays, as it decides who is first."""
    due = {"$min": {"call_tracking.next_attempt_at": now}, "$set": {"updated_at": now}}
    return _change_each(candidate_ids, may_be_called(), due, lambda candidate: why_blocked(candidate).reason)


def add_tag(*, candidate_ids: Iterable[ObjectId], tag: str, now: datetime) -> BulkResult:
    """Add a tag to those who lack it and have room for it. :raises mongoengine.ValidationError: it is no tag."""
    validate_line(tag, min_length=1, max_length=LONGEST_TAG)
    has_room = {"tags": {"$ne": tag}, f"tags.{MAX_TAGS - 1}": {"$exists": False}}
    tagged = {"$push": {"tags": tag}, "$set": {"updated_at": now}}
    return _change_each(candidate_ids, has_room, tagged, partial(_why_not_tagged, tag=tag))


def _why_not_tagged(candidate: Candidate, *, tag: str) -> str:
    return "has the tag already" if tag in candidate.tags else f"has {MAX_TAGS} tags, which is the most"


def mark_do_not_call(*, candidate_ids: Iterable[ObjectId], by: str, now: datetime) -> BulkResult:
    """Put their numbers on the suppression list, which closes whoever has them; `by` names the user who decided it.

    Their interviews stay, and a call that is under way goes on.
    """
    result, remaining = BulkResult(), iter(candidate_ids)
    while ids := list(islice(remaining, MAX_IN_TRANSACTION)):
        statuses = client.transact(partial(_suppress_numbers_of, ids, by, now))
        marked = {key for key, status in statuses.items() if status == TrackingStatus.DO_NOT_CALL}
        result.changed += [candidate_id for candidate_id in ids if candidate_id in statuses.keys() - marked]
        result.left["marked already"] += len(marked)
        result.left[NO_LONGER_THERE] += len(ids) - len(statuses)
    result.left = +result.left
    return result


def _suppress_numbers_of(
    ids: list[ObjectId], by: str, now: datetime, transaction: ClientSession
) -> dict[ObjectId, str]:
    """Suppress the numbers of these candidates; return the status that each had before."""
    fields = {"phone": 1, "call_tracking.status": 1}
    found = list(Candidate._get_collection().find({"_id": {"$in": ids}}, fields, session=transaction))
    phones = [each["phone"] for each in found]
    suppress(phones=phones, reason=SuppressionReason.OFFICE, source=by, now=now, transaction=transaction)
    return {each["_id"]: each["call_tracking"]["status"] for each in found}


def reset_attempts(*, candidate_ids: Iterable[ObjectId], now: datetime) -> BulkResult:
    """Give back all attempts, except to candidates who are closed or on a call; the history stays."""
    resettable = {
        "call_tracking.status": {"$in": [*UNDECIDED]},
        "call_tracking.open_session_id": None,
        "call_tracking.total_attempts": {"$gt": 0},
    }
    active = {"call_tracking.status": TrackingStatus.ACTIVE.value, "call_tracking.total_attempts": 0}
    return _change_each(candidate_ids, resettable, {"$set": active | {"updated_at": now}}, _why_not_reset)


def _why_not_reset(candidate: Candidate) -> str:
    tracking = candidate.call_tracking
    is_untried = tracking.status == TrackingStatus.ACTIVE and not tracking.open_session_id
    return "all attempts are left" if is_untried and not tracking.total_attempts else why_blocked(candidate).reason


def _change_each(
    candidate_ids: Iterable[ObjectId],
    condition: dict[str, Any],
    update: dict[str, Any],
    why_left: Callable[[Candidate], str],
) -> BulkResult:
    """Update those who meet the condition, in batches, and ask of each other why they did not.

    MongoDB reports how many documents it updated and not which: those whose `updated_at` is the one that was set.
    """
    result, collection, remaining = BulkResult(), Candidate._get_collection(), iter(candidate_ids)
    while ids := list(islice(remaining, BATCH)):
        these = {"_id": {"$in": ids}}
        collection.update_many(these | condition, update)
        stamped = {"updated_at": update["$set"]["updated_at"]}
        changed = {found["_id"] for found in collection.find(these | stamped, {"_id": 1})}
        left = [candidate_id for candidate_id in ids if candidate_id not in changed]
        reasons = {candidate.id: why_left(candidate) for candidate in Candidate.objects(id__in=left)}
        result.changed += [candidate_id for candidate_id in ids if candidate_id in changed]
        result.left.update(reasons.get(candidate_id, NO_LONGER_THERE) for candidate_id in left)
    return result
