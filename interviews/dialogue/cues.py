"""From an event to what it means where the conversation stands: the conditions, and the counting, live here."""

from dataclasses import replace

from interviews.dialogue.events import (
    Booked,
    CallBackSet,
    Cancelled,
    Event,
    Heard,
    MachineAnswered,
    NotBookable,
    Pressed,
    Silence,
    SlotGone,
    SlotsFound,
    Trouble,
)
from interviews.dialogue.session import Phase, Session
from interviews.dialogue.table import Cue
from interviews.understanding.meaning import Intent, Meaning
from interviews.understanding.sureness import ACT, ASK

# How often silence, or something not understood, is answered before we give up
PATIENCE = 2
# What is answered beside whatever else was said, in this order
ASIDES = {
    Intent.ARE_YOU_A_BOT: Cue.ROBOT,
    Intent.WHO_IS_THIS: Cue.WHO,
    Intent.ASK_INFO: Cue.INFO,
}
# These outweigh all else that was said
HARD = {
    Intent.OPT_OUT: Cue.OPT_OUT,
    Intent.WRONG_NUMBER: Cue.WRONG_NUMBER,
}
PLAIN = {
    Intent.AFFIRM: Cue.YES,
    Intent.DENY: Cue.NO,
    Intent.CANCEL: Cue.NO,
    Intent.NONE_WORK: Cue.NONE_OF_THESE,
    Intent.RESCHEDULE: Cue.NONE_OF_THESE,
    Intent.CALLBACK_LATER: Cue.LATER,
    Intent.NOT_INTERESTED: Cue.NOT_INTERESTED,
    Intent.ASK_HUMAN: Cue.HUMAN,
    Intent.HOLD_ON: Cue.HOLD_ON,
    Intent.REPEAT: Cue.REPEAT,
    Intent.SLOWER: Cue.SLOWER,
    Intent.GREETING: Cue.REPEAT,
    Intent.GOODBYE: Cue.GOODBYE,
}
YES_OR_NO = {Intent.AFFIRM, Intent.DENY}
# What ends or puts off the call is asked about where it was heard, but not surely enough to act on it
ASKED_ABOUT = {Cue.NOT_INTERESTED, Cue.LATER, Cue.HUMAN, Cue.NONE_OF_THESE, Cue.GOODBYE}
# Said politely beside an answer, these are not the answer
WEAK = {Intent.GREETING, Intent.GOODBYE}
TIMES_OFFERED = {Phase.OFFER, Phase.WISH, Phase.CONFIRM}
# Where no times are offered, "another day" turns down what stands; elsewhere it answers nothing
TURNED_DOWN = {Phase.CALLBACK: Cue.NO, Phase.AGREED: Cue.NO}


def read(session: Session, event: Event) -> tuple[Session, tuple[Cue, ...]]:
    """Return what the event means, the last cue being the one that moves the conversation, and the session with what
    the event brought: the choice, the wish, the counts."""
    match event:
        case Silence():
            session = replace(session, silences=session.silences + 1)
            return _patience(session, Cue.SILENCE, Cue.SILENCE_AGAIN)
        case Pressed(keys):
            session, cue = _pressed(session, keys)
            return _understood(replace(session, doubted=None), (cue,))
        case Heard(meaning):
            return _understood(*_heard(session, meaning))
        case MachineAnswered():
            return session, (Cue.MACHINE,)
        case Trouble():
            return session, (Cue.TROUBLE,)
    return _reported(session, event)


# What came of the slot that was chosen
CAME_OF_IT = {
    Booked: Cue.BOOKED,
    SlotGone: Cue.GONE,
    NotBookable: Cue.NOT_BOOKABLE,
    Cancelled: Cue.CANCELLED,
}


def _reported(session: Session, event: Event) -> tuple[Session, tuple[Cue, ...]]:
    match event:
        case SlotsFound():
            return _found(session, event)
        case CallBackSet(at):
            return replace(session, call_back_at=at), (Cue.CALL_BACK_SET if at else Cue.NO_CALL_BACK,)
    if (cue := CAME_OF_IT.get(type(event))) is None:
        raise TypeError(f"No such event: {event!r}")
    return (session if cue is Cue.BOOKED else replace(session, chosen=None)), (cue,)


def _found(session: Session, found: SlotsFound) -> tuple[Session, tuple[Cue, ...]]:
    match found:
        case SlotsFound(()):
            return session, (Cue.FOUND_NONE,)
        case SlotsFound((slot,), True) if session.wish:
            return replace(session, offered=(slot,), chosen=0, wish=()), (Cue.FOUND_ONE,)
    session = replace(session, offered=found.slots, chosen=None, wish=())
    return session, (Cue.FOUND if found.as_wished else Cue.FOUND_CLOSE,)


def _understood(session: Session, cues: tuple[Cue, ...]) -> tuple[Session, tuple[Cue, ...]]:
    if cues[-1] in {Cue.UNCLEAR, Cue.DOUBT}:
        session = replace(session, muddles=session.muddles + 1)
        is_doubt = cues[-1] is Cue.DOUBT
        return _patience(session, cues[-1], Cue.DOUBT if is_doubt else Cue.UNCLEAR_AGAIN)
    is_slow = session.is_slow or Cue.SLOWER in cues
    return replace(session, silences=0, muddles=0, is_slow=is_slow), cues


