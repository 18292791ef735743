"""What cuts across: nothing is done for another site, and no text that somebody gives is taken for more than a text."""

import re
from collections.abc import Iterator
from email.utils import getaddresses
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from calls.documents import ConversationSession
from calls.telephony.twilio.twiml import Reply, write
from candidates.documents import Candidate
from config.security.uploads import MAX_FORM_BYTES
from interviews.documents import Interview, Slot
from interviews.messages import draft_invitation, draft_notice
from tests.calls.webhooks import status, turn
from tests.factories import ASHA, NOBODY, PRIYA, a_candidate, a_session, a_slot, an_interview

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("database", "today")]

EVIL = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</Say><Dial>+15005550006</Dial><Say>",
    "]]></Response><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "&lt;b&gt; & \" ' \\ ` ${7*7}",
]
OPERATORS: list[Any] = [{"$gt": ""}, {"$ne": None}, {"$where": "1"}, {"$regex": ".*"}, ["x"], {"$oid": NOBODY}, 1, True]


# Nothing for another site


def patterns(found: list[URLPattern | URLResolver], before: str = "/") -> Iterator[tuple[str, Any]]:
    """Yield an address for each pattern of the project, and its view."""
    for pattern in found:
        part = re.sub(r"<int:\w+>", "1", str(pattern.pattern))
        part = re.sub(r"\(\?P<format>[^)]*\)|\(\?P<app_label>[^)]*\)", "json", part)
        part = re.sub(r"<\w+:\w+>|\(\?P<\w+>[^)]*\)", NOBODY, part)
        address = before + re.sub(r"/\?$", "/", part.strip("^$").replace("\\Z", "").replace("\\.", "."))
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, address)
        else:
            yield address, pattern.callback


ADDRESSES = dict(patterns(get_resolver().url_patterns))
EXEMPT = {address for address, view in ADDRESSES.items() if getattr(view, "csrf_exempt", False)}


@pytest.mark.parametrize("address", sorted(ADDRESSES.keys() - EXEMPT))
def test_nothing_is_sent_without_the_token_of_our_page(address: str, settings: Any) -> None:
    settings.DEBUG = settings.SIMULATED = True
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("sue"))

    response = browser.post(address)

    assert response.status_code == 403
    assert b"CSRF" in response.content


def test_without_that_token_come_only_the_phone_service_and_the_api() -> None:
    assert len(ADDRESSES) > 100
    others = {
        address
        for address in EXEMPT
        if not address.startswith(("/twilio/", "/api/")) and not hasattr(ADDRESSES[address], "cls")
    }
    assert others == set()


def test_cookies_are_not_for_scripts_nor_for_other_sites(settings: Any) -> None:
    assert (settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE) == (True, "Lax")
    assert settings.CSRF_COOKIE_SAMESITE == "Lax"


# Addresses that nobody guesses


def test_ids_of_sessions_are_96_random_bits() -> None:
    ids = [a_session().id for _ in range(32)]

    bits = [int(str(session_id), 16) for session_id in ids]
    always = [bin(value).count("1") for value in (_and(bits), _and([~each & (1 << 96) - 1 for each in bits]))]
    assert len(set(ids)) == 32
    assert always == [0, 0]  # no bit is the same in all of them, as those of a clock or a counter would be


def _and(values: list[int]) -> int:
    kept = (1 << 96) - 1
    for value in values:
        kept &= value
    return kept


# Texts


def spoken(answer: bytes) -> list[str]:
    """Return the elements of an answer to the phone service, which is well-formed."""
    return sorted({element.tag for element in ElementTree.fromstring(answer).iter()})


@pytest.mark.parametrize("text", EVIL)
def test_a_name_or_speech_adds_no_verb_to_what_the_phone_service_does(text: str) -> None:
    a_slot()
    session = a_session(a_candidate(name=text, company=text, position=text))

    answers = [turn(session.id, 0), *(turn(session.id, number, SpeechResult=text) for number in (1, 2, 3))]

    assert [spoken(answer.content) for answer in answers] == [["Gather", "Response", "Say"]] * 3 + [
        ["Hangup", "Response", "Say"]
    ]
    assert text in ElementTree.fromstring(answers[0].content).findtext(".//Say")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80))
