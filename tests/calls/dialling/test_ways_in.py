"""Each way to a call while nobody may be called, and each way to the switch."""

import io
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from pymongo.database import Database
from pymongo.errors import ServerSelectionTimeoutError
from rest_framework.test import APIClient

from calls import dialling, health, jobs
from calls.telephony.simulator.documents import SimulatedCall
from candidates.documents import Candidate
from config.doctor.findings import Verdict
from tests.calls.api_responses import CALL, CALLS, TEST_CALL, refused
from tests.calls.call_pages import LIST, MAY_SEE, browser_of, messages_of, start_url, text_of
from tests.calls.fake_telephony import last_attempt, tracking_of
from tests.factories import NOW, a_candidate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today")]

SWITCH, PAGE = "/api/dialling/", f"{LIST}dialling/"
WHY = "dialling is off since 02 Mar 2026, 04:30 UTC, by rita: Complaints"


def turn_off() -> None:
    dialling.switch(is_on=False, by="rita", reason="Complaints.", now=NOW)


def is_on() -> bool:
    return dialling.standing(now=NOW).is_on


def output_of(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def assert_nobody_was_called(candidate: Candidate) -> None:
    assert SimulatedCall.objects.count() == 0
    assert (tracking_of(candidate).total_attempts, tracking_of(candidate).call_history) == (0, [])


# --- To a call


@pytest.mark.parametrize("address", [CALL, CALLS, TEST_CALL])
def test_the_api_refuses_while_it_is_off(api: APIClient, address: str) -> None:
    candidate = a_candidate()
    turn_off()

    response = api.post(address, {"candidate_id": str(candidate.id)})

    assert refused(response, 409, "dialling_off") == {"message": f"Cannot make call: {WHY}"}
    assert_nobody_was_called(candidate)


def test_the_api_refuses_once_the_days_calls_are_made(api: APIClient, settings: Any) -> None:
    settings.CALLS_PER_DAY = 1
    first, second = a_candidate(), a_candidate()

    assert api.post(CALL, {"candidate_id": str(first.id)}).status_code == 201
    response = api.post(CALL, {"candidate_id": str(second.id)})

    message = "Cannot make call: the day's 1 calls are made (CALLS_PER_DAY)"
    assert refused(response, 409, "daily_limit_reached") == {"message": message}
    assert tracking_of(second).total_attempts == 0


def test_the_command_ends_with_one_while_it_is_off() -> None:
    candidate = a_candidate()
    turn_off()

    with pytest.raises(CommandError, match="dialling is off") as raised:
        call_command("call", str(candidate.id))

    assert raised.value.returncode == 1
    assert_nobody_was_called(candidate)


def test_the_admin_does_not_call_while_it_is_off(rita: Client) -> None:
    candidate = a_candidate()
    turn_off()

    shown = text_of(rita.get(start_url(candidate)))
    response = rita.post(start_url(candidate))

    assert "Asha Rao may not be called now." in shown
    assert "Dialling is off since 02 Mar 2026, 04:30 UTC, by rita: Complaints." in shown
    assert messages_of(response)[0].startswith("Not called. Dialling is off")
    assert_nobody_was_called(candidate)


def test_the_admin_does_not_call_where_it_was_turned_off_this_moment(
    rita: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = a_candidate()
    monkeypatch.setattr("calls.eligibility.unmet", lambda conditions: turn_off() or ())

    response = rita.post(start_url(candidate))

    assert messages_of(response) == [f"Not called: {WHY}."]
    assert_nobody_was_called(candidate)


def test_due_calls_wait_until_it_is_on(database: Database) -> None:
    candidate = a_candidate()
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW)
    turn_off()

    assert jobs.dial_due_calls(now=NOW) == 0
    assert_nobody_was_called(candidate)
    assert tracking_of(candidate).next_attempt_at == NOW
    dialling.switch(is_on=True, by="rita", reason="Settled.", now=NOW)

    assert jobs.dial_due_calls(now=NOW) == 1
    assert last_attempt(candidate).number == 1


def test_due_calls_beyond_the_bound_wait(settings: Any) -> None:
    settings.CALLS_PER_DAY = 2
    for _ in range(4):
        a_candidate()
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW)

    assert jobs.dial_due_calls(now=NOW) == 2

    assert Candidate.objects(call_tracking__next_attempt_at=NOW).count() == 2


# --- To the switch


