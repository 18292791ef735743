from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar, Event

from interviews import bookings, messages
from interviews.documents import Interview
from tests.interviews.interview_changes import AFTERWARDS, LATER, cancel, mailed

pytestmark = pytest.mark.usefixtures("database")


def read(message: Any) -> EmailMessage:
    return message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=policy.default)


def invitation(interview: Interview) -> EmailMessage:
    return read(messages.write_invitation(Interview.objects.get(id=interview.id)))


def notice(interview: Interview) -> EmailMessage:
    return read(messages.write_notice(Interview.objects.get(id=interview.id)))


def calendar(message: EmailMessage) -> Calendar:
    (attached,) = message.iter_attachments()
    return Calendar.from_ical(attached.get_content())


def event(message: EmailMessage) -> Event:
    (only,) = calendar(message).events
    return only


def bodies(message: EmailMessage) -> list[str]:
    return [message.get_body((kind,)).get_content() for kind in ("plain", "html")]


Write = Callable[[Interview], EmailMessage]
both = pytest.mark.parametrize("write", [invitation, notice])


@both
def test_cancellation_takes_the_same_entry_out_of_the_calendar(write: Write) -> None:
    interview = mailed()
    invited = event(write(interview))

    cancel(interview)

    entry = event(write(interview))
    assert calendar(write(interview))["METHOD"] == "CANCEL"
    assert (entry["UID"], entry["STATUS"]) == (invited["UID"], "CANCELLED")
    assert entry["SEQUENCE"] > invited["SEQUENCE"]
    assert entry["DTSTAMP"].dt == LATER
    assert (entry.start, entry.end) == (invited.start, invited.end)
    assert (entry["ORGANIZER"], entry["ATTENDEE"]) == (invited["ORGANIZER"], invited["ATTENDEE"])
    assert dict(entry["ATTENDEE"].params) == {"CN": "Asha Rao", "ROLE": "REQ-PARTICIPANT"}
    assert entry.errors == []


@both
def test_cancellation_is_attached_as_one(write: Write) -> None:
    interview = mailed()

    cancel(interview)

    (attached,) = write(interview).iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "CANCEL"


def test_candidate_is_told_that_it_is_off_and_not_why() -> None:
    interview = mailed()

    cancel(interview, reason="Found somebody better")

    for body in bodies(invitation(interview)):
        assert "your interview with Acme for the position of Backend Engineer is cancelled" in body
        assert "Wednesday, 4 March 2026" in body
        assert "10:00 to 10:45 (Asia/Kolkata)" in body
        assert "with Priya Sharma" in body
        assert "somebody better" not in body
    assert "somebody better" not in invitation(interview).as_string()


def test_interviewer_is_told_that_it_is_off_and_why() -> None:
    interview = mailed()

    cancel(interview, reason="Asha took another job")

    for body in bodies(notice(interview)):
        assert "your interview with Asha Rao for the position of Backend Engineer is cancelled" in body
        assert "Asha took another job" in body
        assert "The candidate was not told the reason." in body


def test_markup_in_names_and_reason_is_text() -> None:
    interview = mailed(name="<script>alert(1)</script>", position="<i>Boss</i>")

    cancel(interview, reason="<b>ill</b> & tired")

    html = bodies(notice(interview))[1]
    assert "<script>" not in html + bodies(invitation(interview))[1]
    assert "&lt;b&gt;ill&lt;/b&gt; &amp; tired" in html
    assert "<b>ill</b> & tired" in bodies(notice(interview))[0]


def test_candidate_without_a_position_is_not_told_of_one() -> None:
    interview = mailed(position=None)

    cancel(interview)

    assert all("your interview with Acme is cancelled" in body for body in bodies(invitation(interview)))
    assert all("your interview with Asha Rao is cancelled" in body for body in bodies(notice(interview)))


def test_calendar_entry_can_be_had_of_an_interview_that_is_over() -> None:
    interview = mailed()
    bookings.mark_held(interview_id=interview.id, now=AFTERWARDS)

    entry = Calendar.from_ical(messages.calendar_entry_of(Interview.objects.get(id=interview.id)))

    assert entry["METHOD"] == "REQUEST"


def test_mail_of_an_interview_that_is_over_can_be_looked_at_and_is_not_sent() -> None:
    interview = mailed()
    bookings.mark_held(interview_id=interview.id, now=AFTERWARDS)

    seen = messages.draft_invitation(Interview.objects.get(id=interview.id))

    assert seen.subject == "Your interview with Acme: Wednesday, 4 March 2026, 10:00"
    with pytest.raises(messages.ImpossibleMail, match="completed"):
        invitation(interview)
