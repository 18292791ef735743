"""A process that is stopped between the claim and the call, and goes on when the attempt was given back long since."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.conf import settings

from calls import jobs
from candidates.documents import Candidate
from tests.calls.fake_telephony import LATER, last_attempt, tracking_of
from tests.calls.telephony.http_servers import TwilioApi
from tests.factories import NOW, a_candidate

LEASE_SECONDS = 1.0
# Claims an attempt of the candidate named, stops as by Ctrl-Z on its way to Twilio, and then goes on
CALLER = """
import os, signal, sys
import django
django.setup()
from datetime import datetime
from calls import placing, telephony
from config.lease import Lease

class Stopped:
    def place(self, order):
        os.kill(os.getpid(), signal.SIGSTOP)
        return telephony.backend().place(order)

candidate_id, now, seconds = sys.argv[1:]
lease = Lease.begin(float(seconds))
placing.place_call(
    candidate_id=candidate_id, lease=lease, now=datetime.fromisoformat(now), telephony=Stopped()
)
"""


@pytest.fixture
def twilio_api() -> Iterator[TwilioApi]:
    api = TwilioApi()
    with api.running():
        yield api


def caller(candidate: Candidate, api: TwilioApi, *, lease_seconds: float) -> subprocess.Popen[str]:
    """Start the process; return it once it has stopped."""
    account = {"TWILIO_ACCOUNT_SID": "AC" + "a" * 32, "TWILIO_AUTH_TOKEN": "secret"}
    numbers = {"TWILIO_PHONE_NUMBER": "+15005550006", "PUBLIC_BASE_URL": "https://callflow.example"}
    process = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(candidate.id), NOW.isoformat(), str(lease_seconds)],
        cwd=settings.BASE_DIR,
        env=os.environ
        | account
        | numbers
        | {"TWILIO_API_BASE_URL": api.url, "DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": "a" * 50},
        stderr=subprocess.PIPE,
        text=True,
    )
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), process.stderr.read()
    return process


def test_process_stopped_for_longer_than_its_lease_dials_nobody(database: object, twilio_api: TwilioApi) -> None:
    candidate = a_candidate()
    process = caller(candidate, twilio_api, lease_seconds=LEASE_SECONDS)

    time.sleep(LEASE_SECONDS)
    assert jobs.settle_open_calls(now=LATER) == 1
    process.send_signal(signal.SIGCONT)
    _, said = process.communicate()

    assert "DialledTooLate" in said
    assert twilio_api.asked == []
    assert tracking_of(candidate).total_attempts == 0
    assert last_attempt(candidate).notes == "The call was never placed."


def test_process_that_goes_on_in_time_dials(database: object, twilio_api: TwilioApi) -> None:
    candidate = a_candidate()
    process = caller(candidate, twilio_api, lease_seconds=3600)

    process.send_signal(signal.SIGCONT)
    process.communicate()

    assert [asked.fields["To"] for asked in twilio_api.asked] == [candidate.phone]
    assert tracking_of(candidate).total_attempts == 1
