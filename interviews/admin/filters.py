"""Filters of the lists of slots and interviews: by interviewer and by week, each served by an index."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from interviews.documents import Slot

# More interviewers than this are too many to choose from
MAX_INTERVIEWERS = 50


def find_interviewers() -> list[tuple[str, str]]:
    """Return (address, latest name) of the first MAX_INTERVIEWERS by address, ordered by name.

    Each step reads one key of the index, and jumps behind all other slots of that interviewer.
    """
    found: list[tuple[str, str]] = []
    after: dict[str, str] = {}
    order = [("interviewer_email", 1), ("starts_at", -1), ("_id", -1)]
    while len(found) < MAX_INTERVIEWERS and (slot := Slot._get_collection().find_one(after, sort=order)):
        found.append((slot["interviewer_email"], slot["interviewer_name"]))
        after = {"interviewer_email": {"$gt": slot["interviewer_email"]}}
    return sorted(found, key=lambda each: each[1].casefold())


class InterviewerFilter(admin.SimpleListFilter):
    title = "interviewer"
    parameter_name = "interviewer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # Django asks again for the counts beside each filter
        if not hasattr(request, "interviewers_to_choose"):
            request.interviewers_to_choose = find_interviewers()
        return request.interviewers_to_choose

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(interviewer_email=self.value()) if self.value() else queryset


def week_start(now: datetime) -> datetime:
    """Return Monday, 00:00, of the current week in the page's time zone."""
    local = timezone.localtime(now)
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


class WeekFilter(admin.SimpleListFilter):
    title = "week"
    parameter_name = "week"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("ahead", "All ahead"),
            ("this", "This week"),
            ("next", "Next week"),
            ("later", "Later"),
            ("past", "Past"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now = timezone.now()
        this, following, later = (week_start(now) + timedelta(weeks=weeks) for weeks in range(3))
        spans = {
            "ahead": Q(starts_at__gte=now),
            "this": Q(starts_at__gte=this, starts_at__lt=following),
            "next": Q(starts_at__gte=following, starts_at__lt=later),
            "later": Q(starts_at__gte=later),
            "past": Q(starts_at__lt=now),
        }
        return queryset.filter(spans[self.value()]) if self.value() in spans else queryset
