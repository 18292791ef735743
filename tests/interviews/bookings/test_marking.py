from collections.abc import Callable
from datetime import timedelta

import pytest
from pymongo.database import Database

from interviews import bookings, outbox
from interviews.errors import ChangeRefused, InterviewNotFound
from tests.factories import NOBODY, NOW, reload
from tests.interviews.interview_changes import AFTERWARDS, STARTS, a_mailed_interview, cancel, stored_documents

pytestmark = pytest.mark.usefixtures("database")

MARKS = {bookings.mark_held: "completed", bookings.mark_no_show: "no_show"}
marks = pytest.mark.parametrize(("mark", "status"), MARKS.items(), ids=MARKS.values())


@marks
def test_interview_is_marked_once_it_has_begun(mark: Callable, status: str) -> None:
    interview = a_mailed_interview()

    mark(interview_id=str(interview.id), now=STARTS)

    assert reload(interview).status == status


@marks
def test_interview_is_not_marked_before_it_has_begun(mark: Callable, status: str, database: Database) -> None:
    interview = a_mailed_interview()
    before = stored_documents(database)

    with pytest.raises(ChangeRefused, match="has not begun"):
        mark(interview_id=interview.id, now=STARTS - timedelta(seconds=1))

    assert stored_documents(database) == before


@marks
def test_cancelled_interview_is_not_marked(mark: Callable, status: str) -> None:
    interview = a_mailed_interview()
    cancel(interview)

    with pytest.raises(ChangeRefused, match="was cancelled"):
        mark(interview_id=interview.id, now=AFTERWARDS)


@marks
def test_interview_is_marked_once(mark: Callable, status: str) -> None:
    interview = a_mailed_interview()
    mark(interview_id=interview.id, now=AFTERWARDS)

    with pytest.raises(ChangeRefused, match="already"):
        mark(interview_id=interview.id, now=AFTERWARDS)


def test_wrong_mark_is_put_right_by_the_other() -> None:
    interview = a_mailed_interview()
    bookings.mark_no_show(interview_id=interview.id, now=AFTERWARDS)

    bookings.mark_held(interview_id=interview.id, now=AFTERWARDS)

    assert reload(interview).status == "completed"


@pytest.mark.parametrize("key", ["nonsense", "", None, 7, NOBODY])
@pytest.mark.parametrize(
    "change",
    [
        outbox.resend_invitation,
        bookings.mark_held,
        bookings.mark_no_show,
        lambda **facts: bookings.cancel_interview(reason="None", **facts),
    ],
)
def test_interview_that_does_not_exist_is_not_changed(change: Callable, key: object) -> None:
    with pytest.raises(InterviewNotFound):
        change(interview_id=key, now=NOW)
