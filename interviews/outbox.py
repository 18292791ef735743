"""The outbox: mails are queued on their document, claimed one by one when due, sent, and tried again if that fails."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from typing import Any

from bson import ObjectId
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.encoding import punycode
from mongoengine import Document
from pymongo import ReturnDocument

from config.lease import Lease
from config.mongo.ids import object_id
from config.security.redaction import shown_name, shown_trouble
from interviews import messages
from interviews.documents import (
    Delivery,
    DeliveryStatus,
    FollowUp,
    Interview,
    InterviewStatus,
)
from interviews.errors import CHANGED_MEANWHILE, NOT_CONFIRMED, ChangeRefused, InterviewNotFound, MailNotFound

logger = logging.getLogger(__name__)

# The pauses before each retry, three days in all; a mail that fails after the last of them waits for a person
RETRY_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, *[60] * 23, *[240] * 12))
# A run that stood still for longer (a suspended machine) sends nothing of what it has claimed
BEGUN_WITHIN = timedelta(minutes=5)
# A claim that was never marked is taken over after this. It outlasts BEGUN_WITHIN and a dozen answers of a mail server
# that each take the longest EMAIL_TIMEOUT, so no mail is claimed twice while its first job still sends it
CLAIM_LIFETIME = timedelta(minutes=30)
# A run begins no mail after this: claims count from its `now`, and other jobs wait while a mail server hangs
MAX_RUN_SECONDS = 30.0
# A failed follow-up that is older than this is not reported any more
FOLLOW_UP_MATTERS_FOR = timedelta(days=7)
MAX_ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class MailKind:
    """One kind of mail: the documents that carry it, and the field (`path`) that holds its delivery.

    `write` refuses a mail that is not to be sent any more; `draft` writes that one too, for the admin to show.
    """

    name: str
    document: type[Document]
    path: str
    write: Callable[[Any], EmailMultiAlternatives]
    draft: Callable[[Any], EmailMultiAlternatives]


INVITATIONS = MailKind("Invitation", Interview, "invitation", messages.write_invitation, messages.draft_invitation)
NOTICES = MailKind("Notice", Interview, "notice", messages.write_notice, messages.draft_notice)
FOLLOW_UPS = MailKind("Follow-up", FollowUp, "delivery", messages.write_follow_up, messages.write_follow_up)
MAIL_KINDS = (INVITATIONS, NOTICES, FOLLOW_UPS)


def queue_invitation(*, interview_id: ObjectId, now: datetime) -> bool:
    """Queue the invitation and the interviewer's notice, unless they were queued before; return whether they were not.

    An interview that is not confirmed gets none.
    """
    uninvited = {"_id": interview_id, "status": InterviewStatus.CONFIRMED.value, "invitation.status": None}
    result = Interview._get_collection().update_one(
        uninvited, {"$set": {"invitation": new_delivery(now), "notice": new_delivery(now)}}
    )
    return bool(result.modified_count)


def uninvited_interviews(*, before: datetime) -> Iterator[ObjectId]:
    """Return the ids of confirmed interviews that were booked before then and have no invitation queued."""
    missed = {"invitation.status": None, "status": InterviewStatus.CONFIRMED.value, "created_at": {"$lt": before}}
    return (found["_id"] for found in Interview._get_collection().find(missed, {"_id": 1}))


def queue_follow_up(*, candidate_id: ObjectId, session_id: ObjectId, now: datetime) -> None:
    """Queue the mail promised at the end of a call; for a session that has one already, do nothing."""
    FollowUp._get_collection().update_one(
        {"session_id": session_id},
        {"$setOnInsert": {"candidate": candidate_id, "created_at": now, "delivery": new_delivery(now)}},
        upsert=True,
    )


def overdue_mails(*, before: datetime, limit: int) -> Iterator[ObjectId]:
    """Return ids of documents with a mail due before then and not sent, at most `limit` for each kind of mail.

    A mail that is claimed is due when the claim runs out.
    """
    waiting = [DeliveryStatus.PENDING.value, DeliveryStatus.SENDING.value]
    for kind in MAIL_KINDS:
        late = {f"{kind.path}.status": {"$in": waiting}, f"{kind.path}.due_at": {"$lt": before}}
        yield from (found["_id"] for found in kind.document._get_collection().find(late, {"_id": 1}).limit(limit))


def failed_mails(*, now: datetime, limit: int) -> Iterator[ObjectId]:
    """Return ids of documents with a mail that failed for good and still matters, at most `limit` for each kind.

    The mails of confirmed interviews that lie ahead matter, and young follow-ups.
    """
    upcoming = {"status": InterviewStatus.CONFIRMED.value, "starts_at": {"$gt": now}}
    mattering: dict[type[Document], dict[str, Any]] = {
        Interview: upcoming,
        FollowUp: {"created_at": {"$gt": now - FOLLOW_UP_MATTERS_FOR}},
    }
    for kind in MAIL_KINDS:
        failed = {f"{kind.path}.status": DeliveryStatus.FAILED.value} | mattering[kind.document]
        yield from (found["_id"] for found in kind.document._get_collection().find(failed, {"_id": 1}).limit(limit))


def new_delivery(now: datetime) -> dict[str, Any]:
    """Return the stored form of a delivery that is due now, with a Message-ID of its own."""
    domain = punycode(parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2])
    return dict(Delivery(due_at=now, message_id=make_msgid(domain=domain or None)).to_mongo())


def send_due(*, now: datetime) -> int:
    """Send the mails that are due; return how many were sent.

    A mail is sent twice, with the same Message-ID, only where the mail server took it and its answer was lost, or the
    process died before it noted that answer.
    """
    sent = 0
    lease = Lease.begin(BEGUN_WITHIN.total_seconds())
    ends_at = time.monotonic() + MAX_RUN_SECONDS
    for kind in MAIL_KINDS:
        while time.monotonic() < ends_at and (claimed := _claim(kind, now)):
            sent += _deliver(kind, claimed, now, lease)
    return sent


def _claim(kind: MailKind, now: datetime) -> Document | None:
    at = kind.path
    waiting = [DeliveryStatus.PENDING.value, DeliveryStatus.SENDING.value]
    found = kind.document._get_collection().find_one_and_update(
        {f"{at}.status": {"$in": waiting}, f"{at}.due_at": {"$lte": now}},
        {
            "$set": {f"{at}.status": DeliveryStatus.SENDING.value, f"{at}.due_at": now + CLAIM_LIFETIME},
            "$inc": {f"{at}.tries": 1},
        },
        return_document=ReturnDocument.AFTER,
    )
    return kind.document._from_son(found) if found else None


def _deliver(kind: MailKind, document: Document, now: datetime, lease: Lease) -> bool:
    delivery: Delivery = getattr(document, kind.path)
    try:
        message = kind.write(document)
        message.extra_headers["Message-ID"] = delivery.message_id
        lease.check()
        message.send()
    except messages.ImpossibleMail as error:
        logger.warning("%s %s not sent: %s", kind.name, delivery.message_id, error)
        _mark(kind, document, status=DeliveryStatus.FAILED.value, error=str(error))
        return False
    except Exception as error:  # a mail that can't be written must not hold up those that can
        _put_off(kind, document, delivery, f"{type(error).__name__}: {error}"[:MAX_ERROR_LENGTH], now)
        return False
    _mark(kind, document, status=DeliveryStatus.SENT.value, sent_at=now, error=None)
    logger.info("📧 %s mailed for %s", kind.name, shown_name(document.candidate.name))
    return True


def _put_off(kind: MailKind, document: Document, delivery: Delivery, error: str, now: datetime) -> None:
    if delivery.tries > len(RETRY_PAUSES):
        logger.error(
            "❌ Mail %s given up after %d tries: %s", delivery.message_id, delivery.tries, shown_trouble(error)
        )
        _mark(kind, document, status=DeliveryStatus.FAILED.value, error=error)
        return
    due_at = now + RETRY_PAUSES[delivery.tries - 1]
    next_try = due_at.isoformat()
    logger.warning("Mail %s not sent, next try at %s: %s", delivery.message_id, next_try, shown_trouble(error))
    _mark(kind, document, status=DeliveryStatus.PENDING.value, due_at=due_at, error=error)


def _mark(kind: MailKind, document: Document, **changes: Any) -> None:
    """Store how the delivery went, unless another job took the claim over, or another mail took this one's place."""
    at, delivery = kind.path, getattr(document, kind.path)
    claim = {"status": DeliveryStatus.SENDING.value, "tries": delivery.tries, "message_id": delivery.message_id}
    kind.document._get_collection().update_one(
        {"_id": document.id} | {f"{at}.{name}": value for name, value in claim.items()},
        {"$set": {f"{at}.{name}": value for name, value in changes.items()}},
    )


