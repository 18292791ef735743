"""A small linear model of intents, trained beforehand; its weights are a text file of one feature a line."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from interviews.language.in_use import FOLDER
from interviews.understanding.meaning import Intent

WEIGHTS = FOLDER / "weights.txt"

# A weight is one printable character: STEP for each place from MIDDLE.
FIRST, MIDDLE, LAST = 35, 80, 125
STEP = 0.08


class Model:
    """Gives each intent its probability; `weights` has for each feature a row of one character an intent."""

    def __init__(self, intents: Sequence[Intent], weights: Mapping[str, bytes]) -> None:
        self._intents = intents
        self.weights = weights

    def probabilities(self, features: Iterable[str]) -> dict[Intent, float]:
        rows = [self.weights[feature] for feature in features if feature in self.weights]
        if not rows:
            return {}
        middle = MIDDLE * len(rows)
        scores = [(sum(column) - middle) * STEP for column in zip(*rows, strict=True)]
        highest = max(scores)
        exponents = [math.exp(score - highest) for score in scores]
        total = sum(exponents)
        return {intent: exponent / total for intent, exponent in zip(self._intents, exponents, strict=True)}


@cache
def load(path: Path = WEIGHTS) -> Model:
    """Return the model of a file whose first line names the intents and each other line a feature and its weights."""
    with path.open(encoding="ascii") as lines:
        intents = [Intent(name) for name in next(lines).split()]
        rows = (line.rstrip("\n").split("\t") for line in lines)
        return Model(intents, {feature: weights.encode("ascii") for feature, weights in rows})


def encoded(weights: Iterable[float]) -> str:
    """Return a row of weights as the file holds it."""
    return "".join(chr(min(max(round(weight / STEP) + MIDDLE, FIRST), LAST)) for weight in weights)
