import json
import re
import subprocess
import sys
from pathlib import Path

from interviews.understanding.intents.model import WEIGHTS, Model, load
from interviews.understanding.meaning import Intent
from interviews.understanding.phrases import FILE as PHRASES
from interviews.understanding.phrases import parse
from interviews.understanding.tools import train


def test_the_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size < 1_000_000


def test_features_that_are_unknown_say_nothing() -> None:
    assert load().probabilities(["no such feature"]) == {}


def test_training_learns_what_it_is_shown(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    texts = [("blue please", "affirm"), ("red please", "deny")] * 4
    corpus.write_text("\n".join(json.dumps({"text": text, "context": None, "gold": gold}) for text, gold in texts))
    samples = train.read_corpus(corpus)
    known = train.known_words(samples)
    intents = [Intent.AFFIRM, Intent.DENY]

    model = Model(intents, train.rows_of(train.train(train.examples(samples, known), intents), known))

    likely = model.probabilities(train.examples(samples, known)[0].features)
    assert likely[Intent.AFFIRM] > 0.9


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "weights.txt"

    train.write(path, [Intent.AFFIRM, Intent.DENY], {"yes": b"ZF"})

    assert load(path).probabilities(["yes"])[Intent.AFFIRM] > 0.8


def test_cross_validation_reports_how_often_it_is_right() -> None:
    own = train.read_own()[:60]

    found = train.cross_validate(own, own, folds=2)

    assert train.report(own, found).startswith("accuracy ")


def test_phrases_may_name_others_and_go_on_below() -> None:
    tables = parse("colour = (?:red|\n  blue)\n\n# a remark\n[hard deny]\n{colour} one\nno\n")

    assert tables["hard"]["deny"].source == "(?:(?:red|blue) one|no)"


def test_what_phrases_begin_with_is_looked_for_once_and_their_order_stays() -> None:
    tables = parse("[cue deny]\n\\bno\n\\bnot\n^never\n\\bnope\n")

    assert tables["cue"]["deny"].source == r"\b(?:no|not)|^(?:never)|\b(?:nope)"


def test_no_phrase_has_a_bar_outside_brackets() -> None:
    """It would split what the lines begin with from the rest of the line."""
    lines = PHRASES.read_text(encoding="utf-8").replace("\n  ", "").splitlines()

    assert [line for line in lines if "|" in outside_brackets(line) and not line.startswith("#")] == []


def outside_brackets(line: str) -> str:
    left, shorter = "", re.sub(r"\\.|\[[^]]*\]", "", line)
    while left != shorter:
        left, shorter = shorter, re.sub(r"\([^()]*\)", "", shorter)
    return left


def test_the_grammar_is_pure() -> None:
    words = "import sys, interviews.understanding; print(*{'django', 'mongoengine', 'holidays'} & set(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == ""
