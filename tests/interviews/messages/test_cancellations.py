from collections.abc import Callable
from email.message import EmailMessage

import pytest
from icalendar import Calendar

from interviews import bookings, messages
from interviews.documents import Interview
from tests.interviews.interview_changes import AFTERWARDS, LATER, a_mailed_interview, cancel
from tests.interviews.messages.mail_parts import attachment, calendar, event, html, received, text

pytestmark = pytest.mark.usefixtures("database")


def invitation(interview: Interview) -> EmailMessage:
    return received(messages.write_invitation(Interview.objects.get(id=interview.id)))


def notice(interview: Interview) -> EmailMessage:
    return received(messages.write_notice(Interview.objects.get(id=interview.id)))


Write = Callable[[Interview], EmailMessage]
both = pytest.mark.parametrize("write", [invitation, notice])
bodies = pytest.mark.parametrize("body_of", [text, html])


@both
def test_cancellation_takes_the_same_entry_out_of_the_calendar(write: Write) -> None:
    interview = a_mailed_interview()
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
    interview = a_mailed_interview()

    cancel(interview)

    attached = attachment(write(interview))
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "CANCEL"


@bodies
def test_candidate_reads_that_it_is_off_and_not_why(body_of: Callable[[EmailMessage], str]) -> None:
    interview = a_mailed_interview()

    cancel(interview, reason="Found somebody better")

    body = body_of(invitation(interview))
    assert "your interview with Acme for the position of Backend Engineer is cancelled" in body
    assert "Wednesday, 4 March 2026" in body
    assert "10:00 to 10:45 (Asia/Kolkata)" in body
    assert "with Priya Sharma" in body
    assert "somebody better" not in body
    assert "somebody better" not in invitation(interview).as_string()


@bodies
def test_interviewer_reads_that_it_is_off_and_why(body_of: Callable[[EmailMessage], str]) -> None:
    interview = a_mailed_interview()

    cancel(interview, reason="Asha took another job")

    body = body_of(notice(interview))
    assert "your interview with Asha Rao for the position of Backend Engineer is cancelled" in body
    assert "Asha took another job" in body
    assert "The candidate was not told the reason." in body


def test_markup_in_names_and_reason_is_text() -> None:
    interview = a_mailed_interview(name="<script>alert(1)</script>", position="<i>Boss</i>")

    cancel(interview, reason="<b>ill</b> & tired")

    assert "<script>" not in html(notice(interview)) + html(invitation(interview))
    assert "&lt;b&gt;ill&lt;/b&gt; &amp; tired" in html(notice(interview))
    assert "<b>ill</b> & tired" in text(notice(interview))


@bodies
def test_mails_to_a_candidate_without_a_position_name_none(body_of: Callable[[EmailMessage], str]) -> None:
    interview = a_mailed_interview(position=None)

    cancel(interview)

    assert "your interview with Acme is cancelled" in body_of(invitation(interview))
    assert "your interview with Asha Rao is cancelled" in body_of(notice(interview))


def test_calendar_entry_can_be_had_of_an_interview_that_is_over() -> None:
    interview = a_mailed_interview()
    bookings.mark_held(interview_id=interview.id, now=AFTERWARDS)

    entry = Calendar.from_ical(messages.calendar_entry_of(Interview.objects.get(id=interview.id)))

    assert entry["METHOD"] == "REQUEST"


def test_mail_of_an_interview_that_is_over_can_be_looked_at_and_is_not_sent() -> None:
    interview = a_mailed_interview()
    bookings.mark_held(interview_id=interview.id, now=AFTERWARDS)

    seen = messages.draft_invitation(Interview.objects.get(id=interview.id))

    assert seen.subject == "Your interview with Acme: Wednesday, 4 March 2026, 10:00"
    with pytest.raises(messages.ImpossibleMail, match="completed"):
        invitation(interview)
