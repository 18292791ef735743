"""Everybody who lives in the simulated network gets the call that the README promises."""

from datetime import timedelta

import pytest

from calls.telephony.simulator import personas
from candidates.documents import Outcome
from tests.factories import NOW, a_candidate, a_slot
from tests.journeys.conftest import Ring

OUTCOMES = {
    "0": Outcome.INTERVIEW_SCHEDULED,
    "1": Outcome.INTERVIEW_SCHEDULED,
    "2": Outcome.INTERVIEW_SCHEDULED,
    "3": Outcome.INTERVIEW_SCHEDULED,
    "4": Outcome.NO_AGREEMENT,
    "5": Outcome.NO_ANSWER,
    "6": Outcome.BUSY,
    "7": Outcome.VOICEMAIL,
    "8": Outcome.WRONG_NUMBER,
    "9": Outcome.OPTED_OUT,
}


@pytest.mark.parametrize(("digit", "outcome"), OUTCOMES.items())
def test_persona_brings_the_call_to_its_outcome(digit: str, outcome: Outcome, ring: Ring) -> None:
    for hours in (24, 48, 72, 96, 100):
        a_slot(starts_at=NOW + timedelta(hours=hours))
    candidate = a_candidate(phone=f"+44770090000{digit}")

    attempt = ring(candidate, personas.callee_for(candidate.phone))

    assert attempt.outcome == outcome
