from datetime import timedelta
from email.utils import parseaddr

import pytest
from bson import ObjectId
from pymongo.database import Database

from interviews import jobs, receivers
from interviews.documents import Interview, Slot
from interviews.holds import hold_slots
from interviews.signals import interview_confirmed
from tests.factories import NOW, a_candidate, a_slot, an_interview

pytestmark = pytest.mark.usefixtures("database")

MINUTE = timedelta(minutes=1)


@pytest.fixture
def uninvited() -> Interview:
    """Book an interview, and die before the signal of it is received."""
    interview_confirmed.disconnect(receivers.queue_the_invitation)
    interview = an_interview(a_candidate(), a_slot())
    interview_confirmed.connect(receivers.queue_the_invitation)
    return interview


def statuses(interview: Interview) -> list[str | None]:
    """Return where the invitation and the notice stand."""
    found = Interview.objects(id=interview.id).no_dereference().get()
    return [delivery and delivery.status for delivery in (found.invitation, found.notice)]


def test_booking_whose_signal_was_lost_gets_its_invitation_and_its_notice(uninvited: Interview, mailoutbox) -> None:
    missed = jobs.queue_missed_invitations(now=NOW + 2 * MINUTE)
    sent = jobs.send_due_mails(now=NOW + 2 * MINUTE)

    assert (missed, sent) == (1, 2)
    assert [mail.recipients() for mail in mailoutbox] == [
        ['"Asha Rao" <asha@example.com>'],
        ['"Priya Sharma" <priya@acme.example>'],
    ]
    assert statuses(uninvited) == ["sent", "sent"]


def test_booking_of_a_moment_ago_may_yet_be_signalled(uninvited: Interview) -> None:
    missed = jobs.queue_missed_invitations(now=NOW + MINUTE)

    assert missed == 0
    assert statuses(uninvited) == [None, None]


def test_booking_that_was_signalled_is_not_signalled_again(mailoutbox) -> None:
    an_interview(a_candidate(), a_slot())
    jobs.send_due_mails(now=NOW)

    assert jobs.queue_missed_invitations(now=NOW + timedelta(days=1)) == 0
    assert jobs.send_due_mails(now=NOW + timedelta(days=1)) == 0
    assert [parseaddr(mail.to[0])[1] for mail in mailoutbox] == ["asha@example.com", "priya@acme.example"]


def test_signal_is_sent_again_until_it_is_received(uninvited: Interview) -> None:
    interview_confirmed.disconnect(receivers.queue_the_invitation)
    first = jobs.queue_missed_invitations(now=NOW + 2 * MINUTE)
    interview_confirmed.connect(receivers.queue_the_invitation)

    second = jobs.queue_missed_invitations(now=NOW + 3 * MINUTE)

    assert (first, second) == (1, 1)
    assert statuses(uninvited) == ["pending", "pending"]


def test_interview_cancelled_before_its_invitation_is_not_invited_to(uninvited: Interview, database: Database) -> None:
    database.interviews.update_one({"_id": uninvited.id}, {"$set": {"status": "cancelled"}})

    assert jobs.queue_missed_invitations(now=NOW + 2 * MINUTE) == 0
    assert statuses(uninvited) == [None, None]


def test_slots_of_a_call_long_over_fall_free() -> None:
    slot = a_slot()
    hold_slots(session_id=ObjectId(), wish=(), time_zone="Asia/Kolkata", now=NOW)

    early = jobs.free_expired_holds(now=NOW + MINUTE)
    late = jobs.free_expired_holds(now=NOW + timedelta(hours=2))

    assert (early, late) == (0, 1)
    assert Slot.objects.get(id=slot.id).status == "open"
