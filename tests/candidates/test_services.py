import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from django.conf import settings as project
from mongoengine import ValidationError
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from candidates import services
from candidates.documents import Candidate, Outcome, TrackingStatus
from interviews.services import CandidateNotBookable
from tests.candidates.claims import claim_until_blocked
from tests.factories import ASHA, NOBODY, NOW, a_candidate, a_slot, an_attempt, an_interview

LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.usefixtures("database")


class Once(CommandListener):
    """Lets something happen right after the first command of a kind."""

    def __init__(self, event: Callable[[], object], after: str) -> None:
        self.events, self.after = [event], after

    def started(self, event: CommandStartedEvent) -> None:
        """Wait for the answer."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        happening = self.events if event.command_name == self.after else []
        while happening:
            happening.pop()()

    def failed(self, event: CommandFailedEvent) -> None:
        """Leave it."""


@pytest.fixture
def meanwhile(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let something happen between a service's first command to the database and its next."""
    with ExitStack() as clients:

        def let_happen(event: Callable[[], object], after: str = "find") -> None:
            host, port = database.client.address
            options = {"tz_aware": True, "directConnection": True, "event_listeners": [Once(event, after)]}
            client = clients.enter_context(MongoClient(host, port, **options))
            monkeypatch.setattr(Candidate, "_collection", client[database.name].candidates)

        yield let_happen


def stored(candidate: Candidate) -> Candidate:
    return Candidate.objects.get(id=candidate.id)


def history(candidate: Candidate) -> list[dict[str, Any]]:
    return [attempt.to_mongo().to_dict() for attempt in stored(candidate).call_tracking.call_history]


def close(candidate: Candidate, session_id: ObjectId, outcome: Outcome = Outcome.NO_ANSWER, **facts: Any) -> bool:
    return services.close_attempt(
        candidate_id=candidate.id,
        session_id=session_id,
        outcome=outcome,
        **{"now": LATER, "ended_at": LATER} | facts,
    )


def called(candidate: Candidate, *, times: int, now: datetime = NOW) -> Candidate:
    """Let the candidate be called as often, and never answer."""
    for _ in range(times):
        close(candidate, an_attempt(candidate, now=now))
    return candidate


def blocked(candidate: Candidate) -> services.CallBlocked:
    before = stored(candidate).to_mongo()
    with pytest.raises(services.CallBlocked) as refused:
        an_attempt(candidate)
    assert stored(candidate).to_mongo() == before
    return refused.value


# Adding and changing


def test_a_candidate_is_added() -> None:
    candidate = services.create_candidate(now=NOW, **ASHA)

    assert stored(candidate).to_mongo() == candidate.to_mongo()
    assert candidate.created_at == candidate.updated_at == NOW


def test_a_phone_that_another_candidate_has_is_refused() -> None:
    a_candidate(phone="+919876543210")

    with pytest.raises(services.PhoneTaken, match=r"Another candidate has the phone number \+919876543210\."):
        a_candidate(phone="+91 98765 43210", name="Not Asha")

    assert Candidate.objects.count() == 1


def test_a_candidate_with_a_bad_field_is_not_added() -> None:
    with pytest.raises(ValidationError):
        a_candidate(phone="9876543210")

    assert not Candidate.objects


def test_only_the_fields_given_are_changed() -> None:
    candidate = a_candidate(notes="Call after lunch.")

    updated = services.update_candidate(candidate_id=str(candidate.id), now=LATER, position="Lead", tags=["senior"])

    expected = candidate.to_mongo() | {"position": "Lead", "tags": ["senior"], "updated_at": LATER}
    assert updated.to_mongo() == stored(candidate).to_mongo() == expected


def test_a_field_is_emptied() -> None:
    candidate = a_candidate(notes="Call after lunch.", tags=["senior"])

    services.update_candidate(candidate_id=candidate.id, now=LATER, notes=None, tags=[])

    found = stored(candidate)
    assert found.notes is None
    assert found.tags == []


def test_a_change_keeps_what_a_call_wrote_meanwhile() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    services.update_candidate(candidate_id=candidate.id, now=LATER, name="Asha R. Rao")

    assert stored(candidate).call_tracking.open_session_id == session_id


def test_a_candidate_may_keep_their_own_phone() -> None:
    candidate = a_candidate()

    updated = services.update_candidate(candidate_id=candidate.id, now=LATER, phone=candidate.phone)

    assert updated.phone == candidate.phone


