"""By what the list of calls is narrowed."""

from copy import copy
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from calls import presentation
from candidates.documents import Candidate as CandidateDocument
from config.mongo.ids import object_id


class ChosenFilter(admin.ChoicesFieldListFilter):
    """Offers those of a field's choices that calls can have, in words."""

    choices_in_words: list[tuple[Any, str]]

    def __init__(self, field: Any, *args: Any, **kwargs: Any) -> None:
        named = copy(field)
        named.choices = self.choices_in_words
        super().__init__(named, *args, **kwargs)


class OutcomeFilter(ChosenFilter):
    """By what came of the calls."""

    choices_in_words = [
        (None, "Under way"),
        *((str(each), presentation.outcome_in_words(each)) for each in presentation.ENDINGS),
    ]


class PhaseFilter(ChosenFilter):
    """By how far the conversations got."""

    choices_in_words = [(str(phase), words) for phase, words in presentation.PHASES.items()]


class CandidateFilter(admin.SimpleListFilter):
    """Shows whose calls these are, where they are one candidate's; it offers no other."""

    title = "candidate"
    parameter_name = "candidate__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name)
        found = CandidateDocument.objects(id=object_id(asked)).only("name").first() if object_id(asked) else None
        return [] if asked is None else [(asked, found.name if found else "unknown")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        return queryset.filter(candidate=self.value()) if object_id(self.value()) else queryset.none()
