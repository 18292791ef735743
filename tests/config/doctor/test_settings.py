from typing import Any

import pytest
from django.test import override_settings

from config.doctor.findings import Verdict, run_check, without_secrets
from config.doctor.settings import check_settings, check_trial_settings

# Those of an installation that calls real people
LIVE = {
    "SIMULATED": False,
    "DEBUG": False,
    "LOG_PERSONAL_DATA": False,
    "COMPANY_NAME": "Acme",
    "MONGODB_URI": "mongodb://db.example.com/",
}


def test_trial_finds_no_fault(settings: Any) -> None:
    settings.DEBUG = settings.SIMULATED = True

    assert [finding.verdict for finding in check_settings()] == [Verdict.RIGHT]
    assert list(check_trial_settings()) == []


def test_broken_setting_is_wrong(settings: Any) -> None:
    settings.DEBUG, settings.UNDERSTANDING = True, "nowhere.Nothing"

    (finding,) = check_settings()

    assert finding.verdict == Verdict.WRONG
    assert finding.words == "callflow.E001: UNDERSTANDING is 'nowhere.Nothing'."


def test_without_debug_the_checks_are_those_before_going_live(settings: Any) -> None:
    settings.DEBUG, settings.SESSION_COOKIE_SECURE = False, False

    found = [finding for finding in check_settings() if finding.words.startswith("security.W012")]

    assert [finding.verdict for finding in found] == [Verdict.WRONG]


@pytest.mark.parametrize(
    ("changes", "verdict", "named"),
    [
        ({"DEBUG": True}, Verdict.WRONG, "DEBUG"),
        ({"LOG_PERSONAL_DATA": True}, Verdict.DOUBTFUL, "LOG_PERSONAL_DATA"),
        ({"MONGODB_URI": ""}, Verdict.DOUBTFUL, "MONGODB_URI"),
        ({"COMPANY_NAME": "our company"}, Verdict.DOUBTFUL, "COMPANY_NAME"),
    ],
)
def test_settings_of_a_trial_are_reported_where_phones_ring(
    changes: dict[str, Any], verdict: Verdict, named: str
) -> None:
    with override_settings(**LIVE | changes):
        (finding,) = check_trial_settings()

    assert finding.verdict == verdict
    assert finding.words.startswith(named)


def test_check_that_breaks_is_a_finding() -> None:
    def breaks() -> list[Any]:
        raise ValueError("no\nsuch thing")

    (finding,) = run_check("Something", breaks)

    assert finding.words == "The check broke off: ValueError: no such thing"


def test_secrets_are_blotted_out_wherever_they_come_from(settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN, settings.EMAIL_HOST_PASSWORD = "token-1", "mail-2"
    settings.MONGODB_URI, settings.CELERY_BROKER_URL = "mongodb://u:mongo-3@h/", "redis://:redis-4@h/0"
    settings.SECRET_KEY = "key-5"

    said = without_secrets("token-1 mail-2 mongo-3 redis-4 key-5 fine")

    assert said == "… … … … … fine"


def test_address_that_cannot_be_read_is_blotted_out_whole(settings: Any) -> None:
    settings.MONGODB_URI = "mongodb://u:p@[h/"

    assert without_secrets("bad: mongodb://u:p@[h/") == "bad: …"