def test_another_candidates_phone_is_refused_and_nothing_changes() -> None:
    candidate, other = a_candidate(), a_candidate()

    with pytest.raises(services.PhoneTaken):
        services.update_candidate(candidate_id=candidate.id, now=LATER, phone=other.phone, name="Not Asha")

    assert stored(candidate).to_mongo() == candidate.to_mongo()


def test_a_bad_change_is_refused_and_nothing_changes() -> None:
    candidate = a_candidate()

    with pytest.raises(ValidationError):
        services.update_candidate(candidate_id=candidate.id, now=LATER, name="", position="Team Lead")

    assert stored(candidate).to_mongo() == candidate.to_mongo()


@pytest.mark.parametrize("candidate_id", [NOBODY, "", "5", None, {"$ne": None}])
def test_who_is_not_there_is_not_changed(candidate_id: object) -> None:
    with pytest.raises(services.CandidateNotFound, match="Candidate not found with ID: "):
        services.update_candidate(candidate_id=candidate_id, now=LATER, name="Asha")

    assert not Candidate.objects


def test_a_candidate_deleted_during_the_change_stays_deleted(meanwhile) -> None:
    candidate = a_candidate()
    meanwhile(lambda: Candidate._get_collection().delete_one({"_id": candidate.id}))

    with pytest.raises(services.CandidateNotFound):
        services.update_candidate(candidate_id=candidate.id, now=LATER, name="Asha R. Rao")

    assert not Candidate.objects


def test_a_long_id_is_not_repeated_in_full() -> None:
    with pytest.raises(services.CandidateNotFound) as refused:
        services.get_candidate("x" * 5000)

    assert str(refused.value) == "Candidate not found with ID: " + "x" * 100


# Claiming an attempt


def test_a_claim_writes_the_attempt_before_anybody_dials() -> None:
    candidate, session_id = a_candidate(), ObjectId()

    claimed = services.claim_attempt(candidate_id=str(candidate.id), session_id=session_id, now=NOW)

    assert stored(candidate).to_mongo() == claimed.to_mongo()
    assert history(candidate) == [{"number": 1, "session_id": session_id, "initiated_at": NOW, "outcome": "placing"}]
    tracking = claimed.call_tracking
    assert (tracking.total_attempts, tracking.open_session_id, tracking.last_attempt_at) == (1, session_id, NOW)


def test_a_claim_takes_the_appointed_time_away() -> None:
    candidate = a_candidate()
    close(candidate, an_attempt(candidate), next_attempt_at=LATER)

    an_attempt(candidate)

    assert stored(candidate).call_tracking.next_attempt_at is None


def test_a_candidate_under_way_is_not_called_again() -> None:
    candidate = a_candidate()
    an_attempt(candidate)

    refused = blocked(candidate)

    assert refused.code == "call_in_progress"
    assert str(refused) == "Cannot make call: a call to this candidate is under way"
    assert refused.candidate == candidate


def test_a_candidate_is_called_three_times_at_most() -> None:
    candidate = called(a_candidate(), times=3)

    refused = blocked(candidate)

    assert refused.code == "call_limit_reached"
    assert str(refused) == "Cannot make call: Maximum attempts reached (3/3)"
    assert refused.facts == {"attempts": 3, "max_attempts": 3}
    assert [attempt["number"] for attempt in history(candidate)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("outcome", "code", "message"),
    [
        (Outcome.OPTED_OUT, "do_not_call", "Cannot make call: the candidate asked not to be called"),
        (Outcome.WRONG_NUMBER, "do_not_call", "Cannot make call: the number belongs to somebody else"),
        (Outcome.NOT_INTERESTED, "do_not_call", "Cannot make call: the candidate is not interested"),
        (Outcome.INTERVIEW_SCHEDULED, "already_scheduled", "Cannot make call: an interview is already scheduled"),
    ],
)
def test_a_candidate_with_whom_we_are_done_is_not_called(outcome: Outcome, code: str, message: str) -> None:
    candidate = a_candidate()
    close(candidate, an_attempt(candidate), outcome)

    refused = blocked(candidate)

    assert (refused.code, str(refused), refused.facts) == (code, message, {})


@pytest.mark.parametrize("candidate_id", [NOBODY, "", "5", "x" * 24, None, {"$ne": None}])
def test_who_is_not_there_is_not_called(candidate_id: object) -> None:
    a_candidate()

    with pytest.raises(services.CandidateNotFound):
        services.claim_attempt(candidate_id=candidate_id, session_id=ObjectId(), now=NOW)

    assert Candidate.objects.get().call_tracking.total_attempts == 0


