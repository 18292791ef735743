"""What is stored is carried by every medium: speech, mail, calendar, CSV and log."""

import csv
import logging
import smtplib
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bson import ObjectId
from django.core.mail.message import sanitize_address
from django.utils.encoding import punycode
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from mongoengine import ValidationError

from calls.telephony.twilio import twiml
from calls.telephony.twilio.twiml import Reply
from candidates.csv.exports import csv_lines
from candidates.csv.imports import read_rows
from candidates.documents import Candidate
from config.security.redaction import LineFormatter
from interviews import messages
from interviews.documents import Cancellation, FollowUp, Interview, Slot
from interviews.messages import ImpossibleMail
from tests.factories import NOW

pytestmark = pytest.mark.slow

FRAGMENTS = [
    *("\ufffe", "\uffff", "\U0001fffe", "\ufdd0", "\x00", "\x01", "\x1b[2J", "\x7f", "\x85", "\u2028", "\r\n", "\t"),
    *("=?utf-8?q?evil=40x.example?=", "=?utf-8?b?", "?=", "\r\nBcc: evil@x.example", "\u202eevil", "\u2066", "\u200b"),
    *(
        '"',
        "\\",
        "<b>",
        "&amp;",
        "]]>",
        "'",
        ",",
        ";",
        "=",
        ":",
        "^",
        "(x)",
        "<evil@x.example>",
        "@x.example",
        "+1",
        "{}",
    ),
    *("आशा", "李", "😀", "👩\u200d🚀", "é", "e\u0301", "\u200f", "\ufeff", "\u3164", "\u00a0", "  ", "Rao", "A" * 80),
]
ANYTHING = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=6).map("".join)
FIT = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
MOSTLY_FIT = st.lists(st.sampled_from(FRAGMENTS[19:]) | st.text(FIT, max_size=8), min_size=1, max_size=5).map("".join)
ADDRESSES = st.sampled_from(
    [
        "asha@example.com",
        "O'Neill+x@bücher.example",
        "a=b!c%d@x.example",
        "a|b`c{d}@x-y.example",
        "asha?x&y#z@x.example",
    ]
)
NASTY_ADDRESSES = ADDRESSES | st.sampled_from(
    [
        *('"evil@x.example"@example.com', "=?utf-8?q?evil=40x.example?=@example.com", "a(evil@x.example)@example.com"),
        *(
            "asha@example.com\r\nBcc: evil@x.example",
            "asha@example.com,evil@x.example",
            "evil@x.example <asha@example.com>",
        ),
        *("a\x01@example.com", "asha@faß.example", "asha@exa℀mple.com", '"a b"@example.com', "asha", "@", ""),
    ]
)
HEADERS = {
    *("Content-Type", "MIME-Version", "Subject", "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted"),
    "Content-Transfer-Encoding",
}
thorough = settings(max_examples=80, suppress_health_check=list(HealthCheck))
costly = settings(thorough, max_examples=30)  # a mail takes as long as ten of the others


def a_candidate(**fields: Any) -> Candidate:
    facts = {"id": ObjectId(), "phone": "+919876543210", "name": "Asha Rao", "email": "asha@example.com"}
    return Candidate(**facts | fields)


def an_interview(candidate: Candidate, **slot: Any) -> Interview:
    starts_at = NOW + timedelta(days=2)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=45)}
    interviewer = {"interviewer_name": "Priya Sharma", "interviewer_email": "priya@acme.example"} | slot
    return Interview(
        id=ObjectId(),
        candidate=candidate,
        slot=Slot(id=ObjectId(), **times, **interviewer),
        time_zone="Asia/Kolkata",
        ics_uid="1@callflow",
        created_at=NOW,
        **times,
    )


def is_taken(document: Candidate | Slot | Cancellation) -> bool:
    try:
        document.validate(clean=True)
    except ValidationError:
        return False
    return True


def spoken(*said: str) -> list[str]:
    """Return what the phone service reads of a reply, and expects to hear."""
    written = twiml.write(Reply(said, ends=False, hints=said), language="en-IN", action="https://x.example/")
    gather = ElementTree.fromstring(written.encode()).find("Gather")
    return [gather.find("Say").text or "", gather.attrib["hints"]]


def received(message: Any) -> EmailMessage:
    return message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=policy.default)


def envelope(message: Any) -> list[str]:
    """Return the recipients as the mail server is told them."""
    return [smtplib.quoteaddr(sanitize_address(each, "utf-8")) for each in message.recipients()]


def mailed_to(email: str) -> list[str]:
    local_part, _, domain = email.rpartition("@")
    return [f"<{local_part}@{punycode(domain)}>"]


def unspaced(text: str) -> str:
    """Return the text without spaces: how a header is folded, and by whom it is read, may change them."""
    return "".join(text.split())


def logged(text: str) -> str:
    return LineFormatter("{message}", style="{").format(logging.LogRecord("x", 20, "x", 1, text, (), None))


def carried(write: Callable[[], Any]) -> EmailMessage | None:
    """Return the mail as it is received, None where it is not written."""
    try:
        return received(write())
    except ImpossibleMail:
        return None


# --- What is taken is carried as it is


@thorough
@given(name=MOSTLY_FIT, position=MOSTLY_FIT)
def test_text_that_is_taken_is_spoken_as_it_is(name: str, position: str) -> None:
    candidate = a_candidate(name=name, position=position)
    assume(is_taken(candidate))

    said, _ = spoken(candidate.name, candidate.position)

    assert said == f"{candidate.name} {candidate.position}"


