"""Interviews are booked, cancelled, and marked as held or as a no-show."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from candidates.interview_status import StillOnCall, mark_interview_scheduled, reopen_after_cancellation
from config.mongo import client
from config.mongo.ids import object_id
from interviews.documents import Cancellation, Evidence, Interview, InterviewStatus, Slot, SlotStatus
from interviews.errors import (
    CHANGED_MEANWHILE,
    NOT_CONFIRMED,
    CandidateNotBookable,
    ChangeRefused,
    InterviewNotFound,
    SlotGone,
)
from interviews.holds import free_for
from interviews.outbox import new_delivery
from interviews.signals import interview_confirmed


def book_slot(
    *,
    slot_id: ObjectId,
    candidate_id: ObjectId,
    session_id: ObjectId,
    evidence: Evidence,
    time_zone: str,
    now: datetime,
    also: Callable[[ClientSession], object] = lambda _: None,
) -> Interview:
    """Book the slot: slot, interview and candidate change in one transaction; then send interview_confirmed.

    `also` runs first, in the same transaction: the caller's own writes, and whatever it raises books nothing. Booking
    the same slot for the same session again returns the interview that was booked.

    :raises SlotGone: :raises CandidateNotBookable: nothing was changed.
    """

    def book(transaction: ClientSession) -> Interview:
        also(transaction)
        slot = Slot._get_collection().find_one_and_update(
            {"_id": slot_id, "starts_at": {"$gt": now}} | free_for(session_id, now),
            {"$set": {"status": SlotStatus.BOOKED.value}, "$unset": {"held_by": "", "held_until": ""}},
            return_document=ReturnDocument.AFTER,
            session=transaction,
        )
        if slot is None:
            raise SlotGone(str(slot_id))
        if not mark_interview_scheduled(candidate_id=candidate_id, now=now, transaction=transaction):
            raise CandidateNotBookable(str(candidate_id))
        interview = _interview(slot, candidate_id, session_id, evidence, time_zone, now)
        interview.validate()
        try:
            Interview._get_collection().insert_one(interview.to_mongo().to_dict(), session=transaction)
        except DuplicateKeyError as error:  # one_confirmed_for_a_candidate: their status was set back by hand
            raise CandidateNotBookable(str(candidate_id)) from error
        return interview

    try:
        interview = client.transact(book)
    except (SlotGone, CandidateNotBookable):
        # In a turn that is repeated, it was this very booking that took the slot and the candidate
        standing = Interview.objects(session_id=session_id, slot=slot_id, status="confirmed").first()
        if standing is None:
            raise
        return standing
    # Robust: a receiver that fails must not make a booking that stands look like a failure
    interview_confirmed.send_robust(sender=Interview, interview_id=interview.id, now=now)
    return interview


def _interview(
    slot: dict[str, Any],
    candidate_id: ObjectId,
    session_id: ObjectId,
    evidence: Evidence,
    time_zone: str,
    now: datetime,
) -> Interview:
    return Interview(
        id=ObjectId(),
        candidate=candidate_id,
        slot=slot["_id"],
        session_id=session_id,
        interviewer_name=slot["interviewer_name"],
        interviewer_email=slot["interviewer_email"],
        starts_at=slot["starts_at"],
        ends_at=slot["ends_at"],
        time_zone=time_zone,
        evidence=evidence,
        ics_uid=f"{uuid4()}@callflow",
        created_at=now,
    )


def cancel_interview(*, interview_id: object, reason: str, now: datetime, offers_slot_again: bool = True) -> None:
    """Cancel the interview: it, its slot and its candidate change in one transaction, which also queues two mails.

    A slot that lies ahead is open again, or withdrawn where `offers_slot_again` is false. The candidate may be called
    again if an attempt is left. The reason is mailed to the interviewer and not to the candidate.

    :raises InterviewNotFound: :raises ChangeRefused: :raises mongoengine.ValidationError: nothing was changed.
    """
    key, status = _valid_id(interview_id), SlotStatus.OPEN if offers_slot_again else SlotStatus.WITHDRAWN
    cancel = _cancelling({"_id": key}, reason=reason, slot_becomes=status, now=now)
    try:
        is_cancelled = client.transact(cancel)
    except StillOnCall as error:
        raise ChangeRefused(str(error)) from error
    if not is_cancelled:
        raise _refusal(key, why_not_cancelled)


def cancel_on_call(
    *, session_id: ObjectId, reason: str, now: datetime, also: Callable[[ClientSession], object]
) -> bool:
    """Cancel what was booked in the call that is still under way; return whether there was a confirmed interview.

    `also` runs in the same transaction, and only if there was one; whatever it raises cancels nothing.
    """
    cancel = _cancelling(
        {"session_id": session_id}, reason=reason, slot_becomes=SlotStatus.OPEN, now=now, on_call=session_id
    )

    def cancel_and_also(transaction: ClientSession) -> bool:
        is_cancelled = cancel(transaction)
        if is_cancelled:
            also(transaction)
        return is_cancelled

    return client.transact(cancel_and_also)


def cancel_as_refused(*, session_id: ObjectId, now: datetime, transaction: ClientSession) -> None:
    """Cancel what was booked in the call that is still under way, in the transaction of the turn that refuses it."""
    _cancelling(
        {"session_id": session_id},
        reason="The candidate refused in the call in which it was booked.",
        slot_becomes=SlotStatus.OPEN,
        now=now,
        on_call=session_id,
    )(transaction)


def _cancelling(
    which: dict[str, Any],
    *,
    reason: str,
    slot_becomes: SlotStatus,
    now: datetime,
    on_call: ObjectId | None = None,
) -> Callable[[ClientSession], bool]:
    """Return a function that cancels the interview in a transaction, and returns whether it was confirmed.

    :raises mongoengine.ValidationError: the reason is not one line of text. It is raised here, before any transaction.
    """
    cancellation = Cancellation(reason=reason.strip(), at=now)
    cancellation.validate()
    changes = {
        "status": InterviewStatus.CANCELLED.value,
        "cancellation": cancellation.to_mongo().to_dict(),
        "invitation": new_delivery(now),
        "notice": new_delivery(now),
    }

    def cancel(transaction: ClientSession) -> bool:
        found = Interview._get_collection().find_one_and_update(
            which | {"status": InterviewStatus.CONFIRMED.value},
            {"$set": changes, "$inc": {"ics_sequence": 1}},  # calendars ignore a change that does not raise it
            session=transaction,
        )
        if found is None:
            return False
        _give_back(found["slot"], slot_becomes, now, transaction)
        reopen_after_cancellation(candidate_id=found["candidate"], now=now, transaction=transaction, on_call=on_call)
        return True

    return cancel


def _give_back(slot_id: ObjectId, status: SlotStatus, now: datetime, transaction: ClientSession) -> None:
    Slot._get_collection().update_one(
        {"_id": slot_id, "status": SlotStatus.BOOKED.value, "starts_at": {"$gt": now}},
        {"$set": {"status": status.value}},
        session=transaction,
    )


def why_not_cancelled(interview: Interview) -> str | None:
    """Return why the interview cannot be cancelled, or None."""
    return NOT_CONFIRMED.get(interview.status)


def mark_held(*, interview_id: object, now: datetime) -> None:
    """Record that the interview took place. :raises InterviewNotFound: :raises ChangeRefused: nothing was changed."""
    _mark(interview_id, InterviewStatus.COMPLETED, now)


def mark_no_show(*, interview_id: object, now: datetime) -> None:
    """Record that the candidate did not come. :raises InterviewNotFound: :raises ChangeRefused: nothing was changed."""
    _mark(interview_id, InterviewStatus.NO_SHOW, now)


# A mark made by mistake is corrected by the other one
MARKED_FROM = {
    InterviewStatus.COMPLETED: (InterviewStatus.CONFIRMED, InterviewStatus.NO_SHOW),
    InterviewStatus.NO_SHOW: (InterviewStatus.CONFIRMED, InterviewStatus.COMPLETED),
}


def _mark(interview_id: object, status: InterviewStatus, now: datetime) -> None:
    key = _valid_id(interview_id)
    markable = {"status": {"$in": [before.value for before in MARKED_FROM[status]]}, "starts_at": {"$lte": now}}
    result = Interview._get_collection().update_one({"_id": key} | markable, {"$set": {"status": status.value}})
    if not result.matched_count:
        raise _refusal(key, lambda interview: why_not_marked(interview, status, now))


def why_not_marked(interview: Interview, status: InterviewStatus, now: datetime) -> str | None:
    """Return why the interview cannot be marked so, or None."""
    if interview.status not in MARKED_FROM[status]:
        return NOT_CONFIRMED[interview.status]
    return "The interview has not begun yet." if interview.starts_at > now else None


def _valid_id(interview_id: object) -> ObjectId:
    if key := object_id(interview_id):
        return key
    raise InterviewNotFound(f"Interview not found with ID: {interview_id!s:.100}")


def _refusal(key: ObjectId, why: Callable[[Interview], str | None]) -> Exception:
    interview = Interview.objects(id=key).no_dereference().first()
    if interview is None:
        return InterviewNotFound(f"Interview not found with ID: {key}")
    return ChangeRefused(why(interview) or CHANGED_MEANWHILE)
