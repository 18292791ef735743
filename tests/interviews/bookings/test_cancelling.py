from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from mongoengine import ValidationError
from pymongo.database import Database

from candidates.attempts import claim_attempt
from candidates.documents import Candidate
from interviews import bookings, messages, outbox
from interviews.documents import Interview, Slot
from interviews.errors import ChangeRefused
from interviews.outbox import INVITATIONS
from tests.factories import NOW, a_booked_interview, a_candidate, a_slot, an_attempt, an_interview, reload
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


def slot_of(interview: Interview) -> Slot:
    return Slot.objects.get(id=interview.slot.id)


def tracking_of(interview: Interview) -> Any:
    return Candidate.objects.get(id=interview.candidate.id).call_tracking


def test_cancelled_interview_says_why_and_when() -> None:
    interview = a_mailed_interview()

    cancel(interview, reason="  Priya is ill ")

    after = reload(interview)
    assert after.status == "cancelled"
    assert (after.cancellation.reason, after.cancellation.at) == ("Priya is ill", LATER)
    assert (after.ics_uid, after.ics_sequence) == (interview.ics_uid, 1)
    assert after.evidence == interview.evidence


def test_cancellation_is_to_be_mailed_to_both_as_mails_of_their_own() -> None:
    interview = a_mailed_interview()
    before = reload(interview)

    cancel(interview)

    after = reload(interview)
    assert [(mail.status, mail.tries, mail.due_at) for mail in (after.invitation, after.notice)] == [
        ("pending", 0, LATER),
        ("pending", 0, LATER),
    ]
    four = {mail.message_id for mail in (before.invitation, before.notice, after.invitation, after.notice)}
    assert len(four) == 4


def test_slot_of_a_cancelled_interview_is_open_and_can_be_booked_again() -> None:
    interview = a_mailed_interview()

    cancel(interview)

    assert slot_of(interview).status == "open"
    again = an_interview(a_candidate(), slot_of(interview), now=LATER)
    assert again.status == "confirmed"


def test_slot_of_an_interviewer_who_is_not_there_is_withdrawn() -> None:
    interview = a_mailed_interview()

    cancel(interview, offers_slot_again=False)

    assert slot_of(interview).status == "withdrawn"


def test_slot_that_has_begun_is_not_offered_again() -> None:
    interview = a_mailed_interview()

    cancel(interview, now=AFTERWARDS)

    assert reload(interview).status == "cancelled"
    assert slot_of(interview).status == "booked"


def test_candidate_of_a_cancelled_interview_may_be_called_and_booked_again() -> None:
    interview = a_mailed_interview()

    cancel(interview)

    assert tracking_of(interview).status == "active"
    assert tracking_of(interview).next_attempt_at is None
    claim_attempt(candidate_id=interview.candidate.id, session_id=ObjectId(), now=LATER)
    assert an_interview(interview.candidate, slot_of(interview), now=LATER).status == "confirmed"


def test_candidate_without_an_attempt_left_has_none_after_the_cancellation() -> None:
    interview = a_mailed_interview()
    Candidate.objects.update(set__call_tracking__total_attempts=3, set__call_tracking__max_attempts=3)

    cancel(interview)

    assert tracking_of(interview).status == "max_attempts_reached"


def test_candidate_who_asked_not_to_be_called_is_not_called_after_the_cancellation() -> None:
    interview = a_mailed_interview()
    Candidate.objects.update(set__call_tracking__status="do_not_call")

    cancel(interview)

    assert reload(interview).status == "cancelled"
    assert tracking_of(interview).status == "do_not_call"


def test_interview_is_not_cancelled_while_the_call_that_agreed_it_goes_on(database: Database) -> None:
    candidate = a_candidate()
    an_attempt(candidate)
    interview = an_interview(candidate, a_slot())
    before = stored_documents(database)

    with pytest.raises(ChangeRefused, match="still under way"):
        cancel(interview)

    assert stored_documents(database) == before


