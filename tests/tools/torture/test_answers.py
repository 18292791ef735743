"""Whatever is no answer, or the wrong one, is found to be; what we broke ourselves is not held against anybody."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.tools.torture import answers, report
from tests.tools.torture.conftest import TWIML, delivery
from tests.tools.torture.evidence import Evidence


def webhook(**changes: Any) -> Callable[[Evidence], None]:
    """Return what adds a webhook that was answered like that."""

    def answered_badly(evidence: Evidence) -> None:
        evidence.delivered.append(delivery("turn", TWIML) | changes)

    return answered_badly


def request(**changes: Any) -> Callable[[Evidence], None]:
    """Return what adds a request for a call that was answered like that."""

    def answered_badly(evidence: Evidence) -> None:
        body = f'{{"call_sid": "{next(iter(evidence.calls))}"}}'
        known = {"candidate": "…", "at": 0.0, "seconds": 0.1, "status": 201, "retry_after": None, "body": body}
        evidence.answers.append(known | changes)

    return answered_badly


BROKEN: dict[str, list[Callable[[Evidence], None]]] = {
    "webhooks answered with anything but TwiML or a deliberate 4xx": [
        webhook(status=500),
        webhook(status=302),
        webhook(status=204, body="", length=0),
        webhook(type="text/plain"),
        webhook(body="<Response>"),
        webhook(body="<Response></Response>"),
        webhook(body="<Response><Shout>Hello</Shout></Response>"),
        webhook(body='<Response><Say volume="11">Hello</Say></Response>'),
        webhook(body='<Response><Gather action="/turn"/></Response>'),
        webhook(length=65 * 1024),
        webhook(seconds=15.2),
        webhook(error="ReadTimeout: no answer"),
        webhook(error="ConnectionError: reset"),
        webhook(status=500, is_sent_again=True),
        webhook(status=503, kind="status", retry_after="5"),
    ],
    "requests for a call answered with anything undocumented": [
        request(status=500),
        request(status=503),
        request(seconds=31.0),
        request(error="ReadTimeout: no answer"),
        request(body='{"call_sid": "CA0"}'),
    ],
}


def test_every_promise_is_broken_here() -> None:
    assert set(BROKEN) == set(answers.PROMISES)


def test_faults_of_ours_are_no_answers(healthy: Evidence) -> None:
    healthy.deaths = [{"kind": "web", "at": 100.0}]
    healthy.outages = [(200.0, 230.0)]
    healthy.delivered += [
        delivery("turn", TWIML) | {"error": "ConnectionError: reset", "at": 99.0},
        delivery("turn", TWIML) | {"error": "ReadTimeout: no answer", "is_sent_again": True},
        delivery("status", "") | {"status": 503, "retry_after": "5", "at": 210.0},
        delivery("status", "") | {"status": 503, "retry_after": "5", "at": 150.0},
    ]

    found = report.audited(healthy)

    assert found["webhooks answered with anything but TwiML or a deliberate 4xx"] == []


@pytest.mark.parametrize(
    ("promise", "corrupt"),
    [(promise, corrupt) for promise, ways in BROKEN.items() for corrupt in ways],
)
def test_bad_answer_is_found(promise: str, corrupt: Callable[[Evidence], None], healthy: Evidence) -> None:
    corrupt(healthy)

    assert len(report.audited(healthy)[promise]) == 1
