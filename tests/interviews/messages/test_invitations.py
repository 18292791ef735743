from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from bson import ObjectId

from candidates.documents import Candidate
from interviews import messages
from interviews.documents import FollowUp, Interview
from interviews.messages import ImpossibleMail
from tests.factories import NOW, a_candidate, a_slot, an_interview
from tests.interviews.messages.mail_parts import attachment, calendar, event, html, received, text

pytestmark = pytest.mark.usefixtures("database")

# RFC 5322, 2.1.1
LONGEST_LINE = 998
NAMES = {
    "accented": "Zoë Müller-Ångström",
    "Devanagari": "आशा राव",
    "emoji": "Zoë 😀",
    "quotes and commas": 'Rao, "Asha" (Dr.)',
    "markup": "<b>Asha</b> & Co",
    "semicolon and backslash": "Asha; Rao\\",
    "200 letters": "A" * 200,
    "200 letters of four bytes": "😀" * 200,
    "200 letters of three bytes in words": ("आशा " * 50).strip(),
}
names = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)


def a_booking(*, starts_at: datetime | None = None, interviewer: str = "Priya Sharma", **fields: Any) -> Interview:
    slot = a_slot(starts_at=starts_at or NOW + timedelta(days=2), interviewer_name=interviewer)
    return an_interview(a_candidate(**fields), slot)


def invitation(**facts: Any) -> EmailMessage:
    return received(messages.write_invitation(a_booking(**facts)))


def notice(**facts: Any) -> EmailMessage:
    return received(messages.write_notice(a_booking(**facts)))


def follow_up(**fields: Any) -> EmailMessage:
    return received(messages.write_follow_up(FollowUp(candidate=a_candidate(**fields), session_id=ObjectId())))


Write = Callable[..., EmailMessage]


def mailbox(message: EmailMessage, header: str) -> tuple[str, str]:
    """Return name and address (RFC 2047: the space between two encoded words is not part of the name)."""
    raw = message_from_bytes(message.as_bytes())[header]
    name, address = parseaddr(raw.replace("\n", ""))
    return str(make_header(decode_header(name))), address


# --- The mail


@pytest.mark.parametrize("write", [invitation, notice])
def test_invitation_and_notice_are_text_and_html_with_a_calendar_entry_attached(write: Write) -> None:
    message = write()

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def test_invitation_says_when_with_whom_and_what_for() -> None:
    message = invitation()

    expected = [
        "Hello Asha,",
        "your interview with Acme for the position of Backend Engineer is booked:",
        "Wednesday, 4 March 2026",
        "10:00 to 10:45 (Asia/Kolkata)",
        "with Priya Sharma",
    ]
    assert [line for line in expected if line not in text(message)] == []
    assert [line for line in expected if line not in html(message).replace("<br>", "")] == []


def test_invitation_says_when_in_its_subject() -> None:
    assert invitation()["Subject"] == "Your interview with Acme: Wednesday, 4 March 2026, 10:00"


def test_mail_tells_apart_two_times_that_the_clock_shows_alike() -> None:
    starts_at = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # in New York, the clocks are set back half an hour later

    message = invitation(starts_at=starts_at, time_zone="America/New_York")

    assert message["Subject"].endswith("Sunday, 1 November 2026, 01:30 (before the clocks change)")
    assert "01:30 (before the clocks change) to 01:15 (after the clocks change) (America/New_York)" in text(message)


