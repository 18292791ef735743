"""With LOG_PERSONAL_DATA off, whatever happens: no name, number, address, word or secret gets into the log."""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from calls import jobs as calls
from calls.documents import ConversationSession
from calls.telephony.simulator.documents import Taking
from calls.telephony.twilio.client import Twilio
from config.security.redaction import LineFormatter
from interviews import jobs as interviews
from interviews.documents import Interview
from tests.calls.telephony.http_servers import Answer, TwilioApi
from tests.calls.webhooks import goes_on_at, post, status, turn
from tests.factories import NOW, a_candidate, a_recruiter, a_session, a_slot
from tests.interviews import mail_server
from tests.journeys.conftest import Ring, Someone, Unreachable

ZEBULON = {
    "name": "Zebulon Quartermaine",
    "phone": "+919845012345",
    "email": "zebulon.q@private.example",
    "company": "Hushed Ltd",
    "notes": "Limps.",
}
HORTENSIA = {"interviewer_name": "Hortensia Plum", "interviewer_email": "plum@inside.example"}
SAID = ("yes this is Zebulon and my cousin is Ebenezer", "the first one and I have gout", "yes lovely")
TOKEN = "a-token-of-twilio-that-nobody-sees"
# No part of these is to be found, in whatever letters
PERSONAL = [
    *("zebulon", "quartermaine", "98450", "9845012345", "private.example", "limps"),
    *("hortensia", "plum", "inside.example", "ebenezer", "gout", "lovely", "quiet-harbour", "guessed-password"),
]


pytestmark = pytest.mark.django_db


@pytest.fixture
def log(settings: Any) -> Iterator[io.StringIO]:
    """What the log shows of everything, in the form in which it is written."""
    settings.LOG_PERSONAL_DATA = False
    handler, root = logging.StreamHandler(written := io.StringIO()), logging.getLogger()
    handler.setFormatter(LineFormatter(project.LOGGING["formatters"]["line"]["format"], style="{"))
    root.addHandler(handler)
    level, _ = root.level, root.setLevel("INFO")
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def twilio(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioApi]:
    """Let calls go through Twilio's client to a server that plays Twilio's API."""
    server = TwilioApi()
    with server.running():
        account = {"account_sid": "AC" + "0" * 32, "auth_token": TOKEN, "phone_number": "+15005550006"}
        client = Twilio(**account, timeout_seconds=1, api_base_url=server.url, sleep=lambda _: None)
        monkeypatch.setattr("calls.telephony.backend", lambda: client)
        yield server
        client.close()


def slots() -> None:
    for days in (2, 3, 4):
        a_slot(**HORTENSIA, starts_at=NOW.replace(day=NOW.day + days))


def leaked(log: io.StringIO) -> set[str]:
    """Return what is in the log and should not be."""
    secrets = {project.SECRET_KEY, project.WEBHOOK_AUTH_TOKEN, TOKEN, *Token.objects.values_list("key", flat=True)}
    return {each for each in [*PERSONAL, *secrets] if each.lower() in log.getvalue().lower()}


def test_of_a_call_that_ends_in_an_interview(ring: Ring, log: io.StringIO) -> None:
    slots()

    ring(a_candidate(**ZEBULON), Someone(*SAID))
    interviews.send_due_mails(now=NOW)

    assert Interview.objects.get().invitation.status == "sent"
    assert "📧 Invitation mailed for Z.Q." in log.getvalue()
    assert leaked(log) == set()


@pytest.mark.parametrize("taking", [Taking.BUSY, Taking.RINGS_OUT, Taking.VOICEMAIL])
def test_of_a_call_that_reaches_nobody(ring: Ring, log: io.StringIO, taking: Taking) -> None:
    ring(a_candidate(**ZEBULON), Unreachable(taking))

    assert "ended" in log.getvalue()
    assert leaked(log) == set()


@pytest.mark.parametrize("refusal", [{"RCPT": "550 no zebulon.q@private.example here, Zebulon"}, {"TAKEN": "552 Plum"}])
def test_of_mails_that_are_refused(ring: Ring, log: io.StringIO, settings: Any, refusal: dict[str, str]) -> None:
    slots()
    ring(a_candidate(**ZEBULON), Someone(*SAID))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    with mail_server.running() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT, server.answers = "127.0.0.1", server.port, refusal
        interviews.send_due_mails(now=NOW)

    assert "not sent, next try" in log.getvalue()
    assert leaked(log) == set()


def test_of_a_turn_that_fails(database: Database, today: object, log: io.StringIO) -> None:
    slots()
    session = a_session(a_candidate(**ZEBULON))
    for number, words in enumerate(("", *SAID[:2])):
        turn(session.id, number, SpeechResult=words)
    database["sessions"].update_one({"_id": session.id}, {"$unset": {"dialogue": ""}})

    post(goes_on_at(turn(session.id, 3, SpeechResult=SAID[2])))

    assert "the caller hears an apology" in log.getvalue()
    assert "Traceback" in log.getvalue()
    assert leaked(log) == set()


def test_of_requests_of_the_phone_service_that_are_not_as_they_must_be(
    database: Database, today: object, log: io.StringIO
) -> None:
    session = a_session(a_candidate(**ZEBULON))

    post(f"/twilio/voice/{session.id}", signature=TOKEN, To=ZEBULON["phone"], SpeechResult=SAID[0])
    turn(session.id, 7, SpeechResult=SAID[0], To=ZEBULON["phone"])
    status(session.id, SAID[1], 3, To=ZEBULON["phone"])
    post(f"/twilio/fallback/{session.id}", ErrorUrl=ZEBULON["phone"], ErrorCode=11200, SpeechResult=SAID[0])
    ConversationSession.objects.delete()
    turn(session.id, 0, To=ZEBULON["phone"])

    assert "was not signed" in log.getvalue()
    assert leaked(log) == set()


