import time

import pytest

from config.lease import Lease, LeaseOver, running_seconds
from tests.clocks import Clock


def test_lease_holds_until_its_seconds_have_passed() -> None:
    clock = Clock()
    lease = Lease.begin(30, clock)

    clock.go_by(29.9)
    lease.check()
    clock.go_by(0.1)

    with pytest.raises(LeaseOver):
        lease.check()


def test_lease_goes_by_a_clock_that_counts_the_time_asleep() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)

    read = running_seconds()

    assert before <= read <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_where_the_system_has_no_such_clock_the_monotonic_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    before = time.monotonic()

    read = running_seconds()

    assert before <= read <= time.monotonic()
