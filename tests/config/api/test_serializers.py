"""What the fields of a body may be, and that unknown ones are refused."""

import pytest
from rest_framework import serializers

from config.api.fields import AwareDateTimeField, Text
from config.api.serializers import StrictSerializer
from tests.factories import NOW


class Note(StrictSerializer):
    title = Text(max_length=10)
    at = AwareDateTimeField(required=False)
    id = serializers.CharField(read_only=True)


def test_texts_are_trimmed_and_times_shown_in_utc() -> None:
    note = Note(data={"title": " Call ", "at": "2026-03-02T10:00:00+05:30"})

    assert note.is_valid()
    assert note.validated_data == {"title": "Call", "at": NOW}
    assert Note({"title": "Call", "at": NOW, "id": 5}).data == {
        "title": "Call",
        "at": "2026-03-02T04:30:00Z",
        "id": "5",
    }


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"title": 5}, {"title": ["Not a valid string."]}),
        ({"title": "x" * 11}, {"title": ["Must have at most 10 characters; this has 11."]}),
        ({"title": "x" + " " * 10}, {"title": ["Must have at most 10 characters; this has 11."]}),
        ({"title": "x", "id": "5"}, {"id": ["Read only."]}),
        ({"title": "x", "at": "2026-03-02T10:00:00Z", "$where": 1}, {"$where": ["Unknown field."]}),
        (
            {"title": "x", "at": "2026-03-02T10:00:00"},
            {"at": ["Give the time with its offset, such as 2030-11-25T10:00:00+05:30."]},
        ),
        (["title"], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        (None, {"non_field_errors": ["No data provided"]}),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(given: object, errors: object) -> None:
    note = Note(data=given)

    assert not note.is_valid()
    assert note.errors == errors