def _patience(session: Session, first: Cue, again: Cue) -> tuple[Session, tuple[Cue, ...]]:
    count = session.silences + session.muddles
    if count > PATIENCE:
        return session, (Cue.GIVEN_UP,)
    return session, (again if count == PATIENCE else first,)


def _pressed(session: Session, keys: str) -> tuple[Session, Cue]:
    session = replace(session, between=())
    if keys in {"0", "*"}:
        return session, Cue.REPEAT
    if session.phase in {Phase.OFFER, Phase.WISH} and keys.isdecimal():
        if 1 <= int(keys) <= len(session.offered):
            return replace(session, chosen=int(keys) - 1), Cue.CHOSE
        if int(keys) == len(session.offered) + 1:
            return session, Cue.NONE_OF_THESE
        return session, Cue.UNCLEAR
    return session, {"1": Cue.YES, "2": Cue.NO}.get(keys, Cue.UNCLEAR)


def _heard(session: Session, meaning: Meaning) -> tuple[Session, tuple[Cue, ...]]:
    intents = [heard.intent for heard in meaning.intents if heard.sureness >= ACT]
    for intent, cue in HARD.items():
        if intent in intents:
            return session, (cue,)
    if meaning.is_cut:  # the rest may have taken it all back
        return replace(session, doubted=None), (Cue.UNCLEAR,)
    if Intent.VOICEMAIL in intents and session.phase in {Phase.IDENTITY, Phase.REACHABLE}:
        return session, (Cue.MACHINE,)
    if session.doubted and not meaning.times and (answers := [intent for intent in intents if intent in YES_OR_NO]):
        cue = Cue(session.doubted) if answers[0] is Intent.AFFIRM else Cue.REPEAT
        return replace(session, doubted=None), (cue,)
    asides = tuple(cue for intent, cue in ASIDES.items() if intent in intents)
    session, cue = _main_cue(replace(session, doubted=None), meaning, intents)
    if asides and cue is Cue.UNCLEAR:
        return session, asides
    if cue is Cue.UNCLEAR and (doubted := _doubted(session, meaning)):
        return replace(session, doubted=doubted.value), (Cue.DOUBT,)
    return session, (*asides, cue)


def _doubted(session: Session, meaning: Meaning) -> Cue | None:
    """Return what is worth asking about: the likeliest thing said, if it is likely enough and would end the call."""
    known = [heard for heard in meaning.intents if heard.intent is not Intent.OUT_OF_SCOPE]
    if not known or not ASK <= known[0].sureness < ACT:
        return None
    cue = _fitting(session.phase, PLAIN.get(known[0].intent, Cue.UNCLEAR))
    return cue if cue in ASKED_ABOUT else None


def _main_cue(session: Session, meaning: Meaning, intents: list[Intent]) -> tuple[Session, Cue]:
    plain = sorted((intent for intent in intents if intent in PLAIN), key=lambda intent: intent in WEAK)
    cue = PLAIN[plain[0]] if plain else Cue.UNCLEAR
    if session.phase is Phase.STANDING and plain[:1] == [Intent.CANCEL]:  # the very thing we asked about
        cue = Cue.YES
    wanted = tuple(said for said in meaning.times if said.date or said.time or said.part)
    if wanted and (session.phase is Phase.CALLBACK or cue is Cue.LATER):
        return replace(session, wish=wanted), Cue.LATER_AT
    if cue in {Cue.NOT_INTERESTED, Cue.HUMAN, Cue.LATER} or session.phase not in TIMES_OFFERED:
        return session, _fitting(session.phase, cue)
    return _about_times(session, meaning, intents, cue)


def _fitting(phase: Phase, cue: Cue) -> Cue:
    if cue is Cue.NONE_OF_THESE and phase not in TIMES_OFFERED:
        return TURNED_DOWN.get(phase, Cue.UNCLEAR)
    return cue


def _about_times(session: Session, meaning: Meaning, intents: list[Intent], cue: Cue) -> tuple[Session, Cue]:
    options = session.options
    session = replace(session, between=())
    indexes = tuple(options[index] for index in meaning.choice.indexes if index < len(options))
    if meaning.choice.other and meaning.times:
        return replace(session, wish=meaning.times), Cue.OTHER_TIME
    if len(indexes) > 1 and session.chosen not in indexes:
        return replace(session, between=indexes), Cue.BETWEEN
    if session.phase is Phase.CONFIRM and cue in {Cue.YES, Cue.NO} and set(indexes) <= {session.chosen}:
        is_both = {Intent.AFFIRM, Intent.DENY} <= set(intents)
        return session, Cue.UNCLEAR if is_both else cue
    if len(indexes) == 1 and (cue is not Cue.NO or indexes[0] != session.chosen):
        return replace(session, chosen=indexes[0]), Cue.CHOSE
    takes_any = Intent.NO_PREFERENCE in intents or (cue is Cue.YES and len(options) == 1)
    if takes_any and session.phase is Phase.OFFER and options:
        return replace(session, chosen=options[0]), Cue.CHOSE
    return session, cue
