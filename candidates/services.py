"""Add, change, delete and find candidates."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mongoengine import ValidationError
from pymongo.errors import DuplicateKeyError

from candidates import saving
from candidates.deletion import delete_one
from candidates.documents import Candidate
from config.mongo.ids import object_id


class CandidateNotFound(Exception):
    """There is no such candidate."""


class PhoneTaken(Exception):
    """Another candidate has this phone number."""


def create_candidate(*, now: datetime, **fields: Any) -> Candidate:
    """Save a new candidate. Where their number is on the suppression list, they are closed from the start.

    :raises PhoneTaken: :raises mongoengine.ValidationError: a field is invalid.
    """
    candidate = Candidate(created_at=now, updated_at=now, **fields)
    candidate.validate(clean=True)
    try:
        return Candidate._from_son(saving.insert(candidate))
    except DuplicateKeyError as error:
        raise PhoneTaken(f"Another candidate has the phone number {candidate.phone}.") from error


def update_candidate(*, candidate_id: str, now: datetime, **fields: Any) -> Candidate:
    """Change only the given fields; a candidate who was deleted meanwhile is not written again.

    A new number that is on the suppression list closes the candidate. A new number in place of a wrong one lets them be
    called again.

    :raises CandidateNotFound: :raises PhoneTaken: :raises mongoengine.ValidationError: nothing was changed.
    """
    candidate = get_candidate(candidate_id)
    for name, value in fields.items():
        setattr(candidate, name, value)
    try:
        candidate.validate(clean=True)
    except ValidationError as error:
        # A field that was stored before its rule was made must not keep the others from being changed
        if not error.errors or error.errors.keys() & fields.keys():
            raise
    stored = candidate.to_mongo()
    changed = {name: stored[name] for name in (*fields, "search_words") if name in stored}
    emptied = {name: "" for name in fields if name not in stored}
    update = {"$set": {**changed, "updated_at": now}} | ({"$unset": emptied} if emptied else {})
    try:
        updated = saving.change({"_id": candidate.id}, update)
    except DuplicateKeyError as error:
        raise PhoneTaken(f"Another candidate has the phone number {candidate.phone}.") from error
    if updated is None:
        raise CandidateNotFound(f"Candidate not found with ID: {candidate_id}")
    return Candidate._from_son(updated)


def delete_candidate(*, candidate_id: object, now: datetime) -> None:
    """Delete the candidate, their calls, their interviews that are over, and the messages about them.

    :raises CandidateNotFound: :raises candidates.deletion.DeletionRefused: nothing was changed.
    """
    key = object_id(candidate_id)
    if not key or not delete_one(Candidate, key, now):
        raise CandidateNotFound(f"Candidate not found with ID: {candidate_id!s:.100}")


def get_candidate(candidate_id: object) -> Candidate:
    """Return the candidate. :raises CandidateNotFound: also where the id is malformed."""
    candidate = Candidate.objects(id=key).first() if (key := object_id(candidate_id)) else None
    if candidate is None:
        raise CandidateNotFound(f"Candidate not found with ID: {candidate_id!s:.100}")
    return candidate


def candidates_with_phones(phones: Iterable[str]) -> dict[str, Candidate]:
    """Return the candidates who have these numbers (E.164) by number, with name, phone, position and company only."""
    found = Candidate.objects(phone__in=list(phones)).only("name", "phone", "position", "company")
    return {candidate.phone: candidate for candidate in found}
