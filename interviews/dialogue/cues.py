"""What an event means at this point of the conversation: all conditions and all counts are here."""

from dataclasses import replace

from interviews.dialogue.events import (
    Booked,
    CallBackSet,
    Cancelled,
    Event,
    Heard,
    MachineAnswered,
    NoInput,
    NotBookable,
    Pressed,
    SlotGone,
    SlotsFound,
    Trouble,
)
from interviews.dialogue.session import Phase, Session
from interviews.dialogue.table import Cue
from interviews.understanding.meaning import Intent, Meaning, Speaker
from interviews.understanding.score import ACT, ASK

# How often no input, or no match, is answered before we give up
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
    Intent.UNSURE: Cue.UNSURE,
    Intent.REPEAT: Cue.REPEAT,
    Intent.SLOWER: Cue.SLOWER,
    Intent.GREETING: Cue.REPEAT,
    Intent.GOODBYE: Cue.GOODBYE,
}
YES_OR_NO = {Intent.AFFIRM, Intent.DENY}
# What ends or puts off the call is asked about where it was heard, but not surely enough to act on it
CLARIFIABLE = {Cue.NOT_INTERESTED, Cue.LATER, Cue.HUMAN, Cue.NONE_OF_THESE, Cue.GOODBYE}
# Said politely beside an answer, these are not the answer
WEAK = {Intent.GREETING, Intent.GOODBYE}
TIMES_OFFERED = {Phase.OFFER, Phase.WISH, Phase.CONFIRM}
# Where no times are offered, "another day" turns down what stands; elsewhere it answers nothing
TURNED_DOWN = {Phase.CALLBACK: Cue.NO, Phase.AGREED: Cue.NO}
# Here a yes reveals what is not for others, or books: none counts but one that is found by rule
GATED = {Phase.IDENTITY, Phase.CONFIRM}
WITH_STRANGERS = {Phase.IDENTITY, Phase.REACHABLE, Phase.CALLBACK}
# Asked for beside the answer to "is this you?", these are what is wanted
WANTED = {Cue.LATER, Cue.LATER_AT, Cue.NOT_INTERESTED, Cue.HUMAN, Cue.HOLD_ON}
# Whoever speaks after these is asked anew whether they are the person
AWAY = {Cue.FETCHING, Cue.HOLD_ON}


def read(session: Session, event: Event) -> tuple[Session, tuple[Cue, ...]]:
    """Return what the event means, the last cue being the one that moves the conversation, and the session with what
    the event brought: the choice, the wish, the counts."""
    match event:
        case NoInput():
            session = replace(session, no_inputs=session.no_inputs + 1, clarifying=None)
            return _patience(session, Cue.NO_INPUT, Cue.NO_INPUT_AGAIN)
        case Pressed(keys):
            session, cue = _pressed(session, keys)
            return _understood(replace(session, clarifying=None), (cue,))
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
    if cues[-1] in {Cue.NO_MATCH, Cue.CLARIFICATION, Cue.NAMED_AGAIN, Cue.UNSURE}:
        session = replace(session, no_matches=session.no_matches + 1)
        return _patience(session, cues[-1], Cue.NO_MATCH_AGAIN if cues[-1] is Cue.NO_MATCH else cues[-1])
    is_slow = session.is_slow or Cue.SLOWER in cues
    return replace(session, no_inputs=0, no_matches=0, is_slow=is_slow), cues


def _patience(session: Session, first: Cue, again: Cue) -> tuple[Session, tuple[Cue, ...]]:
    count = session.no_inputs + session.no_matches
    if count > PATIENCE and first is Cue.UNSURE:  # who still can't say is better called again
        return replace(session, no_inputs=0, no_matches=0), (Cue.LATER,)
    if count > PATIENCE:
        return session, (Cue.GIVEN_UP,)
    return session, (again if count == PATIENCE else first,)


def _pressed(session: Session, keys: str) -> tuple[Session, Cue]:
    session = replace(session, ambiguous=())
    is_yes_or_no = session.phase not in {Phase.OFFER, Phase.WISH}
    # At a clarification 1 and 2 could answer it or the open question: neither is taken for an answer
    if keys in {"0", "*"} or (is_yes_or_no and session.clarifying and session.clarifying != Cue.NAMED):
        return session, Cue.REPEAT
    if session.phase in {Phase.OFFER, Phase.WISH} and keys.isdecimal():
        if 1 <= int(keys) <= len(session.offered):
            return replace(session, chosen=int(keys) - 1), Cue.CHOSE
        if int(keys) == len(session.offered) + 1:
            return session, Cue.NONE_OF_THESE
        return session, Cue.NO_MATCH
    return session, {"1": Cue.YES, "2": Cue.NO}.get(keys, Cue.NO_MATCH)


