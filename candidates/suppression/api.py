"""The endpoints of the suppression list."""

import re
from typing import Any

from django.utils import timezone
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from candidates import phones
from candidates.suppression import NotSuppressed, NumberNotFound, get_suppression, lift_number, suppress_number
from candidates.suppression.documents import Suppression, SuppressionReason
from candidates.suppression.numbers import number_id
from candidates.suppression.serializers import LiftSerializer, NewSuppressionSerializer, SuppressionSerializer
from config.api.errors import ApiError
from config.api.pagination import KeysetMixin, Order
from config.api.permissions import needs

NUMBER_ID = re.compile(r"[0-9a-f]{64}")
VIEW = "candidates.view_suppression"


def read_number_id(text: str) -> str | None:
    """Return the id of a number, None for what is none."""
    return text if NUMBER_ID.fullmatch(text) else None


class SuppressionViewSet(KeysetMixin, ViewSet):
    """Numbers that are not to be called, or were not. `?phone=` finds the one, also where the number is erased."""

    permission_classes = [needs(GET=VIEW, POST="candidates.add_suppression")]
    document = Suppression
    serializer_class = SuppressionSerializer
    order = Order("suppressed_at", read_number_id)
    filters = ("phone",)

    def wanted(self, request: Request) -> dict[str, Any]:
        """Return the filter for all numbers, or the one; an unescaped + arrives as a space."""
        phone = request.query_params.get("phone")
        return {} if phone is None else {"_id": number_id(_e164("+" + phone.lstrip("+ ")))}

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one number with its history."""
        return Response(SuppressionSerializer(_get(pk)).data)

    def create(self, request: Request) -> Response:
        """Put a number on the list, which closes whoever has it."""
        serializer = NewSuppressionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        phone, reason = _e164(serializer.validated_data["phone"]), serializer.validated_data["reason"]
        suppression = suppress_number(
            phone=phone, reason=SuppressionReason(reason), by=_name_of(request), now=timezone.now()
        )
        return Response(SuppressionSerializer(suppression).data, status=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"], permission_classes=[needs(POST="candidates.lift_suppression")])
    def lift(self, request: Request, pk: str) -> Response:
        """Take a number off the list, and say why."""
        serializer = LiftSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        _get(pk)
        try:
            suppression = lift_number(number=pk, by=_name_of(request), now=timezone.now(), **serializer.validated_data)
        except NotSuppressed as error:
            raise ApiError(status.HTTP_409_CONFLICT, "not_suppressed", str(error)) from error
        return Response(SuppressionSerializer(suppression).data)


def _get(number: str) -> Suppression:
    try:
        return get_suppression(number)
    except NumberNotFound as error:
        raise ApiError(status.HTTP_404_NOT_FOUND, "suppression_not_found", str(error)) from error


def _e164(text: str) -> str:
    try:
        return phones.e164(phones.parse(text))
    except phones.ImpossiblePhone as error:
        raise ValidationError({"phone": [str(error)]}) from error


def _name_of(request: Request) -> str:
    """Return who asks; in a trial nobody signs in."""
    return request.user.get_username() or "a program on this machine"
