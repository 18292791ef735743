"""What the list of candidates is narrowed by."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from candidates.documents import TrackingStatus

MAX_VALUES = 50


class KnownValues(admin.AllValuesFieldListFilter):
    """The values that there are, the first of them in their order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lookup_choices = list(self.lookup_choices[:MAX_VALUES])


class OneStatus(admin.SimpleListFilter):
    """Whether the tracking status is a certain one."""

    status: TrackingStatus

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest | None, queryset: QuerySet) -> QuerySet | None:
        """Narrow; by what the status may be instead, which an index finds."""
        others = [other.value for other in TrackingStatus if other is not self.status]
        wanted = {"yes": [self.status.value], "no": others}.get(self.value())
        return queryset.filter(call_tracking_status__in=wanted) if wanted else None


class DoNotCall(OneStatus):
    """Who asked not to be called."""

    title, parameter_name, status = "do not call", "do_not_call", TrackingStatus.DO_NOT_CALL


class HasInterview(OneStatus):
    """Who has an interview."""

    title, parameter_name, status = "has interview", "has_interview", TrackingStatus.INTERVIEW_SCHEDULED
