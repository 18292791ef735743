"""What the mails say, and the calendar entry (RFC 5545) of those about an interview."""

from datetime import datetime
from email.mime.text import MIMEText
from email.utils import parseaddr, quote
from typing import Any
from urllib.parse import quote as percent_encoded
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from icalendar import Calendar, Event, vCalAddress, vText
from mongoengine import DoesNotExist

from candidates.documents import Candidate
from config import texts
from interviews.documents import FollowUp, Interview, InterviewStatus, Slot
from interviews.language.clock_changes import which_pass
from interviews.language.in_use import spoken_times

# Every other character of an address is percent-encoded in a mailto: URI (RFC 6068, 2)
PLAIN_IN_MAILTO = "@!$'*+-._~"


class ImpossibleMail(Exception):
    """The candidate or slot is gone, an address is unsafe, or the interview is neither confirmed nor cancelled."""


def write_invitation(interview: Interview) -> EmailMultiAlternatives:
    """Write the candidate's mail about an interview that is confirmed or was cancelled. :raises ImpossibleMail:"""
    _validate_is_current(interview)
    return draft_invitation(interview)


def write_notice(interview: Interview) -> EmailMultiAlternatives:
    """Write the interviewer's mail about an interview that is confirmed or was cancelled. :raises ImpossibleMail:"""
    _validate_is_current(interview)
    return draft_notice(interview)


def _validate_is_current(interview: Interview) -> None:
    if interview.status != InterviewStatus.CONFIRMED and not interview.cancellation:
        raise ImpossibleMail(f"The interview is {interview.status}.")


def draft_invitation(interview: Interview) -> EmailMultiAlternatives:
    """Write the candidate's invitation, or cancellation, whatever the interview's status is: text, HTML, and .ics.

    :raises ImpossibleMail: the candidate or the slot is gone.
    """
    candidate, slot = _candidate_and_slot(interview)
    name = "cancellation" if interview.cancellation else "invitation"
    message = _appointment_message(name, interview, candidate, slot, about=f"Your interview with {_company(candidate)}")
    message.to = [_mailbox(candidate.name, candidate.email)]
    message.reply_to = _reply_to(slot.interviewer_name, slot.interviewer_email)
    return message


def draft_notice(interview: Interview) -> EmailMultiAlternatives:
    """Write to the interviewer what was agreed, or cancelled and why, with the same .ics. :raises ImpossibleMail:"""
    # A mail of its own: a copy would count as sent where the server refused the candidate's address alone
    candidate, slot = _candidate_and_slot(interview)
    name = "cancellation_notice" if interview.cancellation else "notice"
    message = _appointment_message(name, interview, candidate, slot, about=f"Interview with {candidate.name}")
    message.to = [_mailbox(slot.interviewer_name, slot.interviewer_email)]
    message.reply_to = _reply_to(candidate.name, candidate.email)
    return message


def _candidate_and_slot(interview: Interview) -> tuple[Candidate, Slot]:
    return _referenced(interview, "candidate"), _referenced(interview, "slot")


def _appointment_message(
    name: str, interview: Interview, candidate: Candidate, slot: Slot, *, about: str
) -> EmailMultiAlternatives:
    zone = ZoneInfo(interview.time_zone)
    starts_at = interview.starts_at.astimezone(zone)
    day = f"{starts_at:%A}, {starts_at.day} {starts_at:%B %Y}"
    hours = f"{_clock(starts_at)} to {_clock(interview.ends_at.astimezone(zone))}"
    facts = {"day": day, "hours": hours, "time_zone": interview.time_zone, "slot": slot, "interview": interview}
    subject = f"{'Cancelled: ' if interview.cancellation else ''}{about}: {day}, {_clock(starts_at)}"
    message = _render_message(name, candidate, subject=subject, **facts)
    message.attach(_attachment(write_calendar_entry(interview, candidate, slot), _method(interview)))
    return message


def _clock(at: datetime) -> str:
    """Return such as "10:00"; in the hour that comes twice as clocks are set back, also which of the two is meant."""
    which = which_pass(at)
    return f"{at:%H:%M} ({spoken_times.SIDES[which]} the clocks change)" if which else f"{at:%H:%M}"


