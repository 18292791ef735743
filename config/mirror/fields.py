"""The Django fields that stand for what only documents have: ids, lists of words, and values of any shape."""

import json
from functools import partial
from typing import Any

from bson import ObjectId, json_util
from django import forms
from django.core import exceptions
from django.db import models
from django.utils.translation import gettext_lazy as _

EXTENDED = json_util.RELAXED_JSON_OPTIONS.with_options(tz_aware=True)


class ObjectIdField(models.CharField):
    """An ObjectId, seen by Django as its 24 hexadecimal digits; anything else is a ValidationError."""

    default_error_messages = {"invalid": _("“%(value)s” is not a valid id.")}
    empty_strings_allowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 24
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if not ObjectId.is_valid(value):
            raise exceptions.ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value})
        return str(ObjectId(value))

    def get_prep_value(self, value: Any) -> str | None:
        return self.to_python(models.Field.get_prep_value(self, value))


class Encoder(json.JSONEncoder):
    """Writes what JSON lacks (times, ids, decimals) as MongoDB's relaxed extended JSON."""

    def default(self, o: Any) -> Any:
        """Return the extended form of a value."""
        return json_util.default(o, EXTENDED)


class Decoder(json.JSONDecoder):
    """Reads extended JSON back."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["object_hook"] = partial(json_util.object_hook, json_options=EXTENDED)
        super().__init__(**kwargs)


class AnyField(models.JSONField):
    """A value of any shape, shown and edited as extended JSON; `field__key` looks inside, list rows included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"encoder": Encoder, "decoder": Decoder}
        super().__init__(*args, **kwargs)


class WordsFormField(forms.CharField):
    """A list of words typed with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        """Show the list as it is typed."""
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:
        if isinstance(value, list | tuple):
            return list(value)
        return [word for word in map(str.strip, (value or "").split(",")) if word]

    def run_validators(self, value: list[str]) -> None:
        for word in value:
            super().run_validators(word)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


class WordsField(models.Field):
    """A list of texts; every lookup holds where any of the texts does."""

    description = _("Words")

    def get_internal_type(self) -> str:
        return "TextField"

    def to_python(self, value: Any) -> Any:
        return WordsFormField().to_python(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        """Prepare one word, or the whole list, to look for."""
        value = super().get_prep_value(value)
        return list(value) if isinstance(value, tuple) else value

    def value_to_string(self, obj: models.Model) -> str:
        return WordsFormField().prepare_value(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> forms.Field:
        """Return the field that takes the words with commas between them."""
        return super().formfield(**{"form_class": WordsFormField, "help_text": _("Separated by commas."), **kwargs})