def test_no_text_breaks_out_of_what_is_said(text: str) -> None:
    twiml = write(Reply(said=(text,), ends=False, hints=(text,)), language="en-IN", action="https://a.example/?b=1&c=2")

    read = ElementTree.fromstring(twiml)

    assert [element.tag for element in read.iter()] == ["Response", "Gather", "Say"]
    assert read.findtext(".//Say") == text


@pytest.mark.parametrize("text", EVIL)
def test_no_page_runs_what_a_text_holds(text: str, client: Client) -> None:
    client.force_login(User.objects.create_superuser("sue"))
    candidate = a_candidate(name=text, company=text, position=text, notes=text, tags=[text[:50]])
    session, interview = a_session(candidate), an_interview(a_candidate(name=text, notes=text), a_slot())
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult=text)
    status(session.id, "completed", 3)

    pages = [
        "/admin/candidates/candidate/",
        f"/admin/candidates/candidate/{candidate.id}/change/",
        "/admin/calls/conversationsession/",
        f"/admin/calls/conversationsession/{session.id}/change/",
        f"/admin/interviews/interview/{interview.id}/change/",
        "/admin/interviews/invitation/",
        "/admin/",
    ]
    shown = "".join(client.get(page).content.decode() for page in pages)

    shown += client.get("/api/sessions/", HTTP_ACCEPT="text/html").content.decode()
    assert not [piece for piece in ("<script>alert", "<img src=x", "<Dial>", "<!ENTITY") if piece in shown]
    assert "alert(1)" in shown or text not in EVIL[:2]


@pytest.mark.parametrize("text", [*EVIL, "Asha, Rao", "Asha <evil@example.com>", '"a" <b@c.example>,', "=?utf-8?q?x?="])
def test_no_name_adds_a_header_or_a_recipient_to_a_mail(text: str) -> None:
    interview = an_interview(a_candidate(), a_slot())
    names = {"name": text, "company": text, "position": text}  # as they may stand since before they were refused
    Candidate._get_collection().update_one({"_id": interview.candidate.id}, {"$set": names})
    Interview._get_collection().update_one({"_id": interview.id}, {"$set": {"interviewer_name": text}})
    interview = Interview.objects.get()

    invitation, notice = draft_invitation(interview).message(), draft_notice(interview).message()

    assert [address for _, address in getaddresses(invitation.get_all("To"))] == [ASHA["email"]]
    assert [address for _, address in getaddresses(notice.get_all("To"))] == [PRIYA["interviewer_email"]]
    expected = {"Content-Type", "MIME-Version", "Subject", "From", "To", "Reply-To", "Date", "Message-ID"}
    assert set(invitation.keys()) | set(notice.keys()) == expected | {"Auto-Submitted"}


# Queries and fields