def test_a_claim_that_lost_against_a_call_just_ended_does_not_speak_of_the_limit(meanwhile) -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    meanwhile(lambda: close(candidate, session_id), after="findAndModify")

    with pytest.raises(services.CallBlocked) as refused:
        an_attempt(candidate)

    assert refused.value.code == "call_in_progress"


def test_of_64_threads_one_claims_the_attempt() -> None:
    candidate = a_candidate()
    start = threading.Barrier(64)

    def try_to_claim(_: int) -> str:
        start.wait()
        try:
            services.claim_attempt(candidate_id=candidate.id, session_id=ObjectId(), now=NOW)
        except services.CallBlocked as error:
            return error.code
        return "claimed"

    with ThreadPoolExecutor(64) as pool:
        answers = sorted(pool.map(try_to_claim, range(64)))

    assert answers == ["call_in_progress"] * 63 + ["claimed"]
    assert len(history(candidate)) == 1


def test_64_threads_never_call_more_than_three_times() -> None:
    candidate = a_candidate()

    with ThreadPoolExecutor(64) as pool:
        won = list(pool.map(claim_until_blocked, [str(candidate.id)] * 64))

    assert sorted(number for numbers in won for number in numbers) == [1, 2, 3]
    assert stored(candidate).call_tracking.total_attempts == len(history(candidate)) == 3


def test_four_processes_never_call_more_than_three_times() -> None:
    candidate = a_candidate()
    command = [sys.executable, "-m", "tests.candidates.claims", str(candidate.id)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}

    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(command, cwd=project.BASE_DIR, env=environment, **pipes))
            for _ in range(4)
        ]
        ready = [process.stdout.readline() for process in processes]
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        won = [json.loads(process.communicate()[0]) for process in processes]

    assert ready == ["ready\n"] * 4
    assert sorted(number for numbers in won for number in numbers) == [1, 2, 3]
    assert stored(candidate).call_tracking.total_attempts == len(history(candidate)) == 3


# How the attempt stands


def test_the_answer_of_the_phone_service_is_written_on_the_attempt() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    written = services.update_attempt(
        candidate_id=candidate.id,
        session_id=session_id,
        outcome=Outcome.INITIATED,
        call_sid="CA1",
        twilio_status="queued",
        notes=None,
    )

    assert written
    assert history(candidate) == [
        {
            "number": 1,
            "session_id": session_id,
            "initiated_at": NOW,
            "outcome": "initiated",
            "call_sid": "CA1",
            "twilio_status": "queued",
        }
    ]


@pytest.mark.parametrize(
    ("course", "stands"),
    [
        ([Outcome.UNKNOWN], "unknown"),
        ([Outcome.UNKNOWN, Outcome.INITIATED], "initiated"),
        ([Outcome.INITIATED, Outcome.UNKNOWN], "initiated"),
        ([Outcome.IN_PROGRESS, Outcome.INITIATED], "in_progress"),
        ([Outcome.IN_PROGRESS, Outcome.UNKNOWN], "in_progress"),
        ([Outcome.INITIATED, Outcome.IN_PROGRESS], "in_progress"),
        ([Outcome.UNKNOWN, Outcome.IN_PROGRESS], "in_progress"),
    ],
)
def test_an_attempt_is_not_set_back_by_news_that_come_late(course: list[Outcome], stands: str) -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    for outcome in course:
        services.update_attempt(candidate_id=candidate.id, session_id=session_id, outcome=outcome)

    assert history(candidate)[0]["outcome"] == stands


def test_an_attempt_that_is_over_stands() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    close(candidate, session_id, Outcome.BUSY)

    written = services.update_attempt(candidate_id=candidate.id, session_id=session_id, outcome=Outcome.IN_PROGRESS)

    assert not written
    assert history(candidate)[0]["outcome"] == "busy"


def test_only_the_attempt_meant_is_written() -> None:
    candidate = called(a_candidate(), times=1)
    session_id = an_attempt(candidate)

    services.update_attempt(candidate_id=candidate.id, session_id=session_id, outcome=Outcome.INITIATED, call_sid="CA2")

    assert [attempt.get("call_sid") for attempt in history(candidate)] == [None, "CA2"]