def write_follow_up(mail: FollowUp) -> EmailMultiAlternatives:
    """Write the mail promised in a call in which no time was agreed. :raises ImpossibleMail:"""
    candidate = _referenced(mail, "candidate")
    message = _render_message(
        "follow_up", candidate, subject=f"Your interview with {_company(candidate)}: finding a time"
    )
    message.to = [_mailbox(candidate.name, candidate.email)]
    return message


def write_calendar_entry(interview: Interview, candidate: Candidate, slot: Slot) -> str:
    """Return the interview as an iCalendar request, or its cancellation (RFC 5546, 3.2.5), its times in UTC.

    The organizer is the interviewer, on whose behalf we send (SENT-BY), so answers go to them. A cancellation names the
    same UID with a higher SEQUENCE, which is how calendars know what to take out.
    """
    cancellation = interview.cancellation
    event = Event()
    event.add("uid", interview.ics_uid)
    event.add("sequence", interview.ics_sequence)
    event.add("dtstamp", cancellation.at if cancellation else interview.created_at)
    event.add("dtstart", interview.starts_at)
    event.add("dtend", interview.ends_at)
    event.add("summary", texts.fit_line(f"Interview: {candidate.name}, {_company(candidate)}"))
    event.add("status", "CANCELLED" if cancellation else "CONFIRMED")
    organizer = _address(slot.interviewer_name, slot.interviewer_email)
    organizer.params["SENT-BY"] = vText(_mailto(parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    event.add("organizer", organizer)
    attendee = _address(candidate.name, candidate.email)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    if not cancellation:
        attendee.params |= {"PARTSTAT": vText("NEEDS-ACTION"), "RSVP": vText("TRUE")}
    event.add("attendee", attendee)
    entry = Calendar()
    entry.add("prodid", "-//Callflow//Callflow//EN")
    entry.add("version", "2.0")
    entry.add("method", _method(interview))
    entry.add_component(event)
    return entry.to_ical().decode()


def calendar_entry_of(interview: Interview) -> str:
    """Return the calendar entry as it is mailed. :raises ImpossibleMail: the candidate or the slot is gone."""
    return write_calendar_entry(interview, *_candidate_and_slot(interview))


def _method(interview: Interview) -> str:
    return "CANCEL" if interview.cancellation else "REQUEST"


def _mailto(email: str) -> str:
    return f"mailto:{percent_encoded(email, safe=PLAIN_IN_MAILTO)}"


def _address(name: str, email: str) -> vCalAddress:
    address = vCalAddress(_mailto(email))
    address.params.quote_also = {"CN": " '\\"}  # readers take an unquoted \ at its end for an escape
    address.params["CN"] = vText(texts.fit_line(name))
    return address


def _attachment(ics: str, method: str) -> MIMEText:
    part = MIMEText(ics, "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="invite.ics")
    return part


def _mailbox(name: str, email: str) -> str:
    """Return the address unencoded: Django folds long names and writes domains as IDNA, `formataddr` does neither.

    :raises ImpossibleMail: the address was stored before addresses were checked; mail to it may reach somebody else.
    """
    if not texts.is_address(email):
        raise ImpossibleMail("The address cannot be written to.")
    return f'"{quote(texts.fit_line(name))}" <{email}>'


def _reply_to(name: str, email: str) -> list[str]:
    """Return the Reply-To addresses; none where an answer might reach somebody else, so that it comes to us."""
    return [_mailbox(name, email)] if texts.is_address(email) else []


def _render_message(name: str, candidate: Candidate, *, subject: str, **facts: Any) -> EmailMultiAlternatives:
    facts |= {"candidate": candidate, "company": _company(candidate)}
    message = EmailMultiAlternatives(
        subject=texts.fit_line(subject),
        body=texts.fit_lines(render_to_string(f"interviews/mail/{name}.txt", facts)),
        # Out-of-office replies are not sent to such a mail (RFC 3834, 2)
        headers={"Auto-Submitted": "auto-generated"},
    )
    html = texts.fit_lines(render_to_string(f"interviews/mail/{name}.html", facts))
    message.attach_alternative(html, "text/html")
    return message


def _company(candidate: Candidate) -> str:
    return candidate.company or settings.COMPANY_NAME


def _referenced(document: Interview | FollowUp, name: str) -> Any:
    try:
        return getattr(document, name)
    except DoesNotExist as error:
        raise ImpossibleMail(f"The {name} is gone.") from error
