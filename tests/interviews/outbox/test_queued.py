from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId
from pymongo.database import Database

from interviews import outbox
from interviews.documents import FollowUp, Interview
from tests.factories import NOW, a_booked_interview, a_candidate, a_slot, an_interview
from tests.interviews.mail_deliveries import deliveries, invitation, notice, statuses

pytestmark = pytest.mark.usefixtures("database")


def test_booking_queues_an_invitation_and_a_notice_due_at_once() -> None:
    interview = a_booked_interview()

    assert statuses(interview) == ["pending", "pending"]
    assert [delivery.due_at for delivery in deliveries(interview)] == [NOW, NOW]


def test_invitation_and_notice_are_two_mails() -> None:
    interview = a_booked_interview()

    assert invitation(interview).message_id != notice(interview).message_id


def test_invitation_and_notice_are_queued_once() -> None:
    interview = a_booked_interview()
    first = deliveries(interview)

    queued_again = outbox.queue_invitation(interview_id=interview.id, now=NOW + timedelta(minutes=1))

    assert not queued_again
    assert deliveries(interview) == first


def test_invitation_and_notice_are_queued_together_however_many_ask_for_them(database: Database) -> None:
    interview = a_booked_interview()
    database.interviews.update_one({"_id": interview.id}, {"$unset": {"invitation": 1, "notice": 1}})
    times = [NOW + timedelta(minutes=minutes) for minutes in range(32)]

    with ThreadPoolExecutor(16) as threads:
        queued = list(threads.map(lambda now: outbox.queue_invitation(interview_id=interview.id, now=now), times))

    assert sum(queued) == 1
    assert [delivery.due_at for delivery in deliveries(interview)] == [times[queued.index(True)]] * 2


def test_cancelled_interview_is_not_invited_to(database: Database) -> None:
    interview = a_booked_interview()
    database.interviews.update_one(
        {"_id": interview.id}, {"$set": {"status": "cancelled"}, "$unset": {"invitation": 1, "notice": 1}}
    )

    assert not outbox.queue_invitation(interview_id=interview.id, now=NOW)
    assert deliveries(interview) == (None, None)


def test_session_gets_one_follow_up_however_many_ask_for_it() -> None:
    candidate, session_id = a_candidate(), ObjectId()

    with ThreadPoolExecutor(16) as threads:
        list(
            threads.map(
                lambda _: outbox.queue_follow_up(candidate_id=candidate.id, session_id=session_id, now=NOW), range(32)
            )
        )

    assert FollowUp.objects(session_id=session_id).count() == 1


def test_message_id_names_the_domain_we_send_from(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Acme Interviews <interviews@acme.example>"

    interview = a_booked_interview()

    assert invitation(interview).message_id.endswith("@acme.example>")
    assert notice(interview).message_id.endswith("@acme.example>")


def test_message_id_names_an_international_domain_as_servers_know_it(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Acme Interviews <interviews@münchen.example>"

    assert invitation(a_booked_interview()).message_id.endswith("@xn--mnchen-3ya.example>")


def test_uninvited_interviews_are_those_confirmed_before_then(database: Database) -> None:
    uninvited = a_booked_interview()
    later = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=5)), now=NOW + timedelta(minutes=5))
    cancelled = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=6)))
    database.interviews.update_many({}, {"$unset": {"invitation": "", "notice": ""}})
    Interview.objects(id=cancelled.id).update_one(set__status="cancelled")

    found = list(outbox.uninvited_interviews(before=NOW + timedelta(minutes=1)))

    assert found == [uninvited.id]
    assert later.id not in found
