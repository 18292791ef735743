"""Calls over HTTP: starting one, and what was said on them."""

import logging
from typing import Any

from django.utils import timezone
from rest_framework import status
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls import dialling, placing, serializers, telephony
from calls.dialling import NotDialling
from calls.documents import ConversationSession
from calls.telephony.base import NotConfigured, TelephonyError, begin_lease
from candidates import attempts
from candidates import services as candidates
from candidates.api import not_found
from config.api.errors import ApiError
from config.api.pagination import KeysetMixin, Order, id_parameter
from config.api.permissions import needs
from config.mongo.ids import object_id
from config.security.redaction import shown_name

logger = logging.getLogger(__name__)

LATEST_FIRST = Order("started_at")
VIEW, START = "calls.view_conversationsession", "candidates.start_call"
SWITCH = "calls.switch_dialling"


@api_view(["POST"])
@permission_classes([needs(POST=START)])
def make_actual_call(request: Request) -> Response:
    """Call the candidate that `candidate_id` names."""
    return _start_call(_candidate_id(request))


@api_view(["POST"])
@permission_classes([needs(POST=START)])
def test_call(request: Request) -> Response:
    """Call the first candidate who may be called now."""
    candidate = attempts.first_callable_candidate()
    if candidate is None:
        message = "No candidate may be called now: all are scheduled, under way, closed or out of attempts."
        raise ApiError(status.HTTP_404_NOT_FOUND, "no_callable_candidate", message)
    return _start_call(str(candidate.id))


def _candidate_id(request: Request) -> str:
    try:
        body = request.data
    except (ParseError, UnsupportedMediaType):
        body = None
    candidate_id = body.get("candidate_id") if isinstance(body, dict) else None
    if not isinstance(candidate_id, str) or not candidate_id.strip():
        message = 'candidate_id is required: send {"candidate_id": "…"} as application/json.'
        raise ApiError(status.HTTP_400_BAD_REQUEST, "candidate_id_required", message)
    return candidate_id.strip()


def _start_call(candidate_id: str) -> Response:
    shown_id = object_id(candidate_id) or repr(candidate_id[:100])
    logger.info("🔄 Processing call request for candidate_id: %s", shown_id)
    try:
        placed = placing.place_call(
            candidate_id=candidate_id, lease=begin_lease(), now=timezone.now(), telephony=telephony.backend()
        )
    except NotDialling as error:
        logger.warning("❌ Call blocked: %s", error.code)
        raise ApiError(status.HTTP_409_CONFLICT, error.code, str(error)) from error
    except candidates.CandidateNotFound as error:
        raise not_found(error) from error
    except attempts.CallBlocked as error:
        logger.warning("❌ Call blocked for %s: %s", shown_name(error.candidate.name), error.reason)
        raise ApiError(status.HTTP_409_CONFLICT, error.code, str(error), **error.facts) from error
    except placing.InvalidPhoneNumber as error:
        facts = {"error_code": error.error_code} if error.error_code else {}
        raise ApiError(status.HTTP_422_UNPROCESSABLE_ENTITY, "invalid_phone_number", str(error), **facts) from error
    except NotConfigured as error:
        raise ApiError(status.HTTP_503_SERVICE_UNAVAILABLE, "telephony_not_configured", str(error)) from error
    except TelephonyError as error:
        code = getattr(error, "error_code", None)
        raise ApiError(status.HTTP_502_BAD_GATEWAY, "call_failed", str(error), error_code=code) from error
    return Response(serializers.placed_call(placed), status=status.HTTP_201_CREATED)


@api_view(["GET", "PUT"])
@permission_classes([needs(GET=VIEW, PUT=SWITCH)])
def switch(request: Request) -> Response:
    """Show how dialling stands; a PUT turns all of it on or off."""
    if request.method == "PUT":
        asked = serializers.SwitchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        by = request.user.get_username() or "somebody on this machine"
        dialling.switch(**asked.validated_data, by=by, now=timezone.now())
    return Response(serializers.StandingSerializer(dialling.standing(now=timezone.now())).data)


class CallViewSet(KeysetMixin, ViewSet):
    """Calls, the latest first; POST {"candidate_id"} starts one. `?candidate=` narrows to one candidate's."""

    permission_classes = [needs(GET=VIEW, POST=START)]
    document = ConversationSession
    serializer_class = serializers.CallSerializer
    order = LATEST_FIRST
    filters = ("candidate",)

    def wanted(self, request: Request) -> dict[str, Any]:
        """Return the filter for all calls, or for one candidate's."""
        candidate = id_parameter(request, "candidate")
        return {"candidate": candidate} if candidate else {}

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one call."""
        session = (key := object_id(pk)) and ConversationSession.objects(id=key).no_dereference().first()
        if not session:
            message = f"Call not found with ID: {pk}"
            raise ApiError(status.HTTP_404_NOT_FOUND, "call_not_found", message)
        return Response(self.serializer_class(session).data)

    def create(self, request: Request) -> Response:
        """Call a candidate."""
        return _start_call(_candidate_id(request))


class SessionViewSet(CallViewSet):
    """Conversation sessions: the calls with their transcripts, offers and timelines."""

    permission_classes = [needs(GET=VIEW)]
    serializer_class = serializers.SessionSerializer
    http_method_names = ["get", "head", "options"]
