"""What is made of the samples: medians, how far they scatter, ratios round by round, and whether one has grown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

MAY_GROW_BY = 0.25


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of several figures, and the median of how far each is from it."""

    middle: float
    scatter: float

    @property
    def relative(self) -> float:
        """The scatter as a part of the middle."""
        return self.scatter / self.middle if self.middle else 0.0


def spread(figures: Sequence[float]) -> Spread:
    """Return the median and the median absolute deviation."""
    middle = median(figures)
    return Spread(middle, median(abs(figure - middle) for figure in figures))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return what comes of dividing round by round: what slows both in a round, such as a busy machine, falls out."""
    return spread([own / other for own, other in zip(ours, theirs, strict=True)])


def percentile(figures: Sequence[float], part: float) -> float:
    """Return the figure that `part` (0 to 1) of them do not exceed."""
    ranked = sorted(figures)
    return ranked[min(int(part * len(ranked)), len(ranked) - 1)]


def grown(now: Mapping[str, float], committed: Mapping[str, float]) -> dict[str, float]:
    """Return the ratios that are larger than the committed ones by more than a quarter, each as that multiple."""
    multiples = {name: now[name] / before for name, before in committed.items() if name in now}
    return {name: multiple for name, multiple in multiples.items() if multiple > 1 + MAY_GROW_BY}