@pytest.mark.parametrize("value", OPERATORS, ids=str)
@pytest.mark.parametrize("field", ["name", "phone", "email", "position", "notes", "time_zone", "tags"])
def test_no_operator_is_taken_for_a_value(api: APIClient, field: str, value: Any) -> None:
    candidate = a_candidate()
    given = value if field != "tags" or not isinstance(value, list) else [{"$gt": ""}]

    answers = [
        api.post("/api/candidates/", ASHA | {"phone": "+919876500000", field: given}),
        api.patch(f"/api/candidates/{candidate.id}/", {field: given}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert Candidate.objects.get().to_mongo() == candidate.to_mongo()


@pytest.mark.parametrize("value", OPERATORS, ids=str)
@pytest.mark.parametrize("address", ["/make-actual-call", "/api/calls/"])
def test_no_operator_names_a_candidate(api: APIClient, address: str, value: Any) -> None:
    a_candidate()

    response = api.post(address, {"candidate_id": value})

    assert (response.status_code, response.data["code"]) == (400, "candidate_id_required")
    assert ConversationSession.objects.count() == 0


@pytest.mark.parametrize(
    "query",
    ["candidate[$ne]=x", "candidate={%22$gt%22:%22%22}", "status[$ne]=x", "status={%22$ne%22:1}", "phone[$regex]=."],
)
@pytest.mark.parametrize("what", ["candidates", "calls", "sessions", "slots", "interviews"])
def test_no_operator_in_an_address_finds_more(api: APIClient, what: str, query: str) -> None:
    a_session(), a_slot()

    response = api.get(f"/api/{what}/?{query}")

    assert response.status_code == 400


@pytest.mark.parametrize("key", ["{$ne:1}", "[$ne]", "%00", "..%2f", "' or 1=1", "$where"])
def test_no_id_is_anything_but_an_id(api: APIClient, key: str) -> None:
    a_candidate()

    assert [api.get(f"/api/{what}/{key}/").status_code for what in ("candidates", "calls", "slots")] == [404] * 3


@pytest.mark.parametrize("query", ["call_tracking__x=1", "$where=1", "q[$ne]=1", "name[$ne]=1"])
def test_the_lists_of_the_admin_filter_by_what_they_offer_only(client: Client, query: str) -> None:
    client.force_login(User.objects.create_superuser("sue"))
    a_candidate()

    assert client.get(f"/admin/candidates/candidate/?{query}").status_code in {302, 400}


# Uploads

FORMS = ["/admin/login/", "/admin/candidates/candidate/import/", "/phone/say"]
NOT_CSV = [b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04\x14\x00", b"%PDF-1.7", b"\xff\xfe=\x00", b""]


@pytest.mark.parametrize("address", FORMS)
def test_a_form_that_is_too_large_is_refused_before_it_is_kept(client: Client, address: str) -> None:
    client.force_login(User.objects.create_superuser("sue"))
    file = SimpleUploadedFile("x.csv", b"x" * MAX_FORM_BYTES, content_type="text/csv")

    response = client.post(address, {"file": file})

    assert response.status_code == 400


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04\x14\x00", b"%PDF-1.7", b"\xff\xfe=\x00", b""]
)
@pytest.mark.parametrize("content_type", ["text/csv", "image/png", "application/x-msdownload"])
def test_what_a_file_calls_itself_does_not_matter(client: Client, content: bytes, content_type: str) -> None:
    client.force_login(User.objects.create_superuser("sue"))
    file = SimpleUploadedFile("../../etc/candidates.csv", content, content_type=content_type)

    response = client.post("/admin/candidates/candidate/import/", {"file": file}, follow=True)

    assert response.status_code == 200
    assert not re.search(rb"Import \d+ row", response.content)
    assert Candidate.objects.count() == 0


SERVERS_OWN = {
    "call_tracking": {"total_attempts": 0, "max_attempts": 99},
    "call_tracking.max_attempts": 99,
    "id": NOBODY,
    "_id": NOBODY,
    "pk": NOBODY,
    "search_words": ["asha"],
    "created_at": "2030-01-01T00:00:00Z",
    "updated_at": "2030-01-01T00:00:00Z",
    "_cls": "Candidate",
    "__class__": "x",
}


@pytest.mark.parametrize("field", SERVERS_OWN)
def test_what_is_the_servers_own_is_not_given_by_the_caller(api: APIClient, field: str) -> None:
    candidate = a_candidate()
    given = {field: SERVERS_OWN[field]}

    answers = [
        api.post("/api/candidates/", ASHA | {"phone": "+919876500000"} | given),
        api.patch(f"/api/candidates/{candidate.id}/", given),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert [set(answer.data["errors"]) for answer in answers] == [{field}, {field}]
    assert Candidate.objects.get().to_mongo() == candidate.to_mongo()


@pytest.mark.parametrize("field", ["status", "held_by", "held_until", "id", "_id"])
def test_no_slot_is_given_a_state_by_the_caller(api: APIClient, field: str) -> None:
    times = {"starts_at": "2030-01-01T10:00:00Z", "ends_at": "2030-01-01T11:00:00Z"}

    response = api.post("/api/slots/", PRIYA | times | {field: "booked"})

    assert (response.status_code, set(response.data["errors"])) == (400, {field})
    assert Slot.objects.count() == 0
