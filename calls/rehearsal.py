"""The conversation without phone and database: slots in memory, words in, words out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calls.schedule import CallingHours, time_to_call_back
from interviews.dialogue import engine
from interviews.dialogue.engine import Step
from interviews.dialogue.events import Booked, CallBackSet, Event, Heard, NoInput, Pressed, SlotGone, SlotsFound
from interviews.dialogue.session import Offered, Session
from interviews.dialogue.table import Effect
from interviews.offers import OFFERED_AT_ONCE, rank
from interviews.understanding.meaning import Understanding, Utterance

KEYS = "0123456789*#"


@dataclass
class Rehearsal:
    """One rehearsed call. `free` are the aware starts of free slots; those in `taken` go to somebody else meanwhile."""

    session: Session
    now: datetime
    free: list[datetime]
    understanding: Understanding
    hours: CallingHours
    taken: set[datetime] = field(default_factory=set)
    booked: datetime | None = None
    last_words: tuple[str, ...] = ()
    cue: str | None = None

    def begin(self) -> tuple[str, ...]:
        return self._said(engine.begin(self.session))

    def answer(self, text: str) -> tuple[str, ...]:
        """Return what follows from a line: words, keys such as "1", or nothing for no input."""
        return self._said(engine.advance(self.session, self._event(text.strip()), self._perform))

    @property
    def is_over(self) -> bool:
        return self.session.has_ended

    def _said(self, taken: Step) -> tuple[str, ...]:
        self.session, self.last_words = taken.session, taken.words
        self.cue = taken.cue.value if taken.cue else None
        return taken.words

    def _event(self, text: str) -> Event:
        if not text:
            return NoInput()
        if all(character in KEYS for character in text) and len(text) == 1:
            return Pressed(text)
        offered = tuple(self.session.offered[index].starts_at for index in self.session.options)
        utterance = Utterance(
            text=text,
            now=self.now,
            time_zone=self.session.person.time_zone,
            offered=offered,
            asked=" ".join(self.last_words),
            name=self.session.person.name,
        )
        return Heard(self.understanding.understand(utterance))

    def _perform(self, taken: Step) -> Event:
        session = taken.session
        if taken.effect is Effect.FIND:
            return self._find(session)
        if taken.effect is Effect.SCHEDULE:
            zone = session.person.time_zone
            return CallBackSet(time_to_call_back(session.wish, now=self.now, hours=self.hours, time_zone=zone))
        if session.choice.starts_at in self.taken:
            self.free.remove(session.choice.starts_at)
            return SlotGone()
        self.booked = session.choice.starts_at
        return Booked()

    def _find(self, session: Session) -> SlotsFound:
        starts, as_wished = rank(self.free, wish=session.wish, time_zone=session.person.time_zone)
        offered = tuple(Offered(at.isoformat(), at) for at in sorted(starts[:OFFERED_AT_ONCE]))
        return SlotsFound(offered, as_wished)


def next_working_days(now: datetime, *, time_zone: str, days: int, clocks: tuple[int, ...]) -> list[datetime]:
    """Return slots to rehearse with: these hours on the coming working days."""
    start = now.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    coming = (start + timedelta(days=number) for number in range(1, 2 * days + 4))
    working = [day for day in coming if day.weekday() < 5][:days]
    return [day.replace(hour=hour) for day in working for hour in clocks]
