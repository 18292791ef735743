from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from bson import ObjectId
from django.core.mail import EmailMessage
from pymongo.database import Database

from candidates.documents import Candidate
from interviews import mails
from interviews.documents import Delivery, FollowUp, Interview
from tests.factories import NOW, a_candidate, a_slot, an_interview
from tests.interviews import mail_server
from tests.interviews.mail_server import HANGS_UP, SILENCE, TAKES_AND_HANGS_UP, MailServer

pytestmark = pytest.mark.usefixtures("database")

ASHA, PRIYA = "asha@example.com", "priya@acme.example"


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    with mail_server.running() as serving:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", serving.port
        yield serving


@pytest.fixture
def impatience(settings) -> None:
    """Give up on a server that keeps silent after a moment."""
    settings.EMAIL_TIMEOUT = 0.2


def booked(**fields: object) -> Interview:
    """Book an interview; the receiver of the news queues its invitation and its notice."""
    return an_interview(a_candidate(**fields), a_slot())


def booked_and_noticed() -> Interview:
    """Book an interview whose notice is sent already, so that the invitation is the one mail to send."""
    interview = booked()
    Interview.objects(id=interview.id).update_one(set__notice__status="sent")
    return interview


def many_booked(count: int) -> None:
    for number in range(count):
        an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=2, hours=number)))


def promised() -> ObjectId:
    """Queue a follow-up; return the session that promised it."""
    session_id = ObjectId()
    mails.queue_follow_up(candidate_id=a_candidate().id, session_id=session_id, now=NOW)
    return session_id


def invitation(interview: Interview) -> Delivery:
    return Interview.objects(id=interview.id).no_dereference().get().invitation


def notice(interview: Interview) -> Delivery:
    return Interview.objects(id=interview.id).no_dereference().get().notice


def deliveries(interview: Interview) -> tuple[Delivery, Delivery]:
    return invitation(interview), notice(interview)


def statuses(interview: Interview) -> list[str]:
    return [delivery.status for delivery in deliveries(interview)]


def errors(interview: Interview) -> list[str]:
    return [delivery.error for delivery in deliveries(interview)]


def due_at(interview: Interview) -> datetime:
    return invitation(interview).due_at


def fail_until_given_up(interview: Interview) -> list[timedelta]:
    """Run the job whenever the mail is due; return the pauses between the tries."""
    tried_at = NOW
    pauses = []
    mails.send_due(now=tried_at)
    while invitation(interview).status == "pending":
        pauses.append(due_at(interview) - tried_at)
        tried_at = due_at(interview)
        mails.send_due(now=tried_at)
    return pauses


def test_booking_queues_an_invitation_and_a_notice_due_at_once() -> None:
    interview = booked()

    assert statuses(interview) == ["pending", "pending"]
    assert [delivery.due_at for delivery in deliveries(interview)] == [NOW, NOW]


def test_invitation_and_notice_are_two_mails() -> None:
    interview = booked()

    assert invitation(interview).message_id != notice(interview).message_id


def test_invitation_and_notice_are_queued_once() -> None:
    interview = booked()
    first = deliveries(interview)

    queued_again = mails.queue_invitation(interview_id=interview.id, now=NOW + timedelta(minutes=1))

    assert not queued_again
    assert deliveries(interview) == first


def test_invitation_and_notice_are_queued_together_however_many_ask_for_them(database: Database) -> None:
    interview = booked()
    database.interviews.update_one({"_id": interview.id}, {"$unset": {"invitation": 1, "notice": 1}})
    times = [NOW + timedelta(minutes=minutes) for minutes in range(32)]

    with ThreadPoolExecutor(16) as threads:
        queued = list(threads.map(lambda now: mails.queue_invitation(interview_id=interview.id, now=now), times))

    assert sum(queued) == 1
    assert [delivery.due_at for delivery in deliveries(interview)] == [times[queued.index(True)]] * 2


def test_cancelled_interview_is_not_invited_to(database: Database) -> None:
    interview = booked()
    database.interviews.update_one(
        {"_id": interview.id}, {"$set": {"status": "cancelled"}, "$unset": {"invitation": 1, "notice": 1}}
    )

    assert not mails.queue_invitation(interview_id=interview.id, now=NOW)
    assert deliveries(interview) == (None, None)


def test_session_gets_one_follow_up_however_many_ask_for_it() -> None:
    candidate, session_id = a_candidate(), ObjectId()

    with ThreadPoolExecutor(16) as threads:
        list(
            threads.map(
                lambda _: mails.queue_follow_up(candidate_id=candidate.id, session_id=session_id, now=NOW), range(32)
            )
        )

    assert FollowUp.objects(session_id=session_id).count() == 1


