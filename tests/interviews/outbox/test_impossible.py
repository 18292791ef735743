from datetime import timedelta

import pytest
from pymongo.database import Database

from candidates.documents import Candidate
from interviews import outbox
from interviews.documents import FollowUp, Interview
from tests.factories import NOW, a_booked_interview
from tests.interviews.mail_deliveries import errors, invitation, queue_a_follow_up, statuses
from tests.interviews.mail_server import MailServer

pytestmark = pytest.mark.usefixtures("database")


def test_mails_about_a_candidate_who_is_gone_fail_and_are_not_retried(server: MailServer, database: Database) -> None:
    interview = a_booked_interview()
    database.candidates.delete_many({})

    sent = outbox.send_due(now=NOW)

    assert sent == 0
    assert server.connections == 0
    assert statuses(interview) == ["failed", "failed"]
    assert errors(interview) == ["The candidate is gone."] * 2
    assert outbox.send_due(now=NOW + timedelta(days=99)) == 0


def test_follow_up_to_a_candidate_who_is_gone_fails(server: MailServer, database: Database) -> None:
    session_id = queue_a_follow_up()
    database.candidates.delete_many({})

    outbox.send_due(now=NOW)

    assert FollowUp.objects(session_id=session_id).no_dereference().get().delivery.status == "failed"


def test_mails_about_a_slot_that_is_gone_fail(server: MailServer, database: Database) -> None:
    interview = a_booked_interview()
    database.slots.delete_many({})

    outbox.send_due(now=NOW)

    assert statuses(interview) == ["failed", "failed"]
    assert errors(interview) == ["The slot is gone."] * 2


def test_mails_about_an_interview_cancelled_meanwhile_fail(server: MailServer) -> None:
    interview = a_booked_interview()
    Interview.objects(id=interview.id).update_one(set__status="cancelled")

    outbox.send_due(now=NOW)

    assert statuses(interview) == ["failed", "failed"]
    assert errors(interview) == ["The interview is cancelled."] * 2


def test_mail_that_cannot_be_written_does_not_hold_up_the_others(server: MailServer) -> None:
    unwritable, fine = a_booked_interview(), queue_a_follow_up()
    Interview._get_collection().update_one({"_id": unwritable.id}, {"$set": {"time_zone": "Mars/Olympus"}})

    sent = outbox.send_due(now=NOW)

    assert sent == 1
    assert statuses(unwritable) == ["pending", "pending"]
    assert invitation(unwritable).error.startswith("ZoneInfoNotFoundError")
    assert FollowUp.objects.get(session_id=fine).delivery.status == "sent"


def test_mail_to_an_address_that_could_be_anothers_fails_and_is_not_retried(server: MailServer) -> None:
    interview = a_booked_interview()
    address = "=?utf-8?q?evil=40x.example?=@example.com"
    Candidate._get_collection().update_one({"_id": interview.candidate.id}, {"$set": {"email": address}})

    outbox.send_due(now=NOW)

    assert statuses(interview) == ["failed", "sent"]
    assert invitation(interview).error == "The address cannot be written to."
