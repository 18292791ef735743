from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calls.dashboard.hours import hour_named, spans_of


def test_hour_of_the_week_keeps_to_the_clock_when_it_is_put_forward() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    since, until = datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)

    spans = list(spans_of(0, 10, since=since, until=until, zone=berlin))

    assert [began for began, _ in spans] == [
        datetime(2026, 3, 23, 9, tzinfo=UTC),
        datetime(2026, 3, 30, 8, tzinfo=UTC),
    ]


@pytest.mark.parametrize("value", ["", None, "7-10", "0-24", "0", "x-1", "0-²", "-1-3"])
def test_what_is_no_hour_of_the_week_names_none(value: str | None) -> None:
    assert hour_named(value) is None


def test_hour_of_the_week_is_named_by_day_and_hour() -> None:
    assert hour_named("6-23") == (6, 23)