@pytest.mark.parametrize("status", ["cancelled", "rescheduled", "completed", "no_show"])
def test_only_a_confirmed_interview_is_cancelled(status: str, database: Database) -> None:
    interview = a_mailed_interview()
    Interview.objects.update(set__status=status)
    before = stored_documents(database)

    with pytest.raises(ChangeRefused, match=r"^The interview was \w+"):
        cancel(interview)

    assert stored_documents(database) == before


@pytest.mark.parametrize("reason", ["", "   ", "a" * 501, "one\ntwo"])
def test_cancellation_needs_a_reason_of_one_line(reason: str, database: Database) -> None:
    interview = a_mailed_interview()
    before = stored_documents(database)

    with pytest.raises(ValidationError):
        cancel(interview, reason=reason)

    assert stored_documents(database) == before


def test_of_many_who_cancel_at_once_one_does_and_each_side_gets_one_mail(mailoutbox) -> None:
    interview = a_mailed_interview()
    mailoutbox.clear()

    with ThreadPoolExecutor(8) as threads:
        refusals = list(threads.map(lambda n: is_refused(lambda: cancel(interview, reason=f"Reason {n}")), range(8)))
    outbox.send_due(now=LATER)

    assert refusals.count(False) == 1
    assert reload(interview).cancellation.reason == f"Reason {refusals.index(False)}"
    assert reload(interview).ics_sequence == 1
    assert [mail.subject for mail in mailoutbox] == [
        "Cancelled: Your interview with Acme: Wednesday, 4 March 2026, 10:00",
        "Cancelled: Interview with Asha Rao: Wednesday, 4 March 2026, 10:00",
    ]


def test_whatever_races_with_a_cancellation_the_candidate_hears_of_it_last(mailoutbox) -> None:
    interviews = [an_interview(a_candidate(), a_slot(starts_at=STARTS + timedelta(hours=n))) for n in range(8)]
    outbox.send_due(now=NOW)
    mailoutbox.clear()
    resends = [lambda each=each: outbox.resend_invitation(interview_id=each.id, now=LATER) for each in interviews]
    cancels = [lambda each=each: cancel(each) for each in interviews]
    races = [change for pair in zip(resends, cancels, strict=True) for change in pair]

    with ThreadPoolExecutor(16) as threads:
        refusals = list(threads.map(is_refused, races))
    outbox.send_due(now=LATER)

    assert not any(refusals[1::2])
    assert len(mailoutbox) == 16
    assert all(mail.subject.startswith("Cancelled: ") for mail in mailoutbox)


def test_invitation_on_its_way_does_not_pass_for_the_cancellation(mailoutbox, monkeypatch) -> None:
    interview = a_booked_interview()
    send = messages.EmailMultiAlternatives.send

    def send_after_the_cancellation(message: Any) -> int:
        monkeypatch.setattr(messages.EmailMultiAlternatives, "send", send)
        cancel(interview)
        outbox._claim(INVITATIONS, LATER)  # by another job, which has not sent it yet
        return message.send()

    monkeypatch.setattr(messages.EmailMultiAlternatives, "send", send_after_the_cancellation)

    outbox.send_due(now=NOW)

    assert reload(interview).invitation.status == "sending"
    assert outbox.send_due(now=LATER + outbox.CLAIM_LIFETIME) >= 1
    assert reload(interview).invitation.status == "sent"
    assert [mail.subject.partition(":")[0] for mail in mailoutbox if "asha" in mail.to[0]] == [
        "Your interview with Acme",
        "Cancelled",
    ]


def test_call_in_which_nothing_was_booked_cancels_nothing_and_does_nothing_beside() -> None:
    interview, done = a_booked_interview(), []

    is_cancelled = bookings.cancel_on_call(
        session_id=ObjectId(), reason="They can't come.", now=LATER, also=done.append
    )

    assert not is_cancelled
    assert done == []
    assert reload(interview).status == "confirmed"
