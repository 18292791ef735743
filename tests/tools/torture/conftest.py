"""Calls that all went well, and what is known of them."""

import time
from copy import deepcopy
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone
from mongoengine import connection

from calls.placing import place_call
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.callees import Callee
from calls.telephony.simulator.documents import Taking
from calls.telephony.simulator.exchange import Exchange
from candidates.documents import Candidate
from interviews import jobs
from tests.conftest import empty
from tests.factories import NOW, a_candidate, a_slot
from tests.journeys.conftest import Someone, Unreachable
from tests.servers import served
from tests.tools.torture.evidence import Evidence
from tests.tools.torture.mail_server import AcceptedMessage

TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Hello</Say><Hangup/></Response>'


@pytest.fixture(scope="module")
def all_went_well(_indexed: None) -> Evidence:
    """Return the evidence of four calls under which nothing broke: agreed, declined, not agreed, busy."""
    database = empty(connection.get_db())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "PUBLIC_BASE_URL", settings.PUBLIC_BASE_URL)  # put back what serving changes
        patch.setattr(timezone, "now", lambda: NOW)
        patch.setattr(mail, "outbox", [])
        with served(settings):
            make_calls()
        jobs.send_due_mails(now=NOW)
        return Evidence.of(
            database,
            messages=[letter(message) for message in mail.outbox],
            delivered=[delivery("voice", TWIML), delivery("status", "")],
        )


def make_calls() -> None:
    """Call four people, of whom one agrees."""
    for day in range(2, 6):
        a_slot(starts_at=NOW + timedelta(days=day))
    call(a_candidate(email="asha@example.com"), Someone("yes", "1", "yes"))
    call(a_candidate(email="bela@example.com"), Someone("please stop calling me"))
    call(a_candidate(email="chitra@example.com"), Someone("yes", "none of these", "no"))
    call(a_candidate(email="dev@example.com"), Unreachable(Taking.BUSY))


@pytest.fixture
def healthy(all_went_well: Evidence) -> Evidence:
    """Return that evidence, for the test to do with as it likes."""
    return deepcopy(all_went_well)


def call(candidate: Candidate, person: Callee) -> None:
    place_call(candidate_id=candidate.id, now=NOW, telephony=Simulator())
    exchange = Exchange(pace=0, callee_for=lambda _: person)
    exchange.play_all()
    exchange.close()


def letter(message: EmailMessage) -> AcceptedMessage:
    """Return a mail as the mail server takes it."""
    recipients = [address.rpartition("<")[2].rstrip(">") for address in message.recipients()]
    return AcceptedMessage(recipients, message.message().as_bytes(), at=time.time(), is_reply_lost=False)


def delivery(kind: str, body: str, **changes: object) -> dict[str, object]:
    """Return the record of a webhook that was answered as it must be."""
    answered = {"status": 200, "type": "text/xml; charset=utf-8"} if body else {"status": 204, "type": ""}
    known = {
        "kind": kind,
        "call": "CA1",
        "said": "",
        "at": 0.0,
        "seconds": 0.1,
        "retry_after": None,
        "body": body,
        "is_sent_again": False,
    }
    return known | answered | {"length": len(body)} | changes
