"""Deletes a candidate and all that refers to them in one transaction, unless something still needs them."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from django.conf import settings
from django.utils import timezone
from mongoengine import CASCADE, Document, OperationError, QuerySet
from pymongo.client_session import ClientSession

from config.mongo import client


@dataclass(frozen=True, slots=True)
class DeletionBlocker:
    """Why a candidate cannot be deleted yet: the API's code, and a message: what to do first, or when to try again."""

    code: str
    message: str


class DeletionRefused(OperationError):
    """Something still needs the candidate; nothing was deleted."""

    def __init__(self, blocker: DeletionBlocker) -> None:
        super().__init__(blocker.message)
        self.blocker = blocker


# Takes a candidate's id, the time, and the transaction to read in
Guard = Callable[[ObjectId, datetime, ClientSession | None], DeletionBlocker | None]
# Apps above this one append what may still need a candidate; imports go downwards, so this module cannot ask them
guards: list[Guard] = []


def blocker_of(raw: dict[str, Any], now: datetime, transaction: ClientSession | None = None) -> DeletionBlocker | None:
    """Return what keeps a stored candidate from being deleted, None where nothing does."""
    if raw.get("call_tracking", {}).get("open_session_id"):
        minutes = -(-(settings.RING_SECONDS + settings.CALL_LIMIT_SECONDS) // 60)  # rounded up
        message = f"A call to the candidate is under way; try again when it is over, in {minutes} minutes at most."
        return DeletionBlocker("call_in_progress", message)
    return next((blocker for guard in guards if (blocker := guard(raw["_id"], now, transaction))), None)


def blockers_among(
    document: type[Document], ids: Collection[ObjectId], now: datetime
) -> Iterator[tuple[ObjectId, DeletionBlocker]]:
    """Yield the id of each of these candidates who cannot be deleted now, with the reason."""
    for raw in document._get_collection().find({"_id": {"$in": list(ids)}}, {"call_tracking.open_session_id": 1}):
        if blocker := blocker_of(raw, now):
            yield raw["_id"], blocker


def delete_one(document: type[Document], candidate_id: ObjectId, now: datetime) -> bool:
    """Delete the candidate and what refers to them by CASCADE; return whether they were there.

    :raises DeletionRefused: nothing was deleted.
    """

    def delete(transaction: ClientSession) -> bool:
        # The candidate goes first. A claim and a booking write the same document, so of two at once one waits or runs
        # again, and then sees what the other did; a look before the deletion would miss what is written in between
        raw = document._get_collection().find_one_and_delete({"_id": candidate_id}, session=transaction)
        if raw is None:
            return False
        if blocker := blocker_of(raw, now, transaction):
            raise DeletionRefused(blocker)
        for (referring, field), rule in document._meta.get("delete_rules", {}).items():
            if rule == CASCADE:
                theirs = {referring._fields[field].db_field: candidate_id}
                referring._get_collection().delete_many(theirs, session=transaction)
        return True

    return client.transact(delete)


class CandidateQuerySet(QuerySet):
    """Deletes candidates by `delete_one`, whoever asks.

    MongoEngine's own looks for references first and deletes later: a booking in between would lose its candidate.
    """

    def delete(self, *_args: Any, **_options: Any) -> int:
        """Delete those found and return how many; where one cannot be deleted, none is.

        :raises DeletionRefused: if something began to need a candidate meanwhile, those before them are deleted.
        """
        now, ids = timezone.now(), [candidate.id for candidate in self.only("id")]
        for _, blocker in blockers_among(self._document, ids, now):
            raise DeletionRefused(blocker)
        return sum(delete_one(self._document, candidate_id, now) for candidate_id in ids)
