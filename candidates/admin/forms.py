"""The forms of the candidates' admin pages."""

from typing import Any

import mongoengine
from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from candidates import phones
from config.mirror.forms import MirrorForm
from config.mongo.fields import LONGEST_TAG, time_zones, validate_line

MAX_FILE_BYTES = 5 * 1024 * 1024


def zone_choices() -> list[tuple[str, str]]:
    return [("", "That of the phone number"), *((name, name) for name in sorted(time_zones()))]


class CandidateForm(MirrorForm):
    time_zone = forms.ChoiceField(
        label="Time zone", choices=zone_choices, required=False, widget=UnfoldAdminSelectWidget
    )

    def clean_phone(self) -> str:
        """Return the number as E.164, in which the check for duplicates compares it."""
        typed = self.cleaned_data["phone"]
        if "phone" not in self.changed_data:
            return typed
        try:
            return phones.e164(phones.parse(typed))
        except phones.ImpossiblePhone as error:
            raise forms.ValidationError(str(error)) from error


class TagForm(forms.Form):
    tag = forms.CharField(widget=UnfoldAdminTextInputWidget)

    def clean_tag(self) -> str:
        """Refuse what could not be typed among other tags: commas and semicolons separate them."""
        tag = self.cleaned_data["tag"]
        if {",", ";"} & set(tag):
            raise forms.ValidationError("One tag at a time, without commas or semicolons.")
        try:
            validate_line(tag, min_length=1, max_length=LONGEST_TAG)
        except mongoengine.ValidationError as error:
            raise forms.ValidationError(error.message) from error
        return tag


class ReasonForm(forms.Form):
    """The reason for a change, which is kept in the history."""

    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget)


class UploadForm(forms.Form):
    file = forms.FileField(widget=UnfoldAdminFileFieldWidget, label="CSV file")

    def clean_file(self) -> UploadedFile:
        file: Any = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB; split it, or use `manage.py import_candidates`.")
        return file