def send_again(*, kind: MailKind, document_id: object, now: datetime) -> None:
    """Queue a mail again that failed for good. :raises MailNotFound: :raises ChangeRefused: nothing was changed."""
    key = object_id(document_id)
    failed = {"_id": key, f"{kind.path}.status": DeliveryStatus.FAILED.value}
    still_matters = {"$or": [{"status": "confirmed", "starts_at": {"$gt": now}}, {"status": "cancelled"}]}
    condition = failed | still_matters if kind.document is Interview else failed
    if key and kind.document._get_collection().update_one(condition, _requeue_update(kind, now)).matched_count:
        return
    document = kind.document.objects(id=key).no_dereference().first() if key else None
    if document is None:
        raise MailNotFound(f"Mail not found with ID: {document_id!s:.100}")
    raise ChangeRefused(why_not_sent_again(kind, document, now) or CHANGED_MEANWHILE)


def why_not_sent_again(kind: MailKind, document: Document, now: datetime) -> str | None:
    """Return why the mail cannot be queued again, or None."""
    delivery: Delivery | None = getattr(document, kind.path)
    if not delivery or delivery.status != DeliveryStatus.FAILED:
        return "Only a mail that failed is sent again."
    if not isinstance(document, Interview) or document.status == InterviewStatus.CANCELLED:
        return None
    if document.status != InterviewStatus.CONFIRMED:
        return NOT_CONFIRMED[document.status]
    return "The interview has begun." if document.starts_at <= now else None


