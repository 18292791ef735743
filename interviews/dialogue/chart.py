"""The table of the conversation as Markdown, for the docs."""

from interviews.dialogue.session import ASKING, Phase
from interviews.dialogue.table import AFTERWARDS, EVERYWHERE, TABLE, TO_STRANGERS, Cue, Row
from interviews.language.in_use import sentences

COLUMNS = ("where we are", "what we hear or learn", "what we say", "where that leads")


def markdown() -> str:
    """Return the table: what holds wherever we ask something once, then what each phase has of its own."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "| --- | --- | --- | --- |"]
    lines += [_line("*anywhere*", cue, row) for cue, row in EVERYWHERE.items()]
    shared = {(cue, row) for rows in (EVERYWHERE, TO_STRANGERS, AFTERWARDS) for cue, row in rows.items()}
    lines += [_line("*before a yes to “is this you?”*", cue, row) for cue, row in _own(TO_STRANGERS, EVERYWHERE)]
    for phase, rows in TABLE.items():
        lines += [_line(f"**{_spaced(phase)}**", cue, row) for cue, row in rows.items() if (cue, row) not in shared]
    lines += [_line("*after the end*", cue, row) for cue, row in AFTERWARDS.items()]
    return "\n".join(lines) + "\n"


def questions() -> str:
    """Return what each phase asks, as a list."""
    return "".join(f"- **{_spaced(phase)}**: {sentences.QUESTIONS[phase]}\n" for phase in Phase if phase in ASKING)


def _own(rows: dict[Cue, Row], beside: dict[Cue, Row]) -> list[tuple[Cue, Row]]:
    return [(cue, row) for cue, row in rows.items() if beside.get(cue) != row]


def _line(where: str, cue: Cue, row: Row) -> str:
    leads = f"**{_spaced(row.to)}**" if row.to else "stays" if row.asks else "waits"
    doing = f", {row.effect}" if row.effect else ""
    return f"| {where} | {_spaced(cue)} | {sentences.SENTENCES[row.say] if row.say else ''} | {leads}{doing} |"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
