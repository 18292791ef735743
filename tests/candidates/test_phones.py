import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates import phones

pytestmark = pytest.mark.slow

COUNTRY_CODES = st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
DIGITS = "0123456789٠١٢०१२"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+919876543210", "+919876543210"),
        ("  +91 98765 43210 ", "+919876543210"),
        ("+91-98765-43210", "+919876543210"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("+44.7700.900001", "+447700900001"),
        ("+٩١٩٨٧٦٥٤٣٢١٠", "+919876543210"),
    ],
)
def test_a_number_is_kept_as_e164_however_it_is_written(written: str, number: str) -> None:
    assert phones.e164(phones.parse(written)) == number


@pytest.mark.parametrize("written", ["9876543210", "00919876543210", "", "   ", None, 919876543210, ["+919876543210"]])
def test_a_number_without_its_country_code_is_refused(written: object) -> None:
    with pytest.raises(phones.ImpossiblePhone, match=r"with its country code, such as \+919876543210"):
        phones.parse(written)


@pytest.mark.parametrize(
    "written",
    [
        "+",
        "+1",
        "+91123",
        "+999123456789",
        "+91987654321098765432",
        "+1 202 555 0123 #5",
        "+91 98765 43210 / +91 98765 43211",
        "+91\x009876543210",
        "+4911111111111111",
        "+3758888888888",
        "+8611111111111111111",
        "+" + "9" * 5000,
        "+919876543210" + " " * 30 + ".",
    ],
)
def test_an_impossible_number_is_refused(written: str) -> None:
    with pytest.raises(phones.ImpossiblePhone):
        phones.parse(written)


@pytest.mark.parametrize(
    "written", ["+1 800 FLOWERS", "+919876543210abc", "+12025550123 ext. 5", "+919876543210;ext=5"]
)
def test_letters_are_not_taken_for_digits(written: str) -> None:
    with pytest.raises(phones.ImpossiblePhone, match="without letters or an extension"):
        phones.parse(written)


@pytest.mark.parametrize(
    ("number", "time_zone", "country", "language"),
    [
        ("+919876543210", "Asia/Kolkata", "IN", "en-IN"),
        ("+9779812345678", "Asia/Kathmandu", "NP", "en-US"),
        ("+12025550123", "America/New_York", "US", "en-US"),
        ("+442079460123", "Europe/London", "GB", "en-GB"),
        ("+64211234567", "Pacific/Auckland", "NZ", "en-AU"),
        ("+80012345678", None, "001", "en-US"),
        ("+447700900001", None, None, "en-US"),
    ],
)
def test_the_zone_and_language_go_with_the_number(
    number: str, time_zone: str | None, country: str | None, language: str
) -> None:
    parsed = phones.parse(number)

    assert phones.time_zone_of(parsed) == time_zone
    assert phones.country_of(parsed) == country
    assert phones.language_of(parsed) == language


written_numbers = (
    st.text()
    | st.from_regex(r"\+[0-9 ().\-/]{0,40}", fullmatch=True)
    | st.builds("+{}{}".format, COUNTRY_CODES, st.text(DIGITS))
    | st.builds("+{}{}".format, COUNTRY_CODES, st.builds("".ljust, st.integers(4, 17), st.sampled_from(DIGITS)))
)


def e164_or_none(written: str) -> str | None:
    """Return the number as it is kept, None where it is refused."""
    try:
        return phones.e164(phones.parse(written))
    except phones.ImpossiblePhone:
        return None


@settings(max_examples=150)
@given(written_numbers)
def test_any_text_is_refused_or_a_number_as_e164_says_for_good(written: str) -> None:
    number = e164_or_none(written)

    assert number is None or re.fullmatch(r"\+[1-9][0-9]{1,14}", number)
    assert number is None or e164_or_none(number) == number


@given(st.none() | st.integers() | st.binary() | st.lists(st.text()))
def test_what_is_no_text_is_refused(written: object) -> None:
    with pytest.raises(phones.ImpossiblePhone):
        phones.parse(written)