def resend_invitation(*, interview_id: object, now: datetime) -> None:
    """Queue the invitation once more, as a new mail with the same calendar entry.

    :raises InterviewNotFound: :raises ChangeRefused: nothing was changed.
    """
    key = object_id(interview_id)
    ahead = {"_id": key, "status": InterviewStatus.CONFIRMED.value, "starts_at": {"$gt": now}}
    is_done = {"invitation.status": {"$in": [DeliveryStatus.SENT.value, DeliveryStatus.FAILED.value]}}
    if key and Interview._get_collection().update_one(ahead | is_done, _requeue_update(INVITATIONS, now)).matched_count:
        return
    interview = Interview.objects(id=key).no_dereference().first() if key else None
    if interview is None:
        raise InterviewNotFound(f"Interview not found with ID: {interview_id!s:.100}")
    raise ChangeRefused(why_not_resent(interview, now) or CHANGED_MEANWHILE)


def why_not_resent(interview: Interview, now: datetime) -> str | None:
    """Return why the invitation cannot be queued once more, or None."""
    if interview.status != InterviewStatus.CONFIRMED:
        return NOT_CONFIRMED[interview.status]
    if interview.starts_at <= now:
        return "The interview has begun."
    if not interview.invitation or interview.invitation.status in {DeliveryStatus.PENDING, DeliveryStatus.SENDING}:
        return "The invitation is on its way already."
    return None


def _requeue_update(kind: MailKind, now: datetime) -> dict[str, Any]:
    # With a new Message-ID: by the old one, readers would take it for a repeated delivery
    return {"$set": {kind.path: new_delivery(now)}}
