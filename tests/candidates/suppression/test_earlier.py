"""Databases that were written before there was a list."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from pymongo.database import Database

from candidates import suppression
from candidates.documents import Candidate, Outcome, TrackingStatus
from candidates.suppression.documents import Suppression, SuppressionKey
from candidates.suppression.earlier import write_earlier_refusals
from candidates.suppression.numbers import NUMBERS, key
from config.mongo import data_changes
from tests.candidates.calls_made import LATER, close
from tests.candidates.suppression.refusals import lift, on_list
from tests.factories import NOW, a_candidate, an_attempt

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def noted(database: Database) -> Iterator[None]:
    """Have the note of a database that this was done to before there were data changes."""
    key()  # beside which the note stands
    SuppressionKey.objects(id=NUMBERS).update(set__earlier_written_at=NOW)
    yield
    SuppressionKey.objects(id=NUMBERS).update(unset__earlier_written_at=True)


def stood(status: TrackingStatus) -> Candidate:
    """Add a candidate who was closed while refusals stood on candidates alone."""
    candidate = a_candidate()
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status=status.value)
    return candidate


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (TrackingStatus.DO_NOT_CALL, "office"),
        (TrackingStatus.NOT_INTERESTED, "not_interested"),
        (TrackingStatus.WRONG_NUMBER, "wrong_number"),
    ],
)
def test_who_had_refused_is_not_called_when_added_again(status: TrackingStatus, reason: str) -> None:
    candidate = stood(status)

    write_earlier_refusals(now=LATER)
    candidate.delete()

    assert a_candidate(phone=candidate.phone).call_tracking.status == status
    refusal = on_list(candidate.phone)
    assert (refusal.reason, refusal.source, refusal.suppressed_at) == (reason, "before the list", LATER)


def test_who_opted_out_on_a_call_is_distinguished_from_who_was_marked_by_the_office() -> None:
    candidate = a_candidate()
    close(candidate, an_attempt(candidate), Outcome.OPTED_OUT)

    write_earlier_refusals(now=LATER)

    assert on_list(candidate.phone).reason == "opted_out"


@pytest.mark.parametrize(
    "status",
    [TrackingStatus.ACTIVE, TrackingStatus.MAX_ATTEMPTS_REACHED, TrackingStatus.INTERVIEW_SCHEDULED],
)
def test_who_had_not_refused_is_not_on_the_list(status: TrackingStatus) -> None:
    stood(status)

    assert write_earlier_refusals(now=LATER) == 0
    assert not Suppression.objects


@pytest.mark.usefixtures("noted")
def test_where_it_was_done_before_there_were_data_changes_nothing_is_changed() -> None:
    later = stood(TrackingStatus.DO_NOT_CALL)

    assert write_earlier_refusals(now=LATER) == 0
    assert on_list(later.phone) is None


def test_the_second_time_nothing_is_looked_at() -> None:
    call_command("apply_changes", verbosity=0)
    later = stood(TrackingStatus.DO_NOT_CALL)

    call_command("apply_changes", verbosity=0)

    assert on_list(later.phone) is None


def test_one_that_ended_half_way_does_not_undo_what_was_taken_off() -> None:
    candidate = stood(TrackingStatus.DO_NOT_CALL)
    write_earlier_refusals(now=NOW)
    lift(candidate.phone)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="do_not_call")

    write_earlier_refusals(now=LATER)

    assert not on_list(candidate.phone).is_active


def test_all_are_written_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_changes, "AT_ONCE", 2)
    candidates = [stood(TrackingStatus.DO_NOT_CALL) for _ in range(5)]

    assert write_earlier_refusals(now=LATER) == 5
    assert suppression.refused_among(each.phone for each in candidates).keys() == {each.phone for each in candidates}


@pytest.mark.django_db
def test_prepare_writes_them(settings) -> None:
    settings.SIMULATED = False
    candidate = stood(TrackingStatus.WRONG_NUMBER)

    call_command("prepare", verbosity=0)

    assert on_list(candidate.phone).is_active
