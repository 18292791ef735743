"""Candidates added and changed in the admin, whose number was refused before."""

from django.test import Client

from candidates.documents import TrackingStatus
from candidates.models import Candidate
from tests.candidates.admin.candidate_pages import LIST, messages, page_url
from tests.candidates.races import ROUNDS, race
from tests.candidates.suppression.refusals import lift, refuse, status_of
from tests.config.mirror.browser import typed
from tests.factories import a_candidate, a_phone, reload

WARNING = "This number is on the suppression list: it will not be called."


def test_who_is_added_with_a_refused_number_is_not_called_and_that_is_reported(rita: Client) -> None:
    phone = a_phone()
    refuse(phone)
    person = {"name": "Asha Rao", "phone": phone, "email": "asha@example.com"}

    answered = rita.post(f"{LIST}add/", typed(rita.get(f"{LIST}add/")) | person, follow=True)

    assert status_of(phone) == TrackingStatus.DO_NOT_CALL
    assert WARNING in messages(answered)


def test_who_is_given_a_refused_number_is_not_called_and_that_is_reported(rita: Client) -> None:
    candidate, phone = a_candidate(), a_phone()
    refuse(phone)

    answered = rita.post(page_url(candidate), typed(rita.get(page_url(candidate)), phone=phone), follow=True)

    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL
    assert WARNING in messages(answered)


def test_who_is_changed_otherwise_is_not_reported_again(rita: Client) -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate)

    answered = rita.post(page_url(candidate), typed(rita.get(page_url(candidate)), name="Asha Iyer"), follow=True)

    assert WARNING not in messages(answered)


def test_a_number_taken_off_the_list_is_as_any_other(rita: Client) -> None:
    candidate, phone = a_candidate(), a_phone()
    refuse(phone)
    lift(phone)

    answered = rita.post(page_url(candidate), typed(rita.get(page_url(candidate)), phone=phone), follow=True)

    assert reload(candidate).call_tracking.status == TrackingStatus.ACTIVE
    assert WARNING not in messages(answered)


def test_refused_while_edited(database) -> None:
    candidates = [a_candidate() for _ in range(ROUNDS)]
    phones = [a_phone() for _ in range(ROUNDS)]

    def edit(candidate, phone: str) -> None:
        mirrored = Candidate.objects.get(pk=str(candidate.id))
        mirrored.phone = phone
        mirrored.save()

    race(zip(candidates, phones, strict=True), lambda pair: refuse(pair[1]), lambda pair: edit(*pair))

    assert {status_of(phone) for phone in phones} == {TrackingStatus.DO_NOT_CALL}
