"""What tests begin with, made as the application makes it: by the services."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bson import ObjectId
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from calls.documents import ConversationSession
from calls.placing import place_call
from calls.telephony.simulator.backend import Simulator
from candidates import attempts
from candidates import services as candidates
from candidates.documents import Candidate
from interviews import bookings, slots
from interviews.documents import Evidence, Interview, Slot

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)  # a Monday, ten in the morning in Kolkata
NOBODY = "6b02c37d3c74f49924fbae88"  # an id that no document has
ASHA = {
    "name": "Asha Rao",
    "phone": "+919876543210",
    "email": "asha@example.com",
    "position": "Backend Engineer",
    "company": "Acme",
}
PRIYA = {"interviewer_name": "Priya Sharma", "interviewer_email": "priya@acme.example"}
DANIEL = {"interviewer_name": "Daniel Wood", "interviewer_email": "daniel@acme.example"}

_numbers = count(1)


def a_phone() -> str:
    """Return a possible Indian mobile number that no other call of this function returned."""
    return f"+9198{next(_numbers):08d}"


def a_candidate(*, now: datetime = NOW, **fields: Any) -> Candidate:
    """Add Asha, with a phone of her own unless one is given."""
    return candidates.create_candidate(now=now, **ASHA | {"phone": a_phone()} | fields)


def an_attempt(candidate: Candidate, *, now: datetime = NOW) -> ObjectId:
    """Claim the candidate's next attempt; return the id of its session."""
    session_id = ObjectId()
    attempts.claim_attempt(candidate_id=candidate.id, session_id=session_id, now=now)
    return session_id


def a_session(candidate: Candidate | None = None, *, now: datetime = NOW) -> ConversationSession:
    """Place a call to the candidate on the simulator, where nobody plays it; return its session."""
    called = candidate or a_candidate(now=now)
    placed = place_call(candidate_id=called.id, now=now, telephony=Simulator())
    return ConversationSession.objects(id=placed.session_id).no_dereference().get()


def a_slot(*, now: datetime = NOW, minutes: int = 45, **fields: Any) -> Slot:
    """Offer a time of Priya's: two days on, unless `starts_at` says when."""
    starts_at = fields.pop("starts_at", now + timedelta(days=2))
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=minutes)}
    return slots.create_slot(now=now, **PRIYA | times | fields)


def an_interview(candidate: Candidate, slot: Slot, *, now: datetime = NOW) -> Interview:
    return bookings.book_slot(
        slot_id=slot.id,
        candidate_id=candidate.id,
        session_id=ObjectId(),
        evidence=Evidence(question="Shall I book it?", answer="yes", confidence=0.9, at=now),
        time_zone=candidate.time_zone,
        now=now,
    )


def a_booked_interview(**fields: Any) -> Interview:
    """Book an interview in two days; its mails are queued."""
    return an_interview(a_candidate(**fields), a_slot())


def reload(document: Any) -> Any:
    return type(document).objects(id=document.id).no_dereference().get()


def a_recruiter(**fields: Any) -> User:
    """Add a member of staff, who has no permissions but those that somebody gives."""
    return User.objects.create_user(**{"username": "rita", "password": "quiet-harbour", "is_staff": True} | fields)


def a_member(group: str, **fields: Any) -> User:
    """Add a member of staff in the group, Recruiter or Viewer."""
    call_command("create_groups", verbosity=0)
    member = a_recruiter(**fields)
    member.groups.add(Group.objects.get(name=group))
    return member