# What came of it


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.NO_ANSWER, TrackingStatus.ACTIVE),
        (Outcome.BUSY, TrackingStatus.ACTIVE),
        (Outcome.FAILED, TrackingStatus.ACTIVE),
        (Outcome.CANCELED, TrackingStatus.ACTIVE),
        (Outcome.VOICEMAIL, TrackingStatus.ACTIVE),
        (Outcome.HUNG_UP, TrackingStatus.ACTIVE),
        (Outcome.NO_AGREEMENT, TrackingStatus.ACTIVE),
        (Outcome.CALLBACK_REQUESTED, TrackingStatus.ACTIVE),
        (Outcome.INTERVIEW_SCHEDULED, TrackingStatus.INTERVIEW_SCHEDULED),
        (Outcome.NOT_INTERESTED, TrackingStatus.NOT_INTERESTED),
        (Outcome.OPTED_OUT, TrackingStatus.DO_NOT_CALL),
        (Outcome.WRONG_NUMBER, TrackingStatus.WRONG_NUMBER),
    ],
)
def test_an_outcome_leaves_the_candidate_where_it_says(outcome: Outcome, status: TrackingStatus) -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    closed = close(candidate, session_id, outcome, duration_seconds=42, twilio_status="completed", notes="Heard.")

    found = stored(candidate)
    assert closed
    assert (found.call_tracking.status, found.call_tracking.open_session_id, found.updated_at) == (status, None, LATER)
    assert history(candidate) == [
        {
            "number": 1,
            "session_id": session_id,
            "initiated_at": NOW,
            "ended_at": LATER,
            "outcome": outcome,
            "duration_seconds": 42,
            "twilio_status": "completed",
            "notes": "Heard.",
        }
    ]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.NO_ANSWER, TrackingStatus.MAX_ATTEMPTS_REACHED),
        (Outcome.CALLBACK_REQUESTED, TrackingStatus.MAX_ATTEMPTS_REACHED),
        (Outcome.INTERVIEW_SCHEDULED, TrackingStatus.INTERVIEW_SCHEDULED),
        (Outcome.OPTED_OUT, TrackingStatus.DO_NOT_CALL),
    ],
)
def test_the_last_attempt_closes_the_candidate(outcome: Outcome, status: TrackingStatus) -> None:
    candidate = called(a_candidate(), times=2)

    close(candidate, an_attempt(candidate), outcome, next_attempt_at=LATER)

    tracking = stored(candidate).call_tracking
    assert (tracking.status, tracking.next_attempt_at, tracking.can_call_again) == (status, None, False)


def test_the_next_attempt_is_appointed() -> None:
    candidate = a_candidate()

    close(candidate, an_attempt(candidate), next_attempt_at=LATER)

    assert stored(candidate).call_tracking.next_attempt_at == LATER


def test_an_outcome_is_recorded_once() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    close(candidate, session_id, Outcome.BUSY)

    again = close(candidate, session_id, Outcome.OPTED_OUT)

    assert not again
    assert history(candidate)[0]["outcome"] == "busy"
    assert stored(candidate).call_tracking.status == "active"


def test_an_attempt_of_nobody_is_not_closed() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    stored(candidate).delete()

    assert not close(candidate, session_id)
    assert not Candidate.objects


def test_an_attempt_given_back_does_not_count() -> None:
    candidate = called(a_candidate(), times=2)

    close(candidate, an_attempt(candidate), Outcome.FAILED, gives_back=True, error_code=20003)

    tracking = stored(candidate).call_tracking
    assert (tracking.total_attempts, tracking.status, tracking.can_call_again) == (2, "active", True)
    assert [attempt["number"] for attempt in history(candidate)] == [1, 2, 3]
    assert history(candidate)[2]["error_code"] == 20003


def test_attempts_given_back_do_not_swell_the_document() -> None:
    candidate = a_candidate()

    for _ in range(services.MOST_ATTEMPTS_KEPT + 5):
        close(candidate, an_attempt(candidate), Outcome.FAILED, gives_back=True)
    last = an_attempt(candidate)

    assert len(history(candidate)) == services.MOST_ATTEMPTS_KEPT
    assert history(candidate)[-1]["session_id"] == last


def test_who_opted_out_stays_out_whatever_the_call_came_to() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="do_not_call")

    close(candidate, session_id, Outcome.NO_ANSWER, next_attempt_at=LATER)

    tracking = stored(candidate).call_tracking
    assert (tracking.status, tracking.next_attempt_at) == ("do_not_call", None)


