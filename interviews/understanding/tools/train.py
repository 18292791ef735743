"""Train the model of intents: python -m interviews.understanding.tools.train CORPUS.jsonl [--folds 5]

Each line of a corpus is {"text", "context": what was asked or null, "gold": an intent}. The texts of
training_examples.txt are added. With --folds the corpora are cross-validated and nothing is written.
"""

import argparse
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from interviews.language.in_use import FOLDER
from interviews.understanding.grammar import Grammar
from interviews.understanding.intents.features import features
from interviews.understanding.intents.model import WEIGHTS, Model, encoded
from interviews.understanding.meaning import Intent, Utterance
from interviews.understanding.normalise import normalise
from interviews.understanding.times import reader

OWN_SAMPLES = FOLDER / "training_examples.txt"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
EPOCHS = 15
RATE = 0.1
SHRINK = 1e-2
MIN_WORD_COUNT = 2
MIN_FEATURE_COUNT = 2
NEGLIGIBLE = 0.002

Weights = dict[str, list[float]]


class Sample(NamedTuple):
    text: str
    asked: str
    intent: Intent


class Example(NamedTuple):
    features: list[str]
    intent: Intent


def read_corpus(path: Path) -> list[Sample]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [Sample(row["text"], row.get("context") or "", Intent(row["gold"])) for row in rows]


def read_own(path: Path = OWN_SAMPLES) -> list[Sample]:
    lines = (line.split("|") for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
    return [
        Sample(parts[1].strip(), parts[2].strip() if len(parts) > 2 else "", Intent(parts[0].strip()))
        for parts in lines
    ]


def known_words(samples: Iterable[Sample]) -> set[str]:
    counts = Counter(
        word
        for sample in samples
        for word in set(reader.read(normalise(sample.text), NOW.replace(tzinfo=None)).shape.split())
    )
    return {word for word, count in counts.items() if count >= MIN_WORD_COUNT}


def examples(samples: Iterable[Sample], known: set[str]) -> list[Example]:
    found = []
    for sample in samples:
        text = normalise(sample.text)
        reading = reader.read(text, NOW.replace(tzinfo=None))
        found.append(Example(features(reading, text, sample.asked, known), sample.intent))
    return found


def train(examples: Sequence[Example], intents: Sequence[Intent]) -> Weights:
    """Return the weights of a multinomial logistic regression, learnt one example at a time (AdaGrad)."""
    counts = Counter(feature for example in examples for feature in example.features)
    weights: Weights = {
        feature: [0.0] * len(intents) for feature, count in counts.items() if count >= MIN_FEATURE_COUNT
    }
    steps: Weights = {feature: [1e-2] * len(intents) for feature in weights}
    order = list(examples)
    shuffler = random.Random(0)  # noqa: S311 - an order of examples, no secret
    for _ in range(EPOCHS):
        shuffler.shuffle(order)
        for example in order:
            weighed = [feature for feature in example.features if feature in weights]
            slopes = _slopes([weights[feature] for feature in weighed], intents.index(example.intent))
            for feature in weighed:
                _step(weights[feature], steps[feature], slopes)
    return weights


def probabilities(rows: Sequence[Sequence[float]]) -> list[float]:
    scores = [sum(column) for column in zip(*rows, strict=True)]
    exponents = [math.exp(score - max(scores)) for score in scores]
    total = sum(exponents)
    return [exponent / total for exponent in exponents]


def _slopes(rows: Sequence[Sequence[float]], right: int) -> list[tuple[int, float]]:
    slopes = [probability - (at == right) for at, probability in enumerate(probabilities(rows))]
    return [(at, slope) for at, slope in enumerate(slopes) if abs(slope) > NEGLIGIBLE]


def _step(row: list[float], squares: list[float], slopes: Iterable[tuple[int, float]]) -> None:
    for at, slope in slopes:
        downhill = slope + SHRINK * row[at]
        squares[at] += downhill * downhill
        row[at] -= RATE * downhill / math.sqrt(squares[at])


def cross_validate(samples: Sequence[Sample], own: Sequence[Sample], folds: int) -> list[Intent]:
    """Return for each sample the intent found by a model that was not trained on it."""
    found: dict[int, Intent] = {}
    order = list(range(len(samples)))
    random.Random(7).shuffle(order)  # noqa: S311
    for fold in range(folds):
        held_out = set(order[fold::folds])
        rest = [*(sample for at, sample in enumerate(samples) if at not in held_out), *own]
        known = known_words(rest)
        intents = sorted({sample.intent for sample in rest})
        weights = train(examples(rest, known), intents)
        grammar = Grammar(Model(intents, rows_of(weights, known)))
        for at in held_out:
            utterance = Utterance(samples[at].text, NOW, "UTC", asked=samples[at].asked)
            found[at] = grammar.understand(utterance).intents[0].intent
    return [found[at] for at in range(len(samples))]


def report(samples: Sequence[Sample], found: Sequence[Intent]) -> str:
    pairs = Counter((sample.intent, intent) for sample, intent in zip(samples, found, strict=True))
    scores = []
    for intent in {sample.intent for sample in samples}:
        right = pairs[intent, intent]
        others = sum(count for pair, count in pairs.items() if intent in pair and pair != (intent, intent))
        scores.append(2 * right / (2 * right + others) if right else 0.0)
    accuracy = sum(count for (gold, intent), count in pairs.items() if gold == intent) / len(samples)
    return f"accuracy {100 * accuracy:.2f}, macro F1 {100 * sum(scores) / len(scores):.2f} of {len(samples)} lines"


def rows_of(weights: Weights, known: set[str]) -> dict[str, bytes]:
    """Return the weights as the file holds them, without the rows that say nothing."""
    rows = {feature: encoded(row) for feature, row in sorted(weights.items()) if feature.isascii()}
    nothing = encoded([0.0] * len(next(iter(weights.values()))))
    return {feature: row.encode("ascii") for feature, row in rows.items() if row != nothing or feature in known}


def write(path: Path, intents: Sequence[Intent], rows: dict[str, bytes]) -> None:
    text = "".join(f"{feature}\t{row.decode('ascii')}\n" for feature, row in rows.items())
    path.write_text(" ".join(intents) + "\n" + text, encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="+", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    given = parser.parse_args()
    corpora, own = [sample for path in given.corpus for sample in read_corpus(path)], read_own()
    if given.folds:
        sys.stdout.write(report(corpora, cross_validate(corpora, own, given.folds)) + "\n")
        return
    samples = [*corpora, *own]
    known = known_words(samples)
    intents = sorted({sample.intent for sample in samples})
    write(WEIGHTS, intents, rows_of(train(examples(samples, known), intents), known))


if __name__ == "__main__":
    main()
