"""The panels of the admin's first page: its figures as charts and words, for somebody who may see these mirrors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.conf import settings
from django.utils.safestring import SafeString

from calls.dashboard import charts, figures
from calls.dashboard.figures import Figure, Rows
from calls.dashboard.hours import DAYS
from calls.dashboard.queries import CHARTED, Lists
from calls.models import ConversationSession
from config.mirror.model import MirrorModel
from interviews.models import Interview

# An hour of fewer calls is drawn the paler
ENOUGH_CALLS = 5

Answers = Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart with its heading; `note` says what is counted, and stands alone where there is nothing to draw."""

    name: str
    title: str
    note: str
    chart: SafeString | str = ""
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """Something that a person has to look after; `is_open` where there is something to do."""

    label: str
    number: int
    url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The first page."""

    tasks: list[Task]
    panels: list[Panel]
    at: datetime
    zone: str


def page(*, seen: Iterable[type[MirrorModel]], now: datetime, zone: tzinfo) -> Dashboard:
    """Ask for the figures and return the page of somebody who may see these mirrors; the rest is not even counted."""
    lists, seen = Lists(now, zone), set(seen)
    answers = figures.ask(figures.aggregations(lists, seen=seen))
    panels = [funnel(lists, answers)] if answers.keys() & lists.funnel().keys() else []
    if ConversationSession in seen:
        panels = [today(lists, answers), *panels, attempts(lists, answers)]
    if Interview in seen:
        panels.append(week(lists, answers))
    if ConversationSession in seen:
        panels.append(hours(lists, answers))
    return Dashboard(tasks(lists, answers), panels, now.astimezone(zone), str(zone))


def tasks(lists: Lists, answers: Answers) -> list[Task]:
    """Return what needs a person, what there is to do first."""
    found = [
        Task(figure.label, figure.number, figure.listing.url(), is_open=figure.number > 0)
        for figure in figures.figures(lists.for_a_person(), answers, limit=figures.COUNT_LIMIT)
    ]
    free = {"Slots that are free": lists.free_slots} if "free slots" in answers else {}
    for label, listing in free.items():
        number = figures.number_of(answers["free slots"], figures.COUNT_LIMIT)
        shown = label if number else "No slot is free any more"
        found.append(Task(shown, number, listing.url(), is_open=not number))
    return sorted(found, key=lambda task: not task.is_open)


def today(lists: Lists, answers: Answers) -> Panel:
    """Draw how today's calls ended."""
    ended = figures.ended_today(lists, answers["today"])
    total = sum(figure.number for figure in ended)
    title = "Calls today"
    if not total:
        return Panel("today", title, "Nobody was called yet.")
    whole = Figure("All calls", total, lists.today)
    items = [bar(figure, of=total, note=percent(figure.number, total)) for figure in ended]
    chart = charts.bars("today", title, "How today's calls ended.", [bar(whole, of=total), *items])
    return Panel("today", title, "How they ended.", chart)


def funnel(lists: Lists, answers: Answers) -> Panel:
    """Draw how many candidates got how far."""
    stages = figures.figures(lists.funnel(), answers)
    title, note = "From candidate to interview", "Reached: they gave an answer, whichever. Booked: in a call."
    largest = max((figure.number for figure in stages), default=0)
    if not largest:
        return Panel("funnel", title, "There are no candidates yet.")
    before = [None, *stages]
    items = [
        bar(figure, of=largest, note=f"{percent(figure.number, earlier.number)} of {earlier.label.lower()}")
        if earlier and earlier.number
        else bar(figure, of=largest)
        for figure, earlier in zip(stages, before, strict=False)
    ]
    return Panel("funnel", title, note, charts.bars("funnel", title, note, items))


def attempts(lists: Lists, answers: Answers) -> Panel:
    """Draw which attempt it was that reached somebody."""
    rows = answers["calls"]
    title, found = "Attempts until reached", figures.by_attempt(lists, rows)
    largest = max((each.reached for each in found.values()), default=0)
    if not largest:
        return Panel("attempts", title, "Nobody was reached yet.")
    items = [
        charts.Bar(
            ordinal(number),
            each.reached,
            each.listing.url(),
            each.reached / largest,
            f"{percent(each.reached, each.calls)} of {each.calls:,} calls",
        )
        for number, each in found.items()
    ]
    note = f"Candidates reached at the first, second … attempt, {charted(rows)}."
    return Panel("attempts", title, note, charts.bars("attempts", title, note, items))


def hours(lists: Lists, answers: Answers) -> Panel:
    """Draw in which hours of the week calls reach somebody."""
    rows = answers["calls"]
    title, found = "Best hours to call", figures.by_hour(lists, rows)
    if not found:
        return Panel("hours", title, "Nobody was called yet.", is_wide=True)
    first = min(settings.CALLING_FROM_HOUR, *(hour for _, hour in found))
    last = max(settings.CALLING_TO_HOUR - 1, *(hour for _, hour in found))
    cells = {
        (weekday, hour - first): charts.Cell(
            text=f"{each.share:.0%}",
            said=f"{DAYS[weekday]}, {hour}:00 to {hour + 1}:00: {each.reached} of {each.calls} calls reached somebody",
            url=each.listing.url(),
            share=each.share * min(1, each.calls / ENOUGH_CALLS),
        )
        for (weekday, hour), each in found.items()
    }
    note = f"How many of the calls placed in an hour reached somebody, {charted(rows)}, by the clock of {lists.zone}. "
    note += f"Hours of fewer than {ENOUGH_CALLS} calls are paler."
    across = [str(hour) for hour in range(first, last + 1)]
    chart = charts.heatmap("hours", title, note, rows=DAYS, across=across, cells=cells)
    return Panel("hours", title, note, chart, is_wide=True)


def week(lists: Lists, answers: Answers) -> Panel:
    """Draw the interviews of each day of this week."""
    days = figures.by_day(lists, answers["week"])
    largest = max(figure.number for figure in days)
    title = "Interviews this week"
    note = f"Booked or held, {sum(figure.number for figure in days):,} in all; by the clock of {lists.zone}."
    return Panel("week", title, note, charts.columns("week", title, note, [bar(day, of=largest) for day in days]))


def bar(figure: Figure, *, of: int, note: str = "") -> charts.Bar:
    """Return a figure as a bar, as long as its part of a whole."""
    return charts.Bar(figure.label, figure.number, figure.listing.url(), figure.number / of if of else 0, note)


def charted(rows: Rows) -> str:
    total = sum(row["n"] for row in rows)
    if total < figures.CHARTED_CALLS:
        return f"in the last {CHARTED.days} days"
    return f"in the latest {total:,} calls"


def percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}"


def ordinal(number: int) -> str:
    return {1: "First", 2: "Second", 3: "Third"}.get(number, f"{number}th") + " attempt"
