"""What the doctor finds in the outbox."""

from datetime import datetime, timedelta

import pytest
from bson import ObjectId

from config.doctor.findings import Finding, Verdict
from config.doctor.queues import check_queues
from interviews import outbox
from interviews.documents import FollowUp, Interview
from tests.factories import NOW, a_candidate, a_slot, an_interview

pytestmark = pytest.mark.usefixtures("database")


def only(now: datetime = NOW) -> Finding:
    (finding,) = check_queues(now)
    return finding


def test_mails_that_are_not_sent_are_reported() -> None:
    an_interview(a_candidate(), a_slot())

    assert only(NOW + timedelta(minutes=61)).words == "2 mails have been due for over an hour."


def test_mails_that_were_given_up_are_reported_while_they_matter() -> None:
    an_interview(a_candidate(), a_slot())
    Interview.objects.update(set__invitation__status="failed", set__notice__status="sent")

    assert only().words == "1 mails of interviews to come, or of the last week's calls, were given up."
    assert only(NOW + timedelta(days=3)).verdict == Verdict.RIGHT


def test_follow_ups_that_were_given_up_are_reported_for_a_week() -> None:
    outbox.queue_follow_up(candidate_id=a_candidate().id, session_id=ObjectId(), now=NOW)
    FollowUp.objects.update(set__delivery__status="failed")

    assert "were given up" in only().words
    assert only(NOW + timedelta(days=8)).verdict == Verdict.RIGHT