ANSWERS = {
    "invalid": Answer(400, {"code": 21211, "message": f"The number {ZEBULON['phone']} is not valid.", "status": 400}),
    "refused": Answer(401, {"code": 20003, "message": f"Authenticate {TOKEN}", "status": 401}),
    "failed": Answer(500, {"code": 20500, "message": f"Call to {ZEBULON['phone']} failed", "status": 500}),
    "not JSON": Answer(200, ZEBULON["name"]),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_of_calls_that_twilio_does_not_place(
    api: APIClient, twilio: TwilioApi, log: io.StringIO, today: object, answer: Answer
) -> None:
    candidate = a_candidate(**ZEBULON)
    twilio.answers += [answer, answer, answer]

    api.post("/make-actual-call", {"candidate_id": str(candidate.id)})
    calls.settle_open_calls(now=NOW.replace(hour=NOW.hour + 1))
    calls.dial_due_calls(now=NOW.replace(hour=NOW.hour + 2))

    assert "Initiating call to …45" in log.getvalue()
    assert leaked(log) == set()


def test_of_requests_to_the_api_that_are_refused(api: APIClient, log: io.StringIO) -> None:
    a_candidate(**ZEBULON)
    given = ZEBULON | {"name": f"{ZEBULON['name']}\n"}

    for body in (ZEBULON, given, ZEBULON | {"email": SAID[0]}, ZEBULON | {"call_tracking": {}}, [SAID[0]]):
        api.post("/api/candidates/", body)
    api.get("/api/candidates/", {"phone": ZEBULON["phone"], "name": ZEBULON["name"]})
    api.post("/make-actual-call", {"candidate_id": ZEBULON["name"]})

    assert "Bad Request" in log.getvalue()
    assert leaked(log) - {"zebulon", "quartermaine"} == set()  # an id that is none is shown as it was sent


def test_of_an_error_of_ours(database: Database, api: APIClient, log: io.StringIO) -> None:
    broken = {"name": ZEBULON["name"], "phone": ZEBULON["phone"], "unknown": SAID[0]}
    key = database["candidates"].insert_one(broken).inserted_id

    answer = api.get(f"/api/candidates/{key}")

    assert answer.status_code == 500
    assert not {"zebulon", "unknown"} & set(answer.content.decode().lower().split())
    assert "Traceback" in log.getvalue()
    assert leaked(log) == set()


def test_of_an_error_of_ours_in_the_admin(
    database: Database, log: io.StringIO, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.UNFOLD, "DASHBOARD_CALLBACK", f"config.{ZEBULON['name']}")
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("sue"))

    answer = client.get("/admin/", {"q": ZEBULON["name"], "p": ZEBULON["phone"]})

    assert answer.status_code == 500
    assert "Zebulon" not in answer.content.decode()
    assert "Traceback" in log.getvalue()
    assert leaked(log) == set()


def test_of_signing_in(api: APIClient, log: io.StringIO, today: object) -> None:
    user = a_recruiter(username="zebulon")
    Token.objects.create(user=user)

    for password in (*["guessed-password"] * 6, "quiet-harbour"):
        Client().post("/admin/login/", {"username": "zebulon", "password": password})
    api.get("/list-candidates", REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION=f"Token {user.auth_token.key[:-1]}x")

    assert "tried too often" in log.getvalue()
    assert leaked(log) == set()


UVICORNS = '%s - "%s %s HTTP/%s" %d'  # how the server writes a request into its access log
FORGED = "2026-03-02 04:30:00,000 CRITICAL calls: forged \x1b[2J\u202e"


def test_no_request_forges_a_line(api: APIClient, log: io.StringIO, today: object) -> None:
    browser = Client(headers={"User-Agent": f"x\n{FORGED}"}, raise_request_exception=False)

    browser.get(f"/x\n{FORGED}")
    browser.get("/admin/candidates/candidate/", {"q": f"x\n{FORGED}"})
    api.get(f"/api/x\n{FORGED}")
    api.post("/make-actual-call", {"candidate_id": f"x\n{FORGED}"})
    browser.post("/admin/login/", {"username": f"x\n{FORGED}", "password": "x"})
    post(f"/twilio/voice/x\n{FORGED}")
    logging.getLogger("uvicorn.access").info(UVICORNS, "203.0.113.7:1", "GET", f"/x\n{FORGED}", "1.1", 404)

    lines = log.getvalue().splitlines()
    assert sum("forged" in line for line in lines) > 3
    assert any("uvicorn.access" in line for line in lines)
    assert [line for line in lines if line.startswith(FORGED[:10])] == []
    assert all(line.isprintable() for line in lines)


SCRIPT = f"""
import django
django.setup()
from django.utils import timezone
from candidates import services
services.create_candidate(now=timezone.now(), **{ZEBULON})
services.get_candidate("6b02c37d3c74f49924fbae88")
"""


def test_of_what_the_drivers_say_at_debug(database: Database) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "DEBUG", "LOG_PERSONAL_DATA": "off"}

    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", SCRIPT],
        cwd=project.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "CandidateNotFound" in run.stderr
    assert database["candidates"].find_one()["name"] == ZEBULON["name"]
    assert not [each for each in PERSONAL if each in run.stderr.lower()]
    assert " DEBUG " not in run.stderr


def test_what_should_not_leak_would_be_found(log: io.StringIO) -> None:
    logging.getLogger("calls").warning("Zebulon was called with %s", TOKEN)

    assert leaked(log) == {"zebulon", TOKEN}
