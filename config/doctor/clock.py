"""Whether our clock agrees with others', and whether the time zones are those of today."""

import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo

from config.doctor.findings import Finding, doubtful, right, wrong

# Matching lost calls allows for half a minute; reading a clock may take a few seconds
NOTABLE_DIFFERENCE, MAX_DIFFERENCE = timedelta(seconds=5), timedelta(seconds=30)
SET_CLOCK = "Have both clocks set by NTP (chrony, systemd-timesyncd)."
UPDATE = "Update the system's tzdata, or `pip install --upgrade tzdata` where the system has none."
MAX_AGE_YEARS = 1
A_ZONE = "Europe/Berlin"  # changes its clock twice a year


def compare_clocks(whose: str, *, theirs: datetime, ours: datetime) -> Finding:
    """Return whether a clock, as it was read a moment ago, agrees with ours."""
    away = abs(theirs - ours)
    words = f"{whose} differs from ours by {away.total_seconds():.0f} s."
    if away > MAX_DIFFERENCE:
        return wrong("Clock", words, SET_CLOCK)
    if away > NOTABLE_DIFFERENCE:
        return doubtful("Clock", words, SET_CLOCK)
    return right("Clock", f"{whose} agrees with ours.")


def date_header(text: str | None) -> datetime | None:
    """Return the middle of the second that an HTTP Date header names, None where it names none."""
    try:
        at = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC) + timedelta(seconds=0.5)


def check_time_zones(
    now: datetime, directories: Sequence[str] = zoneinfo.TZPATH, zone: str = A_ZONE
) -> Iterator[Finding]:
    """Yield how old the zone data is, and whether it knows the clock changes of next year in `zone`.

    `directories` are looked in before the package tzdata.
    """
    name = "Time zones"
    source, version = zone_data(directories)
    year = int(version[:4]) if version[:4].isdecimal() else None
    winter, summer = (datetime(now.year + 1, month, 15, tzinfo=ZoneInfo(zone)) for month in (1, 7))
    if winter.utcoffset() == summer.utcoffset():
        yield wrong(name, f"{source} knows no clock change of {now.year + 1}.", UPDATE)
    elif year is None:
        yield right(name, f"{source}, of a version it does not name; it knows {now.year + 1}.")
    elif now.year - year > MAX_AGE_YEARS:
        yield doubtful(name, f"{source} is of {year}: {version}; rules have changed since.", UPDATE)
    else:
        yield right(name, f"{source}, version {version}.")


def zone_data(directories: Sequence[str]) -> tuple[str, str]:
    """Return where Python takes time zones from, and the version that is named there, "" where none is."""
    for directory_name in directories:
        if (Path(directory_name) / A_ZONE).is_file():
            return f"The system's tzdata in {directory_name}", _version_in(Path(directory_name))
    return "The package tzdata", metadata.version("tzdata")


def _version_in(directory: Path) -> str:
    """Read the version from where systems leave it: a file of its own, or the top of the list of rules."""
    for name, mark in (("+VERSION", ""), ("version", ""), ("tzdata.zi", "# version ")):
        path = directory / name
        line = path.read_text().partition("\n")[0].strip() if path.is_file() else ""
        if line.startswith(mark) and line.removeprefix(mark)[:4].isdecimal():
            return line.removeprefix(mark)
    return ""
