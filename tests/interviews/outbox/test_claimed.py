from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from pymongo.database import Database

from interviews import messages, outbox
from interviews.documents import Interview
from tests.clocks import Clock
from tests.factories import NOW
from tests.interviews.mail_deliveries import an_interview_to_invite_to, invitation
from tests.interviews.mail_server import TAKES_AND_HANGS_UP, MailServer

pytestmark = pytest.mark.usefixtures("database")


class Killed(BaseException):
    """Ends a process after the mail server took a mail, and before we noted it."""


def die(message: EmailMessage) -> None:
    raise Killed


@pytest.fixture
def claimed_by_a_dead_job(monkeypatch) -> Interview:
    interview = an_interview_to_invite_to()
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", die)
        with pytest.raises(Killed):
            outbox.send_due(now=NOW)
    return interview


def test_claim_of_a_job_that_died_is_not_taken_over_at_once(
    claimed_by_a_dead_job: Interview, server: MailServer
) -> None:
    assert outbox.send_due(now=NOW + outbox.CLAIM_LIFETIME - timedelta(seconds=1)) == 0
    assert invitation(claimed_by_a_dead_job).status == "sending"


def test_claim_of_a_job_that_died_is_taken_over_in_time(claimed_by_a_dead_job: Interview, server: MailServer) -> None:
    message_id = invitation(claimed_by_a_dead_job).message_id

    sent = outbox.send_due(now=NOW + outbox.CLAIM_LIFETIME)

    assert sent == 1
    assert server.message_ids == [message_id]
    assert invitation(claimed_by_a_dead_job).tries == 2


def test_mail_taken_by_a_server_whose_yes_was_lost_goes_out_again_as_the_same(server: MailServer) -> None:
    an_interview_to_invite_to()
    server.answers = {"TAKEN": TAKES_AND_HANGS_UP}
    outbox.send_due(now=NOW)
    server.answers = {}

    outbox.send_due(now=NOW + timedelta(minutes=1))

    assert len(server.received) == 2
    assert len(set(server.message_ids)) == 1


def test_job_that_was_stopped_until_its_claim_was_taken_over_sends_nothing(server: MailServer, monkeypatch) -> None:
    interview, clock = an_interview_to_invite_to(), Clock()
    monkeypatch.setattr("config.lease.running_seconds", clock)

    def stand_still_and_write(document: Interview) -> EmailMessage:
        monkeypatch.setattr(outbox, "MAIL_KINDS", (outbox.INVITATIONS,))
        clock.go_by(1800)
        assert outbox.send_due(now=NOW + outbox.CLAIM_LIFETIME) == 1
        return messages.write_invitation(document)

    monkeypatch.setattr(outbox, "MAIL_KINDS", (replace(outbox.INVITATIONS, write=stand_still_and_write),))

    assert outbox.send_due(now=NOW) == 0

    assert len(server.received) == 1
    assert (invitation(interview).status, invitation(interview).tries) == ("sent", 2)


def test_job_that_lost_its_claim_does_not_overwrite_how_the_mail_stands(database: Database, monkeypatch) -> None:
    interview = an_interview_to_invite_to()
    taken_over = {"$set": {"invitation.status": "sent", "invitation.tries": 2, "invitation.error": "by the other"}}
    monkeypatch.setattr(
        EmailMessage, "send", lambda message: database.interviews.update_one({"_id": interview.id}, taken_over)
    )

    outbox.send_due(now=NOW)

    assert invitation(interview).error == "by the other"
    assert invitation(interview).sent_at is None