def test_invitation_is_from_us_to_the_candidate_alone_and_answered_to_the_interviewer(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Acme Interviews <interviews@acme.example>"

    message = invitation()

    assert message["From"] == "Acme Interviews <interviews@acme.example>"
    assert message["To"] == "Asha Rao <asha@example.com>"
    assert message["Reply-To"] == "Priya Sharma <priya@acme.example>"
    assert message["Cc"] is message["Bcc"] is None


def test_notice_is_from_us_to_the_interviewer_alone_and_answered_to_the_candidate(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Acme Interviews <interviews@acme.example>"

    message = notice()

    assert message["From"] == "Acme Interviews <interviews@acme.example>"
    assert message["To"] == "Priya Sharma <priya@acme.example>"
    assert message["Reply-To"] == "Asha Rao <asha@example.com>"
    assert message["Cc"] is message["Bcc"] is None


def test_notice_tells_who_when_what_for_and_how_to_reach_them() -> None:
    message = notice(phone="+919876543210")

    expected = [
        "Hello Priya Sharma,",
        "Asha Rao agreed on the phone to an interview with you for the position of Backend Engineer:",
        "Wednesday, 4 March 2026",
        "10:00 to 10:45 (Asia/Kolkata, the candidate's time zone)",
        "A reply to this mail goes to the candidate.",
    ]
    assert [line for line in expected if line not in text(message)] == []
    assert [line for line in expected if line not in html(message)] == []
    assert "Phone   +919876543210\n  E-mail  asha@example.com\n" in text(message).replace("\r\n", "\n")
    assert "Phone +919876543210<br>E-mail asha@example.com</p>" in html(message)


def test_notice_says_who_and_when_in_its_subject() -> None:
    assert notice()["Subject"] == "Interview with Asha Rao: Wednesday, 4 March 2026, 10:00"


def test_notice_of_a_candidate_without_a_position_tells_of_none() -> None:
    message = notice(position=None)

    assert "agreed on the phone to an interview with you:" in text(message)
    assert "agreed on the phone to an interview with you:" in html(message)


@pytest.mark.parametrize("write", [invitation, notice, follow_up])
def test_mail_says_that_no_person_sent_it(write: Write) -> None:
    assert write()["Auto-Submitted"] == "auto-generated"  # RFC 3834, 5


def test_candidate_without_a_position_is_not_told_of_one() -> None:
    assert "your interview with Acme is booked:" in text(invitation(position=None))


def test_candidate_without_a_company_is_written_to_by_ours(settings) -> None:
    settings.COMPANY_NAME = "Initech"

    message = invitation(company=None)

    assert "your interview with Initech" in text(message)
    assert "Initech" in message["Subject"]


def test_follow_up_asks_for_times_in_text_and_html() -> None:
    message = follow_up()

    assert message["Subject"] == "Your interview with Acme: finding a time"
    assert message["To"] == "Asha Rao <asha@example.com>"
    assert message["Cc"] is message["Bcc"] is None
    assert "for the position of Backend Engineer. No time is agreed yet." in text(message)
    assert "for the position of Backend Engineer. No time is agreed yet." in html(message)
    assert "Please reply to this mail with two or three times" in text(message)
    assert "Please reply to this mail with two or three times" in html(message)


# --- The calendar entry


@pytest.mark.parametrize("write", [invitation, notice])
def test_calendar_entry_is_a_request(write: Write) -> None:
    message = write()

    assert attachment(message).get_content_type() == "text/calendar"
    assert attachment(message).get_param("method") == "REQUEST"
    assert attachment(message).get_param("charset") == "utf-8"
    assert attachment(message).get_filename() == "invite.ics"
    assert calendar(message)["METHOD"] == "REQUEST"
    assert calendar(message)["VERSION"] == "2.0"
    assert calendar(message)["PRODID"]


def test_calendar_entry_is_the_interviews() -> None:
    interview = a_booking()

    entry = event(received(messages.write_invitation(interview)))

    assert (entry["UID"], entry["SEQUENCE"]) == (interview.ics_uid, 0)
    assert (entry["STATUS"], entry["SUMMARY"]) == ("CONFIRMED", "Interview: Asha Rao, Acme")
    assert entry.errors == []


def test_calendar_entry_tells_its_times_in_utc() -> None:
    raw = attachment(invitation()).get_content()

    assert "DTSTART:20260304T043000Z" in raw
    assert "DTEND:20260304T051500Z" in raw
    assert "DTSTAMP:20260302T043000Z" in raw


def test_calendar_entry_has_the_interviewer_as_organizer_and_us_as_who_sent_it(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Acme Interviews <interviews@acme.example>"

    message = invitation()

    organizer = event(message)["ORGANIZER"]
    assert (organizer, organizer.params["CN"]) == ("mailto:priya@acme.example", "Priya Sharma")
    assert organizer.params["SENT-BY"] == "mailto:interviews@acme.example"
    assert 'SENT-BY="mailto:interviews@acme.example"' in unfolded(message)


def test_calendar_entry_asks_the_candidate_for_an_answer() -> None:
    attendee = event(invitation())["ATTENDEE"]

    assert attendee == "mailto:asha@example.com"
    assert dict(attendee.params) == {
        "CN": "Asha Rao",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }


def test_calendar_entry_has_lines_of_at_most_75_bytes_that_end_as_they_must() -> None:
    content = attachment(invitation(name="आशा " * 40)).get_content()

    assert content.count("\n") == content.count("\r\n")
    assert max(len(line.encode()) for line in content.split("\r\n")) <= 75


def test_notice_carries_the_calendar_entry_of_the_invitation() -> None:
    interview = a_booking()

    first, second = (
        attachment(received(write(interview))) for write in (messages.write_invitation, messages.write_notice)
    )

    assert first.as_bytes() == second.as_bytes()


def test_same_interview_has_the_same_calendar_entry_at_each_try() -> None:
    interview = a_booking()

    first, second = (attachment(received(messages.write_invitation(interview))).get_content() for _ in range(2))

    assert first == second


def unfolded(message: EmailMessage) -> str:
    return attachment(message).get_content().replace("\r\n ", "")


# --- Times


@pytest.mark.parametrize(
    ("time_zone", "starts_at", "written"),
    [
        ("Europe/London", datetime(2026, 3, 28, 10, tzinfo=UTC), "Saturday, 28 March 2026, 10:00"),
        ("Europe/London", datetime(2026, 3, 29, 10, tzinfo=UTC), "Sunday, 29 March 2026, 11:00"),
        ("America/New_York", datetime(2026, 10, 31, 14, tzinfo=UTC), "Saturday, 31 October 2026, 10:00"),
        ("America/New_York", datetime(2026, 11, 1, 14, tzinfo=UTC), "Sunday, 1 November 2026, 09:00"),
        ("Pacific/Auckland", datetime(2026, 4, 3, 20, tzinfo=UTC), "Saturday, 4 April 2026, 09:00"),
        ("Asia/Kathmandu", datetime(2026, 4, 3, 4, tzinfo=UTC), "Friday, 3 April 2026, 09:45"),
    ],
)
def test_time_is_written_as_the_candidates_clock_shows_it(time_zone: str, starts_at: datetime, written: str) -> None:
    message = invitation(time_zone=time_zone, starts_at=starts_at)

    assert message["Subject"].endswith(written)
    assert f"({time_zone})" in text(message)
    assert event(message).start == starts_at


def test_interview_over_the_change_of_the_clocks_ends_as_they_show() -> None:
    message = invitation(time_zone="Europe/London", starts_at=datetime(2026, 3, 29, 0, 30, tzinfo=UTC))

    assert "00:30 to 02:15 (Europe/London)" in text(message)


# --- Names


@names
def test_any_name_arrives_as_it_is(name: str) -> None:
    message = invitation(name=name, interviewer=name, company=name)

    assert mailbox(message, "To") == (name, "asha@example.com")
    assert mailbox(message, "Reply-To") == (name, "priya@acme.example")
    assert f"Your interview with {name}: " in message["Subject"]
    assert f"with {name}\n" in text(message).replace("\r\n", "\n")


@names
def test_any_name_arrives_in_the_notice_as_it_is(name: str) -> None:
    message = notice(name=name, interviewer=name, company=name)

    assert mailbox(message, "To") == (name, "priya@acme.example")
    assert mailbox(message, "Reply-To") == (name, "asha@example.com")
    assert f"Interview with {name}: " in message["Subject"]
    assert f"Hello {name},\n\n{name} agreed" in text(message).replace("\r\n", "\n")


@names
def test_any_name_survives_the_calendar_entry(name: str) -> None:
    entry = event(invitation(name=name, interviewer=name, company=name))

    assert entry["SUMMARY"] == f"Interview: {name}, {name}"
    assert entry["ATTENDEE"].params["CN"] == name
    assert entry["ORGANIZER"].params["CN"] == name


@names
@pytest.mark.parametrize("write", [messages.write_invitation, messages.write_notice])
def test_no_name_makes_a_line_that_servers_refuse(name: str, write: Callable) -> None:
    raw = write(a_booking(name=name, interviewer=name, company=name)).message().as_bytes(linesep="\r\n")

    assert max(len(line) for line in raw.split(b"\r\n")) <= LONGEST_LINE


def test_markup_in_a_name_is_text() -> None:
    message = invitation(name="<script>alert(1)</script>", position="<i>Boss</i>", interviewer="<b>Priya</b>")

    assert "<script>" not in html(message)
    assert "&lt;i&gt;Boss&lt;/i&gt;" in html(message)
    assert "with &lt;b&gt;Priya&lt;/b&gt;" in html(message)
    assert "for the position of <i>Boss</i>" in text(message)


def test_markup_in_a_notice_is_text() -> None:
    message = notice(name="<script>alert(1)</script>", position="<i>Boss</i>", interviewer="<b>Priya</b>")

    assert "<script>" not in html(message)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; agreed" in html(message)
    assert "&lt;i&gt;Boss&lt;/i&gt;" in html(message)
    assert "Hello &lt;b&gt;Priya&lt;/b&gt;," in html(message)
    assert "for the position of <i>Boss</i>" in text(message)


def test_markup_in_a_follow_up_is_text() -> None:
    message = follow_up(name="<script>alert(1)</script>", position="R&D")

    assert "<script>" not in html(message)
    assert "R&amp;D" in html(message)
    assert "R&D" in text(message)


def test_address_at_a_domain_in_other_letters_is_written_as_servers_know_it() -> None:
    message = invitation(email="asha@münchen.example")

    assert message["To"].addresses[0].addr_spec == "asha@xn--mnchen-3ya.example"


@pytest.mark.parametrize("field", ["name", "company"])
def test_line_break_that_got_into_the_database_makes_no_header(field: str) -> None:
    interview = a_booking()
    Candidate.objects.update_one(**{f"set__{field}": "Asha\r\nBcc: everybody@example.com"})

    message = received(messages.write_invitation(Interview.objects.get(id=interview.id)))

    assert "Bcc" not in message
    assert len(message["To"].addresses) == 1


def test_line_break_that_got_into_the_database_makes_no_header_of_the_notice() -> None:
    interview = a_booking()
    Candidate.objects.update_one(set__name="Asha\r\nBcc: everybody@example.com")

    message = received(messages.write_notice(Interview.objects.get(id=interview.id)))

    assert "Bcc" not in message
    assert "Asha  Bcc: everybody@example.com" in message["Subject"]


def test_line_break_in_a_name_makes_no_line_of_the_calendar_entry() -> None:
    interview = a_booking()
    interview.candidate.company = "Acme\r\nATTENDEE:mailto:everybody@example.com"

    entry = messages.write_calendar_entry(interview, interview.candidate, interview.slot)

    assert "\r\nATTENDEE:mailto:everybody" not in entry.replace("\r\n ", "")


# --- Nobody to write to


@pytest.mark.parametrize("write", [messages.write_invitation, messages.write_notice])
@pytest.mark.parametrize("status", ["cancelled", "rescheduled", "completed", "no_show"])
def test_interview_that_does_not_stand_is_not_written_about(status: str, write: Callable) -> None:
    interview = a_booking()
    interview.status = status

    with pytest.raises(ImpossibleMail, match=status):
        write(interview)


def test_candidate_who_is_gone_is_not_followed_up() -> None:
    mail = FollowUp(candidate=a_candidate(), session_id=ObjectId())
    as_stored = FollowUp._from_son(mail.to_mongo())
    Candidate.objects.delete()

    with pytest.raises(ImpossibleMail, match="The candidate is gone"):
        messages.write_follow_up(as_stored)
