from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from bson import ObjectId
from django.contrib.auth.models import User
from django.test import Client
from mongoengine import OperationError
from pymongo.database import Database
from rest_framework.test import APIClient

from calls import endings
from calls.documents import ConversationSession
from calls.sessions import close_session
from candidates import attempts, services
from candidates.attempts import CallBlocked
from candidates.deletion import DeletionRefused
from candidates.documents import Candidate, Outcome
from candidates.models import Candidate as Mirror
from candidates.services import CandidateNotFound
from interviews import bookings, outbox
from interviews.documents import FollowUp, Interview
from interviews.errors import CandidateNotBookable
from tests.candidates.races import ROUNDS, race
from tests.factories import NOBODY, NOW, a_candidate, a_session, a_slot, an_attempt, an_interview
from tests.interviews.interview_changes import AFTERWARDS, a_mailed_interview, cancel
from tests.interviews.slot_actions import book

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database", "today")]


def delete(candidate: Candidate, *, now: datetime = NOW) -> None:
    services.delete_candidate(candidate_id=candidate.id, now=now)


def refusal_code(candidate: Candidate, *, now: datetime = NOW) -> str:
    with pytest.raises(DeletionRefused) as refused:
        delete(candidate, now=now)
    assert Candidate.objects(id=candidate.id).count() == 1
    return refused.value.blocker.code


def end_session(session: ConversationSession, outcome: Outcome = Outcome.NO_ANSWER) -> ConversationSession:
    close_session(session_id=session.id, outcome=outcome, now=NOW)
    endings.announce_end(session_id=session.id, now=NOW)
    return session


def collections_about(database: Database, candidate: Candidate) -> list[str]:
    found = {
        name: database[name].count_documents({"candidate": candidate.id}) for name in database.list_collection_names()
    }
    return sorted(name for name, number in found.items() if number)


# --- What goes, and what stays


def test_candidate_is_deleted_with_all_that_is_about_them(database: Database) -> None:
    interview = a_mailed_interview()
    candidate = interview.candidate
    cancel(interview, now=NOW)
    end_session(a_session(candidate), Outcome.NO_AGREEMENT)
    outbox.send_due(now=NOW)
    other = a_candidate()
    assert collections_about(database, candidate) == ["follow_ups", "interviews", "sessions"]

    delete(candidate)

    assert collections_about(database, candidate) == []
    assert [each.id for each in Candidate.objects] == [other.id]


@pytest.mark.parametrize("change", [bookings.mark_held, bookings.mark_no_show, lambda **_: None])
def test_candidate_whose_interview_is_over_is_deleted_with_it(change: Callable[..., None]) -> None:
    interview = a_mailed_interview()
    change(interview_id=interview.id, now=AFTERWARDS)

    delete(interview.candidate, now=AFTERWARDS)

    assert not Candidate.objects
    assert not Interview.objects


def test_candidate_with_an_interview_ahead_stays() -> None:
    assert refusal_code(a_mailed_interview().candidate) == "has_interview"
    assert Interview.objects.count() == 1


def test_candidate_whose_interview_goes_on_stays() -> None:
    interview = a_mailed_interview()

    assert refusal_code(interview.candidate, now=interview.ends_at - timedelta(minutes=1)) == "has_interview"


def test_candidate_who_is_still_to_hear_of_the_cancellation_stays() -> None:
    interview = a_mailed_interview()
    cancel(interview, now=NOW)

    assert refusal_code(interview.candidate) == "mail_pending"


def test_candidate_whose_interviewer_is_still_to_hear_of_the_cancellation_stays() -> None:
    interview = a_mailed_interview()
    cancel(interview, now=NOW)
    Interview.objects.update(set__invitation__status="sent", set__notice__status="sending")

    assert refusal_code(interview.candidate) == "mail_pending"


def test_candidate_who_was_promised_a_mail_stays_until_it_is_sent(mailoutbox) -> None:
    session = end_session(a_session(), Outcome.NO_AGREEMENT)

    assert refusal_code(session.candidate) == "mail_pending"
    outbox.send_due(now=NOW)
    delete(session.candidate)

    assert len(mailoutbox) == 1
    assert not FollowUp.objects


def test_candidate_on_a_call_stays_and_is_reported_for_how_long(settings) -> None:
    settings.RING_SECONDS, settings.CALL_LIMIT_SECONDS = 25, 600
    candidate = a_candidate()
    an_attempt(candidate)

    with pytest.raises(DeletionRefused, match="try again when it is over, in 11 minutes at most"):
        delete(candidate)


def test_candidate_whose_call_is_over_and_not_recorded_stays() -> None:
    session = a_session()
    attempts.close_attempt(
        candidate_id=session.candidate.id, session_id=session.id, outcome=Outcome.NO_AGREEMENT, now=NOW, ended_at=NOW
    )
    close_session(session_id=session.id, outcome=Outcome.NO_AGREEMENT, now=NOW)

    assert refusal_code(session.candidate) == "call_in_progress"


@pytest.mark.parametrize("key", [NOBODY, "nonsense", None])
def test_candidate_who_is_not_there_is_not_deleted(key: object) -> None:
    with pytest.raises(CandidateNotFound):
        services.delete_candidate(candidate_id=key, now=NOW)


# --- Every way of deleting


