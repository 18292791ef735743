import pytest
from rest_framework.test import APIClient

from tests.calls.api_responses import CALL, closed
from tests.factories import a_candidate


def test_the_log_tells_each_step_of_a_call(api: APIClient, caplog: pytest.LogCaptureFixture, settings) -> None:
    settings.LOG_PERSONAL_DATA = True
    candidate = a_candidate(phone="+919876543210")

    with caplog.at_level("INFO", "calls"):
        api.post(CALL, {"candidate_id": str(candidate.id)})

    assert caplog.messages == [
        f"🔄 Processing call request for candidate_id: {candidate.id}",
        "📝 Found candidate: Asha Rao",
        "✅ Call allowed for Asha Rao - Attempt 1/3",
        "🚀 Initiating call to +919876543210",
        f"📊 Updating MongoDB call tracking for candidate {candidate.id}",
    ]


def test_the_log_tells_why_a_call_is_blocked(api: APIClient, caplog: pytest.LogCaptureFixture, settings) -> None:
    settings.LOG_PERSONAL_DATA = True
    candidate = closed(closed(closed(a_candidate())))

    with caplog.at_level("INFO", "calls"):
        api.post(CALL, {"candidate_id": str(candidate.id)})

    assert [message for message in caplog.messages if "Conflict" not in message] == [
        f"🔄 Processing call request for candidate_id: {candidate.id}",
        "❌ Call blocked for Asha Rao: Maximum attempts reached (3/3)",
    ]


def test_the_log_keeps_names_and_numbers_to_itself(api: APIClient, caplog: pytest.LogCaptureFixture, settings) -> None:
    settings.LOG_PERSONAL_DATA = False
    candidate = a_candidate(phone="+919876543210")

    with caplog.at_level("INFO", "calls"):
        api.post(CALL, {"candidate_id": str(candidate.id)})
        api.post(CALL, {"candidate_id": str(candidate.id)})

    assert "✅ Call allowed for A.R. - Attempt 1/3" in caplog.messages
    assert "🚀 Initiating call to …10" in caplog.messages
    assert "❌ Call blocked for A.R.: a call to this candidate is under way" in caplog.messages
    assert "Asha" not in caplog.text
    assert "98765" not in caplog.text


def test_nobody_writes_lines_of_their_own_into_the_log(api: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "calls"):
        api.post(CALL, {"candidate_id": "5\n✅ Call allowed for " + "x" * 1000})

    (message, *_) = caplog.messages
    assert message.startswith(r"🔄 Processing call request for candidate_id: '5\n✅ Call allowed for x")
    assert "\n" not in message
    assert len(message) < 200
