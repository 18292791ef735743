"""The API of slots and interviews."""

from typing import Any

from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from config.api.errors import ApiError
from config.api.pagination import KeysetMixin, Order, id_parameter
from config.api.permissions import needs
from config.mongo.ids import object_id
from interviews import errors, slots
from interviews.documents import Interview, Slot, SlotStatus
from interviews.serializers import InterviewSerializer, SlotSerializer

LATEST_FIRST = Order("starts_at")


class SlotViewSet(KeysetMixin, ViewSet):
    """Slots: the times that interviewers offer. `?status=` narrows to open, held, booked or withdrawn ones."""

    # A slot is withdrawn, not deleted: that changes it
    permission_classes = [
        needs(GET="interviews.view_slot", POST="interviews.add_slot", DELETE="interviews.change_slot")
    ]
    document = Slot
    serializer_class = SlotSerializer
    order = LATEST_FIRST
    filters = ("status",)

    def wanted(self, request: Request) -> dict[str, Any]:
        status_wanted = request.query_params.get("status")
        if status_wanted is None:
            return {}
        if status_wanted not in set(SlotStatus):
            raise ApiError(status.HTTP_400_BAD_REQUEST, "invalid", f"status must be one of {', '.join(SlotStatus)}.")
        return {"status": status_wanted}

    def retrieve(self, request: Request, pk: str) -> Response:
        slot = (key := object_id(pk)) and Slot.objects(id=key).first()
        if not slot:
            raise _not_found("slot", pk)
        return Response(SlotSerializer(slot).data)

    def create(self, request: Request) -> Response:
        serializer = SlotSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            slot = slots.create_slot(now=timezone.now(), **serializer.validated_data)
        except errors.SlotTaken as error:
            raise ApiError(status.HTTP_409_CONFLICT, "slot_taken", str(error)) from error
        return Response(SlotSerializer(slot).data, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, pk: str) -> Response:
        try:
            slots.withdraw_slot(slot_id=pk)
        except errors.SlotNotFound as error:
            raise _not_found("slot", pk) from error
        except errors.SlotGone as error:
            raise ApiError(status.HTTP_409_CONFLICT, "slot_booked", str(error)) from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class InterviewViewSet(KeysetMixin, ViewSet):
    """Interviews that were agreed on the phone. `?candidate=` narrows to one candidate's."""

    permission_classes = [needs(GET="interviews.view_interview")]
    document = Interview
    serializer_class = InterviewSerializer
    order = LATEST_FIRST
    filters = ("candidate",)

    def wanted(self, request: Request) -> dict[str, Any]:
        candidate = id_parameter(request, "candidate")
        return {"candidate": candidate} if candidate else {}

    def retrieve(self, request: Request, pk: str) -> Response:
        interview = (key := object_id(pk)) and Interview.objects(id=key).no_dereference().first()
        if not interview:
            raise _not_found("interview", pk)
        return Response(InterviewSerializer(interview).data)


def _not_found(what: str, key: str) -> ApiError:
    return ApiError(status.HTTP_404_NOT_FOUND, f"{what}_not_found", f"{what.capitalize()} not found with ID: {key}")
