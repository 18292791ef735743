"""What the log may show of a person: all of it in a trial, else only enough to tell two people apart."""

from django.conf import settings


def shown_name(name: str) -> str:
    """Return the name, or its initials where LOG_PERSONAL_DATA is off."""
    return name if settings.LOG_PERSONAL_DATA else "".join(f"{word[0]}." for word in name.split())


def shown_phone(phone: str) -> str:
    """Return the number, or its last two digits where LOG_PERSONAL_DATA is off."""
    return phone if settings.LOG_PERSONAL_DATA else f"…{phone[-2:]}"
