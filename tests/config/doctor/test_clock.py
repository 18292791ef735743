from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.doctor import clock
from config.doctor.findings import Verdict

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(0, Verdict.RIGHT), (5, Verdict.RIGHT), (-6, Verdict.DOUBTFUL), (30, Verdict.DOUBTFUL), (31, Verdict.WRONG)],
)
def test_clock_is_judged_by_how_far_away_it_is(seconds: int, verdict: Verdict) -> None:
    found = clock.compare_clocks("The clock", theirs=NOW + timedelta(seconds=seconds), ours=NOW)

    assert found.verdict == verdict


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_date_header_is_read(zone: str) -> None:
    assert clock.date_header(f"Mon, 02 Mar 2026 04:30:00 {zone}") == NOW + timedelta(seconds=0.5)


@pytest.mark.parametrize("text", [None, "", "today"])
def test_date_header_that_names_no_time_is_none(text: str | None) -> None:
    assert clock.date_header(text) is None


def zone_data_of(directory: Path, **files: str) -> tuple[str, ...]:
    """Lay zone data out in a directory, with these files beside it."""
    (directory / "Europe").mkdir()
    (directory / "Europe" / "Berlin").write_bytes(b"TZif")
    for name, content in files.items():
        (directory / name.replace("_", ".")).write_text(content)
    return ("/nowhere", str(directory))


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({"tzdata_zi": "# version 2025b\n# more\n"}, Verdict.RIGHT),
        ({"version": "2026a\n"}, Verdict.RIGHT),
        ({"tzdata_zi": "# version 2023c\n"}, Verdict.DOUBTFUL),
        ({"tzdata_zi": "# a list of rules\n"}, Verdict.RIGHT),
        ({}, Verdict.RIGHT),
    ],
)
def test_zone_data_is_judged_by_its_year(tmp_path: Path, files: dict[str, str], verdict: Verdict) -> None:
    (found,) = clock.check_time_zones(NOW, zone_data_of(tmp_path, **files))

    assert found.verdict == verdict


def test_package_is_taken_where_the_system_has_none() -> None:
    source, version = clock.zone_data(("/nowhere",))

    assert source == "The package tzdata"
    assert version[:2] == "20"


def test_zone_data_without_clock_changes_is_wrong(tmp_path: Path) -> None:
    (found,) = clock.check_time_zones(NOW, zone_data_of(tmp_path), zone="Africa/Nairobi")

    assert found.verdict == Verdict.WRONG
    assert "2027" in found.words
