from datetime import UTC, date, datetime

import pytest
from django.db.models import Avg, Count, Max, Min, Q, Sum
from django.utils import timezone

from tests.config.mirror import records


@pytest.fixture
def shelf(library):
    """Books of December 2023 and of the spring of 2024, one of them near midnight in Kolkata."""
    author = records.author(born_at=datetime(1923, 10, 15, 12, tzinfo=UTC))
    for number, moment in enumerate(
        [records.at(2023, 12, 31, 17), records.at(2023, 12, 31, 19), records.at(2024, 3, 5), records.at(2024, 3, 28)]
    ):
        records.book(author=author, edition=number, created_at=moment, genre="essay" if number else None)
    return library.Book.objects.all()


def test_extremes(shelf):
    found = shelf.aggregate(first=Min("created_at"), last=Max("created_at"))

    assert found == {"first": records.at(2023, 12, 31, 17), "last": records.at(2024, 3, 28)}


def test_extremes_of_nothing_are_none(shelf):
    assert shelf.none().aggregate(Min("created_at")) == {"created_at__min": None}


def test_sum_and_mean(shelf):
    assert shelf.aggregate(Sum("edition"), Avg("edition")) == {"edition__sum": 6, "edition__avg": 1.5}


def test_counts_by_condition(real_library, shelf_on_real):
    counts = shelf_on_real.filter(edition__gt=0).aggregate(
        all=Count("pk"),
        essays=Count("pk", filter=Q(genre="essay")),
        first=Count("genre", filter=Q(author__name="Italo Calvino", edition=1)),
        inner=Count("pk", filter=Q(pk__in=shelf_on_real.filter(edition=3))),
        none=Count("pk", filter=Q(genre="novel")),
    )

    assert counts == {"all": 3, "essays": 3, "first": 1, "inner": 1, "none": 0}


def test_counts_by_condition_stop_at_the_limit(real_library, shelf_on_real):
    counts = shelf_on_real.capped(2).aggregate(essays=Count("pk", filter=Q(genre="essay")))

    assert str(counts["essays"]) == "1+"


@pytest.fixture
def shelf_on_real(real_library):
    author = records.author()
    for number in range(4):
        records.book(author=author, edition=number, genre="essay" if number else None)
    return real_library.Book.objects.all()


def test_periods_are_those_of_the_readers_zone(shelf, settings):
    settings.TIME_ZONE = "Asia/Kolkata"

    with timezone.override("Asia/Kolkata"):
        years = shelf.datetimes("created_at", "year")
        months = shelf.datetimes("created_at", "month", "DESC")

    assert [year.year for year in years] == [2023, 2024]
    assert [(month.year, month.month) for month in months] == [(2024, 3), (2024, 1), (2023, 12)]
    assert str(years[0]) == "2023-01-01 00:00:00+05:30"


def test_periods_by_day_and_week(shelf):
    with timezone.override("UTC"):
        days = shelf.filter(created_at__year=2024).datetimes("created_at", "day")
        weeks = shelf.filter(created_at__year=2024).datetimes("created_at", "week")

    assert [(day.month, day.day) for day in days] == [(3, 5), (3, 28)]
    assert [(week.month, week.day) for week in weeks] == [(3, 4), (3, 25)]


def test_dates_are_dates(shelf, library):
    assert library.Author.objects.dates("born_at", "month") == [date(1923, 10, 1)]
