"""The understanding that ships: a grammar of what candidates say, deterministic and offline."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from interviews.understanding import choice, intents, times
from interviews.understanding.meaning import Choice, Intent, Meaning, Utterance
from interviews.understanding.model import Model, load
from interviews.understanding.normalise import normalise

_ABOUT_THE_CALL = (Intent.CALLBACK_LATER, Intent.OPT_OUT, Intent.WRONG_NUMBER, Intent.VOICEMAIL, Intent.NOT_INTERESTED)


class Grammar:
    """Understands an utterance: its words, then times, then the choice among the offered slots, then intents."""

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or load()

    def understand(self, utterance: Utterance) -> Meaning:
        zone = _zone(utterance.time_zone)
        now = utterance.now.astimezone(zone).replace(tzinfo=None)
        offered = tuple(slot.astimezone(zone).replace(tzinfo=None) for slot in utterance.offered)
        text = normalise(utterance.text)
        reading = times.read(text, now)
        said = reading.said
        chosen = choice.choose(text, said, offered)
        heard = intents.heard(text, reading, utterance.asked or "", chosen, self._model)
        if heard[0].intent in _ABOUT_THE_CALL:
            chosen = Choice()
        return Meaning(intents=heard, times=tuple(one.time_said() for one in said), choice=chosen)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
