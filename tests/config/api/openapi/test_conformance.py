from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import hypothesis
import pytest
import schemathesis
from bson import ObjectId
from hypothesis import strategies as st
from mongoengine import Document
from pymongo.database import Database
from rest_framework.authtoken.models import Token
from schemathesis import Case
from schemathesis.checks import ignored_auth
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response

from candidates.suppression import number_id, suppress_number
from candidates.suppression.documents import SuppressionReason
from config.urls import api_description as description
from config.wsgi import application
from tests.conftest import empty
from tests.factories import NOW, a_candidate, a_recruiter, a_session, a_slot, an_interview

pytestmark = pytest.mark.slow

# The id of a candidate, a session, a slot and an interview that there are; other ids are made up too
KNOWN_ID = "6b02c37d3c74f49924fbae01"
REFUSED = "+442079460000"
PHONES = st.integers(10**8, 10**9 - 1).map("+919{}".format) | st.sampled_from(["+442079460123", "+1 (202) 555-0123"])
ZONES = st.sampled_from(["Asia/Kolkata", "America/New_York", "Europe/Berlin", "UTC"])
IDS = st.just(KNOWN_ID) | st.from_regex("[0-9a-f]{24}", fullmatch=True)
NUMBERS = st.builds(lambda: number_id(REFUSED)) | st.from_regex("[0-9a-f]{64}", fullmatch=True)
TIMES = st.integers(1, 50).map(lambda hours: (NOW + timedelta(hours=hours)).isoformat())

schemathesis.openapi.format("object-id", IDS)
schemathesis.openapi.format("phone", PHONES)
schemathesis.openapi.format("iana-time-zone", ZONES)
schemathesis.openapi.format("page-key", IDS.map(f"{NOW.isoformat()}~{{}}".format))
schemathesis.openapi.format("number-id", NUMBERS)
schemathesis.openapi.format("number-page-key", NUMBERS.map(f"{NOW.isoformat()}~{{}}".format))
schemathesis.openapi.format("date-time", TIMES)

SETTINGS = {
    "suppress-health-check": ["all"],
    "generation": {
        "max-examples": 8,
        "deterministic": True,
        "mode": "all",
    },
    "phases": {"coverage": {"enabled": True}, "fuzzing": {"enabled": True}, "examples": {"enabled": True}},
    # Which times a slot may have, no schema can say
    "operations": [{"include-operation-id": "add_slot", "checks": {"positive_data_acceptance": {"enabled": False}}}],
}
schema = schemathesis.openapi.from_dict(deepcopy(description()), config=SchemathesisConfig.from_dict(SETTINGS))
schema.app = application


def store_as_known(document: Document) -> None:
    stored = document.to_mongo().to_dict()
    document._get_collection().delete_one({"_id": document.id})
    document._get_collection().insert_one(stored | {"_id": ObjectId(KNOWN_ID)})


def populate() -> None:
    """Have one of each document, and somebody to call."""
    suppress_number(phone=REFUSED, reason=SuppressionReason.OFFICE, by="rita", now=NOW)
    store_as_known(a_session())
    store_as_known(an_interview(a_candidate(), a_slot()))
    store_as_known(a_slot(starts_at=NOW + timedelta(days=3)))
    a_candidate(id=KNOWN_ID)


@pytest.fixture
def populated(database: Database, db: None, today: datetime, settings: Any) -> None:
    """Have one of each document, somebody to call, and nobody but the simulator to call with."""
    settings.TELEPHONY, settings.SIMULATED = "simulator", True
    settings.API_REQUESTS_PER_MINUTE = settings.API_REFUSALS_PER_MINUTE = 0  # no limit
    populate()


@pytest.fixture
def token(populated: None) -> str:
    """Return the token of a member of staff who may do everything."""
    return Token.objects.create(user=a_recruiter(is_superuser=True)).key


@pytest.fixture
def trial(populated: None, settings: Any) -> None:
    """Let in who calls from this machine."""
    settings.DEBUG = True


@schema.parametrize()
def test_every_answer_to_staff_is_as_described(case: Case, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Token {token}"})


@schema.parametrize()
def test_every_answer_in_a_trial_is_as_described(case: Case, trial: None) -> None:
    case.call_and_validate(excluded_checks=[ignored_auth])


def test_what_was_answered_leads_to_answers_as_described(token: str, database: Database) -> None:
    class Following(schema.as_state_machine()):
        def setup(self) -> None:
            empty(database)
            populate()

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Token {token}"}}

        def validate_response(self, response: Response, case: Case, **more: Any) -> None:
            case.validate_response(response, excluded_checks=[ignored_auth])  # it takes our header for a made up one

    Following.run(settings=hypothesis.settings(max_examples=10, stateful_step_count=6, derandomize=True))
