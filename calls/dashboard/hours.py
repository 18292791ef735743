"""Calls by the hour of the week in which they were placed: the lists that stand behind the dashboard's best hours."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS_BACK = timedelta(days=92)  # the dashboard charts fewer days


def spans_of(
    weekday: int, hour: int, *, since: datetime, until: datetime, zone: tzinfo
) -> Iterator[tuple[datetime, datetime]]:
    """Yield when the hour of that weekday (0 is Monday) began and ended in the zone, in UTC, the earliest first."""
    day = since.astimezone(zone).date()
    day += timedelta(days=(weekday - day.weekday()) % 7)
    while (began := datetime.combine(day, time(hour), zone).astimezone(UTC)) < until:
        yield began, began + timedelta(hours=1)
        day += timedelta(weeks=1)


def hour_named(value: str | None) -> tuple[int, int] | None:
    """Return the weekday and hour that "0-13" names, Monday at one in the afternoon; None where it names none."""
    weekday, _, hour = (value or "").partition("-")
    if not (weekday.isdecimal() and hour.isdecimal() and int(weekday) < len(DAYS) and int(hour) < 24):
        return None
    return int(weekday), int(hour)


class HourOfWeekFilter(admin.SimpleListFilter):
    """Shows the calls of one hour of the week, by the admin's clock; there to choose only once a link has chosen it."""

    title = "hour of the week"
    parameter_name = "hour_of_week"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.used_parameters.get(self.parameter_name)
        named = hour_named(value)
        return [(value, f"{DAYS[named[0]]}, {named[1]}:00 to {named[1] + 1}:00")] if named else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow to the hour, as spans of time that the index on `started_at` finds."""
        named = hour_named(self.value())
        if named is None:
            return queryset
        now, zone = timezone.now(), timezone.get_current_timezone()
        spans = spans_of(*named, since=now - HOURS_BACK, until=now, zone=zone)
        return queryset.where({"$or": [{"started_at": {"$gte": began, "$lt": ended}} for began, ended in spans]})
