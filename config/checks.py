"""System checks: what must be true before going live."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string


@register
def understanding_can_be_loaded(**_: Any) -> list[CheckMessage]:
    """Return an error where the setting UNDERSTANDING names nothing that understands."""
    try:
        understands = callable(import_string(settings.UNDERSTANDING)().understand)
    except (ImportError, AttributeError, TypeError, ValueError):
        understands = False
    if understands:
        return []
    hint = "Name a class with a method `understand`, such as interviews.understanding.Grammar."
    return [Error(f"UNDERSTANDING is {settings.UNDERSTANDING!r}.", hint=hint, id="callflow.E001")]
