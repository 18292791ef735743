import xml.etree.ElementTree as ET

import pytest

from calls.dashboard import charts
from calls.dashboard.charts import Bar, Cell

SVG = "{http://www.w3.org/2000/svg}"
BUSY = Bar("Busy", 3, "/calls?outcome=busy&day=1", 0.25, "25% of 12")
NONE = Bar("No answer", 0, "/calls?outcome=no_answer", 0)
MONDAY_AT_TEN = Cell("40%", "Monday, 10:00 to 11:00: 4 of 10 calls reached somebody", "/calls?hour=0-10", 0.4)


def drawn(chart: str) -> ET.Element:
    """Return the chart, read as a browser reads it."""
    return ET.fromstring(chart.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))


def links(root: ET.Element) -> list[str]:
    return [link.get("href", "") for link in root.iter() if link.tag in {"a", f"{SVG}a"}]


def grid() -> str:
    cells = {(0, 1): MONDAY_AT_TEN}
    return charts.heatmap("hours", "Hours", "By hour.", rows=("Monday", "Tuesday"), across=("9", "10"), cells=cells)


CHARTS = {
    "bars": charts.bars("today", "Today", "How they ended.", [BUSY, NONE]),
    "columns": charts.columns("week", "Week", "By day.", [BUSY, NONE]),
    "heatmap": grid(),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_chart_is_named_and_described(chart: str) -> None:
    svg = drawn(chart).find(f"{SVG}svg")

    named = {each.get("id"): each.text for each in svg}

    assert all(named[name] for name in svg.get("aria-labelledby").split())


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_chart_is_also_a_table_with_the_same_links(chart: str) -> None:
    root = drawn(chart)

    in_the_drawing, in_the_table = links(root.find(f"{SVG}svg")), links(root.find("details"))

    assert in_the_drawing
    assert in_the_drawing == in_the_table


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_chart_carries_no_style_and_no_script(chart: str) -> None:
    attributes = {name for element in drawn(chart).iter() for name in element.attrib}

    assert "style" not in attributes
    assert not {name for name in attributes if name.startswith("on")}


def test_bar_is_as_long_as_its_share_and_never_longer_than_its_place() -> None:
    items = [BUSY, NONE, Bar("Too many", 9, "/", 1.5)]

    chart = drawn(charts.bars("today", "Today", "How they ended.", items))

    assert [rect.get("width") for rect in chart.iter(f"{SVG}rect") if rect.get("class") == "chart-bar"] == [
        "25.00%",
        "0.00%",
        "100.00%",
    ]


def test_bar_is_told_in_words() -> None:
    chart = drawn(charts.bars("today", "Today", "How they ended.", [BUSY]))

    assert [link.get("aria-label") for link in chart.iter(f"{SVG}a")] == ["Busy: 3, 25% of 12"]


def test_column_of_nothing_is_still_seen() -> None:
    chart = drawn(charts.columns("week", "Week", "By day.", [NONE]))

    assert [rect.get("height") for rect in chart.iter(f"{SVG}rect") if rect.get("class") == "chart-bar"] == ["2"]


def test_heatmap_shades_what_is_there_and_leaves_the_rest_blank() -> None:
    shades = [rect.get("class") for rect in drawn(grid()).iter(f"{SVG}rect")]

    assert shades == [f"chart-cell shade-{shade}" for shade in (0, 3, 0, 0)]


def test_chart_without_items_is_empty() -> None:
    assert links(drawn(charts.columns("week", "Week", "By day.", []))) == []


def test_what_people_typed_stays_text() -> None:
    chart = charts.bars("today", "<b>", "<i>", [Bar("<script>", 1, '/?q="><script>', 1, "<u>")])

    assert "<script>" not in chart
    assert drawn(chart) is not None
