from collections.abc import Callable
from datetime import timedelta

import pytest
from pymongo.database import Database

from interviews import changes
from interviews.changes import ChangeRefused, InterviewNotFound
from tests.factories import NOBODY, NOW
from tests.interviews.changing import AFTERWARDS, STARTS, cancel, everything, mailed, stored

pytestmark = pytest.mark.usefixtures("database")

MARKS = {changes.mark_held: "completed", changes.mark_no_show: "no_show"}
marks = pytest.mark.parametrize(("mark", "status"), MARKS.items(), ids=MARKS.values())


@marks
def test_interview_is_marked_once_it_has_begun(mark: Callable, status: str) -> None:
    interview = mailed()

    mark(interview_id=str(interview.id), now=STARTS)

    assert stored(interview).status == status


@marks
def test_interview_is_not_marked_before_it_has_begun(mark: Callable, status: str, database: Database) -> None:
    interview = mailed()
    before = everything(database)

    with pytest.raises(ChangeRefused, match="has not begun"):
        mark(interview_id=interview.id, now=STARTS - timedelta(seconds=1))

    assert everything(database) == before


@marks
def test_cancelled_interview_is_not_marked(mark: Callable, status: str) -> None:
    interview = mailed()
    cancel(interview)

    with pytest.raises(ChangeRefused, match="was cancelled"):
        mark(interview_id=interview.id, now=AFTERWARDS)


@marks
def test_interview_is_marked_once(mark: Callable, status: str) -> None:
    interview = mailed()
    mark(interview_id=interview.id, now=AFTERWARDS)

    with pytest.raises(ChangeRefused, match="already"):
        mark(interview_id=interview.id, now=AFTERWARDS)


def test_wrong_mark_is_put_right_by_the_other() -> None:
    interview = mailed()
    changes.mark_no_show(interview_id=interview.id, now=AFTERWARDS)

    changes.mark_held(interview_id=interview.id, now=AFTERWARDS)

    assert stored(interview).status == "completed"


@pytest.mark.parametrize("key", ["nonsense", "", None, 7, NOBODY])
@pytest.mark.parametrize(
    "change",
    [
        changes.resend_invitation,
        changes.mark_held,
        changes.mark_no_show,
        lambda **facts: changes.cancel_interview(reason="None", **facts),
    ],
)
def test_interview_that_does_not_exist_is_not_changed(change: Callable, key: object) -> None:
    with pytest.raises(InterviewNotFound):
        change(interview_id=key, now=NOW)