def _heard(session: Session, meaning: Meaning) -> tuple[Session, tuple[Cue, ...]]:
    intents = _acted_on(session, meaning)
    if cue := _at_once(session, meaning, intents):
        return session, (cue,)
    if meaning.is_cut:  # the rest may have taken it all back
        return replace(session, clarifying=None), (Cue.NO_MATCH,)
    if cue := _clarified(session, meaning, intents):
        return replace(session, clarifying=None), (cue,)
    asides = tuple(cue for intent, cue in ASIDES.items() if intent in intents)
    was_asked = session.clarifying
    session, cue = _main_cue(replace(session, clarifying=None), meaning, intents, was_asked)
    if asides and cue is Cue.NO_MATCH:
        return session, asides
    if cue is Cue.NO_MATCH and (guess := _to_clarify(session, meaning)):
        return replace(session, clarifying=guess.value), (Cue.CLARIFICATION,)
    return session, (*asides, cue)


def _acted_on(session: Session, meaning: Meaning) -> list[Intent]:
    """Return the intents said surely enough.

    Where a yes is gated, AFFIRM is left out, for a yes counts there by rule alone. So is a DENY beside it: the two
    together say nothing sure.
    """
    intents = [heard.intent for heard in meaning.intents if heard.score >= ACT]
    if session.phase not in GATED:
        return intents
    opposed = YES_OR_NO if {*intents} >= YES_OR_NO else {Intent.AFFIRM}
    intents = [intent for intent in intents if intent not in opposed]
    is_known = any(intent in PLAIN or intent in ASIDES for intent in intents)
    return intents if is_known or meaning.beside in {None, Intent.AFFIRM} else [*intents, meaning.beside]


def _at_once(session: Session, meaning: Meaning, intents: list[Intent]) -> Cue | None:
    """Return what outweighs all else that was said."""
    for intent, cue in HARD.items():
        if intent in intents and not (cue is Cue.WRONG_NUMBER and _knows_the_person(session, meaning)):
            return cue
    is_machine = Intent.VOICEMAIL in intents and session.phase in {Phase.IDENTITY, Phase.REACHABLE}
    return Cue.MACHINE if is_machine else None


def _knows_the_person(session: Session, meaning: Meaning) -> bool:
    return session.phase in WITH_STRANGERS and meaning.speaker in {Speaker.OTHER, Speaker.FETCHING}


def _clarified(session: Session, meaning: Meaning, intents: list[Intent]) -> Cue | None:
    """Return what a yes or a no to our clarification means, None where the utterance is neither."""
    if session.clarifying not in CLARIFIABLE or meaning.times:
        return None
    if meaning.consent and meaning.consent.is_plain:
        return _fitting(session.phase, Cue(session.clarifying))
    answers = [intent for intent in intents if intent in YES_OR_NO]
    return Cue.REPEAT if answers[:1] == [Intent.DENY] else None


def _to_clarify(session: Session, meaning: Meaning) -> Cue | None:
    """Return what is worth asking about: the likeliest thing said, if it is likely enough and would end the call."""
    known = [heard for heard in meaning.intents if heard.intent is not Intent.OUT_OF_SCOPE]
    if not known or not ASK <= known[0].score < ACT:
        return None
    cue = _fitting(session.phase, PLAIN.get(known[0].intent, Cue.NO_MATCH))
    return cue if cue in CLARIFIABLE else None


def _main_cue(session: Session, meaning: Meaning, intents: list[Intent], was_asked: str | None) -> tuple[Session, Cue]:
    if session.phase is Phase.CONFIRM and (consent := _consent(session, meaning, was_asked)):
        return consent
    plain = sorted((intent for intent in intents if intent in PLAIN), key=lambda intent: intent in WEAK)
    cue = PLAIN[plain[0]] if plain else Cue.NO_MATCH
    if session.phase in {Phase.AGREED, Phase.STANDING}:
        return session, _about_what_stands(session, meaning, cue)
    wanted = tuple(said for said in meaning.times if said.date or said.time or said.part)
    if wanted and (session.phase is Phase.CALLBACK or cue is Cue.LATER):
        return replace(session, wish=wanted), Cue.LATER_AT
    if session.phase in WITH_STRANGERS:
        return _who_speaks(session, meaning, cue, was_asked)
    if cue in {Cue.NOT_INTERESTED, Cue.HUMAN, Cue.LATER}:
        return session, cue
    return _about_times(session, meaning, intents, cue)


