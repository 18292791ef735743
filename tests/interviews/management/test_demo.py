from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from candidates.documents import Candidate
from interviews.documents import Slot
from tests.factories import a_candidate

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]


def test_empty_database_is_filled_with_ten_candidates_and_slots(capsys) -> None:
    call_command("demo")

    assert capsys.readouterr().out == "10 demo candidates and 140 slots added.\n"
    assert Candidate.objects.count() == 10
    assert Slot.objects(status="open").count() == 140


def test_demo_candidates_can_be_called_behave_each_in_their_own_way_and_are_nobody() -> None:
    call_command("demo", verbosity=0)

    candidates = Candidate.objects.order_by("phone")
    assert all(candidate.call_tracking.can_call_again for candidate in candidates)
    assert len({candidate.phone[-1] for candidate in candidates}) == 10
    assert all(candidate.notes for candidate in candidates)
    assert all(candidate.phone.startswith("+447700900") for candidate in candidates)
    assert all(candidate.email.endswith(".example") for candidate in candidates)


def test_demo_slots_lie_in_working_hours_of_two_weeks_from_tomorrow_on() -> None:
    call_command("demo", verbosity=0)

    local = [start.astimezone(ZoneInfo("Asia/Kolkata")) for start in Slot.objects.scalar("starts_at")]
    assert {start.weekday() for start in local} == {0, 1, 2, 3, 4}
    assert {start.hour for start in local} == set(range(10, 17))
    assert min(local) > timezone.now()
    assert max(local) < timezone.now() + timedelta(days=15)
    assert all(email.endswith(".example") for email in Slot.objects.scalar("interviewer_email"))


def test_second_time_nothing_is_added(capsys) -> None:
    call_command("demo", verbosity=0)

    call_command("demo")

    assert capsys.readouterr().out == ""
    assert Candidate.objects.count() == 10


def test_database_with_a_candidate_is_left_alone() -> None:
    a_candidate()

    call_command("demo")

    assert Candidate.objects.count() == 1
    assert Slot.objects.count() == 0


def test_nothing_is_added_where_a_real_phone_could_ring(settings) -> None:
    settings.SIMULATED = False

    call_command("demo")

    assert Candidate.objects.count() == 0
