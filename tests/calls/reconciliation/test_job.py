from typing import Any

import pytest
from pymongo.database import Database

from calls import jobs, telephony
from tests.calls.reconciliation.differences import LATER, a_call_there, open_here_and_over_there, placed_now
from tests.factories import a_phone


def test_job_mends_and_warns_of_the_rest(simulated: Database, caplog: pytest.LogCaptureFixture) -> None:
    open_here_and_over_there(simulated)
    a_call_there(a_phone())
    placed_now()

    repaired = jobs.reconcile_calls(now=LATER)

    assert repaired == 1
    assert "1 differences from the phone service's calls remain" in caplog.text


def test_job_waits_for_a_phone_service_out_of_reach(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.TELEPHONY, settings.TWILIO_API_BASE_URL = "twilio", "http://127.0.0.1:9"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "a" * 32, "secret"

    repaired = jobs.reconcile_calls(now=LATER)

    assert repaired == 0
    assert "can't be compared" in caplog.text
    telephony._twilio.cache_clear()
