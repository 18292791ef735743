import pytest

from config import checks


@pytest.mark.parametrize("named", ["nonsense", "interviews.nonsense.Grammar", "datetime.date", "string.Template"])
def test_an_understanding_that_is_none_is_reported_by_the_checks(named: str, settings: object) -> None:
    settings.UNDERSTANDING = named

    (error,) = checks.understanding_can_be_loaded()

    assert error.id == "callflow.E001"


def test_the_understanding_that_ships_passes_the_checks() -> None:
    assert checks.understanding_can_be_loaded() == []
