from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.config.settings.environments import Start, refusal


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "http", "PORT must be a whole number from 1 to 65535."),
        ("PORT", "8000.5", "PORT must be a whole number from 1 to 65535."),
        ("PORT", "0", "PORT is 0; it must be from 1 to 65535."),
        ("PORT", "65536", "PORT is 65536; it must be from 1 to 65535."),
        ("MAX_ATTEMPTS", "0", "MAX_ATTEMPTS is 0; it must be from 1 to 10."),
        ("MAX_ATTEMPTS", "11", "MAX_ATTEMPTS is 11; it must be from 1 to 10."),
        ("RING_SECONDS", "4", "RING_SECONDS is 4; it must be from 5 to 120."),
        ("CALL_LIMIT_SECONDS", "3601", "CALL_LIMIT_SECONDS is 3601; it must be from 60 to 3600."),
        ("RETRY_AFTER_MINUTES", "-1", "RETRY_AFTER_MINUTES is -1; it must be from 0 to 10080."),
        ("CALLS_PER_DAY", "-1", "CALLS_PER_DAY is -1; it must be from 0 to 1000000."),
        ("PRICE_PER_MINUTE", "cheap", "PRICE_PER_MINUTE must be an amount from 0 to 1,000,000, such as 0.014."),
        ("PRICE_PER_MINUTE", "NaN", "PRICE_PER_MINUTE must be an amount from 0 to 1,000,000, such as 0.014."),
        ("COST_PER_DAY", "-1", "COST_PER_DAY must be an amount from 0 to 1,000,000, such as 0.014."),
        ("COST_PER_DAY", "1e9", "COST_PER_DAY must be an amount from 0 to 1,000,000, such as 0.014."),
        ("COST_PER_DAY", "5", "COST_PER_DAY needs PRICE_PER_MINUTE: what a started minute of a call costs."),
        ("NOTICE_MINUTES", "two", "NOTICE_MINUTES must be a whole number from 0 to 10080."),
        ("TWILIO_TIMEOUT_SECONDS", "0", "TWILIO_TIMEOUT_SECONDS is 0; it must be from 1 to 60."),
        ("EMAIL_TIMEOUT", "inf", "EMAIL_TIMEOUT must be a whole number from 1 to 120."),
        ("SIMULATOR_PACE", "-1", "SIMULATOR_PACE must be from 0 (no waiting) to 10; 1 is the pace of a real call."),
        ("SIMULATOR_PACE", "11", "SIMULATOR_PACE must be from 0 (no waiting) to 10; 1 is the pace of a real call."),
        ("CALLING_HOURS", "9", "CALLING_HOURS must be two whole hours, such as 9-20."),
        ("CALLING_HOURS", "9-20-21", "CALLING_HOURS must be two whole hours, such as 9-20."),
        ("CALLING_HOURS", "nine-five", "CALLING_HOURS must be two whole hours, such as 9-20."),
        ("CALLING_HOURS", "20-9", "CALLING_HOURS must be two hours from 0 to 24, the earlier first, such as 9-20."),
        ("CALLING_HOURS", "9-9", "CALLING_HOURS must be two hours from 0 to 24, the earlier first, such as 9-20."),
        ("CALLING_HOURS", "0-25", "CALLING_HOURS must be two hours from 0 to 24, the earlier first, such as 9-20."),
    ],
)
def test_a_bad_value_is_reported_with_what_would_be_good(start: Start, name: str, value: str, message: str) -> None:
    assert refusal(start, **{name: value}) == message


def test_hours_and_numbers_at_their_bounds_are_taken(start: Start) -> None:
    read = start(CALLING_HOURS="0-24", PORT="65535", MAX_ATTEMPTS="10", SIMULATOR_PACE="0")

    assert (read["CALLING_FROM_HOUR"], read["CALLING_TO_HOUR"]) == (0, 24)
    assert (read["PORT"], read["MAX_ATTEMPTS"], read["SIMULATOR_PACE"]) == (65535, 10, 0)


@pytest.mark.parametrize("empty", ["", " ", "0"])
def test_without_bounds_a_day_has_none(start: Start, empty: str) -> None:
    read = start(CALLS_PER_DAY=empty.strip(), PRICE_PER_MINUTE=empty, COST_PER_DAY=empty)

    assert (read["CALLS_PER_DAY"], read["PRICE_PER_MINUTE"], read["COST_PER_DAY"]) == (0, 0, 0)


def test_a_day_that_pays_for_no_minute_is_reported(start: Start) -> None:
    assert "nobody could be called" in refusal(start, PRICE_PER_MINUTE="0.02", COST_PER_DAY="0.01")


def test_prices_are_exact(start: Start) -> None:
    assert start(PRICE_PER_MINUTE="0.0140", COST_PER_DAY="5")["PRICE_PER_MINUTE"] * 3 == Decimal("0.042")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIMULATOR_PACE", "abc"),
        ("DEBUG", "ture"),
        ("BEHIND_PROXY", "maybe"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "nonsense://host/name"),
        ("EMAIL_URL", "nonsense"),
        ("EMAIL_URL", "nonsense://host"),
        ("MONGODB_URI", "localhost:27017"),
        ("COMPANY_NAME", "Acme\ufffe"),
        ("COMPANY_NAME", "=?utf-8?q?Acme?="),
        ("DEFAULT_FROM_EMAIL", "Acme, Inc. <jobs@acme.example>"),
        ("DEFAULT_FROM_EMAIL", "jobs"),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_name(start: Start, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        start(**{name: value})


@pytest.mark.parametrize("zone", ["Mars/X", "Factory", "posix/Europe/Berlin", "../etc/passwd", "Europe"])
def test_time_zone_that_no_place_has_is_refused(start: Start, zone: str) -> None:
    assert "TIME_ZONE is" in refusal(start, TIME_ZONE=zone)
