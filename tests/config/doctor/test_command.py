"""The doctor as an operator meets it: on an installation that is well, and on one that is not."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from mongoengine import connection
from pymongo.database import Database

from calls import telephony, webhooks
from config.jobs.documents import JobRun
from config.mongo import client
from tests.calls.telephony.http_servers import Answer, TwilioApi
from tests.servers import served

pytestmark = pytest.mark.django_db
SECRETS = ["token-that-is-secret", "word-that-is-secret"]


@pytest.fixture
def well(database: Database, settings: Any) -> Iterator[None]:
    """Serve the application, with every job just run."""
    settings.DEBUG = settings.SIMULATED = True
    settings.TELEPHONY = "simulator"
    for name in settings.JOBS:
        now = timezone.now()
        JobRun(name=name, started_at=now, finished_at=now, host="here").save()
    with served(settings):
        yield


@pytest.fixture
def live(well: None, settings: Any) -> Iterator[TwilioApi]:
    """Let the phone be Twilio's, as the test plays it."""
    api = TwilioApi()
    settings.SIMULATED, settings.TELEPHONY, settings.TWILIO_API_BASE_URL = False, "twilio", api.url
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "a" * 32, SECRETS[0]
    settings.TWILIO_PHONE_NUMBER = "+15005550006"
    with api.running():
        yield api
    telephony._twilio.cache_clear()


@pytest.fixture
def away(well: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let MongoDB be where nobody listens, and no webhook wait for it longer than a test likes to."""
    monkeypatch.setattr(webhooks, "ANSWER_SECONDS", 0.3)
    connection.disconnect()
    settings.MONGODB_URI = f"mongodb://asha:{SECRETS[1]}@127.0.0.1:1/?serverSelectionTimeoutMS=100"
    client.register()
    yield
    connection.disconnect()
    settings.MONGODB_URI = ""
    client.register()


def doctor() -> tuple[str, int]:
    """Run the command; return what it said and its exit code."""
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out)
    except SystemExit as ended:
        return out.getvalue(), int(str(ended.code))
    return out.getvalue(), 0


@pytest.mark.usefixtures("well")
def test_installation_that_is_well_is_reported_line_by_line() -> None:
    said, code = doctor()

    names = [line[2:17].strip() for line in said.splitlines()[:-1]]
    assert code == 0
    assert names == [
        *("Settings", "MongoDB", "Transactions", "Write concern", "Indexes", "Clock", "Jobs", "Dialling"),
        "Queues",
        *("Django's tables", "Mail", "Phone account", "Caller id", "Public address", "Clock", "Time zones"),
    ]
    assert said.splitlines()[-1] == "16 right, 0 doubtful, 0 wrong."


@pytest.mark.usefixtures("well")
def test_something_wrong_ends_with_one_and_says_what_to_do() -> None:
    JobRun.objects.delete()

    said, code = doctor()

    assert code == 1
    assert "✗ Jobs             None has ever run.\n" in said
    assert "                   → Keep `manage.py run_jobs` running" in said


@pytest.mark.usefixtures("away")
def test_database_that_is_away_leaves_the_rest_to_be_examined() -> None:
    said, code = doctor()

    assert code == 1
    assert "✗ MongoDB          No server answers" in said
    assert "Indexes" not in said
    assert "Time zones" in said


def test_no_secret_is_ever_said(live: TwilioApi, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "asha", SECRETS[1]
    live.answers.append(Answer(401, {"code": 20003, "message": f"{SECRETS[0]} is wrong", "status": 401}))

    said, code = doctor()

    assert code == 1
    assert "Twilio refused the credentials (20003)." in said
    assert [secret for secret in [*SECRETS, settings.SECRET_KEY] if secret in said] == []
