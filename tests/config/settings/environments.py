"""Environments that the settings are read from, and what they refuse."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.exceptions import ImproperlyConfigured

Start = Callable[..., dict[str, Any]]
SOURCES = [Path(project.BASE_DIR, "config", name) for name in ("environment.py", "settings.py")]
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a-token",
    "TWILIO_PHONE_NUMBER": "+15005550006",
    "PUBLIC_BASE_URL": "https://callflow.example",
}
LIVE = TWILIO | {"SECRET_KEY": "long and random"}


def refusal(start: Start, **environment: str) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        start(**environment)
    return str(refused.value)
