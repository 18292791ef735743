"""Phone numbers: which are possible, and which time zone and language a number suggests."""

import phonenumbers
from phonenumbers import PhoneNumber
from phonenumbers import timezone as zones

# phonenumbers still gives the names that tzdata keeps for compatibility only
RENAMED = {
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
}
# The most that E.164 allows, without the +; some countries' plans have room for more
MAX_DIGITS = 15
LANGUAGES = {"IN": "en-IN", "GB": "en-GB", "IE": "en-GB", "AU": "en-AU", "NZ": "en-AU"}


class ImpossiblePhone(ValueError):
    """No phone anywhere has this number."""


def parse(text: object) -> PhoneNumber:
    """Read a number with its country code. :raises ImpossiblePhone: it has none, or cannot exist."""
    if not isinstance(text, str) or not text.strip().startswith("+"):
        raise ImpossiblePhone("Write the phone number with its country code, such as +919876543210.")
    if any(character.isalpha() for character in text):  # phonenumbers reads them as keypad digits or an extension
        raise ImpossiblePhone("Write the phone number in digits, without letters or an extension.")
    try:
        number = phonenumbers.parse(text.strip())
    except phonenumbers.NumberParseException as error:
        raise ImpossiblePhone("This is no phone number; write one such as +919876543210.") from error
    if len(text) > 32 or number.extension or not phonenumbers.is_possible_number(number) or not _is_stable(number):
        raise ImpossiblePhone("This phone number cannot exist; check its length and country code.")
    return number


def _is_stable(number: PhoneNumber) -> bool:
    """Return whether the number reads the same again: phonenumbers may take another leading digit for a prefix."""
    written = e164(number)
    return len(written) <= 1 + MAX_DIGITS and phonenumbers.parse(written) == number


def e164(number: PhoneNumber) -> str:
    """Return the number as E.164: +, country code, digits."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def time_zone_of(number: PhoneNumber) -> str | None:
    """Return the IANA zone of the number's area, the first of several, None where the number has no area."""
    name = zones.time_zones_for_number(number)[0]
    return None if name == zones.UNKNOWN_TIMEZONE else RENAMED.get(name, name)


def country_of(number: PhoneNumber) -> str | None:
    """Return the ISO 3166 code of the number's country."""
    return phonenumbers.region_code_for_number(number)


def language_of(number: PhoneNumber) -> str:
    """Return the language tag for the number's country, American English by default."""
    return LANGUAGES.get(country_of(number) or "", "en-US")
