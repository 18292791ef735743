"""What the phone service asks of us: signed requests in, TwiML out, whatever happens.

Source: Twilio's documentation "Webhooks security", "TwiML Voice: request parameters", "Status callbacks".
"""

import logging
import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import wraps
from typing import Any
from urllib.parse import parse_qs, urlencode

import pymongo
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calls import endings, telephony, turns, webhook_urls
from calls.sessions import CallIsOver, SessionNotFound
from calls.telephony.base import TelephonyError
from calls.telephony.twilio import signature, twiml
from candidates import phones
from config.mongo import client
from interviews.dialogue import wording
from interviews.language.in_use import sentences

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]
Form = dict[str, str]
NO_CONTENT = 204
FALLBACK_LANGUAGE = "en-US"
# The database is waited for as long, while a caller hears nothing; then they are asked to hold, so many times at most:
# more than two minutes in all
ANSWER_SECONDS = 4.0
HURRIED_SECONDS, HURRIED_FOR_SECONDS = 1.0, 5.0
HARDLY_SECONDS = 0.25
MAX_HOLDS, HOLDS_AFTER_TROUBLE = 20, 1
# Of a number in a callback: sequences count from 0, and a call lasts hours at most. And how far its clock may be off
MAX_DIGITS, LONG_AGO = 9, timedelta(days=366)


def signed(view: View) -> View:
    """Let in only what was signed with a token of ours for this very address; the rest gets 403 and changes nothing.

    The address is built from PUBLIC_BASE_URL, so that it is the signed one behind any proxy. The view is handed the
    form that was signed; of a field sent twice, the last.
    """

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            form = _fields(request)
        except ValueError:
            return HttpResponseBadRequest("The form has too many fields.", content_type="text/plain")
        is_ours = signature.is_signed(
            url=settings.PUBLIC_BASE_URL + request.get_full_path(),
            form=form,
            signature=request.META.get("HTTP_X_TWILIO_SIGNATURE", ""),
            tokens=settings.WEBHOOK_AUTH_TOKENS,
        )
        if not is_ours:
            logger.warning("A request to %s was not signed as it must be", request.path)
            return HttpResponseForbidden("The signature does not fit.", content_type="text/plain")
        return view(request, {name: values[-1] for name, values in form.items()}, *args, **kwargs)

    return checked


def _fields(request: HttpRequest) -> dict[str, list[str]]:
    """Return the form, at a third of the price of request.POST. :raises ValueError: it has too many fields."""
    max_fields = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    return parse_qs(request.body.decode(errors="replace"), keep_blank_values=True, max_num_fields=max_fields)


class Patience:
    """How long a request waits for the database: ANSWER_SECONDS, less after one that waited in vain, and hardly at all
    while the driver knows that it is away.

    So those that wait in vain do not keep the server's threads from those that come after them.
    """

    def __init__(self) -> None:
        self._lost_at = -math.inf

    def seconds(self) -> float:
        """Return how long to wait now."""
        if client.is_known_away():
            return HARDLY_SECONDS
        return HURRIED_SECONDS if time.monotonic() - self._lost_at < HURRIED_FOR_SECONDS else ANSWER_SECONDS

    @contextmanager
    def spend(self) -> Iterator[None]:
        """Give the block that long for all it asks of the database, and remember where it was away."""
        try:
            with pymongo.timeout(self.seconds()):
                yield
        except Exception as error:
            if client.is_away(error):
                self._lost_at = time.monotonic()
            raise
        self._lost_at = -math.inf


patience = Patience()


def in_time(view: View) -> View:
    """Bound how long the view waits for the database."""

    @wraps(view)
    def bounded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with patience.spend():
            return view(request, *args, **kwargs)

    return bounded


def spoken(view: View) -> View:
    """Answer in time, whatever happens: hold the line while the database is away; try once more after other trouble,
    as what was done for the first try stands, and apologise after that."""

    @wraps(view)
    def safe(request: HttpRequest, form: Form, **asked: Any) -> HttpResponse:
        try:
            return view(request, form, **asked)
        except (SessionNotFound, CallIsOver) as error:
            logger.warning("%s: %s", request.path, error)
            return _say(form, "call_is_over")
        except Exception as error:
            if client.is_away(error):
                logger.warning("%s: the database is away: %s", request.path, error)
                return _hold(request, form, MAX_HOLDS, **asked)
            logger.exception("%s failed", request.path)
            return _hold(request, form, HOLDS_AFTER_TROUBLE, **asked)

    return safe


def _hold(request: HttpRequest, form: Form, max_holds: int, session_id: str, number: int | None = None) -> HttpResponse:
    """Ask the caller to hold, and come back with what was said; apologise once that was done so often."""
    holds = _holds(request)
    if holds >= max_holds:
        logger.error("%s: the caller hears an apology", request.path)
        return _apologise(request, form, session_id, number)
    query = urlencode({"holds": holds + 1, "report": twiml.carried(_reported(request, form))})
    reply = twiml.Reply(said=wording.holding(holds + 1)[-1:], ends=False)
    url = webhook_urls.retried(f"{settings.PUBLIC_BASE_URL}{request.path}?{query}")
    return _xml(twiml.hold(reply, language=_language(form), url=url))


