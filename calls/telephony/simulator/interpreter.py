"""Obeys our TwiML over a simulated call, as docs/voice/twiml says Twilio does; personas and people hear the same."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

from calls.telephony.simulator.call_leg import CallLeg, CallOver
from calls.telephony.simulator.callees import Callee, HungUp, PressedKeys, Prompt, Reaction, SaidWords
from calls.telephony.simulator.documents import COMPLETED, IN_PROGRESS
from calls.telephony.simulator.verbs import CHARACTERS_PER_SECOND, BadDocument, Verb, read_document
from calls.telephony.simulator.webhook_client import DeliveryFailed

KEY_SECONDS = 0.3
THINKING_SECONDS = 1.0
LONGEST_SPEECH_SECONDS = 60.0
MIN_REQUEST_SECONDS = 0.2  # so that even a loop of redirects comes to the call's time limit
APPLICATION_ERROR = "We are sorry. An application error has occurred. Goodbye."
Until = Callable[[], Reaction | None]
logger = logging.getLogger(__name__)


class TwimlDocument(NamedTuple):
    """A TwiML document and the address it came from, which its relative URLs start at."""

    url: str
    verbs: list[Verb]


class Interpreter:
    """Runs the documents of one answered call; `run` raises CallOver for whatever ends it but the last verb."""

    def __init__(self, leg: CallLeg, callee: Callee) -> None:
        self._leg = leg
        self._leased = leg.leased
        self._callee = callee
        self._heard: list[str] = []
        self._questions = 0

    def run(self) -> None:
        """Ask for the first document, and go on until one ends without leading to another."""
        document: TwimlDocument | None = self._ask(self._leg.call["voice_url"], {})
        while document is not None:
            document = self._play(document)

    def _play(self, document: TwimlDocument) -> TwimlDocument | None:
        for verb in document.verbs:
            following = self._obey(verb, document.url)
            if following is not None:
                return following
        return None

    def _obey(self, verb: Verb, url: str) -> TwimlDocument | None:
        match verb.name:
            case "Say" | "Play" | "Pause":
                self._utter(verb)
            case "Gather":
                return self._gather(verb, url)
            case "Redirect":
                self._show(verb)
                return self._ask(urljoin(url, verb.text), {}, _method(verb))
            case "Hangup":
                self._show(verb)
                raise CallOver(COMPLETED)
            case _:
                self._warn(f"12200: <{verb.name}> is not carried out here.")
        return None

    def _utter(self, verb: Verb, until: Until | None = None) -> Reaction | None:
        """Say, play or pause; return what interrupted it."""
        self._show(verb)
        if verb.name == "Say":
            self._heard.append(verb.text)
        return self._leg.wait(verb.seconds(), until)

    def _gather(self, verb: Verb, url: str) -> TwimlDocument | None:
        self._show(verb)
        question = self._question(verb)
        reply = self._listen(verb, question)
        fields = self._input(verb, question, reply)
        if not fields and verb.attributes.get("actionOnEmptyResult") != "true":
            return None
        return self._ask(urljoin(url, verb.attributes.get("action", "")), fields, _method(verb))

    def _question(self, verb: Verb) -> Prompt:
        said = [prompt.text for prompt in verb.nested if prompt.name == "Say"]
        self._questions += 1
        question = Prompt(
            number=self._questions,
            prompt=" ".join([*self._heard, *said]),
            inputs=frozenset(verb.attributes.get("input", "dtmf").split()),
            timeout_seconds=float(verb.whole("timeout", 5)),
            language=verb.attributes.get("language", "en-US"),
            hints=verb.attributes.get("hints", ""),
            num_digits=verb.whole("numDigits", 0) or None,
            finish_on_key=verb.attributes.get("finishOnKey", "#"),
        )
        self._heard = []
        return question

    def _listen(self, verb: Verb, question: Prompt) -> Reaction | None:
        """Say what the Gather holds and wait for an answer; some people do not let us finish."""
        interrupts = self._callee.interrupts

        def until() -> Reaction | None:
            return self._callee.answer(question)

        if interrupts:
            asking = asdict(question) | {"inputs": sorted(question.inputs), "began_at": datetime.now(UTC)}
            self._leased.asks(asking)
        reply = None
        for prompt in verb.nested:
            reply = reply or self._utter(prompt, until if interrupts else None)
        self._heard = []
        reply = reply or self._leg.wait(question.timeout_seconds, until)
        if reply is None and (self._leg.view.get("asking") or {}).get("begun_at"):
            reply = self._leg.wait(LONGEST_SPEECH_SECONDS, until)
        if interrupts:
            self._leased.asks(None)
        return reply

    def _input(self, verb: Verb, question: Prompt, reply: Reaction | None) -> dict[str, str]:
        """Return what the action is sent; nothing where the Gather got nothing."""
        match reply:
            case HungUp():
                self._leased.happened("HangUp", "")
                raise CallOver(COMPLETED)
            case SaidWords(text=text) if "speech" in question.inputs and text.strip():
                return self._speech(verb, question, reply)
            case PressedKeys(digits=digits) if "dtmf" in question.inputs:
                return self._keys(digits, question)
        self._leased.happened("Silence", "")
        if reply is not None:
            self._pass(question.timeout_seconds)
        return {}

    def _speech(self, verb: Verb, question: Prompt, speech: SaidWords) -> dict[str, str]:
        is_auto = verb.attributes.get("speechTimeout") == "auto"
        silence = 1 if is_auto else verb.whole("speechTimeout", int(question.timeout_seconds))
        self._pass(THINKING_SECONDS + len(speech.text) / CHARACTERS_PER_SECOND + silence)
        self._leased.happened("Speech", speech.text)
        if speech.confidence is None:
            return {"SpeechResult": speech.text}
        return {"SpeechResult": speech.text, "Confidence": str(speech.confidence)}

    def _keys(self, keys: str, question: Prompt) -> dict[str, str]:
        self._pass(THINKING_SECONDS + len(keys) * KEY_SECONDS)
        self._leased.happened("Keys", keys)
        digits = ""
        for key in keys:
            if key == question.finish_on_key:
                return {"Digits": digits, "FinishedOnKey": key} if digits else {}
            digits += key
            if len(digits) == question.num_digits:
                return {"Digits": digits}
        self._pass(question.timeout_seconds)
        return {"Digits": digits} if digits else {}

    def _pass(self, seconds: float) -> None:
        """Let a persona take its time; a person at a phone has taken it already."""
        self._leg.wait(0 if self._callee.interrupts else seconds)

    def _ask(self, url: str, fields: dict[str, str], method: str = "POST") -> TwimlDocument:
        """Return the next document, from the fallback address where this one fails. :raises CallOver: both do."""
        try:
            return self._fetch(url, fields, method)
        except (DeliveryFailed, BadDocument) as failure:
            problem = failure
        address = urldefrag(url).url
        self._warn(f"{problem.code}: {address}: {problem}")
        fallback_url = self._leg.call["fallback_url"]
        if fallback_url:
            try:
                return self._fetch(fallback_url, {"ErrorCode": str(problem.code), "ErrorUrl": address})
            except (DeliveryFailed, BadDocument) as failure:
                self._warn(f"{failure.code}: {urldefrag(fallback_url).url}: {failure}")
        self._leased.application_error(problem.code, address, str(problem))
        self._utter(Verb("Say", APPLICATION_ERROR))
        raise CallOver(COMPLETED)

    def _fetch(self, url: str, fields: dict[str, str], method: str = "POST") -> TwimlDocument:
        self._leg.wait(0)
        began = time.monotonic()
        try:
            answer = self._leg.webhooks.send(url, self._leg.fields(IN_PROGRESS) | fields, method)
        finally:
            self._leg.clock += max(time.monotonic() - began, MIN_REQUEST_SECONDS)
        return TwimlDocument(answer.url, read_document(answer))

    def _show(self, verb: Verb) -> None:
        text = "" if verb.name == "Gather" else verb.text
        self._leased.shows(verb.name, text, dict(verb.attributes))

    def _warn(self, message: str) -> None:
        logger.warning("Call %s: %s", self._leg.call["_id"], message)
        self._leased.happened("Warning", message)


def _method(verb: Verb) -> str:
    return "GET" if verb.attributes.get("method", "").upper() == "GET" else "POST"
