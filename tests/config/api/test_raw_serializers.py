"""That a list, written from raw documents, says what the serializers say of hydrated ones."""

import json
from collections.abc import Callable

import pytest
from mongoengine import Document
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from calls.documents import ConversationSession
from calls.serializers import CallSerializer, SessionSerializer
from candidates.documents import Candidate
from candidates.serializers import CandidateSerializer, ListedCandidateSerializer
from config.api.pagination import Listing, Order, read_page
from config.api.raw_serializers import raw_serializer
from config.api.renderer import FastJSONRenderer
from interviews.documents import Interview, Slot
from interviews.serializers import InterviewSerializer, SlotSerializer
from tests.calls.webhooks import status, turn
from tests.factories import a_candidate, a_session, a_slot, an_interview

pytestmark = pytest.mark.usefixtures("database", "today")


def a_call_talked_through() -> None:
    session = a_session()
    a_slot()
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes", Confidence="0.9")
    turn(session.id, 2, Digits="1")
    status(session.id, "in-progress", 2)


def a_booking() -> None:
    an_interview(a_candidate(), a_slot())


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize(
    ("arrange", "document", "serializer"),
    [
        (a_candidate, Candidate, CandidateSerializer),
        (a_call_talked_through, Candidate, CandidateSerializer),
        (a_call_talked_through, Candidate, ListedCandidateSerializer),
        (a_session, ConversationSession, CallSerializer),
        (a_call_talked_through, ConversationSession, CallSerializer),
        (a_call_talked_through, ConversationSession, SessionSerializer),
        (a_call_talked_through, Slot, SlotSerializer),
        (a_booking, Slot, SlotSerializer),
        (a_booking, Interview, InterviewSerializer),
    ],
)
def test_raw_document_is_written_as_the_hydrated_one(
    arrange: Callable[[], object], document: type[Document], serializer: type, zone: str, settings
) -> None:
    settings.TIME_ZONE = zone
    arrange()

    written = read_page(Listing(document, serializer, Order()), {}, Request(APIRequestFactory().get("/"))).results

    hydrated = serializer(document.objects.no_dereference(), many=True).data
    assert json.loads(FastJSONRenderer().render(written)) == json.loads(JSONRenderer().render(hydrated))
    assert [*map(list, written)] == [*map(list, hydrated)]
    assert written


def test_only_what_is_written_is_read() -> None:
    assert raw_serializer(CallSerializer).projection.keys().isdisjoint({"turns", "dialogue", "statuses"})
    assert "search_words" not in raw_serializer(CandidateSerializer).projection
