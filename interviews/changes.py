"""What recruiters change afterwards: an interview cancelled, held or missed, a mail sent again, a slot opened again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import Document
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from candidates.interview_status import StillOnCall, reopen_after_cancellation
from config.mongo import client
from config.mongo.ids import object_id
from interviews.documents import (
    LONGEST_SLOT,
    Cancellation,
    Delivery,
    DeliveryStatus,
    Interview,
    InterviewStatus,
    Slot,
    SlotStatus,
)
from interviews.mails import INVITATIONS, Outbox, pending
from interviews.patterns import WeeklyPattern
from interviews.services import SlotNotFound, take_time

BECAME = {
    InterviewStatus.CANCELLED: "The interview was cancelled already.",
    InterviewStatus.RESCHEDULED: "The interview was rescheduled.",
    InterviewStatus.COMPLETED: "The interview was marked as held already.",
    InterviewStatus.NO_SHOW: "The interview was marked as a no-show already.",
}
MEANWHILE = "Somebody else changed this meanwhile. Look at it again."


class InterviewNotFound(Exception):
    """There is no such interview."""


class MailNotFound(Exception):
    """There is no such mail."""


class ChangeRefused(Exception):
    """It is too early, too late, or done already; the message says which."""


# --- Interviews


def cancel_interview(*, interview_id: object, reason: str, now: datetime, offers_slot_again: bool = True) -> None:
    """Call the interview off: it, its slot and its candidate change together or not at all; both sides are mailed.

    The slot, if it lies ahead, is open again, or withdrawn where the interviewer is not there then. The candidate may
    be called again if an attempt is left. The reason is told to the interviewer and not to the candidate.

    :raises InterviewNotFound: :raises ChangeRefused: :raises mongoengine.ValidationError: nothing was changed.
    """
    key, status = _key(interview_id), SlotStatus.OPEN if offers_slot_again else SlotStatus.WITHDRAWN
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
    """Call off what was booked in the call that is still under way; return whether anything stood.

    `also` is done in the same transaction, and only then; what it raises changes nothing.
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
    """Call off what was booked in the call that is still under way, as part of the turn in which they refuse."""
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
    """Return what calls the interview off in a transaction, and tells whether it stood.

    :raises mongoengine.ValidationError: the reason is no line of text.
    """
    cancellation = Cancellation(reason=reason.strip(), at=now)
    cancellation.validate()
    changes = {
        "status": InterviewStatus.CANCELLED.value,
        "cancellation": cancellation.to_mongo().to_dict(),
        "invitation": pending(now),
        "notice": pending(now),
    }

    def cancel(transaction: ClientSession) -> bool:
        found = Interview._get_collection().find_one_and_update(
            which | {"status": InterviewStatus.CONFIRMED.value},
            {"$set": changes, "$inc": {"ics_sequence": 1}},
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
    """Return why the interview cannot be cancelled, None where it can."""
    return BECAME.get(interview.status)


def mark_held(*, interview_id: object, now: datetime) -> None:
    """Note that the interview took place. :raises InterviewNotFound: :raises ChangeRefused: nothing was changed."""
    _mark(interview_id, InterviewStatus.COMPLETED, now)


def mark_no_show(*, interview_id: object, now: datetime) -> None:
    """Note that the candidate was not there. :raises InterviewNotFound: :raises ChangeRefused: nothing was changed."""
    _mark(interview_id, InterviewStatus.NO_SHOW, now)


# A mark made by mistake is put right by the other one
MARKED_FROM = {
    InterviewStatus.COMPLETED: (InterviewStatus.CONFIRMED, InterviewStatus.NO_SHOW),
    InterviewStatus.NO_SHOW: (InterviewStatus.CONFIRMED, InterviewStatus.COMPLETED),
}


def _mark(interview_id: object, status: InterviewStatus, now: datetime) -> None:
    key = _key(interview_id)
    markable = {"status": {"$in": [before.value for before in MARKED_FROM[status]]}, "starts_at": {"$lte": now}}
    result = Interview._get_collection().update_one({"_id": key} | markable, {"$set": {"status": status.value}})
    if not result.matched_count:
        raise _refusal(key, lambda interview: why_not_marked(interview, status, now))


def why_not_marked(interview: Interview, status: InterviewStatus, now: datetime) -> str | None:
    """Return why the interview cannot be marked as held, or as a no-show, None where it can."""
    if interview.status not in MARKED_FROM[status]:
        return BECAME[interview.status]
    return "The interview has not begun yet." if interview.starts_at > now else None


def _key(interview_id: object) -> ObjectId:
    if key := object_id(interview_id):
        return key
    raise InterviewNotFound(f"Interview not found with ID: {interview_id!s:.100}")


def _refusal(key: ObjectId, why: Callable[[Interview], str | None]) -> Exception:
    interview = Interview.objects(id=key).no_dereference().first()
    if interview is None:
        return InterviewNotFound(f"Interview not found with ID: {key}")
    return ChangeRefused(why(interview) or MEANWHILE)


# --- Mails


def resend_invitation(*, interview_id: object, now: datetime) -> None:
    """Mail the invitation once more, as a new mail with the same calendar entry.

    :raises InterviewNotFound: :raises ChangeRefused: nothing was changed.
    """
    key = _key(interview_id)
    ahead = {"status": InterviewStatus.CONFIRMED.value, "starts_at": {"$gt": now}}
    is_done = {"invitation.status": {"$in": [DeliveryStatus.SENT.value, DeliveryStatus.FAILED.value]}}
    result = Interview._get_collection().update_one({"_id": key} | ahead | is_done, _afresh(INVITATIONS, now))
    if not result.matched_count:
        raise _refusal(key, lambda interview: why_not_resent(interview, now))


def why_not_resent(interview: Interview, now: datetime) -> str | None:
    """Return why the invitation is not mailed once more, None where it can be."""
    if interview.status != InterviewStatus.CONFIRMED:
        return BECAME[interview.status]
    if interview.starts_at <= now:
        return "The interview has begun."
    if not interview.invitation or interview.invitation.status in {DeliveryStatus.PENDING, DeliveryStatus.SENDING}:
        return "The invitation is on its way already."
    return None


def send_again(*, outbox: Outbox, document_id: object, now: datetime) -> None:
    """Try a mail again that was given up. :raises MailNotFound: :raises ChangeRefused: nothing was changed."""
    key = object_id(document_id)
    failed = {"_id": key, f"{outbox.path}.status": DeliveryStatus.FAILED.value}
    told = {"$or": [{"status": "confirmed", "starts_at": {"$gt": now}}, {"status": "cancelled"}]}
    condition = failed | told if outbox.document is Interview else failed
    if key and outbox.document._get_collection().update_one(condition, _afresh(outbox, now)).matched_count:
        return
    document = outbox.document.objects(id=key).no_dereference().first() if key else None
    if document is None:
        raise MailNotFound(f"Mail not found with ID: {document_id!s:.100}")
    raise ChangeRefused(why_not_sent_again(outbox, document, now) or MEANWHILE)


def why_not_sent_again(outbox: Outbox, document: Document, now: datetime) -> str | None:
    """Return why the mail is not tried again, None where it can be."""
    delivery: Delivery | None = getattr(document, outbox.path)
    if not delivery or delivery.status != DeliveryStatus.FAILED:
        return "Only a mail that failed is sent again."
    if not isinstance(document, Interview) or document.status == InterviewStatus.CANCELLED:
        return None
    if document.status != InterviewStatus.CONFIRMED:
        return BECAME[document.status]
    return "The interview has begun." if document.starts_at <= now else None


def _afresh(outbox: Outbox, now: datetime) -> dict[str, Any]:
    return {"$set": {outbox.path: pending(now)}}


# --- Slots


def reopen_slot(*, slot_id: object, now: datetime) -> Slot:
    """Offer a withdrawn slot again.

    :raises SlotNotFound: :raises ChangeRefused: it is not withdrawn, or past. :raises SlotTaken: another one overlaps.
    """
    key = object_id(slot_id)
    slot = Slot.objects(id=key).first() if key else None
    if slot is None:
        raise SlotNotFound(f"Slot not found with ID: {slot_id!s:.100}")
    why = why_not_reopened(slot, now)
    reopened = None if why else _reopen(slot)
    if reopened is None:
        raise ChangeRefused(why or MEANWHILE)
    return reopened


def _reopen(slot: Slot) -> Slot | None:
    withdrawn = {"_id": slot.id, "status": SlotStatus.WITHDRAWN.value}
    opened = {"$set": {"status": SlotStatus.OPEN.value}}

    def reopen(transaction: ClientSession) -> dict[str, Any] | None:
        take_time(slot=slot, transaction=transaction)
        return Slot._get_collection().find_one_and_update(
            withdrawn, opened, return_document=ReturnDocument.AFTER, session=transaction
        )

    found = client.transact(reopen)
    return Slot._from_son(found) if found else None


def why_not_reopened(slot: Slot, now: datetime) -> str | None:
    """Return why the slot cannot be opened again, None where it can."""
    if slot.status != SlotStatus.WITHDRAWN:
        return "Only a withdrawn slot is opened again."
    return "The slot lies in the past." if slot.starts_at <= now else None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a weekly pattern would add, in order of time, and how many of its slots are taken or past."""

    times: tuple[tuple[datetime, datetime], ...]
    passed_over: int


def preview_weekly_slots(*, pattern: WeeklyPattern, interviewer_email: str, now: datetime) -> Preview:
    """Return what add_weekly_slots would add now."""
    times = list(pattern.slots())
    if not times:
        return Preview((), 0)
    near = {"$gte": times[0][0] - LONGEST_SLOT, "$lt": times[-1][1]}
    theirs = list(Slot.objects(__raw__={"interviewer_email": interviewer_email.strip().lower(), "starts_at": near}))
    free = tuple(time for time in times if time[0] > now and not any(_is_in_the_way(slot, *time) for slot in theirs))
    return Preview(free, len(times) - len(free))


def _is_in_the_way(slot: Slot, starts_at: datetime, ends_at: datetime) -> bool:
    """Return whether a slot keeps another from being saved: a withdrawn one keeps its own start."""
    if slot.status == SlotStatus.WITHDRAWN:
        return bool(slot.starts_at == starts_at)
    return bool(slot.starts_at < ends_at and slot.ends_at > starts_at)
