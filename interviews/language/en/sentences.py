"""Every sentence we say, by its key; of questions by the phase, of what we clarify by the cue.

Written for the ear: short, one thing each. Names in braces are facts of the conversation.
"""

from collections.abc import Sequence
from datetime import datetime

from interviews.language.en.spoken_times import NUMBERS, spoken_after, spoken_slot

SENTENCES = {
    "greeting": "Hello, this is an automated call from {company}.",
    "introduction": "Thank you, {first_name}. I'm calling to find a time for your {interview}.",
    "who": "I'm the automated assistant of {company}. I'm calling to find a time for your {interview}.",
    "who_to_stranger": "This is an automated call from {company}, for {name}.",
    "robot": "Yes, I'm an automated assistant. You can speak to me or press keys.",
    "info": "The invitation will have all the details, and you can reply to it with any question.",
    "slower": "Of course, I'll speak more slowly.",
    "hold_on": "Of course, take your time.",
    "unsure": "There's no hurry. Take your time, or say: call me later.",
    "fetching": "Thank you, I'll wait.",
    "person": "Sorry, I misheard.",
    "named": "{short_choice}: yes?",
    "named_again": "I need a yes to book it.",
    "no_input": "I didn't hear anything.",
    "no_input_again": "I still can't hear you. You can also use the keys of your phone.",
    "clarification": "Sorry, did you say that {clarified}?",
    "no_match": "Sorry, I didn't get that.",
    "no_match_again": "Sorry, I still didn't understand. The keys of your phone work too.",
    "for_example": "Sorry, I still didn't get that. You could say, for example: Thursday afternoon.",
    "which_one": "Which of them?",
    "which_day": "Good.",
    "disambiguation": "Did you mean {options}?",
    "closest": "I have nothing free then.",
    "one_free": "That is free.",
    "gone": "I'm sorry, that time has just been taken.",
    "not_that_one": "All right, not that one.",
    "booked": (
        "It's booked: {choice}. The invitation is on its way to your e-mail. "
        "Thank you, {first_name}, and good luck. Goodbye."
    ),
    "not_bookable": "I'm sorry, I can't book that any more. Somebody will write to you. Goodbye.",
    "stands": "All right, your interview stands. Goodbye.",
    "cancelled": (
        "All right, it's cancelled. We'll write you an e-mail, and you can answer with a time that suits you. Goodbye."
    ),
    "call_back": "All right. I'll call again on {call_back}. Goodbye.",
    "no_call_back": "All right. Someone from {company} will get in touch. Goodbye.",
    "human": "Of course. I'll ask a colleague to get in touch with you. Goodbye.",
    "human_to_stranger": "Of course. I'll ask a colleague at {company} to get in touch. Goodbye.",
    "no_agreement": "All right. We'll write you an e-mail, and you can answer with a time that suits you. Goodbye.",
    "nothing_free": (
        "I'm sorry, I have no other free time at the moment. "
        "We'll write you an e-mail, and you can answer with a time that suits you. Goodbye."
    ),
    "goodbye": "All right. We'll write you an e-mail about the interview. Goodbye.",
    "given_up": "I can't hear you well, so I'll stop here. We'll write you an e-mail instead. Goodbye.",
    "given_up_to_stranger": "All right, I'll stop here. Goodbye.",
    "not_interested": "Thank you for telling me. We'll close your application, and we won't call again. Goodbye.",
    "not_interested_to_stranger": "All right. We won't call again. Goodbye.",
    "wrong_number": "I'm sorry to have bothered you. We won't call this number again. Goodbye.",
    "opted_out": "I understand. We won't call you again. Goodbye.",
    "holding": "One moment, please.",
    "still_holding": "Thank you for waiting. One more moment, please.",
    "trouble": "I'm sorry, something went wrong on our side, so I have to stop here. Goodbye.",
    "call_is_over": "This call can't go on. Goodbye.",
}

CLARIFIED = {
    "not_interested": "you are not interested",
    "later": "I should call you later",
    "human": "you want to speak to a person",
    "none_of_these": "none of these times suits you",
    "goodbye": "you want to stop here",
}

QUESTIONS = {
    "identity": ("Am I speaking with {name}? Say yes or no, or press 1 for yes, 2 for no."),
    "reachable": (
        "Is this a number where I can reach {name} another time? Say yes or no, or press 1 for yes, 2 for no."
    ),
    "offer": "{offer} For another time, say when, or press {other_key}.",
    "wish": "Which day or time would suit you?",
    "confirm": (
        "To be sure: {choice}, your local time. Shall I book that? Say yes or no, or press 1 for yes, 2 for no."
    ),
    "callback": "When would be a good time to call again?",
    "standing": (
        "Your interview is booked for {choice}. Shall I cancel it? Say yes or no, or press 1 for yes, 2 for no."
    ),
}


def interview(position: str) -> str:
    return f"interview for the position of {position}" if position else "interview"


def offer(starts: Sequence[datetime]) -> str:
    """Offer the times, local, each with its number, which is its key too; what they share is said once."""
    if len(starts) == 1:
        return f"I can offer {spoken_slot(starts[0])}. Does that suit you? Say yes, or press 1."
    said = [
        f"{NUMBERS[number]}, {spoken_after(at, earlier)}"
        for number, (at, earlier) in enumerate(zip(starts, [None, *starts], strict=False), 1)
    ]
    return f"I can offer: {'; '.join(said[:-1])}; or {said[-1]}. Which one suits you? Say it, or press its number."


def either(options: Sequence[str]) -> str:
    return f"{', '.join(options[:-1])}, or {options[-1]}" if len(options) > 1 else "".join(options)
