"""The endpoints of candidates."""

from typing import Any

from django.utils import timezone
from rest_framework import status
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from candidates import phones, services
from candidates.deletion import DeletionRefused
from candidates.documents import Candidate
from candidates.serializers import CandidateSerializer, ListedCandidateSerializer
from config.api.errors import ApiError
from config.api.pagination import KeysetMixin, Listing, Order, read_page
from config.api.permissions import needs

OLDEST_FIRST = Order()
CANDIDATES_WITH_CALLS = Listing(Candidate, ListedCandidateSerializer, OLDEST_FIRST, is_counted=True)
VIEW = "candidates.view_candidate"


def not_found(error: services.CandidateNotFound) -> ApiError:
    """Return the error 404 for a candidate who does not exist."""
    return ApiError(status.HTTP_404_NOT_FOUND, "candidate_not_found", str(error))


@api_view(["GET"])
@permission_classes([needs(GET=VIEW)])
def list_candidates(request: Request) -> Response:
    """List the candidates in the order they were added, with every call attempt; `next` leads to the following page."""
    found = read_page(CANDIDATES_WITH_CALLS, {}, request)
    return Response({"status": "success", "candidates": found.results, "total": found.total, "next": found.next_url})


class CandidateViewSet(KeysetMixin, ViewSet):
    """Candidates: who is called and what came of it. `?phone=` finds the one with that number."""

    permission_classes = [
        needs(
            GET=VIEW,
            POST="candidates.add_candidate",
            PATCH="candidates.change_candidate",
            DELETE="candidates.delete_candidate",
        )
    ]
    document = Candidate
    serializer_class = CandidateSerializer
    order = OLDEST_FIRST
    filters = ("phone",)

    def wanted(self, request: Request) -> dict[str, Any]:
        """Return the filter for all candidates, or the one with the phone; an unescaped + arrives as a space."""
        phone = request.query_params.get("phone")
        if phone is None:
            return {}
        try:
            number = phones.parse("+" + phone.lstrip("+ "))
        except phones.ImpossiblePhone as error:
            raise ValidationError({"phone": [str(error)]}) from error
        return {"phone": phones.e164(number)}

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one candidate."""
        return Response(CandidateSerializer(_get(pk)).data)

    def create(self, request: Request) -> Response:
        """Add a candidate."""
        serializer = CandidateSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            candidate = services.create_candidate(now=timezone.now(), **serializer.validated_data)
        except services.PhoneTaken as error:
            raise _taken(error) from error
        return Response(CandidateSerializer(candidate).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields given."""
        serializer = CandidateSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        try:
            candidate = services.update_candidate(candidate_id=pk, now=timezone.now(), **serializer.validated_data)
        except services.CandidateNotFound as error:
            raise not_found(error) from error
        except services.PhoneTaken as error:
            raise _taken(error) from error
        return Response(CandidateSerializer(candidate).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a candidate with all that is about them; one whom something still needs stays."""
        try:
            services.delete_candidate(candidate_id=pk, now=timezone.now())
        except services.CandidateNotFound as error:
            raise not_found(error) from error
        except DeletionRefused as error:
            raise ApiError(status.HTTP_409_CONFLICT, error.blocker.code, error.blocker.message) from error
        return Response(status=status.HTTP_204_NO_CONTENT)


def _get(candidate_id: str) -> Candidate:
    try:
        return services.get_candidate(candidate_id)
    except services.CandidateNotFound as error:
        raise not_found(error) from error


def _taken(error: services.PhoneTaken) -> ApiError:
    return ApiError(status.HTTP_409_CONFLICT, "phone_taken", str(error))
