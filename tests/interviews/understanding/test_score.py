import pytest

from interviews.understanding.meaning import Choice, Intent, IntentHeard, Meaning
from interviews.understanding.score import ACT, ASK, Verdict, verdict, weigh
from tests.interviews.understanding.cases import GRAMMAR, utterance


@pytest.mark.parametrize(("score", "expected"), [(ACT, Verdict.ACT), (ASK, Verdict.ASK), (ASK - 0.01, Verdict.REPEAT)])
def test_score_decides_what_is_done(score: float, expected: Verdict) -> None:
    assert verdict(Meaning(intents=(IntentHeard(Intent.AFFIRM, score),))) is expected


def test_a_choice_is_acted_on() -> None:
    assert verdict(Meaning(choice=Choice(indexes=(1,)))) is Verdict.ACT


def test_what_is_out_of_scope_is_asked_again() -> None:
    assert verdict(Meaning(intents=(IntentHeard(Intent.OUT_OF_SCOPE, 0.99),))) is Verdict.REPEAT


def test_low_confidence_makes_a_yes_less_sure() -> None:
    clear = GRAMMAR.understand(utterance("yes", confidence=0.95)).intents[0]
    faint = GRAMMAR.understand(utterance("yes", confidence=0.1)).intents[0]

    assert clear.score > 0.9
    assert faint.score < ACT


def test_no_confidence_given_takes_nothing_away() -> None:
    yes = (IntentHeard(Intent.AFFIRM, 0.9),)

    assert weigh(yes, None) == weigh(yes, 0.0) == yes


def test_opting_out_is_taken_at_its_word_however_badly_heard() -> None:
    assert GRAMMAR.understand(utterance("do stop calling us", confidence=0.05)).intents[0].score == 1.0
