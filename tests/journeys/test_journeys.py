"""Whole stories: a call is placed, rings, is talked through over HTTP, and leaves what it should."""

import threading
import time
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest
from django.core import mail
from urllib3 import BaseHTTPResponse, PoolManager

from calls.documents import ConversationSession
from calls.telephony.simulator.documents import SimulatedCall, Taking
from calls.telephony.simulator.exchange import Exchange
from candidates.attempts import CallBlocked
from candidates.documents import Candidate, Outcome, TrackingStatus
from interviews import jobs
from interviews.documents import FollowUp, Interview, Slot, SlotStatus
from tests.factories import NOW, a_candidate, a_slot
from tests.journeys.conftest import Ring, Someone, Unreachable, place

FULL = ("yes", "1", "yes")


def slots_on(*days: int) -> None:
    """Offer Priya's time two, three … days on."""
    for day in days:
        a_slot(starts_at=NOW + timedelta(days=day))


def status_of(candidate: Candidate) -> str:
    return Candidate.objects.get(id=candidate.id).call_tracking.status


def written_to() -> list[tuple[str, str]]:
    """Return name and address of everybody who was sent a mail, once for each mail."""
    return [parseaddr(address) for message in mail.outbox for address in message.recipients()]


def test_candidate_agrees_and_is_invited(ring: Ring) -> None:
    slots_on(2, 3, 4)
    candidate = a_candidate()

    attempt = ring(candidate, Someone("yes speaking", "the second one please", "yes"))
    jobs.send_due_mails(now=NOW)

    interview = Interview.objects.get()
    assert attempt.outcome == Outcome.INTERVIEW_SCHEDULED
    assert attempt.twilio_status == "completed"
    assert attempt.ended_at is not None
    assert status_of(candidate) == TrackingStatus.INTERVIEW_SCHEDULED
    assert interview.starts_at == NOW + timedelta(days=3)
    assert interview.invitation.status == "sent"
    assert interview.notice.status == "sent"
    assert written_to() == [("Asha Rao", "asha@example.com"), ("Priya Sharma", "priya@acme.example")]


def test_candidate_presses_keys(ring: Ring) -> None:
    slots_on(2, 3, 4)

    attempt = ring(a_candidate(), Someone("1", "3", "1"))

    assert attempt.outcome == Outcome.INTERVIEW_SCHEDULED
    assert Interview.objects.get().starts_at == NOW + timedelta(days=4)


def test_candidate_proposes_another_time(ring: Ring) -> None:
    slots_on(1, 2, 3, 4)
    person = Someone("yes", "can we do friday", "yes")

    attempt = ring(a_candidate(), person)

    assert attempt.outcome == Outcome.INTERVIEW_SCHEDULED
    assert "Friday the 6th of March at ten in the morning" in person.heard[2]


def test_slots_offered_and_not_taken_are_free_again(ring: Ring) -> None:
    slots_on(2, 3, 4)

    ring(a_candidate(), Someone(*FULL))

    assert Slot.objects(status=SlotStatus.BOOKED).count() == 1
    assert Slot.objects(status=SlotStatus.OPEN).count() == 2


