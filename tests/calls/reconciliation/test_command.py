import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pymongo.database import Database

from calls import telephony
from tests.calls.reconciliation.differences import HOUR, a_call_there, open_here_and_over_there
from tests.factories import a_phone


def output_of(*arguments: str) -> tuple[str, int]:
    """Run the command; return what it said and its exit code."""
    out = io.StringIO()
    try:
        call_command("reconcile", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), int(str(ended.code))
    except CommandError as error:
        return str(error), error.returncode
    return out.getvalue(), 0


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - HOUR


def happened_an_hour_ago(database: Database) -> None:
    """Move all that happened to an hour ago, as the command goes by the clock."""
    at = an_hour_ago()
    for name, field in (("sessions", "started_at"), ("simulated_calls", "placed_at")):
        database[name].update_many({}, {"$set": {field: at}})
    history = "call_tracking.call_history.0.initiated_at"
    fields = {"call_tracking.last_attempt_at": at, history: at}
    database["candidates"].update_many({"call_tracking.call_history": {"$ne": []}}, {"$set": fields})


def test_command_tells_what_it_repaired(simulated: Database) -> None:
    open_here_and_over_there(simulated)
    happened_an_hour_ago(simulated)

    said, code = output_of()

    assert code == 0
    assert said.startswith("closed ")
    assert said.endswith("1 calls compared: 1 repaired, 0 remain.\n")


def test_command_ends_with_one_where_something_remains(simulated: Database) -> None:
    a_call_there(a_phone())
    happened_an_hour_ago(simulated)

    said, code = output_of("--hours", "2")

    assert code == 1
    assert said.startswith("orphan ")


def test_dry_run_ends_with_one_where_something_would_be_repaired(simulated: Database) -> None:
    open_here_and_over_there(simulated)
    happened_an_hour_ago(simulated)

    said, code = output_of("--dry-run")

    assert code == 1
    assert "1 would be repaired, 0 remain" in said


def test_command_takes_a_period(simulated: Database) -> None:
    a_call_there(a_phone())
    happened_an_hour_ago(simulated)
    since, until = an_hour_ago() - 2 * HOUR, an_hour_ago() - HOUR

    said, code = output_of("--since", since.isoformat(), "--until", f"{until:%Y-%m-%dT%H:%M}")

    assert (said, code) == ("0 calls compared: 0 repaired, 0 remain.\n", 0)


def test_command_ends_with_two_where_the_phone_service_is_out_of_reach(settings: Any) -> None:
    settings.TELEPHONY, settings.TWILIO_API_BASE_URL = "twilio", "http://127.0.0.1:9"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "a" * 32, "secret"

    said, code = output_of()

    assert code == 2
    assert "Nothing more was compared" in said
    telephony._twilio.cache_clear()


@pytest.mark.parametrize(
    "arguments",
    [("--since", "yesterday"), ("--hours", "0"), ("--hours", "x"), ("--since", "2026-03-02", "--until", "2026-03-01")],
)
def test_period_that_is_none_is_refused(arguments: tuple[str, ...]) -> None:
    said, code = output_of(*arguments)

    assert code == 1
    assert said
