from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from interviews import outbox
from interviews.documents import FollowUp, Interview
from tests.factories import NOW, a_booked_interview, a_candidate, a_slot, an_interview
from tests.interviews.mail_deliveries import ASHA, PRIYA, deliveries, queue_a_follow_up, statuses
from tests.interviews.mail_server import SILENCE, MailServer

pytestmark = pytest.mark.usefixtures("database")


def book_interviews(count: int) -> None:
    for number in range(count):
        an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=2, hours=number)))


def test_due_mails_are_sent_and_marked(server: MailServer) -> None:
    interview = a_booked_interview()
    session_id = queue_a_follow_up()

    sent = outbox.send_due(now=NOW)

    assert sent == 3
    assert statuses(interview) == ["sent", "sent"]
    assert [delivery.sent_at for delivery in deliveries(interview)] == [NOW, NOW]
    assert FollowUp.objects.get(session_id=session_id).delivery.status == "sent"


def test_candidate_and_interviewer_get_a_mail_each(server: MailServer) -> None:
    a_booked_interview()

    outbox.send_due(now=NOW)

    assert server.recipients == [[ASHA], [PRIYA]]


@pytest.mark.parametrize("name", ["A" * 200, "😀" * 200, 'Rao, "Asha" <asha>'])
def test_any_name_reaches_its_address(server: MailServer, name: str) -> None:
    an_interview(a_candidate(name=name), a_slot(interviewer_name=name))

    outbox.send_due(now=NOW)

    assert server.recipients == [[ASHA], [PRIYA]]


def test_address_at_a_domain_in_other_letters_is_reached(server: MailServer) -> None:
    a_booked_interview(email="asha@münchen.example")

    outbox.send_due(now=NOW)

    assert server.recipients == [["asha@xn--mnchen-3ya.example"], [PRIYA]]


def test_follow_up_goes_to_the_candidate_alone(server: MailServer) -> None:
    queue_a_follow_up()

    outbox.send_due(now=NOW)

    assert server.recipients == [[ASHA]]


def test_mail_carries_the_message_id_it_was_given_when_queued(server: MailServer) -> None:
    interview = a_booked_interview()

    outbox.send_due(now=NOW)

    assert server.message_ids == [delivery.message_id for delivery in deliveries(interview)]


def test_sent_mail_is_not_sent_again(server: MailServer) -> None:
    a_booked_interview()
    outbox.send_due(now=NOW)

    assert outbox.send_due(now=NOW + timedelta(days=9)) == 0
    assert server.recipients == [[ASHA], [PRIYA]]


def test_mail_that_is_not_due_waits(server: MailServer) -> None:
    a_booked_interview()

    assert outbox.send_due(now=NOW - timedelta(seconds=1)) == 0
    assert server.received == []


def test_many_jobs_at_once_send_each_mail_once(server: MailServer) -> None:
    book_interviews(20)

    with ThreadPoolExecutor(8) as threads:
        sent = sum(threads.map(lambda _: outbox.send_due(now=NOW), range(8)))

    assert sent == 40
    assert len(server.received) == len(set(server.message_ids)) == 40
    assert Counter(map(tuple, server.recipients)) == {(ASHA,): 20, (PRIYA,): 20}


@pytest.mark.usefixtures("short_mail_timeout")
def test_run_that_has_lasted_long_enough_leaves_the_rest_to_the_next(server: MailServer, monkeypatch) -> None:
    book_interviews(2)
    monkeypatch.setattr(outbox, "MAX_RUN_SECONDS", 0.05)
    server.answers = {"MAIL": SILENCE}

    outbox.send_due(now=NOW)

    assert server.connections == 1
    assert Interview.objects(invitation__status="pending", invitation__tries=0).count() == 1
    assert Interview.objects(notice__status="pending", notice__tries=0).count() == 2