def test_message_id_names_the_domain_we_send_from(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Acme Interviews <interviews@acme.example>"

    interview = booked()

    assert invitation(interview).message_id.endswith("@acme.example>")
    assert notice(interview).message_id.endswith("@acme.example>")


def test_due_mails_are_sent_and_marked(server: MailServer) -> None:
    interview = booked()
    session_id = promised()

    sent = mails.send_due(now=NOW)

    assert sent == 3
    assert statuses(interview) == ["sent", "sent"]
    assert [delivery.sent_at for delivery in deliveries(interview)] == [NOW, NOW]
    assert FollowUp.objects.get(session_id=session_id).delivery.status == "sent"


def test_candidate_and_interviewer_get_a_mail_each(server: MailServer) -> None:
    booked()

    mails.send_due(now=NOW)

    assert server.recipients == [[ASHA], [PRIYA]]


@pytest.mark.parametrize("name", ["A" * 200, "😀" * 200, 'Rao, "Asha" <asha>'])
def test_any_name_reaches_its_address(server: MailServer, name: str) -> None:
    an_interview(a_candidate(name=name), a_slot(interviewer_name=name))

    mails.send_due(now=NOW)

    assert server.recipients == [[ASHA], [PRIYA]]


def test_address_at_a_domain_in_other_letters_is_reached(server: MailServer) -> None:
    booked(email="asha@münchen.example")

    mails.send_due(now=NOW)

    assert server.recipients == [["asha@xn--mnchen-3ya.example"], [PRIYA]]


def test_follow_up_goes_to_the_candidate_alone(server: MailServer) -> None:
    promised()

    mails.send_due(now=NOW)

    assert server.recipients == [[ASHA]]


def test_mail_carries_the_message_id_it_was_given_when_queued(server: MailServer) -> None:
    interview = booked()

    mails.send_due(now=NOW)

    assert server.message_ids == [delivery.message_id for delivery in deliveries(interview)]


def test_sent_mail_is_not_sent_again(server: MailServer) -> None:
    booked()
    mails.send_due(now=NOW)

    assert mails.send_due(now=NOW + timedelta(days=9)) == 0
    assert server.recipients == [[ASHA], [PRIYA]]


def test_mail_that_is_not_due_waits(server: MailServer) -> None:
    booked()

    assert mails.send_due(now=NOW - timedelta(seconds=1)) == 0
    assert server.taken == []


def test_many_jobs_at_once_send_each_mail_once(server: MailServer) -> None:
    many_booked(20)

    with ThreadPoolExecutor(8) as threads:
        sent = sum(threads.map(lambda _: mails.send_due(now=NOW), range(8)))

    assert sent == 40
    assert len(server.taken) == len(set(server.message_ids)) == 40
    assert Counter(map(tuple, server.recipients)) == {(ASHA,): 20, (PRIYA,): 20}


@pytest.mark.usefixtures("impatience")
def test_run_that_has_lasted_long_enough_leaves_the_rest_to_the_next(server: MailServer, monkeypatch) -> None:
    many_booked(2)
    monkeypatch.setattr(mails, "RUN_SECONDS", 0.05)
    server.answers = {"MAIL": SILENCE}

    mails.send_due(now=NOW)

    assert server.connections == 1
    assert Interview.objects(invitation__status="pending", invitation__tries=0).count() == 1
    assert Interview.objects(notice__status="pending", notice__tries=0).count() == 2


REFUSALS = {
    "nobody takes the connection": {"CONNECT": HANGS_UP},
    "the server is not ready": {"CONNECT": "421 come back later"},
    "the sender is refused for now": {"MAIL": "451 try again"},
    "the sender is refused": {"MAIL": "550 not you"},
    "every recipient is refused": {"RCPT": "550 nobody of that name"},
    "every recipient is refused for now": {"RCPT": "450 greylisted"},
    "the letter is refused": {"DATA": "554 no"},
    "the letter is refused at its end": {"TAKEN": "552 too large"},
    "the connection breaks in the letter": {"TAKEN": HANGS_UP},
    "the connection breaks after the letter": {"TAKEN": TAKES_AND_HANGS_UP},
    "the server keeps silent": {"EHLO": SILENCE},
    "the server keeps silent before the letter": {"DATA": SILENCE},
}


@pytest.mark.usefixtures("impatience")
@pytest.mark.parametrize("answers", REFUSALS.values(), ids=REFUSALS)
def test_mail_that_the_server_does_not_take_waits_for_its_next_try(server: MailServer, answers: dict) -> None:
    interview = booked()
    server.answers = answers

    sent = mails.send_due(now=NOW)

    assert sent == 0
    assert statuses(interview) == ["pending", "pending"]
    assert [delivery.tries for delivery in deliveries(interview)] == [1, 1]
    assert all(errors(interview))
    assert [delivery.due_at for delivery in deliveries(interview)] == [NOW + timedelta(minutes=1)] * 2


def test_refused_candidate_waits_while_the_interviewer_is_told(server: MailServer) -> None:
    interview = booked()
    server.answers = {ASHA: "550 nobody of that name"}

    sent = mails.send_due(now=NOW)

    assert sent == 1
    assert server.recipients == [[PRIYA]]
    assert statuses(interview) == ["pending", "sent"]
    assert "nobody of that name" in invitation(interview).error
    assert notice(interview).error is None


def test_refused_interviewer_waits_while_the_candidate_is_invited(server: MailServer) -> None:
    interview = booked()
    server.answers = {PRIYA: "550 nobody of that name"}

    sent = mails.send_due(now=NOW)

    assert sent == 1
    assert server.recipients == [[ASHA]]
    assert statuses(interview) == ["sent", "pending"]
    assert invitation(interview).error is None
    assert "nobody of that name" in notice(interview).error


@pytest.mark.parametrize(("refused", "order"), [(ASHA, [[PRIYA], [ASHA]]), (PRIYA, [[ASHA], [PRIYA]])])
def test_only_who_was_refused_is_written_to_again(server: MailServer, refused: str, order: list) -> None:
    interview = booked()
    server.answers = {refused: "450 greylisted"}
    mails.send_due(now=NOW)
    server.answers = {}

    sent = mails.send_due(now=NOW + timedelta(minutes=1))

    assert sent == 1
    assert server.recipients == order
    assert statuses(interview) == ["sent", "sent"]


def test_error_names_what_the_server_said(server: MailServer) -> None:
    interview = booked()
    server.answers = {"RCPT": "550 nobody of that name"}

    mails.send_due(now=NOW)

    assert invitation(interview).error.startswith("SMTPRecipientsRefused: ")
    assert "nobody of that name" in invitation(interview).error


def test_mail_is_not_tried_again_before_its_pause_is_over(server: MailServer) -> None:
    booked_and_noticed()
    server.answers = {"CONNECT": HANGS_UP}
    mails.send_due(now=NOW)

    mails.send_due(now=NOW + timedelta(seconds=59))

    assert server.connections == 1


def test_mail_put_off_is_sent_once_the_server_is_back(server: MailServer) -> None:
    interview = booked_and_noticed()
    message_id = invitation(interview).message_id
    server.answers = {"CONNECT": HANGS_UP}
    mails.send_due(now=NOW)
    server.answers = {}

    sent = mails.send_due(now=NOW + timedelta(minutes=1))

    assert sent == 1
    assert server.message_ids == [message_id]
    assert invitation(interview).status == "sent"
    assert invitation(interview).error is None


def test_server_that_fails_to_say_goodbye_has_taken_the_mail(server: MailServer) -> None:
    interview = booked()
    server.answers = {"QUIT": HANGS_UP}

    assert mails.send_due(now=NOW) == 2
    assert statuses(interview) == ["sent", "sent"]


def test_mail_is_tried_after_growing_pauses_and_then_given_up(server: MailServer, caplog) -> None:
    interview = booked_and_noticed()
    server.answers = {"CONNECT": HANGS_UP}

    pauses = fail_until_given_up(interview)

    assert pauses == sorted(pauses) == list(mails.PAUSES)
    assert invitation(interview).status == "failed"
    assert invitation(interview).error
    assert f"Mail {invitation(interview).message_id} given up after 40 tries" in caplog.text


def test_mail_is_tried_for_three_days_and_never_left_for_longer_than_four_hours() -> None:
    assert timedelta(days=2, hours=23) < sum(mails.PAUSES, timedelta()) < timedelta(days=3)
    assert max(mails.PAUSES) == timedelta(hours=4)


def test_mail_given_up_is_not_tried_again(server: MailServer) -> None:
    interview = booked_and_noticed()
    server.answers = {"CONNECT": HANGS_UP}
    fail_until_given_up(interview)
    server.answers = {}

    assert mails.send_due(now=NOW + timedelta(days=99)) == 0
    assert server.taken == []


def test_very_long_error_is_shortened(server: MailServer) -> None:
    interview = booked()
    server.answers = {"RCPT": "550 " + "no " * 200}

    mails.send_due(now=NOW)

    assert len(invitation(interview).error) == mails.ERROR_SHOWN


class Killed(BaseException):
    """What ends a process between the server's yes and our note of it."""


def die(message: EmailMessage) -> None:
    raise Killed


@pytest.fixture
def claimed_by_the_dead(monkeypatch) -> Interview:
    interview = booked_and_noticed()
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", die)
        with pytest.raises(Killed):
            mails.send_due(now=NOW)
    return interview


def test_claim_of_a_job_that_died_is_not_taken_over_at_once(claimed_by_the_dead: Interview, server: MailServer) -> None:
    assert mails.send_due(now=NOW + mails.CLAIM_LASTS - timedelta(seconds=1)) == 0
    assert invitation(claimed_by_the_dead).status == "sending"


def test_claim_of_a_job_that_died_is_taken_over_in_time(claimed_by_the_dead: Interview, server: MailServer) -> None:
    message_id = invitation(claimed_by_the_dead).message_id

    sent = mails.send_due(now=NOW + mails.CLAIM_LASTS)

    assert sent == 1
    assert server.message_ids == [message_id]
    assert invitation(claimed_by_the_dead).tries == 2


def test_mail_taken_by_a_server_whose_yes_was_lost_goes_out_again_as_the_same(server: MailServer) -> None:
    booked_and_noticed()
    server.answers = {"TAKEN": TAKES_AND_HANGS_UP}
    mails.send_due(now=NOW)
    server.answers = {}

    mails.send_due(now=NOW + timedelta(minutes=1))

    assert len(server.taken) == 2
    assert len(set(server.message_ids)) == 1


def test_job_that_lost_its_claim_does_not_overwrite_how_the_mail_stands(database: Database, monkeypatch) -> None:
    interview = booked_and_noticed()
    taken_over = {"$set": {"invitation.status": "sent", "invitation.tries": 2, "invitation.error": "by the other"}}
    monkeypatch.setattr(
        EmailMessage, "send", lambda message: database.interviews.update_one({"_id": interview.id}, taken_over)
    )

    mails.send_due(now=NOW)

    assert invitation(interview).error == "by the other"
    assert invitation(interview).sent_at is None


def test_mails_about_a_candidate_who_is_gone_fail_and_are_not_retried(server: MailServer, database: Database) -> None:
    interview = booked()
    database.candidates.delete_many({})

    sent = mails.send_due(now=NOW)

    assert sent == 0
    assert server.connections == 0
    assert statuses(interview) == ["failed", "failed"]
    assert errors(interview) == ["The candidate is gone."] * 2
    assert mails.send_due(now=NOW + timedelta(days=99)) == 0


def test_follow_up_to_a_candidate_who_is_gone_fails(server: MailServer, database: Database) -> None:
    session_id = promised()
    database.candidates.delete_many({})

    mails.send_due(now=NOW)

    assert FollowUp.objects(session_id=session_id).no_dereference().get().delivery.status == "failed"


def test_mails_about_a_slot_that_is_gone_fail(server: MailServer, database: Database) -> None:
    interview = booked()
    database.slots.delete_many({})

    mails.send_due(now=NOW)

    assert statuses(interview) == ["failed", "failed"]
    assert errors(interview) == ["The slot is gone."] * 2


def test_mails_about_an_interview_cancelled_meanwhile_fail(server: MailServer) -> None:
    interview = booked()
    Interview.objects(id=interview.id).update_one(set__status="cancelled")

    mails.send_due(now=NOW)

    assert statuses(interview) == ["failed", "failed"]
    assert errors(interview) == ["The interview is cancelled."] * 2


def test_mail_that_cannot_be_written_does_not_hold_up_the_others(server: MailServer) -> None:
    unwritable, fine = booked(), promised()
    Candidate.objects(id=unwritable.candidate.id).update_one(set__company="Acme\nBcc: everybody@example.com")

    sent = mails.send_due(now=NOW)

    assert sent == 2
    assert statuses(unwritable) == ["pending", "sent"]
    assert invitation(unwritable).error.startswith("BadHeaderError")
    assert FollowUp.objects.get(session_id=fine).delivery.status == "sent"


def test_uninvited_interviews_are_those_confirmed_before_then(database: Database) -> None:
    lost = booked()
    later = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=5)), now=NOW + timedelta(minutes=5))
    cancelled = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=6)))
    database.interviews.update_many({}, {"$unset": {"invitation": "", "notice": ""}})
    Interview.objects(id=cancelled.id).update_one(set__status="cancelled")

    found = list(mails.uninvited_interviews(before=NOW + timedelta(minutes=1)))

    assert found == [lost.id]
    assert later.id not in found
