from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from bson import ObjectId
from pymongo.database import Database

from interviews import outbox
from interviews.documents import FollowUp, Interview
from interviews.errors import ChangeRefused, MailNotFound
from interviews.outbox import FOLLOW_UPS, INVITATIONS, NOTICES
from tests.factories import NOBODY, NOW, a_booked_interview, a_candidate, reload
from tests.interviews.interview_changes import (
    AFTERWARDS,
    LATER,
    STARTS,
    a_mailed_interview,
    cancel,
    is_refused,
    stored_documents,
)

pytestmark = pytest.mark.usefixtures("database")


def fail_mails(interview: Interview) -> Interview:
    Interview.objects(id=interview.id).update_one(set__invitation__status="failed", set__notice__status="failed")
    return reload(interview)


@pytest.mark.parametrize("status", ["sent", "failed"])
def test_invitation_is_mailed_once_more(status: str) -> None:
    interview = a_mailed_interview()
    Interview.objects.update(set__invitation__status=status, set__invitation__tries=40)
    before = reload(interview)

    outbox.resend_invitation(interview_id=interview.id, now=LATER)

    after = reload(interview)
    assert (after.invitation.status, after.invitation.tries, after.invitation.due_at) == ("pending", 0, LATER)
    assert after.invitation.message_id != before.invitation.message_id
    assert after.invitation.error is None
    assert (after.notice, after.ics_sequence) == (before.notice, 0)


def test_invitation_mailed_once_more_arrives_once_more(mailoutbox) -> None:
    interview = a_mailed_interview()

    outbox.resend_invitation(interview_id=interview.id, now=LATER)
    outbox.send_due(now=LATER)

    to_asha = [mail for mail in mailoutbox if "asha" in mail.to[0]]
    assert len(to_asha) == 2
    assert len({mail.extra_headers["Message-ID"] for mail in to_asha}) == 2


@pytest.mark.parametrize("status", ["pending", "sending", None])
def test_invitation_on_its_way_is_not_mailed_once_more(status: str | None, database: Database) -> None:
    interview = a_booked_interview()
    delivery = {"status": status} if status else None
    database.interviews.update_one({"_id": interview.id}, {"$set": {"invitation": delivery}})
    before = stored_documents(database)

    with pytest.raises(ChangeRefused, match="on its way already"):
        outbox.resend_invitation(interview_id=interview.id, now=LATER)

    assert stored_documents(database) == before


def test_invitation_to_what_has_begun_is_not_mailed_once_more(database: Database) -> None:
    interview = a_mailed_interview()
    before = stored_documents(database)

    with pytest.raises(ChangeRefused, match="has begun"):
        outbox.resend_invitation(interview_id=interview.id, now=STARTS)

    assert stored_documents(database) == before


def test_invitation_to_a_cancelled_interview_is_not_mailed_once_more() -> None:
    interview = a_mailed_interview()
    cancel(interview)
    outbox.send_due(now=LATER)

    with pytest.raises(ChangeRefused, match="was cancelled"):
        outbox.resend_invitation(interview_id=interview.id, now=LATER)


def test_of_many_who_resend_at_once_one_does(mailoutbox) -> None:
    interview = a_mailed_interview()
    mailoutbox.clear()

    with ThreadPoolExecutor(8) as threads:
        resend = [lambda: outbox.resend_invitation(interview_id=interview.id, now=LATER)] * 8
        refusals = list(threads.map(is_refused, resend))
    outbox.send_due(now=LATER)

    assert refusals.count(False) == len(mailoutbox) == 1


@pytest.mark.parametrize("kind", [INVITATIONS, NOTICES], ids=["invitation", "notice"])
def test_failed_mail_is_tried_again_and_the_other_left(kind: outbox.MailKind) -> None:
    interview = fail_mails(a_mailed_interview())

    outbox.send_again(kind=kind, document_id=interview.id, now=LATER)

    after = reload(interview)
    statuses = {"invitation": after.invitation.status, "notice": after.notice.status}
    assert statuses == {"invitation": "failed", "notice": "failed"} | {kind.path: "pending"}
    assert outbox.send_due(now=LATER) == 1


def test_failed_cancellation_is_tried_again_even_afterwards(mailoutbox) -> None:
    interview = a_mailed_interview()
    cancel(interview)
    fail_mails(interview)
    mailoutbox.clear()

    outbox.send_again(kind=INVITATIONS, document_id=interview.id, now=AFTERWARDS)
    outbox.send_due(now=AFTERWARDS)

    assert [mail.subject.partition(":")[0] for mail in mailoutbox] == ["Cancelled"]


def test_failed_follow_up_is_tried_again() -> None:
    mail = a_follow_up(status="failed")

    outbox.send_again(kind=FOLLOW_UPS, document_id=str(mail.id), now=LATER)

    assert FollowUp.objects.get().delivery.status == "pending"
    assert outbox.send_due(now=LATER) == 1


def a_follow_up(*, status: str) -> FollowUp:
    outbox.queue_follow_up(candidate_id=a_candidate().id, session_id=ObjectId(), now=NOW)
    FollowUp.objects.update(set__delivery__status=status)
    return FollowUp.objects.get()


@pytest.mark.parametrize("status", ["pending", "sending", "sent"])
def test_follow_up_that_did_not_fail_is_left(status: str, database: Database) -> None:
    mail = a_follow_up(status=status)
    before = stored_documents(database)

    with pytest.raises(ChangeRefused, match="Only a mail that failed"):
        outbox.send_again(kind=FOLLOW_UPS, document_id=mail.id, now=LATER)

    assert stored_documents(database) == before


def test_mail_that_was_never_queued_is_not_sent_again(database: Database) -> None:
    interview = a_booked_interview()
    database.interviews.update_one({"_id": interview.id}, {"$unset": {"notice": ""}})

    with pytest.raises(ChangeRefused, match="Only a mail that failed"):
        outbox.send_again(kind=NOTICES, document_id=interview.id, now=LATER)


@pytest.mark.parametrize(
    ("status", "now", "why"), [("confirmed", STARTS, "has begun"), ("completed", AFTERWARDS, "held already")]
)
def test_failed_invitation_to_what_is_over_is_left(status: str, now: datetime, why: str) -> None:
    interview = fail_mails(a_mailed_interview())
    Interview.objects.update(set__status=status)

    with pytest.raises(ChangeRefused, match=why):
        outbox.send_again(kind=INVITATIONS, document_id=interview.id, now=now)

    assert reload(interview).invitation.status == "failed"


@pytest.mark.parametrize("key", ["nonsense", "", None, NOBODY])
@pytest.mark.parametrize("kind", [INVITATIONS, FOLLOW_UPS], ids=["invitation", "follow-up"])
def test_mail_that_does_not_exist_is_not_sent_again(key: object, kind: outbox.MailKind) -> None:
    with pytest.raises(MailNotFound):
        outbox.send_again(kind=kind, document_id=key, now=NOW)
