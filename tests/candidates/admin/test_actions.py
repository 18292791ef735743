import pytest
from bson import ObjectId
from django.http import HttpResponse
from django.test import Client

from candidates.admin.actions import MAX_AT_ONCE
from candidates.documents import Candidate, Outcome, TrackingStatus
from tests.candidates.admin.candidate_pages import LIST, logged, messages, run_action
from tests.candidates.calls_made import called
from tests.config.mirror.browser import typed
from tests.factories import NOBODY, a_candidate, reload


def answer(browser: Client, asked: HttpResponse, **given: str) -> HttpResponse:
    chosen = {"_selected_action": asked.context["selected"]}
    return browser.post(asked.request["PATH_INFO"], typed(asked, **given) | chosen, follow=True)


def test_calls_are_queued_and_who_may_not_be_called_is_reported(rita: Client) -> None:
    waiting, opted_out = a_candidate(name="Meera Nair"), called(a_candidate(), Outcome.OPTED_OUT)

    answered = run_action(rita, "call_now", waiting, opted_out)

    assert reload(waiting).call_tracking.next_attempt_at is not None
    assert reload(opted_out).call_tracking.next_attempt_at is None
    assert messages(answered) == [
        "1 candidate queued: we call as soon as dialling is on and it is a decent hour where they live.",
        "1 candidate left as before: the candidate asked not to be called (1).",
    ]
    assert logged() == [("Meera Nair", "Queued a call.")]


def test_tag_is_asked_for_and_added(rita: Client) -> None:
    candidate, other = a_candidate(tags=["senior"]), a_candidate(tags=["urgent"])

    asked = run_action(rita, "add_tag", candidate, other)
    answered = answer(rita, asked, tag="urgent")

    assert "For 2 candidates." in asked.content.decode()
    assert (reload(candidate).tags, reload(other).tags) == (["senior", "urgent"], ["urgent"])
    assert messages(answered) == [
        "1 candidate tagged “urgent”.",
        "1 candidate left as before: has the tag already (1).",
    ]
    assert logged() == [("Asha Rao", "Added the tag “urgent”.")]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("", "This field is required."),
        ("a, b", "One tag at a time, without commas or semicolons."),
        ("x" * 51, "Must have from 1 to 50 characters; this has 51."),
    ],
)
def test_unfit_tag_is_asked_for_again(rita: Client, tag: str, message: str) -> None:
    candidate = a_candidate()

    answered = answer(rita, run_action(rita, "add_tag", candidate), tag=tag)

    assert answered.context["form"].errors == {"tag": [message]}
    assert reload(candidate).tags == []


def test_who_is_marked_will_not_be_called(rita: Client) -> None:
    candidate = a_candidate()

    answered = run_action(rita, "do_not_call", candidate)

    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL
    assert messages(answered) == ["1 candidate will not be called again."]
    assert logged() == [("Asha Rao", "Marked as not to be called.")]


def test_attempts_are_reset_for_a_reason_that_is_logged(rita: Client) -> None:
    candidate = called(a_candidate(), times=3)

    asked = run_action(rita, "reset_attempts", candidate)
    without = answer(rita, asked, reason=" ")
    answered = answer(rita, without, reason="She wrote that the phone was broken.")

    assert without.context["form"].errors == {"reason": ["This field is required."]}
    assert reload(candidate).call_tracking.total_attempts == 0
    assert messages(answered) == ["1 candidate given all attempts again."]
    assert logged() == [("Asha Rao", "Reset the attempts: She wrote that the phone was broken.")]


def test_action_on_all_that_the_list_is_narrowed_to_keeps_to_them(rita: Client) -> None:
    first, second = a_candidate(position="Designer"), a_candidate(position="Designer")
    other = a_candidate()
    across = {"select_across": "1", "query": "?position=Designer"}

    asked = run_action(rita, "add_tag", first, **across)
    rita.post(LIST + across["query"], typed(asked, tag="urgent"))

    assert [reload(each).tags for each in (first, second, other)] == [["urgent"], ["urgent"], []]


def test_more_than_can_be_changed_at_once_are_refused(rita: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("candidates.admin.actions.MAX_AT_ONCE", 1)
    first, second = a_candidate(), a_candidate()

    answered = run_action(rita, "do_not_call", first, second)

    assert MAX_AT_ONCE > 1
    assert messages(answered) == ["These are more than 1, which is too many at once: choose fewer by the filters."]
    assert reload(first).call_tracking.status == TrackingStatus.ACTIVE


def test_candidate_deleted_meanwhile_is_passed_over(rita: Client) -> None:
    answered = run_action(rita, "do_not_call", Candidate(id=ObjectId(NOBODY)))

    assert messages(answered) == []
    assert logged() == []
