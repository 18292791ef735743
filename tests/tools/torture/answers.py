"""The promises about what we answered over HTTP: to Twilio's webhooks, and to who starts calls."""

import json
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree

from tests.tools.torture.audit import Offenders
from tests.tools.torture.evidence import Evidence
from tests.tools.torture.faulty_network import CONVERSATION

LONGEST_ANSWER_SECONDS, LARGEST_ANSWER_BYTES = 15.0, 64 * 1024
LONGEST_API_SECONDS = 30.0
SOON_AFTER_A_DEATH = timedelta(seconds=5)
SOON_AFTER_AN_OUTAGE = timedelta(seconds=10)
# So long a transaction of a killed worker locks what it wrote: MongoDB's default, and some
LOCKS_LAST = timedelta(seconds=75)
DELIBERATE = {400, 401, 403, 404, 405, 409, 410, 413, 422, 429}
STARTED, REFUSED, AWAY = 201, {409, 422, 502}, 503
# The elements we use, with the attributes that Twilio's documentation of each names
ELEMENTS = {
    "Response": set(),
    "Say": {"voice", "language", "loop"},
    "prosody": {"rate", "pitch", "volume"},
    "Gather": {
        *("action", "actionOnEmptyResult", "enhanced", "finishOnKey", "hints", "input", "language", "method"),
        *("numDigits", "profanityFilter", "speechModel", "speechTimeout", "timeout"),
    },
    "Pause": {"length"},
    "Redirect": {"method"},
    "Hangup": set(),
}
VERBS = {"Response": set(ELEMENTS) - {"Response", "prosody"}, "Gather": {"Say", "Pause"}, "Say": {"prosody"}}
ADDRESS = re.compile(r"https?://[^\s]+")


def bad_webhook_answers(evidence: Evidence) -> Offenders:
    """Webhooks answered with anything but valid TwiML, 204 or a deliberate 4xx, or too late, or not at all.

    A request without an answer that was sent again, as our addresses ask for, counts by what came of that. A connection
    that breaks as its worker is killed is a fault of ours, not an answer. A status callback may be told
    to come again (503 with Retry-After) while mongod is away, or what it writes is locked by a worker that was killed:
    nobody listens to it, and Twilio sends it again.
    """
    for record in evidence.delivered:
        problem = "" if "error" in record and record["is_sent_again"] else problem_of(record)
        if problem and not is_broken_off(evidence, record) and not is_put_off(evidence, record):
            at = f"{record['kind']} of {record['call']} at {record['at']:.1f}, after {record['seconds']} s"
            yield f"{at}: {problem}"


def is_broken_off(evidence: Evidence, record: dict[str, Any]) -> bool:
    """Tell whether a connection broke as a worker was killed; a wait for an answer is not broken off by that."""
    is_broken = "error" in record and "Timeout" not in record["error"]
    at = record["at"] + record["seconds"]
    return is_broken and evidence.is_death_near("web", at, within=SOON_AFTER_A_DEATH)


def is_put_off(evidence: Evidence, record: dict[str, Any]) -> bool:
    """Tell whether a callback that nobody listens to was told to come again while mongod was away, or locked."""
    at = record["at"]
    is_deliberate = record.get("status") == AWAY and record["retry_after"] and record["kind"] not in CONVERSATION
    is_away = evidence.is_outage_near(at, within=SOON_AFTER_AN_OUTAGE)
    return bool(is_deliberate and (is_away or evidence.is_death_near("web", at, within=LOCKS_LAST)))


def problem_of(record: dict[str, Any]) -> str:
    """Return what is wrong with the answer to a webhook, nothing where it is as it must be."""
    if "error" in record:
        return record["error"]
    if record["seconds"] > LONGEST_ANSWER_SECONDS:
        return "too late"
    if record["status"] in DELIBERATE:
        return ""
    if record["kind"] not in CONVERSATION and record["status"] == 204 and not record["length"]:
        return ""
    if record["status"] != 200:
        return f"HTTP {record['status']}: {record['body'][:80]!r}"
    if not record["type"].startswith(("text/xml", "application/xml")):
        return f"Content-Type {record['type']}"
    return twiml_problem(record["body"]) if record["length"] <= LARGEST_ANSWER_BYTES else "larger than 64 kB"


def twiml_problem(text: str) -> str:
    """Return what Twilio would refuse or ignore in the document, nothing where it is TwiML as documented."""
    try:
        root = ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        return f"no XML: {error}"
    if root.tag != "Response" or not len(root):
        return f"nothing to do: {text[:200]}"
    for element in root.iter():
        unknown = set(element.attrib) - ELEMENTS.get(element.tag, set())
        strangers = {child.tag for child in element} - VERBS.get(element.tag, set())
        if unknown or strangers or element.tag not in ELEMENTS:
            return f"<{element.tag}> with {sorted(unknown | strangers)}"
        address = (
            element.get("action") if element.tag == "Gather" else element.text if element.tag == "Redirect" else None
        )
        if address is not None and not ADDRESS.fullmatch(address.strip()):
            return f"<{element.tag}> leads to {address!r}"
    return ""


def bad_api_answers(evidence: Evidence) -> Offenders:
    """Requests for a call that were answered with nothing that is documented, or too late, or untruly."""
    for record in evidence.answers:
        problem = problem_of_api(evidence, record)
        if problem and not is_broken_off(evidence, record):
            yield f"{record['candidate']} at {record['at']:.1f}, after {record['seconds']} s: {problem}"


def problem_of_api(evidence: Evidence, record: dict[str, Any]) -> str:
    """Return what is wrong with the answer to who asked for a call."""
    if "error" in record:
        return record["error"]
    if record["seconds"] > LONGEST_API_SECONDS:
        return "too late"
    status = record["status"]
    if status == HTTPStatus.NOT_FOUND and record["candidate"] in evidence.gone:
        return ""
    if status == AWAY and not record["retry_after"]:
        return "503 without Retry-After"
    if status not in {STARTED, AWAY, *REFUSED}:
        return f"HTTP {status}: {record['body'][:120]}"
    said = json.loads(record["body"])
    if status == STARTED and said["call_sid"] not in evidence.calls:
        return f"started {said['call_sid']}, which does not exist"
    return ""


PROMISES = {
    "webhooks answered with anything but TwiML or a deliberate 4xx": bad_webhook_answers,
    "requests for a call answered with anything undocumented": bad_api_answers,
}
