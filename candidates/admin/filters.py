"""The filters of the admin's list of candidates."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from candidates.documents import TrackingStatus

MAX_VALUES = 50


class KnownValues(admin.AllValuesFieldListFilter):
    """Filters by the values of a field that occur, at most MAX_VALUES of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lookup_choices = list(self.lookup_choices[:MAX_VALUES])


class OneStatus(admin.SimpleListFilter):
    """Filters by whether the tracking status is a certain one."""

    status: TrackingStatus

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest | None, queryset: QuerySet) -> QuerySet | None:
        # "No" asks for the other statuses: an index finds those, and not what is unequal to one
        others = [other.value for other in TrackingStatus if other is not self.status]
        wanted = {"yes": [self.status.value], "no": others}.get(self.value())
        return queryset.filter(call_tracking_status__in=wanted) if wanted else None


class DoNotCall(OneStatus):
    title, parameter_name, status = "do not call", "do_not_call", TrackingStatus.DO_NOT_CALL


class HasInterview(OneStatus):
    title, parameter_name, status = "has interview", "has_interview", TrackingStatus.INTERVIEW_SCHEDULED
