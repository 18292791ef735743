"""The phone in the browser: what a person does with a simulated call, and what they see meanwhile."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from calls.browser_phone import phone_state
from calls.telephony.simulator import handset
from config.security import headers
from config.security.request_source import is_local_trial

View = Callable[..., HttpResponse]
COOKIE = "phone"
MAX_CALLS, MAX_STEPS, LONGEST_ANSWER = 100, 10_000, 1000
TOO_LATE = {
    handset.NotRinging: "It does not ring any more.",
    handset.NotAsked: "Nobody listens just now: wait for the next question.",
}


def simulated(view: View) -> View:
    """Serve staff and local trial callers, while calls are simulated; each browser is a phone of its own."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not settings.SIMULATED:
            raise Http404("Real phones ring: there is none in the browser.")
        if not (is_local_trial(request) or request.user.is_staff):
            if request.method == "GET" and request.user.is_anonymous:
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            raise PermissionDenied
        known = re.fullmatch(r"browser-[0-9a-f]{16}", request.COOKIES.get(COOKIE, ""))
        phone_id = known[0] if known else f"browser-{secrets.token_hex(8)}"
        response = view(request, phone_id, **kwargs)
        response["Content-Security-Policy"] = headers.OWN_PAGE
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"  # it listens
        if not known:
            here, is_secure = reverse("phone"), request.is_secure()
            response.set_cookie(COOKIE, phone_id, path=here, secure=is_secure, httponly=True, samesite="Lax")
        return response

    return guarded


@require_safe
@simulated
def page(request: HttpRequest, phone_id: str) -> HttpResponse:
    shown = phone_state.look(phone_id=phone_id, before=phone_state.ShownSoFar(), now=datetime.now(UTC))
    return render(request, "calls/phone.html", _context(request, shown))


@require_POST
@simulated
def now(request: HttpRequest, phone_id: str) -> HttpResponse:
    """Keep the phone open, unless somebody talks on it, and show what a page has not shown yet."""
    before = _seen(request)
    shown = phone_state.look(phone_id=phone_id, before=before, now=datetime.now(UTC))
    if (shown.kind if shown else before.kind) != phone_state.Kind.TALKING:
        handset.keep_open(phone_id=phone_id, now=datetime.now(UTC))
    if shown is None:
        return HttpResponse(status=204)
    return render(request, "calls/phone_now.html", _context(request, shown))


@require_POST
@simulated
def pick_up(request: HttpRequest, phone_id: str) -> HttpResponse:
    """Answer the call; engaged, this phone is open to no other."""

    def answer(**call: str) -> None:
        handset.pick_up(**call)
        handset.close(phone_id=phone_id)

    return _do(answer, request, phone_id)


@require_POST
@simulated
def close(request: HttpRequest, phone_id: str) -> HttpResponse:
    handset.close(phone_id=phone_id)
    return HttpResponse(status=204)


@require_POST
@simulated
def say(request: HttpRequest, phone_id: str) -> HttpResponse:
    """Answer in words; a browser that recognised them says how sure it is."""
    text = request.POST.get("text", "").strip()[:LONGEST_ANSWER]
    if not text:
        return _answer(request, "Say or type something first.", "refused")
    sure = re.fullmatch(r"1|0\.[0-9]{1,20}", request.POST.get("confidence", ""))
    confidence = {"confidence": float(sure[0])} if sure else {}
    return _do(handset.say, request, phone_id, number=_whole(request, "number"), text=text, **confidence)


@require_POST
@simulated
def press(request: HttpRequest, phone_id: str) -> HttpResponse:
    keys = request.POST.get("keys", "")
    if not re.fullmatch(r"[0-9*#]{1,32}", keys):
        return _answer(request, "That is no key of a phone.", "refused")
    return _do(handset.press, request, phone_id, number=_whole(request, "number"), keys=keys)


@require_POST
@simulated
def at_question(request: HttpRequest, phone_id: str, action: Callable[..., None]) -> HttpResponse:
    """Do what concerns the open question: begin to answer it, or stay silent."""
    return _do(action, request, phone_id, number=_whole(request, "number"))


@require_POST
@simulated
def at_call(request: HttpRequest, phone_id: str, action: Callable[..., None]) -> HttpResponse:
    """Do what concerns the whole call: not answer it in some way, or hang up."""
    return _do(action, request, phone_id)


def _do(action: Callable[..., None], request: HttpRequest, phone_id: str, **arguments: Any) -> HttpResponse:
    call_sid = request.POST.get("call", "")
    try:
        action(call_sid=call_sid, phone_id=phone_id, **arguments)
    except tuple(TOO_LATE) as error:
        return _answer(request, TOO_LATE[type(error)], "refused")
    return _answer(request, "", "done")


def _answer(request: HttpRequest, text: str, event: str) -> HttpResponse:
    response = render(request, "calls/phone_notice.html", {"text": text})
    response["HX-Trigger"] = event
    return response


def _seen(request: HttpRequest) -> phone_state.ShownSoFar:
    form = request.POST
    return phone_state.ShownSoFar(
        kind=form.get("kind", ""),
        calls=tuple(form.get("calls", "").split()[:MAX_CALLS]),
        call=form.get("call", ""),
        moment=form.get("moment", ""),
        steps=min(_whole(request, "steps"), MAX_STEPS),
    )


def _whole(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _context(request: HttpRequest, shown: phone_state.Screen | None) -> dict[str, Any]:
    return {"screen": shown, "is_staff": request.user.is_staff}


urlpatterns = [
    path("", page, name="phone"),
    path("now", now, name="phone-now"),
    path("close", close, name="phone-close"),
    path("pick-up", pick_up, name="phone-pick-up"),
    path("decline", at_call, {"action": handset.decline}, name="phone-decline"),
    path("ring-out", at_call, {"action": handset.let_ring_out}, name="phone-ring-out"),
    path("voicemail", at_call, {"action": handset.be_voicemail}, name="phone-voicemail"),
    path("hang-up", at_call, {"action": handset.hang_up}, name="phone-hang-up"),
    path("begin", at_question, {"action": handset.begin}, name="phone-begin"),
    path("silence", at_question, {"action": handset.stay_silent}, name="phone-silence"),
    path("say", say, name="phone-say"),
    path("press", press, name="phone-press"),
]
