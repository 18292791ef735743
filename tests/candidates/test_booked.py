import pytest

from candidates.documents import Outcome
from interviews.errors import CandidateNotBookable
from tests.candidates.calls_made import LATER, called, close, due
from tests.factories import a_candidate, a_slot, an_attempt, an_interview, reload

pytestmark = pytest.mark.usefixtures("database")


def test_a_booking_schedules_the_candidate() -> None:
    candidate = due(a_candidate(), LATER)

    an_interview(candidate, a_slot())

    tracking = reload(candidate).call_tracking
    assert (tracking.status, tracking.next_attempt_at) == ("interview_scheduled", None)


def test_the_last_attempt_may_still_be_booked() -> None:
    candidate = called(a_candidate(), times=3)

    an_interview(candidate, a_slot())

    assert reload(candidate).call_tracking.status == "interview_scheduled"


def test_who_opted_out_is_not_booked() -> None:
    candidate = a_candidate()
    close(candidate, an_attempt(candidate), Outcome.OPTED_OUT)

    with pytest.raises(CandidateNotBookable):
        an_interview(candidate, a_slot())

    assert reload(candidate).call_tracking.status == "do_not_call"