@pytest.fixture
def sue(database: Database, db: None) -> Client:
    """A browser of somebody who may do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("sue"))
    return client


def by_page(client: Client, candidate: Candidate) -> Any:
    return client.post(f"/admin/candidates/candidate/{candidate.id}/delete/", {"post": "yes"}, follow=True)


def by_action(client: Client, *candidates: Candidate) -> Any:
    chosen = {"action": "delete_selected", "_selected_action": [str(each.id) for each in candidates], "post": "yes"}
    return client.post("/admin/candidates/candidate/", chosen, follow=True)


WAYS = {
    "the document": lambda candidate: Candidate.objects.get(id=candidate.id).delete(),
    "a queryset of documents": lambda candidate: Candidate.objects(id=candidate.id).delete(),
    "all documents, sliced": lambda candidate: Candidate.objects.limit(1).delete(),
    "the mirror": lambda candidate: Mirror.objects.get(pk=str(candidate.id)).delete(),
    "a queryset of mirrors": lambda candidate: Mirror.objects.filter(pk=str(candidate.id)).delete(),
}


@pytest.mark.parametrize("way", WAYS)
def test_whichever_way_a_candidate_is_deleted_all_goes(way: str, database: Database) -> None:
    candidate = end_session(a_session()).candidate

    WAYS[way](candidate)

    assert not Candidate.objects
    assert collections_about(database, candidate) == []


@pytest.mark.parametrize("way", WAYS)
def test_whichever_way_a_candidate_on_a_call_is_deleted_it_is_refused(way: str) -> None:
    session = a_session()

    with pytest.raises(Exception, match="A call to the candidate is under way"):
        WAYS[way](session.candidate)

    assert Candidate.objects.count() == ConversationSession.objects.count() == 1


def test_of_several_of_whom_one_is_needed_none_is_deleted() -> None:
    a_candidate()
    an_attempt(a_candidate())

    with pytest.raises(OperationError):
        Candidate.objects.delete()

    assert Candidate.objects.count() == 2


def test_page_says_what_to_do_first(sue: Client) -> None:
    candidate = a_mailed_interview().candidate

    page = sue.get(f"/admin/candidates/candidate/{candidate.id}/delete/")

    assert page.context["protected"] == ["Asha Rao: The candidate has an interview ahead; cancel it first."]
    assert by_page(sue, candidate).context["protected"]
    assert by_action(sue, candidate, a_candidate()).context["protected"]
    assert Candidate.objects.count() == 2


def test_page_deletes_who_was_interviewed_and_written_to(sue: Client) -> None:
    interview = a_mailed_interview()
    cancel(interview, now=NOW)
    end_session(a_session(interview.candidate), Outcome.NO_AGREEMENT)
    outbox.send_due(now=NOW)

    by_page(sue, interview.candidate)

    assert not Candidate.objects
    assert not Interview.objects


def test_action_deletes_those_chosen(sue: Client) -> None:
    by_action(sue, a_candidate(), end_session(a_session()).candidate)

    assert not Candidate.objects


def test_api_says_what_to_do_first(api: APIClient) -> None:
    interview = a_mailed_interview()
    address = f"/api/candidates/{interview.candidate.id}/"

    ahead = api.delete(address)
    cancel(interview, now=NOW)
    unsent = api.delete(address)
    outbox.send_due(now=NOW)
    done = api.delete(address)

    assert (ahead.status_code, ahead.json()["code"]) == (409, "has_interview")
    assert (unsent.status_code, unsent.json()["code"]) == (409, "mail_pending")
    assert done.status_code == 204


# --- At once


def succeeds(act: Callable[[], Any]) -> bool:
    try:
        act()
    except (DeletionRefused, CallBlocked, CandidateNotFound, CandidateNotBookable):
        return False
    return True


def which_succeed(*acts: Callable[[], Any]) -> tuple[bool, ...]:
    """Do all at once, each in its thread."""
    with ThreadPoolExecutor(len(acts)) as threads:
        return tuple(threads.map(succeeds, acts))


def kept(candidate: Candidate) -> int:
    return Candidate.objects(id=candidate.id).count()


def test_of_a_booking_and_a_deletion_at_once_one_is_refused() -> None:
    pairs = [(a_candidate(), a_slot(starts_at=NOW + timedelta(days=2, hours=hour))) for hour in range(ROUNDS)]

    outcomes = [
        which_succeed(partial(book, slot, candidate, ObjectId()), candidate.delete) for candidate, slot in pairs
    ]

    assert {tuple(sorted(outcome)) for outcome in outcomes} == {(False, True)}
    booked = [Interview.objects(candidate=candidate.id).count() for candidate, _ in pairs]
    assert [kept(candidate) for candidate, _ in pairs] == booked


def test_of_a_claim_and_a_deletion_at_once_one_is_refused() -> None:
    candidates = [a_candidate() for _ in range(ROUNDS)]

    outcomes = [which_succeed(partial(an_attempt, candidate), candidate.delete) for candidate in candidates]

    assert {tuple(sorted(outcome)) for outcome in outcomes} == {(False, True)}
    assert [kept(candidate) for candidate in candidates] == [is_claimed for is_claimed, _ in outcomes]


def an_interview_whose_mails_are_sent(hour: int) -> Interview:
    interview = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=2, hours=hour)))
    Interview.objects(id=interview.id).update(set__invitation__status="sent", set__notice__status="sent")
    return interview


def test_mail_of_a_cancellation_is_not_lost_to_a_deletion_at_once() -> None:
    interviews = [an_interview_whose_mails_are_sent(hour) for hour in range(ROUNDS)]

    race(
        interviews,
        lambda interview: succeeds(partial(cancel, interview, now=NOW)),
        lambda interview: succeeds(interview.candidate.delete),
    )

    assert [kept(interview.candidate) for interview in interviews] == [1] * ROUNDS
    assert {Interview.objects.get(id=interview.id).status for interview in interviews} == {"cancelled"}