@costly
@given(name=MOSTLY_FIT, company=MOSTLY_FIT, email=ADDRESSES, interviewer=MOSTLY_FIT)
def test_text_that_is_taken_is_mailed_as_it_is(name: str, company: str, email: str, interviewer: str) -> None:
    candidate = a_candidate(name=name, company=company, email=email)
    interview = an_interview(candidate, interviewer_name=interviewer)
    assume(is_taken(candidate) and is_taken(interview.slot))

    message = messages.write_invitation(interview)
    read = received(message)

    assert envelope(message) == mailed_to(email)
    assert unspaced(read["To"].addresses[0].display_name) == unspaced(candidate.name)
    assert unspaced(read["Reply-To"].addresses[0].display_name) == unspaced(interview.slot.interviewer_name)
    assert unspaced(candidate.company) in unspaced(read["Subject"])
    assert set(read.keys()) <= HEADERS


@thorough
@given(name=MOSTLY_FIT, email=ADDRESSES)
def test_text_that_is_taken_stands_in_the_calendar_as_it_is(name: str, email: str) -> None:
    candidate = a_candidate(name=name, email=email)
    interview = an_interview(candidate)
    assume(is_taken(candidate))

    (event,) = Calendar.from_ical(messages.write_calendar_entry(interview, candidate, interview.slot)).events

    assert event["SUMMARY"] == f"Interview: {candidate.name}, our company"
    assert unquote(event["ATTENDEE"]) == f"mailto:{email}"
    # This reader takes two \\ in a parameter for an escaped one; RFC 5545 knows no escapes there
    assert event["ATTENDEE"].params["CN"].replace("\\", "") == candidate.name.replace("\\", "")


@thorough
@given(name=MOSTLY_FIT, tags=st.lists(MOSTLY_FIT, max_size=3), notes=MOSTLY_FIT, email=ADDRESSES)
def test_text_that_is_taken_is_exported_and_imported_as_it_is(
    name: str, tags: list[str], notes: str, email: str
) -> None:
    tags = [tag.replace(";", "").strip() for tag in tags]
    candidate = a_candidate(name=name, tags=[tag for tag in tags if tag], notes=f"{notes}\n{notes}", email=email)
    assume(is_taken(candidate))

    (row,) = read_rows("".join(csv_lines([candidate])).removeprefix("\ufeff").splitlines(True), now=NOW)

    assert row.error == ""
    assert (row.candidate.name, row.candidate.tags, row.candidate.email) == (candidate.name, candidate.tags, email)
    assert (row.candidate.notes or "") == candidate.notes


@thorough
@given(name=MOSTLY_FIT, reason=MOSTLY_FIT)
def test_text_that_is_taken_is_one_line_of_the_log(name: str, reason: str) -> None:
    candidate, cancellation = a_candidate(name=name), Cancellation(reason=reason, at=NOW)
    assume(is_taken(candidate) and is_taken(cancellation))

    assert len(logged(f"{candidate.name} {cancellation.reason}").splitlines()) == 1


# --- Whatever was stored before there were rules is carried somehow


@thorough
@given(name=ANYTHING, position=ANYTHING)
def test_whatever_is_stored_is_spoken(name: str, position: str) -> None:
    said, hints = spoken(name, position)

    assert [len(said), len(hints)] != [0, 0]


@costly
@given(
    facts=st.fixed_dictionaries(
        {"name": ANYTHING, "company": ANYTHING, "position": ANYTHING, "email": NASTY_ADDRESSES}
    ),
    slot=st.fixed_dictionaries({"interviewer_name": ANYTHING, "interviewer_email": NASTY_ADDRESSES}),
    reason=ANYTHING,
)
def test_whatever_is_stored_is_mailed_to_whom_it_names_or_to_nobody(
    facts: dict[str, str], slot: dict[str, str], reason: str
) -> None:
    candidate = a_candidate(**facts)
    interview = an_interview(candidate, **slot)
    interview.cancellation = Cancellation(reason=reason, at=NOW)
    follow_up = FollowUp(candidate=candidate, session_id=ObjectId())

    mails = [
        carried(lambda: messages.draft_invitation(interview)),
        carried(lambda: messages.write_follow_up(follow_up)),
        carried(lambda: messages.draft_notice(interview)),
    ]

    written = [mail for mail in mails if mail]
    assert all(set(mail.keys()) <= HEADERS for mail in written)
    assert all(len(mail["To"].addresses) == 1 for mail in written)
    named = {*mailed_to(candidate.email), *mailed_to(interview.slot.interviewer_email)}
    assert {f"<{mail['To'].addresses[0].addr_spec}>" for mail in written} <= named


@thorough
@given(name=ANYTHING, company=ANYTHING, email=NASTY_ADDRESSES, interviewer=ANYTHING)
def test_whatever_is_stored_makes_a_calendar(name: str, company: str, email: str, interviewer: str) -> None:
    candidate = a_candidate(name=name, company=company, email=email)
    interview = an_interview(candidate, interviewer_name=interviewer, interviewer_email=email)

    (event,) = Calendar.from_ical(messages.write_calendar_entry(interview, candidate, interview.slot)).events

    assert unquote(event["ATTENDEE"]) == unquote(event["ORGANIZER"]) == f"mailto:{email}"
    assert event["UID"] == "1@callflow"


@thorough
@given(name=ANYTHING, notes=ANYTHING, tags=st.lists(ANYTHING, max_size=3))
def test_whatever_is_stored_is_exported_as_one_row(name: str, notes: str, tags: list[str]) -> None:
    lines = list(csv_lines([a_candidate(name=name, notes=notes, tags=tags)]))

    rows = list(csv.reader(lines, strict=True))

    assert [len(row) for row in rows] == [9, 9]