def test_an_opt_out_outweighs_an_interview() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    an_interview(candidate, a_slot())

    close(candidate, session_id, Outcome.OPTED_OUT)

    assert stored(candidate).call_tracking.status == "do_not_call"


def test_an_outcome_that_was_recorded_too_early_is_corrected() -> None:
    candidate = called(a_candidate(), times=1)
    session_id = an_attempt(candidate)
    close(candidate, session_id, Outcome.HUNG_UP)

    corrected = services.correct_attempt(
        candidate_id=candidate.id, session_id=session_id, outcome=Outcome.INTERVIEW_SCHEDULED, now=LATER
    )

    assert corrected
    assert [attempt["outcome"] for attempt in history(candidate)] == ["no_answer", "interview_scheduled"]


def test_an_attempt_under_way_is_not_corrected() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    corrected = services.correct_attempt(
        candidate_id=candidate.id, session_id=session_id, outcome=Outcome.INTERVIEW_SCHEDULED, now=LATER
    )

    assert not corrected
    assert history(candidate)[0]["outcome"] == "placing"


def test_what_changed_during_the_closing_is_taken_into_account(meanwhile) -> None:
    candidate = called(a_candidate(), times=2)
    session_id = an_attempt(candidate)
    meanwhile(lambda: Candidate.objects(id=candidate.id).update_one(set__call_tracking__max_attempts=4))

    closed = close(candidate, session_id)

    assert closed
    assert stored(candidate).call_tracking.status == "active"


# Who is called next


def test_the_candidate_added_first_of_those_who_may_be_called_is_first() -> None:
    a_candidate(now=NOW + timedelta(days=1))
    close(out := a_candidate(now=NOW - timedelta(days=1)), an_attempt(out), Outcome.OPTED_OUT)
    an_attempt(a_candidate(now=NOW - timedelta(days=1)))
    called(a_candidate(now=NOW - timedelta(days=1)), times=3)
    first = a_candidate()

    assert services.first_callable_candidate() == first


def test_where_nobody_may_be_called_nobody_is_first() -> None:
    an_attempt(a_candidate())

    assert services.first_callable_candidate() is None


def due(candidate: Candidate, at: datetime) -> Candidate:
    close(candidate, an_attempt(candidate), next_attempt_at=at)
    return candidate


def test_who_waits_longest_is_due_first() -> None:
    second, first = due(a_candidate(), NOW), due(a_candidate(), NOW - timedelta(hours=1))
    due(a_candidate(), LATER)
    a_candidate()

    assert list(services.due_candidates(now=NOW, limit=10)) == [first, second]
    assert list(services.due_candidates(now=NOW, limit=1)) == [first]


def test_withdrawn_candidate_is_not_due() -> None:
    candidate = due(a_candidate(), NOW)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="do_not_call")

    assert list(services.due_candidates(now=NOW, limit=10)) == []


def test_a_due_attempt_is_put_off() -> None:
    candidate = stored(due(a_candidate(), NOW))

    services.put_off(candidate=candidate, until=LATER)

    assert stored(candidate).call_tracking.next_attempt_at == LATER


def test_an_attempt_begun_meanwhile_is_not_put_off() -> None:
    candidate = stored(due(a_candidate(), NOW))
    an_attempt(candidate)

    services.put_off(candidate=candidate, until=LATER)

    assert stored(candidate).call_tracking.next_attempt_at is None


def test_attempts_open_for_long_are_found() -> None:
    waiting = a_candidate()
    an_attempt(waiting, now=NOW)
    an_attempt(a_candidate(), now=LATER)
    called(a_candidate(), times=1)

    assert list(services.candidates_with_open_attempt(before=LATER)) == [waiting]


# Interviews


def test_a_booking_schedules_the_candidate() -> None:
    candidate = due(a_candidate(), LATER)

    an_interview(candidate, a_slot())

    tracking = stored(candidate).call_tracking
    assert (tracking.status, tracking.next_attempt_at) == ("interview_scheduled", None)


def test_the_last_attempt_may_still_be_booked() -> None:
    candidate = called(a_candidate(), times=3)

    an_interview(candidate, a_slot())

    assert stored(candidate).call_tracking.status == "interview_scheduled"


def test_who_opted_out_is_not_booked() -> None:
    candidate = a_candidate()
    close(candidate, an_attempt(candidate), Outcome.OPTED_OUT)

    with pytest.raises(CandidateNotBookable):
        an_interview(candidate, a_slot())

    assert stored(candidate).call_tracking.status == "do_not_call"