def test_two_callers_want_one_slot_and_one_gets_it(callflow: str) -> None:
    slots_on(2)
    people = {}
    for _ in range(2):
        candidate = a_candidate()
        people[candidate.phone] = Someone("yes", "yes", "yes")
        place(candidate)
    exchange = Exchange(pace=0, callee_for=people.__getitem__)

    threads = [threading.Thread(target=exchange.play_next) for _ in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    exchange.close()

    outcomes = sorted(session.outcome for session in ConversationSession.objects)
    assert outcomes == [Outcome.INTERVIEW_SCHEDULED, Outcome.NO_AGREEMENT]
    assert Interview.objects.count() == 1


def test_slot_withdrawn_before_the_yes_is_said_to_be_gone(ring: Ring) -> None:
    slots_on(2, 3)

    class Slow(Someone):
        def answer(self, question: object) -> object:
            if "Shall I book" in question.prompt and len(self.heard) == 2:
                Slot.objects(starts_at=NOW + timedelta(days=2)).update(status=SlotStatus.WITHDRAWN.value)
            return super().answer(question)

    person = Slow("yes", "1", "yes", "yes", "yes")

    attempt = ring(a_candidate(), person)

    assert "I'm sorry, that time has just been taken." in person.heard[3]
    assert attempt.outcome == Outcome.INTERVIEW_SCHEDULED
    assert Interview.objects.get().starts_at == NOW + timedelta(days=3)


def test_silence_ends_politely_with_a_mail(ring: Ring) -> None:
    slots_on(2)
    candidate = a_candidate()

    attempt = ring(candidate, Someone("yes", "", "", ""))
    jobs.send_due_mails(now=NOW)

    assert attempt.outcome == Outcome.NO_AGREEMENT
    assert FollowUp.objects.get().delivery.status == "sent"
    assert written_to() == [("Asha Rao", "asha@example.com")]
    assert "No time is agreed yet." in mail.outbox[0].body


@pytest.mark.parametrize(
    "answered", [(), ("yes",), ("yes", "1"), ("yes", "none of these"), ("call me later",), ("no",)]
)
def test_hanging_up_in_any_phase_books_nothing_and_frees_everything(answered: tuple[str, ...], ring: Ring) -> None:
    slots_on(2, 3, 4)
    candidate = a_candidate()

    attempt = ring(candidate, Someone(*answered))

    assert attempt.outcome == Outcome.HUNG_UP
    assert Interview.objects.count() == 0
    assert Slot.objects(status=SlotStatus.OPEN).count() == 3
    assert status_of(candidate) == TrackingStatus.ACTIVE


class Twice(PoolManager):
    """Delivers every request twice, as a nervous phone service does."""

    def urlopen(self, *args: object, **kwargs: object) -> BaseHTTPResponse:
        super().urlopen(*args, **kwargs).close()
        return super().urlopen(*args, **kwargs)


def test_every_webhook_delivered_twice_makes_no_difference(ring: Ring) -> None:
    slots_on(2, 3, 4)
    candidate = a_candidate()

    with Twice() as twice:
        attempt = ring(candidate, Someone(*FULL), through=twice)
    jobs.send_due_mails(now=NOW)

    session = ConversationSession.objects.get()
    assert attempt.outcome == Outcome.INTERVIEW_SCHEDULED
    assert Interview.objects.count() == 1
    assert written_to() == [("Asha Rao", "asha@example.com"), ("Priya Sharma", "priya@acme.example")]
    assert len(session.turns) == 4
    assert [event.status for event in session.statuses] == ["initiated", "ringing", "in-progress", "completed"]


def test_wrong_number_is_never_called_again(ring: Ring) -> None:
    candidate = a_candidate()

    attempt = ring(candidate, Someone("no you have the wrong number"))

    assert attempt.outcome == Outcome.WRONG_NUMBER
    with pytest.raises(CallBlocked, match="belongs to somebody else"):
        place(candidate)


def test_who_opts_out_is_never_called_again(ring: Ring) -> None:
    slots_on(2)
    candidate = a_candidate()

    attempt = ring(candidate, Someone("yes", "stop calling me"))

    assert attempt.outcome == Outcome.OPTED_OUT
    assert status_of(candidate) == TrackingStatus.DO_NOT_CALL
    with pytest.raises(CallBlocked, match="asked not to be called"):
        place(candidate)


def test_three_no_answers_and_then_blocked(ring: Ring) -> None:
    candidate = a_candidate()

    outcomes = [ring(candidate, Unreachable(Taking.RINGS_OUT)).outcome for _ in range(3)]

    assert outcomes == [Outcome.NO_ANSWER] * 3
    with pytest.raises(CallBlocked, match=r"Maximum attempts reached \(3/3\)"):
        place(candidate)


@pytest.mark.parametrize(("taking", "outcome"), [(Taking.BUSY, Outcome.BUSY), (Taking.VOICEMAIL, Outcome.VOICEMAIL)])
def test_who_is_not_reached_is_tried_again_later(taking: Taking, outcome: Outcome, ring: Ring) -> None:
    candidate = a_candidate()

    attempt = ring(candidate, Unreachable(taking))

    tracking = Candidate.objects.get(id=candidate.id).call_tracking
    assert attempt.outcome == outcome
    assert tracking.next_attempt_at > NOW
    assert tracking.status == TrackingStatus.ACTIVE


def test_who_asks_to_be_called_later_is_called_then(ring: Ring) -> None:
    candidate = a_candidate()

    attempt = ring(candidate, Someone("i'm busy call me back tomorrow at four in the afternoon"))

    tracking = Candidate.objects.get(id=candidate.id).call_tracking
    assert attempt.outcome == Outcome.CALLBACK_REQUESTED
    assert tracking.next_attempt_at == (NOW + timedelta(days=1)).replace(hour=10, minute=30)


def test_call_back_is_not_promised_without_an_attempt_left(ring: Ring, settings: object) -> None:
    settings.MAX_ATTEMPTS = 1
    candidate = a_candidate()
    person = Someone("call me back tomorrow at four in the afternoon")

    attempt = ring(candidate, person)

    assert attempt.outcome == Outcome.CALLBACK_REQUESTED
    assert attempt.notes == "Asked to be called again: no time agreed."
    assert status_of(candidate) == TrackingStatus.MAX_ATTEMPTS_REACHED
    assert FollowUp.objects.count() == 1


def test_invitation_and_notice_lie_in_the_mail_folder(ring: Ring, settings: object, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    slots_on(2)
    ring(a_candidate(), Someone(*FULL))

    jobs.send_due_mails(now=NOW)

    lines = [line for written in tmp_path.iterdir() for line in written.read_text().splitlines()]
    addressed = sorted(parseaddr(line.removeprefix("To: "))[1] for line in lines if line.startswith("To: "))
    assert addressed == ["asha@example.com", "priya@acme.example"]
    assert sum('method="REQUEST"' in line for line in lines) == 2


def test_every_call_leaves_no_application_error(ring: Ring) -> None:
    slots_on(2, 3)

    ring(a_candidate(), Someone("yes", "what", "", "who is this", "hold on", "slower", "repeat", "4", "friday", "no"))

    assert SimulatedCall.objects(application_error__ne=None).count() == 0


def test_four_hundred_turns_at_once_are_answered(callflow: str) -> None:
    for day in range(2, 32):
        a_slot(starts_at=NOW + timedelta(days=day))
    people = {}
    for _ in range(20):
        candidate = a_candidate()
        people[candidate.phone] = Someone(*FULL)
        place(candidate)
    exchange = Exchange(pace=0, callee_for=people.__getitem__)
    stop = threading.Event()
    thread = threading.Thread(target=exchange.run, args=(stop,))

    thread.start()
    deadline = time.monotonic() + 60
    while ConversationSession.objects(recorded_at=None).count() and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    thread.join()
    exchange.close()

    booked = [interview.slot.id for interview in Interview.objects]
    assert len(booked) == len(set(booked))
    assert ConversationSession.objects(outcome=None).count() == 0