def _consent(session: Session, meaning: Meaning, was_asked: str | None) -> tuple[Session, Cue] | None:
    """Hear whether the time that was read back is agreed to: only a word of yes, and nothing else, books."""
    consent, chosen = meaning.consent, _offered(session, meaning.choice.indexes)
    if consent is None or session.chosen not in _offered(session, consent.slots):
        return None
    if chosen and session.chosen not in chosen:
        return None
    if consent.is_plain:
        return session, Cue.YES
    return replace(session, clarifying=Cue.NAMED.value), Cue.NAMED_AGAIN if was_asked == Cue.NAMED else Cue.NAMED


def _who_speaks(session: Session, meaning: Meaning, cue: Cue, was_asked: str | None) -> tuple[Session, Cue]:
    speaker = meaning.speaker
    if speaker is Speaker.FETCHING:
        return replace(session, clarifying=Cue.FETCHING.value), Cue.FETCHING
    if session.phase is Phase.IDENTITY and cue is Cue.HOLD_ON:
        return replace(session, clarifying=Cue.HOLD_ON.value), cue
    is_handed = cue is Cue.HUMAN and speaker is Speaker.OTHER  # "you'll have to speak to her"
    if session.phase is Phase.CALLBACK or (cue in WANTED and not is_handed):
        return session, _fitting(session.phase, cue)
    if session.phase is Phase.REACHABLE:
        return session, _reached(speaker, cue)
    if speaker in {Speaker.YES, Speaker.SELF}:
        return session, Cue.REPEAT if was_asked in AWAY and speaker is Speaker.YES else Cue.YES
    return session, Cue.NO if speaker is Speaker.OTHER else _fitting(session.phase, cue)


def _reached(speaker: Speaker | None, cue: Cue) -> Cue:
    """Hear whether the person came to the phone; a no by who knows where they are means: it is their number."""
    if speaker is Speaker.SELF:
        return Cue.PERSON
    return Cue.YES if speaker is Speaker.OTHER and cue is Cue.NO else _fitting(Phase.REACHABLE, cue)


def _about_what_stands(session: Session, meaning: Meaning, cue: Cue) -> Cue:
    """Hear whether the booked interview is to be cancelled: "cancel" answers either way, only a plain yes cancels."""
    is_cancel = cue is Cue.NO and Intent.CANCEL in {heard.intent for heard in meaning.intents if heard.score >= ACT}
    if session.phase is Phase.STANDING and is_cancel:
        return Cue.NO_MATCH
    if cue is Cue.YES and not (meaning.consent and meaning.consent.is_plain):
        return Cue.NO_MATCH
    return _fitting(session.phase, cue)


def _fitting(phase: Phase, cue: Cue) -> Cue:
    if cue is Cue.UNSURE and phase not in {Phase.OFFER, Phase.CONFIRM}:
        return Cue.NO_MATCH
    if cue is Cue.NONE_OF_THESE and phase not in TIMES_OFFERED:
        return TURNED_DOWN.get(phase, Cue.NO_MATCH)
    return cue


def _offered(session: Session, indexes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the indexes into what we asked to choose from as indexes into all that was offered."""
    return tuple(session.options[index] for index in indexes if index < len(session.options))


def _about_times(session: Session, meaning: Meaning, intents: list[Intent], cue: Cue) -> tuple[Session, Cue]:
    options, indexes = session.options, _offered(session, meaning.choice.indexes)
    session = replace(session, ambiguous=())
    if meaning.choice.other and meaning.times:
        return replace(session, wish=meaning.times), Cue.OTHER_TIME
    if len(indexes) > 1 and session.chosen not in indexes:
        return replace(session, ambiguous=indexes), Cue.DISAMBIGUATION
    cue = _fitting(session.phase, cue)
    if session.phase is Phase.CONFIRM and cue is not Cue.NO_MATCH and set(indexes) <= {session.chosen}:
        return session, cue
    if len(indexes) == 1 and (cue is not Cue.NO or indexes[0] != session.chosen):
        return replace(session, chosen=indexes[0]), Cue.CHOSE
    takes_any = Intent.NO_PREFERENCE in intents or (cue is Cue.YES and len(options) == 1)
    if takes_any and session.phase is Phase.OFFER and options:
        return replace(session, chosen=options[0]), Cue.CHOSE
    return session, cue
