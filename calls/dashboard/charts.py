"""Charts as SVG: where everything stands is computed here, what it looks like is in templates/calls/dashboard.

Each number is a link, each chart has a title, a description and a table. Positions across are percentages, so that a
chart is as wide as its place and its text stays as it is; positions down are pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

BAR_HEIGHT, COLUMNS_HEIGHT, CELL_HEIGHT, HEAD_HEIGHT = 44, 170, 30, 22
COLUMN_TOP, COLUMN_FOOT = 24, 26  # room above the columns for the number, below for the label
GUTTER = 11  # of the heatmap's hundred parts, for the names of its rows
SHADES = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """A number and what it is of: `share` is the length of its bar, from 0 to 1; `note` says more of it."""

    label: str
    number: int
    url: str
    share: float
    note: str = ""

    @property
    def said(self) -> str:
        """The bar in words."""
        return f"{self.label}: {self.number}{f', {self.note}' if self.note else ''}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a heatmap: `share`, from 0 to 1, gives its shade, `text` stands in it, `said` is it in words."""

    text: str
    said: str
    url: str
    share: float


def bars(name: str, title: str, description: str, items: Sequence[Bar]) -> str:
    """Return horizontal bars, one below the other."""
    marks = [
        {"bar": bar, "text_y": top + 15, "track_y": top + 24, "length": _percent(_within(bar.share) * 100)}
        for top, bar in zip(range(0, BAR_HEIGHT * len(items), BAR_HEIGHT), items, strict=True)
    ]
    return _rendered("bars", name, title, description, height=BAR_HEIGHT * len(items), marks=marks)


def columns(name: str, title: str, description: str, items: Sequence[Bar]) -> str:
    """Return upright columns, one beside the other."""
    width = 100 / max(len(items), 1)
    marks = [_column(at * width, width, bar) for at, bar in enumerate(items)]
    return _rendered("columns", name, title, description, height=COLUMNS_HEIGHT, marks=marks)


def _column(left: float, width: float, bar: Bar) -> dict[str, Any]:
    room = COLUMNS_HEIGHT - COLUMN_TOP - COLUMN_FOOT
    tall = round(room * _within(bar.share))
    top = COLUMN_TOP + room - tall
    return {
        "bar": bar,
        "left": _percent(left),
        "width": _percent(width),
        "middle": _percent(left + width / 2),
        "bar_left": _percent(left + width * 0.2),
        "bar_width": _percent(width * 0.6),
        "bar_y": top if tall else top - 2,  # a column of nothing is a line
        "bar_height": tall or 2,
        "number_y": top - 7,
        "label_y": COLUMNS_HEIGHT - 8,
    }


def heatmap(
    name: str,
    title: str,
    description: str,
    *,
    rows: Sequence[str],
    across: Sequence[str],
    cells: Mapping[tuple[int, int], Cell],
) -> str:
    """Return a grid of shaded cells, found by the numbers of their row and column; where there is none, it is blank."""
    width = (100 - GUTTER) / max(len(across), 1)
    heads = [
        {"label": label, "middle": _percent(GUTTER + (column + 0.5) * width)} for column, label in enumerate(across)
    ]
    drawn = [
        {
            "label": label,
            "short": label[:3],
            "text_y": top + 19,
            "box_y": top + 1,
            "box_height": CELL_HEIGHT - 3,
            "inside_y": top + 19,
            "boxes": [_box(GUTTER + column * width, width, cells.get((row, column))) for column in range(len(across))],
        }
        for row, label in enumerate(rows)
        if (top := HEAD_HEIGHT + row * CELL_HEIGHT)
    ]
    height = HEAD_HEIGHT + CELL_HEIGHT * len(rows)
    return _rendered("heatmap", name, title, description, height=height, heads=heads, rows=drawn)


def _box(left: float, width: float, cell: Cell | None) -> dict[str, Any]:
    return {
        "cell": cell,
        "left": _percent(left + 0.2),
        "width": _percent(width - 0.4),
        "middle": _percent(left + width / 2),
        "shade": 0 if cell is None else 1 + min(int(cell.share * SHADES), SHADES - 1),
    }


def _rendered(kind: str, name: str, title: str, description: str, **drawn: Any) -> str:
    chart = {"name": name, "title": title, "description": description} | drawn
    return render_to_string(f"calls/dashboard/{kind}.html", {"chart": chart})


def _within(share: float) -> float:
    return min(max(share, 0), 1)


def _percent(number: float) -> str:
    return f"{number:.2f}"
