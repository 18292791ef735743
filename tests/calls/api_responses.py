"""Words for the tests of the calls' API: its addresses, a refusal, and a candidate who was called before."""

from datetime import timedelta
from typing import Any

from rest_framework.response import Response

from candidates import attempts
from candidates.documents import Candidate, Outcome
from tests.factories import NOW, an_attempt

CALL, TEST_CALL, CALLS, SESSIONS = "/make-actual-call", "/test-call", "/api/calls/", "/api/sessions/"
JSON = "application/json"


def refused(response: Response, status: int, code: str) -> dict[str, Any]:
    """Return what an error says beside its status and code."""
    assert response.status_code == status
    assert response["Content-Type"] == JSON
    body = response.json()
    assert (body.pop("status"), body.pop("code")) == ("error", code)
    return body


def closed(candidate: Candidate, outcome: Outcome = Outcome.NO_ANSWER) -> Candidate:
    session_id = an_attempt(candidate)
    attempts.close_attempt(
        candidate_id=candidate.id, session_id=session_id, outcome=outcome, now=NOW, ended_at=NOW + timedelta(minutes=1)
    )
    return candidate
