"""What is understood in the tests: the texts of cases.txt, the slots offered to them, and their meaning."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from interviews.understanding import Grammar, Meaning, Utterance

KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 22, 9, tzinfo=KOLKATA)
OFFERED = (
    datetime(2026, 11, 24, 10, tzinfo=KOLKATA),
    datetime(2026, 11, 24, 14, tzinfo=KOLKATA),
    datetime(2026, 11, 26, 15, 30, tzinfo=KOLKATA),
)
LINES = (Path(__file__).parent / "cases.txt").read_text(encoding="utf-8").splitlines()
CASES = [[part.strip() for part in line.split("|")] for line in LINES if line and not line.startswith("#")]
GRAMMAR = Grammar()


def utterance(text: str, asked: str | None = None, confidence: float | None = None) -> Utterance:
    return Utterance(
        text=text,
        now=NOW,
        time_zone="Asia/Kolkata",
        offered=OFFERED,
        asked=asked,
        confidence=confidence,
        country="IN",
    )


def understood(text: str, asked: str | None = None) -> Meaning:
    return GRAMMAR.understand(utterance(text, asked))