def _holds(request: HttpRequest) -> int:
    """Return how often the caller was asked to hold already."""
    times = request.GET.get("holds", "")
    return int(times) if re.fullmatch("[0-9]{1,3}", times) else 0


def _apologise(request: HttpRequest, form: Form, session_id: str, number: int | None) -> HttpResponse:
    """End the call with an apology, which is written down with what was said, if that can be done at all."""
    try:
        with patience.spend():
            reply, language = turns.apologise(session_id=session_id, number=number, **_heard(request, form))
    except Exception as error:
        logger.warning("%s: the apology is on no transcript: %s", request.path, error)
        return _say(form, "trouble")
    return _xml(twiml.write(reply, language=language, action=""))


def _heard(request: HttpRequest, form: Form) -> dict[str, Any]:
    return {
        "call_sid": form.get("CallSid", ""),
        "heard": twiml.read_input(_reported(request, form)),
        "now": timezone.now(),
        "holds": _holds(request),
    }


def _say(form: Form, key: str) -> HttpResponse:
    reply = twiml.Reply(said=(sentences.SENTENCES[key],), ends=True)
    return _xml(twiml.write(reply, language=_language(form), action=""))


def _reported(request: HttpRequest, form: Form) -> Form:
    """Return what is reported: in the form, or in the address of a call that was on hold."""
    return twiml.unpacked(request.GET.get("report", "")) | form if request.META.get("QUERY_STRING") else form


def _language(form: Form) -> str:
    """Return a language to speak by the number that was called: all there is to go by without the session."""
    try:
        return phones.language_of(phones.parse(form.get("To", "")))
    except phones.ImpossiblePhone:
        return FALLBACK_LANGUAGE


def _xml(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/xml; charset=utf-8")


def _spoken_reply(reply: twiml.Reply, language: str, session_id: str, next_number: int) -> HttpResponse:
    action = webhook_urls.webhook_url("turn", session_id, next_number)
    return _xml(twiml.write(reply, language=language, action=action))


@signed
@spoken
@in_time
def voice(request: HttpRequest, form: Form, session_id: str) -> HttpResponse:
    """Greet whoever answered."""
    return _turn(request, form, session_id, 0)


@signed
@spoken
@in_time
def turn(request: HttpRequest, form: Form, session_id: str, number: int) -> HttpResponse:
    """Take what was said or pressed, and answer."""
    return _turn(request, form, session_id, number)


def _turn(request: HttpRequest, form: Form, session_id: str, number: int) -> HttpResponse:
    reply, language = turns.take_turn(session_id=session_id, number=number, **_heard(request, form))
    return _spoken_reply(reply, language, session_id, number + 1)


@signed
@spoken
@in_time
def fallback(request: HttpRequest, form: Form, session_id: str) -> HttpResponse:
    """Go on where a request of ours went wrong: what was last said is said again."""
    logger.error("Request to %s failed: %s", form.get("ErrorUrl"), form.get("ErrorCode"))
    call_sid = form.get("CallSid", "")
    try:
        reply, language, number = turns.repeat_turn(session_id=session_id, call_sid=call_sid)
    except CallIsOver:
        return _turn(request, form, session_id, 0)
    return _spoken_reply(reply, language, session_id, number)


@signed
@in_time
def status(request: HttpRequest, form: Form, session_id: str) -> HttpResponse:
    """Note how the call stands."""
    try:
        endings.apply_status(session_id=session_id, report=_report(form), now=timezone.now())
    except (SessionNotFound, CallIsOver) as error:
        logger.warning("%s: %s", request.path, error)
    return HttpResponse(status=NO_CONTENT)


@signed
@in_time
def machine(request: HttpRequest, form: Form, session_id: str) -> HttpResponse:
    if twiml.is_machine(form.get("AnsweredBy", "")):
        try:
            call_sid = form.get("CallSid", "")
            turns.note_machine(session_id=session_id, call_sid=call_sid, telephony=telephony.backend())
        except (SessionNotFound, CallIsOver, TelephonyError) as error:
            logger.warning("%s: %s", request.path, error)
    return HttpResponse(status=NO_CONTENT)


def _report(form: Form) -> endings.StatusReport:
    return endings.StatusReport(
        call_sid=form.get("CallSid", ""),
        status=form.get("CallStatus", ""),
        sequence=_whole(form.get("SequenceNumber", "")) or 0,
        at=_fired_at(form.get("Timestamp", "")),
        duration_seconds=_whole(form.get("CallDuration", "")),
    )


def _whole(text: str) -> int | None:
    """Read a whole number of a callback; what is none, or more than any call comes to, is as good as left out."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def _fired_at(text: str) -> datetime:
    """Read the RFC 2822 time of a callback; where it has none, or one that cannot be, now."""
    now = timezone.now()
    try:
        read = parsedate_to_datetime(text)
        at = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return now
    return at if abs(at - now) < LONG_AGO else now


urlpatterns = [
    path("voice/<str:session_id>", voice, name="twilio-voice"),
    path("turn/<str:session_id>/<int:number>", turn, name="twilio-turn"),
    path("fallback/<str:session_id>", fallback, name="twilio-fallback"),
    path("status/<str:session_id>", status, name="twilio-status"),
    path("machine/<str:session_id>", machine, name="twilio-machine"),
]
