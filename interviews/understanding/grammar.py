"""The understanding that ships: a grammar of what candidates say, deterministic and offline."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from interviews.understanding import choice, score
from interviews.understanding.intents import finder
from interviews.understanding.intents.consent import beside, consent
from interviews.understanding.intents.features import asked_about
from interviews.understanding.intents.model import Model, load
from interviews.understanding.intents.speaker import name_words, speaker
from interviews.understanding.meaning import Choice, Consent, Intent, Meaning, Speaker, Utterance
from interviews.understanding.normalise import normalise, words_of
from interviews.understanding.times import reader
from interviews.understanding.times.reader import Reading
from interviews.understanding.times.reference import may_point
from interviews.understanding.times.said import Said

_ABOUT_THE_CALL = (Intent.CALLBACK_LATER, Intent.OPT_OUT, Intent.WRONG_NUMBER, Intent.VOICEMAIL, Intent.NOT_INTERESTED)


class Grammar:
    """Understands an utterance: its words, then times, then the choice among the offered slots, then intents."""

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or load()

    def understand(self, utterance: Utterance) -> Meaning:
        zone = _zone(utterance.time_zone)
        now = utterance.now.astimezone(zone).replace(tzinfo=None)
        offered = tuple(slot.astimezone(zone).replace(tzinfo=None) for slot in utterance.offered)
        words = words_of(utterance.text)
        text = words.text
        reading = reader.read(text, now, country=utterance.country, asked=_spoken_of(utterance.asked, text, now))
        chosen = choice.choose(text, reading.said, offered)
        said = [one for one in reading.said if not _is_place(one, chosen, offered)]
        heard = finder.find_intents(text, reading, utterance.asked or "", chosen, self._model)
        if heard[0].intent in _ABOUT_THE_CALL:
            chosen = Choice()
        heard = score.weigh(heard, utterance.confidence)
        consented = _consent(reading, utterance, offered)
        return Meaning(
            intents=heard,
            times=tuple(one.time_said() for one in said),
            choice=chosen,
            consent=consented,
            speaker=self._speaker(text, utterance),
            beside=None if consented else _beside(text, utterance),
            is_cut=words.is_cut,
        )

    def _speaker(self, text: str, utterance: Utterance) -> Speaker | None:
        if utterance.offered:  # nothing is offered before we know who is speaking
            return None
        says = speaker(text, name_words(utterance.name), self._model.weights, heard=utterance.text)
        is_person = says in {Speaker.YES, Speaker.SELF}
        return None if is_person and not score.is_heard(utterance.confidence) else says


def _consent(reading: Reading, utterance: Utterance, offered: tuple[datetime, ...]) -> Consent | None:
    if not score.is_heard(utterance.confidence):
        return None
    return consent(reading, offered, heard=utterance.text)


def _beside(text: str, utterance: Utterance) -> Intent | None:
    is_read_back = bool(utterance.offered) and "asked:confirm" in asked_about(utterance.asked or "")
    return beside(text) if is_read_back else None


def _is_place(said: Said, chosen: Choice, offered: tuple[datetime, ...]) -> bool:
    """Whether "the second", spelt out, has turned out to be a place in the offer and no day."""
    is_spelt = bool(said.day and said.day.spelt and chosen.indexes)
    return is_spelt and not any(said.fits(offered[at].date(), _minute(offered[at])) for at in chosen.indexes)


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _spoken_of(asked: str | None, text: str, now: datetime) -> Said | None:
    """Return the time that we spoke of last, where the text points at it."""
    if not asked or not may_point(text):
        return None
    return _first_time(asked, now.replace(second=0, microsecond=0))


@lru_cache(maxsize=256)
def _first_time(asked: str, now: datetime) -> Said | None:
    """Return the first time that our own words name: the same offer is made on many calls."""
    said = reader.read(normalise(asked), now).said
    return said[0] if said else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
