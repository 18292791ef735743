import pytest

from config.redaction import shown_name, shown_phone


def test_in_a_trial_the_log_shows_whom_we_call(settings) -> None:
    settings.LOG_PERSONAL_DATA = True

    assert shown_name("Asha Rao") == "Asha Rao"
    assert shown_phone("+919876543210") == "+919876543210"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Asha Rao", "A.R."), ("  Asha   Rao ", "A.R."), ("आशा राव", "आ.र."), ("", "")],
)
def test_else_it_shows_initials(settings, name: str, shown: str) -> None:
    settings.LOG_PERSONAL_DATA = False

    assert shown_name(name) == shown


@pytest.mark.parametrize(("phone", "shown"), [("+919876543210", "…10"), ("", "…")])
def test_else_it_shows_two_digits(settings, phone: str, shown: str) -> None:
    settings.LOG_PERSONAL_DATA = False

    assert shown_phone(phone) == shown
