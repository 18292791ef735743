"""Fields for texts in documents, which refuse what config.texts refuses."""

from collections.abc import Callable
from functools import cache, partial
from zoneinfo import available_timezones

from mongoengine import EmailField, StringField, ValidationError

from config import texts

LONGEST_LINE, LONGEST_EMAIL, LONGEST_NOTES, LONGEST_TAG = 200, 254, 5000, 50


def _validate(check: Callable[[str], None], text: object) -> None:
    """Raise what the field is to raise; a value that is no text is refused by the field itself."""
    if isinstance(text, str):
        try:
            check(text)
        except texts.UnfitText as error:
            raise ValidationError(str(error)) from error


def validate_line(text: object, *, min_length: int, max_length: int) -> None:
    """Refuse a line that is too short or too long, or none. :raises mongoengine.ValidationError:"""
    _validate(partial(texts.validate_line, min_length=min_length, max_length=max_length), text)


def line(*, max_length: int, required: bool = False) -> StringField:
    """Declare a text of one line; a required one is not empty."""
    fits = partial(validate_line, min_length=int(required), max_length=max_length)
    return StringField(max_length=max_length, required=required, validation=fits)


def address() -> EmailField:
    """Declare an e-mail address."""
    return EmailField(
        max_length=LONGEST_EMAIL,
        required=True,
        validation=partial(_validate, partial(texts.validate_address, max_length=LONGEST_EMAIL)),
    )


def notes() -> StringField:
    """Declare a text of several lines."""
    return StringField(
        max_length=LONGEST_NOTES,
        validation=partial(_validate, partial(texts.validate_lines, max_length=LONGEST_NOTES)),
    )


@cache  # it reads a directory tree: 11 ms
def known_zones() -> frozenset[str]:
    """Return the names that the time zone database of this machine knows."""
    return frozenset(available_timezones())


@cache
def time_zones() -> frozenset[str]:
    return frozenset(name for name in known_zones() if texts.is_of_a_place(name))


def validate_time_zone(name: str) -> None:
    """Refuse what is no IANA time zone, or no place's. :raises mongoengine.ValidationError:"""
    if name not in time_zones():
        raise ValidationError(f"{name[:50]!r} is no IANA time zone, such as Asia/Kolkata.")


def validate_possible_time_zone(name: str) -> None:
    """Refuse only a zone that no time can be named in: a candidate may be older than the rule for new ones."""
    if name not in known_zones():
        raise ValidationError(f"{name[:50]!r} is no IANA time zone, such as Asia/Kolkata.")
