import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from tests.factories import a_member

pytestmark = pytest.mark.django_db

LOOKING = {
    "candidates.view_candidate",
    "candidates.view_suppression",
    "calls.view_conversationsession",
    "interviews.view_slot",
    "interviews.view_interview",
    "interviews.view_followup",
}


def test_viewer_may_look_and_nothing_else() -> None:
    assert a_member("Viewer").get_all_permissions() == LOOKING


def test_recruiter_may_do_the_work() -> None:
    may = a_member("Recruiter").get_all_permissions()

    assert may > LOOKING
    assert may >= {"candidates.start_call", "candidates.import_candidates", "candidates.change_candidate"}
    assert "calls.switch_dialling" in may
    assert may >= {"interviews.add_slot", "interviews.change_slot", "interviews.change_interview"}


def test_recruiter_deletes_nothing_gives_no_attempts_back_and_takes_no_number_off_the_list() -> None:
    may = a_member("Recruiter").get_all_permissions()

    assert not {permission for permission in may if ".delete_" in permission}
    assert not may & {"candidates.reset_attempts", "candidates.lift_suppression"}


def test_second_time_finds_nothing_to_do(capsys) -> None:
    call_command("create_groups")
    call_command("create_groups")

    assert capsys.readouterr().out == "Group Recruiter created.\nGroup Viewer created.\n"


def test_group_stays_as_somebody_has_made_it() -> None:
    call_command("create_groups", verbosity=0)
    given = Permission.objects.get(codename="reset_attempts")
    Group.objects.get(name="Recruiter").permissions.set([given])

    call_command("create_groups", verbosity=0)

    assert list(Group.objects.get(name="Recruiter").permissions.all()) == [given]
