from typing import Any

import pytest

from config.doctor import setup
from config.doctor.findings import Standing, examine, without_secrets


def test_trial_finds_no_fault(settings: Any) -> None:
    settings.DEBUG = settings.SIMULATED = True

    assert [finding.standing for finding in setup.checked()] == [Standing.RIGHT]
    assert list(setup.trial_settings()) == []


def test_broken_setting_is_wrong(settings: Any) -> None:
    settings.DEBUG, settings.UNDERSTANDING = True, "nowhere.Nothing"

    (finding,) = setup.checked()

    assert finding.standing == Standing.WRONG
    assert finding.words == "callflow.E001: UNDERSTANDING is 'nowhere.Nothing'."


def test_without_debug_the_checks_are_those_before_going_live(settings: Any) -> None:
    settings.DEBUG, settings.SESSION_COOKIE_SECURE = False, False

    found = [finding for finding in setup.checked() if finding.words.startswith("security.W012")]

    assert [finding.standing for finding in found] == [Standing.WRONG]


@pytest.mark.parametrize(
    ("changes", "standing", "named"),
    [
        ({"DEBUG": True}, Standing.WRONG, "DEBUG"),
        ({"LOG_PERSONAL_DATA": True}, Standing.DOUBTFUL, "LOG_PERSONAL_DATA"),
        ({"MONGODB_URI": ""}, Standing.DOUBTFUL, "MONGODB_URI"),
        ({"COMPANY_NAME": "our company"}, Standing.DOUBTFUL, "COMPANY_NAME"),
    ],
)
def test_settings_of_a_trial_are_told_where_phones_ring(
    settings: Any, changes: dict[str, Any], standing: Standing, named: str
) -> None:
    live = {"SIMULATED": False, "DEBUG": False, "LOG_PERSONAL_DATA": False, "COMPANY_NAME": "Acme"}
    for name, value in (live | {"MONGODB_URI": "mongodb://db.example.com/"} | changes).items():
        setattr(settings, name, value)

    (finding,) = setup.trial_settings()

    assert finding.standing == standing
    assert finding.words.startswith(named)


def test_check_that_breaks_is_a_finding() -> None:
    def breaks() -> list[Any]:
        raise ValueError("no\nsuch thing")

    (finding,) = examine("Something", breaks)

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
