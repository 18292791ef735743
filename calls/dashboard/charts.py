"""Charts as SVG, drawn on the server: each number a link, each chart with a title, a description and a table. Pure.

Positions across are percentages, so that a chart is as wide as its place and its letters stay as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

BAR_HEIGHT, COLUMNS_HEIGHT, CELL_HEIGHT = 44, 170, 30
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
        return f"{self.label}: {self.number}{f', {self.note}' if self.note else ''}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a heatmap: `share`, from 0 to 1, gives its shade, `text` stands in it, `said` is it in words."""

    text: str
    said: str
    url: str
    share: float


def bars(name: str, title: str, description: str, items: Sequence[Bar]) -> SafeString:
    """Return horizontal bars, one below the other."""
    rows = format_html_join("\n", "{}", ((_bar(at * BAR_HEIGHT, item),) for at, item in enumerate(items)))
    return _figure(name, title, description, rows, height=BAR_HEIGHT * len(items), table=_listed(title, items))


def _bar(top: int, item: Bar) -> SafeString:
    return format_html(
        '<a href="{}" class="chart-link" aria-label="{}"><title>{}</title>'
        '<text x="0" y="{}" class="chart-label">{}<tspan class="chart-note" dx="6">{}</tspan></text>'
        '<text x="100%" y="{}" text-anchor="end" class="chart-number">{}</text>'
        '<rect x="0" y="{}" width="100%" height="10" rx="5" class="chart-track"/>'
        '<rect x="0" y="{}" width="{}%" height="10" rx="5" class="chart-bar"/></a>',
        *(item.url, item.said, item.said),
        *(top + 15, item.label, item.note),
        *(top + 15, item.number),
        *(top + 24, top + 24, _percent(item.share)),
    )


def columns(name: str, title: str, description: str, items: Sequence[Bar]) -> SafeString:
    """Return upright columns, one beside the other."""
    width = 100 / max(len(items), 1)
    drawn = format_html_join("\n", "{}", ((_column(at * width, width, item),) for at, item in enumerate(items)))
    return _figure(name, title, description, drawn, height=COLUMNS_HEIGHT, table=_listed(title, items))


def _column(left: float, width: float, item: Bar) -> SafeString:
    room = COLUMNS_HEIGHT - COLUMN_TOP - COLUMN_FOOT
    tall = round(room * min(max(item.share, 0), 1))
    middle, top = f"{left + width / 2:.2f}", COLUMN_TOP + room - tall
    return format_html(
        '<a href="{}" class="chart-link" aria-label="{}"><title>{}</title>'
        '<rect x="{}%" y="{}" width="{}%" height="{}" class="chart-hit"/>'
        '<rect x="{}%" y="{}" width="{}%" height="{}" rx="3" class="chart-bar"/>'
        '<text x="{}%" y="{}" text-anchor="middle" class="chart-number">{}</text>'
        '<text x="{}%" y="{}" text-anchor="middle" class="chart-label">{}</text></a>',
        *(item.url, item.said, item.said),
        *(f"{left:.2f}", 0, f"{width:.2f}", COLUMNS_HEIGHT),
        *(f"{left + width * 0.2:.2f}", top if tall else top - 2, f"{width * 0.6:.2f}", tall or 2),
        *(middle, top - 7, item.number),
        *(middle, COLUMNS_HEIGHT - 8, item.label),
    )


def heatmap(
    name: str,
    title: str,
    description: str,
    *,
    rows: Sequence[str],
    across: Sequence[str],
    cells: Mapping[tuple[int, int], Cell],
) -> SafeString:
    """Return a grid of shaded cells, found by the numbers of their row and column; where there is none, it is blank."""
    width = (100 - GUTTER) / max(len(across), 1)
    heads = format_html_join(
        "",
        '<text x="{}%" y="14" text-anchor="middle" class="chart-label">{}</text>',
        ((f"{GUTTER + (at + 0.5) * width:.2f}", label) for at, label in enumerate(across)),
    )
    sides = format_html_join(
        "",
        '<text x="0" y="{}" class="chart-label">{}</text>',
        ((22 + at * CELL_HEIGHT + 19, label[:3]) for at, label in enumerate(rows)),
    )
    grid = [(row, column) for row in range(len(rows)) for column in range(len(across))]
    drawn = format_html_join(
        "",
        "{}",
        ((_cell(22 + row * CELL_HEIGHT, GUTTER + at * width, width, cells.get((row, at))),) for row, at in grid),
    )
    table = _crossed(title, rows, across, cells)
    return _figure(name, title, description, heads + sides + drawn, height=22 + CELL_HEIGHT * len(rows), table=table)


def _cell(top: int, left: float, width: float, cell: Cell | None) -> SafeString:
    box = {"x": f"{left + 0.2:.2f}", "y": top + 1, "width": f"{width - 0.4:.2f}", "height": CELL_HEIGHT - 3}
    shade = 0 if cell is None else 1 + min(int(cell.share * SHADES), SHADES - 1)
    rect = format_html(
        '<rect x="{x}%" y="{y}" width="{width}%" height="{height}" rx="3" class="chart-cell shade-{shade}"/>',
        shade=shade,
        **box,
    )
    if cell is None:
        return rect
    return format_html(
        '<a href="{}" class="chart-link" aria-label="{}"><title>{}</title>{}'
        '<text x="{}%" y="{}" text-anchor="middle" class="chart-inside on-{}">{}</text></a>',
        *(cell.url, cell.said, cell.said, rect),
        *(f"{left + width / 2:.2f}", top + 19, shade, cell.text),
    )


def _figure(
    name: str, title: str, description: str, drawn: SafeString, *, height: int, table: SafeString
) -> SafeString:
    return format_html(
        '<figure class="drawn"><svg width="100%" height="{}" role="group" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>\n{}</svg>'
        "<details><summary>As a table</summary>{}</details></figure>",
        *(height, name, name),
        *(name, title, name, description, drawn, table),
    )


def _listed(title: str, items: Iterable[Bar]) -> SafeString:
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td><a href="{}">{}</a></td><td>{}</td></tr>',
        ((item.label, item.url, item.number, item.note) for item in items),
    )
    return format_html("<table><caption>{}</caption><tbody>{}</tbody></table>", title, body)


def _crossed(
    title: str, rows: Sequence[str], across: Sequence[str], cells: Mapping[tuple[int, int], Cell]
) -> SafeString:
    head = format_html_join("", '<th scope="col">{}</th>', ((label,) for label in across))
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        ((label, _crossed_row(row, len(across), cells)) for row, label in enumerate(rows)),
    )
    return format_html(
        '<div class="chart-wide"><table><caption>{}</caption><thead><tr><td></td>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        *(title, head, body),
    )


def _crossed_row(row: int, width: int, cells: Mapping[tuple[int, int], Cell]) -> SafeString:
    found = (cells.get((row, at)) for at in range(width))
    linked = (cell and format_html('<a href="{}" title="{}">{}</a>', cell.url, cell.said, cell.text) for cell in found)
    return format_html_join("", "<td>{}</td>", ((link or "",) for link in linked))


def _percent(share: float) -> str:
    return f"{min(max(share, 0), 1) * 100:.2f}"
