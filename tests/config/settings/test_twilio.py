import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as project

from tests.config.settings.environments import LIVE, TWILIO, Start, refusal


def test_four_variables_switch_twilio_on(start: Start) -> None:
    read = start(**LIVE)

    assert (read["TELEPHONY"], read["SIMULATED"]) == ("twilio", False)
    assert read["WEBHOOK_AUTH_TOKEN"] == "a-token"


def test_during_a_rotation_webhooks_may_be_signed_with_the_token_before_too(start: Start) -> None:
    assert start(**LIVE)["WEBHOOK_AUTH_TOKENS"] == ["a-token"]
    assert start(**LIVE, TWILIO_AUTH_TOKEN_OLD="old")["WEBHOOK_AUTH_TOKENS"] == ["a-token", "old"]


def test_the_simulator_knows_no_token_of_before(start: Start) -> None:
    read = start(TWILIO_AUTH_TOKEN_OLD="old")

    assert read["WEBHOOK_AUTH_TOKENS"] == [read["WEBHOOK_AUTH_TOKEN"]]


@pytest.mark.parametrize("missing", TWILIO)
def test_one_that_is_missing_is_named(start: Start, missing: str) -> None:
    message = refusal(start, **LIVE | {missing: ""})

    assert message.startswith(f"Twilio is set up by halves: {missing} missing. Set all of ")
    assert "or none of them to use the simulator" in message


@pytest.mark.parametrize("given", TWILIO)
def test_all_that_are_missing_are_named(start: Start, given: str) -> None:
    missing = ", ".join(name for name in TWILIO if name != given)

    assert f"by halves: {missing} missing." in refusal(start, **{given: TWILIO[given]})


def test_a_half_set_group_stops_every_command_with_one_sentence(tmp_path: Path) -> None:
    environment = os.environ | TWILIO | {"TWILIO_AUTH_TOKEN": "", "VAR_DIR": str(tmp_path)}

    stopped = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=project.BASE_DIR, env=environment, capture_output=True, text=True
    )

    assert stopped.returncode == 1
    assert "Twilio is set up by halves: TWILIO_AUTH_TOKEN missing." in stopped.stderr.splitlines()[-1]