def test_the_api_turns_it_off_and_on(api: APIClient) -> None:
    off = api.put(SWITCH, {"is_on": False, "reason": "Complaints."})

    by = "somebody on this machine"
    reason = f"dialling is off since 02 Mar 2026, 04:30 UTC, by {by}: Complaints"
    assert (off.status_code, off.json()) == (
        200,
        {
            "is_on": False,
            "changed_by": by,
            "changed_at": "2026-03-02T04:30:00Z",
            "reason": "Complaints.",
            "refusal": {"code": "dialling_off", "reason": reason},
            "day": "2026-03-02",
            "calls": 0,
            "calls_a_day": None,
            "minutes": 0,
            "cost": "0",
            "cost_a_day": None,
        },
    )
    assert api.put(SWITCH, {"is_on": True, "reason": "Settled."}).json()["refusal"] is None
    assert api.get(SWITCH).json()["is_on"]


@pytest.mark.parametrize("body", [{}, {"is_on": False}, {"is_on": False, "reason": " "}, {"is_on": 0, "reason": "x"}])
def test_the_api_turns_nothing_where_it_is_not_told_which_way_and_why(api: APIClient, body: dict[str, Any]) -> None:
    assert refused(api.put(SWITCH, body), 400, "invalid")["errors"]

    assert is_on()


def test_the_api_names_it_at_its_root(api: APIClient) -> None:
    assert api.get(api.get("/api/").json()["dialling"]).status_code == 200


def test_the_command_turns_it_off_and_on() -> None:
    off = output_of("dialling", "off", "--reason", "Complaints.")

    assert "Calls are refused: dialling is off" in off
    assert "at the terminal: Complaints." in off
    assert "2026-03-02: 0 calls, 0 started minutes." in output_of("dialling", "status")
    assert output_of("dialling", "on", "--reason", "Settled.").startswith("Dialling is on.")


def test_the_command_wants_a_reason() -> None:
    with pytest.raises(CommandError, match="--reason"):
        call_command("dialling", "off")

    assert is_on()


@pytest.fixture
def rolf(settings: Any) -> Client:
    """The browser of somebody who may turn the switch."""
    settings.TELEPHONY = "simulator"
    return browser_of("rolf", *MAY_SEE, "switch_dialling")


def test_the_admins_page_turns_it_off_with_a_reason(rolf: Client) -> None:
    assert "Dialling is on." in text_of(rolf.get(PAGE))

    response = rolf.post(PAGE, {"to": "off", "reason": "Complaints."}, follow=True)

    shown = text_of(response)
    assert "Dialling is off: nobody is called." in shown
    assert "by rolf: Complaints." in shown
    assert LogEntry.objects.get().change_message == "Turned dialling off: Complaints."
    assert not is_on()
    rolf.post(PAGE, {"to": "on", "reason": "Settled."})
    assert is_on()


@pytest.mark.parametrize("reason", ["", "a\x01b"])
def test_the_admins_page_wants_a_reason(rolf: Client, reason: str) -> None:
    response = rolf.post(PAGE, {"to": "off", "reason": reason})

    assert response.context["form"].errors["reason"]
    assert is_on()


def test_who_may_only_look_sees_the_page_and_turns_nothing(rita: Client) -> None:
    assert "need the permission to switch dialling" in text_of(rita.get(PAGE))

    assert rita.post(PAGE, {"to": "off", "reason": "Complaints."}).status_code == 403
    assert is_on()


def test_who_may_not_look_does_not_see_the_page() -> None:
    assert browser_of("nora").get(PAGE).status_code == 403


# --- While it is off


@pytest.mark.parametrize("path", ["/admin/", LIST, "/admin/candidates/candidate/", "/admin/auth/user/", PAGE])
def test_every_page_says_so(sue: Client, path: str) -> None:
    assert "Dialling is off" not in text_of(sue.get(path))
    turn_off()

    assert "Dialling is off" in text_of(sue.get(path))


def test_every_page_says_that_the_days_calls_are_made(sue: Client, settings: Any) -> None:
    settings.CALLS_PER_DAY = 1
    a_candidate()
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW)
    jobs.dial_due_calls(now=NOW)

    assert "No more calls today" in text_of(sue.get("/admin/auth/user/"))


def test_the_sign_in_page_says_nothing() -> None:
    turn_off()

    assert "Dialling is off" not in text_of(Client().get("/admin/login/"))


def test_without_a_database_a_page_says_nothing_of_it(sue: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: Any) -> None:
        raise ServerSelectionTimeoutError("away")

    monkeypatch.setattr("calls.dialling.standing", away)

    assert sue.get("/admin/auth/user/").status_code == 200


def test_the_navigation_leads_there(rita: Client) -> None:
    assert f'href="{PAGE}"' in rita.get("/admin/").content.decode()


def test_the_doctor_tells() -> None:
    (on,) = health.check_dialling(NOW)
    turn_off()
    (off,) = health.check_dialling(NOW)

    assert (on.verdict, on.words) == (Verdict.RIGHT, "It is on; 2026-03-02: 0 calls, 0 started minutes.")
    assert (off.verdict, off.words) == (Verdict.DOUBTFUL, f"Calls are refused: {WHY}.")
