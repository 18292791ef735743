import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId
from bson.tz_util import utc
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer

from config.api.renderer import FastJSONRenderer

texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
things = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)


def rendered(data: Any) -> Any:
    return json.loads(FastJSONRenderer().render(data))


@given(things)
def test_what_it_writes_reads_as_what_django_rest_framework_writes(data: Any) -> None:
    assert rendered([data]) == json.loads(JSONRenderer().render([data]))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ObjectId("64f0c0ffee64f0c0ffee64f0"), "64f0c0ffee64f0c0ffee64f0"),
        (datetime(2026, 11, 22, 9, tzinfo=UTC), "2026-11-22T09:00:00Z"),
        (datetime(2026, 11, 22, 9, 0, 0, 5000, tzinfo=utc), "2026-11-22T09:00:00.005000Z"),
        (datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Kolkata")), "2026-11-22T09:00:00+05:30"),
        (gettext_lazy("Not found."), "Not found."),
        (ErrorDetail("Too long.", "max_length"), "Too long."),
    ],
)
def test_what_json_has_no_form_for_is_written_as_text(value: object, text: str) -> None:
    assert rendered({"value": value}) == {"value": text}


def test_numbers_of_items_are_keys_too() -> None:
    assert rendered({0: ["Too long."]}) == {"0": ["Too long."]}


def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable: set"):
        FastJSONRenderer().render({"value": {1, 2}})


def test_nothing_is_no_text() -> None:
    assert FastJSONRenderer().render(None) == b""


@pytest.mark.parametrize("asked", [("application/json; indent=4", {}), ("application/json", {"indent": 4})])
def test_it_is_in_lines_where_an_indent_is_asked_for(asked: tuple[str, dict[str, int]]) -> None:
    assert FastJSONRenderer().render({"a": [1]}, *asked) == b'{\n  "a": [\n    1\n  ]\n}'
