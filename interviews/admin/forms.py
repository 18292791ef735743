"""Forms of slots and interviews; what the services would refuse is shown beside its field."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import mongoengine
from django import forms
from django.utils import timezone
from mongoengine.base import BaseField
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from config.mirror.forms import MirrorForm
from config.mirror.writes import by_field
from config.mongo.fields import LONGEST_EMAIL, LONGEST_LINE, time_zones
from interviews.documents import Cancellation, Slot
from interviews.errors import SlotTaken
from interviews.slots import validate_new_slot
from interviews.weekly_patterns import WEEKDAYS, ImpossiblePattern, WeeklyPattern

# Each slot is a transaction of its own, and somebody waits for the page meanwhile
MAX_WEEKLY_SLOTS = 500


def validator_of(field: BaseField) -> Callable[[str], None]:
    """Return a form validator that refuses what the field of a document would refuse."""

    def validate(text: str) -> None:
        try:
            field._validate(text)
        except mongoengine.ValidationError as error:
            raise forms.ValidationError(error.message) from error

    return validate


class SlotForm(MirrorForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"starts_at", "ends_at"} & self.fields.keys():
            self.fields[name].help_text = f"Time zone: {timezone.get_current_timezone_name()}."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        try:
            validate_new_slot(slot=Slot(**cleaned), now=timezone.now())
        except SlotTaken as error:
            self.add_error("starts_at", str(error))
        except mongoengine.ValidationError as error:
            for name, messages in by_field(type(self.instance), error).items():
                self.add_error(name, messages)
        return cleaned


class CancelForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        validators=[validator_of(Cancellation.reason)],
        widget=UnfoldAdminTextInputWidget,
        help_text="Told to the interviewer and kept with the interview. The candidate is not told the reason.",
    )
    offers_slot_again = forms.BooleanField(
        label="Offer the time to other candidates",
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
        help_text="Leave this out where the interviewer is not available then.",
    )


def _typed(kind: str) -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"type": kind})


class PatternForm(forms.Form):
    """Asks for a weekly pattern; `pattern` is set once the form is valid."""

    interviewer_name = forms.CharField(
        max_length=LONGEST_LINE, validators=[validator_of(Slot.interviewer_name)], widget=UnfoldAdminTextInputWidget
    )
    interviewer_email = forms.EmailField(
        max_length=LONGEST_EMAIL, validators=[validator_of(Slot.interviewer_email)], widget=UnfoldAdminEmailInputWidget
    )
    first = forms.DateField(label="First day", widget=_typed("date"))
    last = forms.DateField(label="Last day", widget=_typed("date"))
    weekdays = forms.TypedMultipleChoiceField(
        choices=[(number, day.capitalize()) for number, day in enumerate(WEEKDAYS)],
        coerce=int,
        initial=[0, 1, 2, 3, 4],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    begins = forms.TimeField(label="From", widget=_typed("time"))
    ends = forms.TimeField(label="Until", widget=_typed("time"))
    minutes = forms.IntegerField(label="Minutes each", initial=60, widget=UnfoldAdminIntegerFieldWidget)
    time_zone = forms.ChoiceField(
        choices=lambda: [(name, name) for name in sorted(time_zones())],
        initial=timezone.get_current_timezone_name,
        widget=UnfoldAdminSelectWidget,
        help_text="The zone of these hours.",
    )
    pattern: WeeklyPattern

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        days = {"first", "last", "begins", "ends", "minutes", "time_zone"}
        try:
            self.pattern = WeeklyPattern(
                weekdays=frozenset(cleaned["weekdays"]), **{name: cleaned[name] for name in days}
            )
        except ImpossiblePattern as error:
            raise forms.ValidationError(str(error)) from error
        if len(list(islice(self.pattern.slots(), MAX_WEEKLY_SLOTS + 1))) > MAX_WEEKLY_SLOTS:
            raise forms.ValidationError(
                f"These are more than {MAX_WEEKLY_SLOTS} slots. Add them in several steps, each with fewer days."
            )
        return cleaned
