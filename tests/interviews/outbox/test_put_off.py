from datetime import datetime, timedelta

import pytest

from interviews import outbox
from interviews.documents import Interview
from tests.factories import NOW, a_booked_interview
from tests.interviews.mail_deliveries import (
    ASHA,
    PRIYA,
    an_interview_to_invite_to,
    deliveries,
    errors,
    invitation,
    notice,
    statuses,
)
from tests.interviews.mail_server import HANGS_UP, SILENCE, TAKES_AND_HANGS_UP, MailServer

pytestmark = pytest.mark.usefixtures("database")


def due_at(interview: Interview) -> datetime:
    return invitation(interview).due_at


def fail_until_given_up(interview: Interview) -> list[timedelta]:
    """Run the job whenever the mail is due; return the pauses between the tries."""
    tried_at = NOW
    pauses = []
    outbox.send_due(now=tried_at)
    while invitation(interview).status == "pending":
        pauses.append(due_at(interview) - tried_at)
        tried_at = due_at(interview)
        outbox.send_due(now=tried_at)
    return pauses


REFUSALS = {
    "nobody takes the connection": {"CONNECT": HANGS_UP},
    "the server is not ready": {"CONNECT": "421 come back later"},
    "the sender is refused for now": {"MAIL": "451 try again"},
    "the sender is refused": {"MAIL": "550 not you"},
    "every recipient is refused": {"RCPT": "550 nobody of that name"},
    "every recipient is refused for now": {"RCPT": "450 greylisted"},
    "the mail is refused": {"DATA": "554 no"},
    "the mail is refused at its end": {"TAKEN": "552 too large"},
    "the connection breaks in the mail": {"TAKEN": HANGS_UP},
    "the connection breaks after the mail": {"TAKEN": TAKES_AND_HANGS_UP},
    "the server keeps silent": {"EHLO": SILENCE},
    "the server keeps silent before the mail": {"DATA": SILENCE},
}


@pytest.mark.usefixtures("short_mail_timeout")
@pytest.mark.parametrize("answers", REFUSALS.values(), ids=REFUSALS)
def test_mail_that_the_server_does_not_take_waits_for_its_next_try(server: MailServer, answers: dict) -> None:
    interview = a_booked_interview()
    server.answers = answers

    sent = outbox.send_due(now=NOW)

    assert sent == 0
    assert statuses(interview) == ["pending", "pending"]
    assert [delivery.tries for delivery in deliveries(interview)] == [1, 1]
    assert all(errors(interview))
    assert [delivery.due_at for delivery in deliveries(interview)] == [NOW + timedelta(minutes=1)] * 2


def test_refused_candidate_waits_while_the_interviewer_is_reported(server: MailServer) -> None:
    interview = a_booked_interview()
    server.answers = {ASHA: "550 nobody of that name"}

    sent = outbox.send_due(now=NOW)

    assert sent == 1
    assert server.recipients == [[PRIYA]]
    assert statuses(interview) == ["pending", "sent"]
    assert "nobody of that name" in invitation(interview).error
    assert notice(interview).error is None


def test_refused_interviewer_waits_while_the_candidate_is_invited(server: MailServer) -> None:
    interview = a_booked_interview()
    server.answers = {PRIYA: "550 nobody of that name"}

    sent = outbox.send_due(now=NOW)

    assert sent == 1
    assert server.recipients == [[ASHA]]
    assert statuses(interview) == ["sent", "pending"]
    assert invitation(interview).error is None
    assert "nobody of that name" in notice(interview).error


@pytest.mark.parametrize(("refused", "order"), [(ASHA, [[PRIYA], [ASHA]]), (PRIYA, [[ASHA], [PRIYA]])])
def test_only_who_was_refused_is_written_to_again(server: MailServer, refused: str, order: list) -> None:
    interview = a_booked_interview()
    server.answers = {refused: "450 greylisted"}
    outbox.send_due(now=NOW)
    server.answers = {}

    sent = outbox.send_due(now=NOW + timedelta(minutes=1))

    assert sent == 1
    assert server.recipients == order
    assert statuses(interview) == ["sent", "sent"]


def test_error_names_what_the_server_said(server: MailServer) -> None:
    interview = a_booked_interview()
    server.answers = {"RCPT": "550 nobody of that name"}

    outbox.send_due(now=NOW)

    assert invitation(interview).error.startswith("SMTPRecipientsRefused: ")
    assert "nobody of that name" in invitation(interview).error


def test_mail_is_not_tried_again_before_its_pause_is_over(server: MailServer) -> None:
    an_interview_to_invite_to()
    server.answers = {"CONNECT": HANGS_UP}
    outbox.send_due(now=NOW)

    outbox.send_due(now=NOW + timedelta(seconds=59))

    assert server.connections == 1


def test_mail_put_off_is_sent_once_the_server_is_back(server: MailServer) -> None:
    interview = an_interview_to_invite_to()
    message_id = invitation(interview).message_id
    server.answers = {"CONNECT": HANGS_UP}
    outbox.send_due(now=NOW)
    server.answers = {}

    sent = outbox.send_due(now=NOW + timedelta(minutes=1))

    assert sent == 1
    assert server.message_ids == [message_id]
    assert invitation(interview).status == "sent"
    assert invitation(interview).error is None


def test_server_that_fails_to_say_goodbye_has_taken_the_mail(server: MailServer) -> None:
    interview = a_booked_interview()
    server.answers = {"QUIT": HANGS_UP}

    assert outbox.send_due(now=NOW) == 2
    assert statuses(interview) == ["sent", "sent"]


def test_mail_is_tried_after_growing_pauses_and_then_given_up(server: MailServer, caplog) -> None:
    interview = an_interview_to_invite_to()
    server.answers = {"CONNECT": HANGS_UP}

    pauses = fail_until_given_up(interview)

    assert pauses == sorted(pauses) == list(outbox.RETRY_PAUSES)
    assert invitation(interview).status == "failed"
    assert invitation(interview).error
    assert f"Mail {invitation(interview).message_id} given up after 40 tries" in caplog.text


def test_mail_is_tried_for_three_days_and_never_left_for_longer_than_four_hours() -> None:
    assert timedelta(days=2, hours=23) < sum(outbox.RETRY_PAUSES, timedelta()) < timedelta(days=3)
    assert max(outbox.RETRY_PAUSES) == timedelta(hours=4)


def test_mail_given_up_is_not_tried_again(server: MailServer) -> None:
    interview = an_interview_to_invite_to()
    server.answers = {"CONNECT": HANGS_UP}
    fail_until_given_up(interview)
    server.answers = {}

    assert outbox.send_due(now=NOW + timedelta(days=99)) == 0
    assert server.received == []


def test_very_long_error_is_shortened(server: MailServer) -> None:
    interview = a_booked_interview()
    server.answers = {"RCPT": "550 " + "no " * 200}

    outbox.send_due(now=NOW)

    assert len(invitation(interview).error) == outbox.MAX_ERROR_LENGTH
