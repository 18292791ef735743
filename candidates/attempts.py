"""The call attempts of a candidate: who may be called; claiming an attempt, recording its progress, closing it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from candidates.documents import UNDECIDED, Candidate, Outcome, TrackingStatus
from candidates.services import get_candidate
from config.mongo.ids import object_id

# An attempt given back stays in the history and does not count, so the limit of attempts does not bound the history
MAX_ATTEMPTS_KEPT = 20


class CallBlocked(Exception):
    """The candidate may not be called now; `code` is the API's, `facts` stand beside its message."""

    def __init__(self, candidate: Candidate, code: str, reason: str, **facts: int) -> None:
        super().__init__(f"Cannot make call: {reason}")
        self.candidate = candidate
        self.code = code
        self.reason = reason
        self.facts = facts


def first_callable_candidate() -> Candidate | None:
    """Return the candidate added first of those who may be called now."""
    return Candidate.objects(__raw__=may_be_called()).order_by("created_at", "id").first()


def due_candidates(*, now: datetime, limit: int) -> Iterable[Candidate]:
    """Return candidates whose next attempt is due and who may be called; who has waited longest comes first."""
    due = {"call_tracking.next_attempt_at": {"$lte": now}} | may_be_called()
    return Candidate.objects(__raw__=due).order_by("call_tracking.next_attempt_at").limit(limit)


def candidates_with_open_attempt(
    *, before: datetime, since: datetime | None = None, limit: int = 0
) -> Iterable[Candidate]:
    """Return the candidates whose open attempt was begun in that time; a limit of 0 means all."""
    opened = Candidate.objects(call_tracking__open_session_id__exists=True, call_tracking__last_attempt_at__lt=before)
    return (opened.filter(call_tracking__last_attempt_at__gte=since) if since else opened).limit(limit)


def put_off(*, candidate: Candidate, until: datetime) -> None:
    """Move a due attempt to a later time, unless somebody moved it meanwhile."""
    due_at = candidate.call_tracking.next_attempt_at
    Candidate.objects(id=candidate.id, call_tracking__next_attempt_at=due_at).update_one(
        set__call_tracking__next_attempt_at=until
    )


def may_be_called() -> dict[str, Any]:
    """Return the filter that finds who may be called now."""
    return {
        "call_tracking.status": TrackingStatus.ACTIVE.value,
        "call_tracking.open_session_id": None,
        "$expr": {"$lt": ["$call_tracking.total_attempts", "$call_tracking.max_attempts"]},
    }


def claim_attempt(*, candidate_id: object, session_id: ObjectId, now: datetime, only_if_due: bool = False) -> Candidate:
    """Take the candidate's next attempt. Return the candidate; the attempt is the last of their history, as `placing`.

    Whoever dials must have claimed. `only_if_due` claims nothing where the candidate was called or put off since they
    were found to be due: a slow job must not call somebody whom another job has called meanwhile.

    :raises CandidateNotFound: :raises CallBlocked: nothing was changed.
    """
    # One conditional update by a pipeline, so that of any number of claims at once exactly one wins: the condition and
    # the count it reads are checked where they are written
    tracking = "$call_tracking.total_attempts"
    attempt = {
        "number": {"$add": [tracking, 1]},
        "session_id": session_id,
        "initiated_at": now,
        "outcome": Outcome.PLACING.value,
    }
    history = {"$concatArrays": [{"$ifNull": ["$call_tracking.call_history", []]}, [attempt]]}
    due = {"call_tracking.next_attempt_at": {"$lte": now}} if only_if_due else {}
    claimed = (key := object_id(candidate_id)) and Candidate._get_collection().find_one_and_update(
        {"_id": key} | may_be_called() | due,
        [
            {
                "$set": {
                    "call_tracking.total_attempts": {"$add": [tracking, 1]},
                    "call_tracking.last_attempt_at": now,
                    "call_tracking.last_outcome": Outcome.PLACING.value,
                    "call_tracking.open_session_id": session_id,
                    "call_tracking.call_history": {"$slice": [history, -MAX_ATTEMPTS_KEPT]},
                }
            },
            {"$unset": "call_tracking.next_attempt_at"},
        ],
        return_document=ReturnDocument.AFTER,
    )
    if not claimed:
        raise why_blocked(get_candidate(candidate_id))
    return Candidate._from_son(claimed)


def why_blocked(candidate: Candidate) -> CallBlocked:
    """Return the reason for a candidate who did not pass the filter of `may_be_called`."""
    tracking = candidate.call_tracking
    reasons = {
        TrackingStatus.INTERVIEW_SCHEDULED: ("already_scheduled", "an interview is already scheduled"),
        TrackingStatus.DO_NOT_CALL: ("do_not_call", "the candidate asked not to be called"),
        TrackingStatus.WRONG_NUMBER: ("do_not_call", "the number belongs to somebody else"),
        TrackingStatus.NOT_INTERESTED: ("do_not_call", "the candidate is not interested"),
    }
    if tracking.status in reasons:
        return CallBlocked(candidate, *reasons[tracking.status])
    # Who may be called now, although the claim failed a moment ago, was on a call that has just ended
    if tracking.open_session_id or tracking.can_call_again:
        return CallBlocked(candidate, "call_in_progress", "a call to this candidate is under way")
    return CallBlocked(
        candidate,
        "call_limit_reached",
        f"Maximum attempts reached ({tracking.total_attempts}/{tracking.max_attempts})",
        attempts=tracking.total_attempts,
        max_attempts=tracking.max_attempts,
    )


def update_attempt(*, candidate_id: ObjectId, session_id: ObjectId, outcome: Outcome, **facts: Any) -> bool:
    """Record the progress of an open attempt, with facts such as `call_sid`; return whether anything was written.

    It goes forwards only: the phone service's answer to our request may come after the callback that says that the
    call was answered.
    """
    earlier = {
        Outcome.INITIATED: [Outcome.PLACING, Outcome.UNKNOWN],
        Outcome.UNKNOWN: [Outcome.PLACING],
        Outcome.IN_PROGRESS: [Outcome.PLACING, Outcome.INITIATED, Outcome.UNKNOWN],
    }[outcome]
    attempt = {"session_id": session_id, "ended_at": None, "outcome": {"$in": [str(state) for state in earlier]}}
    changes = {"outcome": outcome.value, **{name: value for name, value in facts.items() if value is not None}}
    written = {f"call_tracking.call_history.$.{name}": value for name, value in changes.items()}
    result = Candidate._get_collection().update_one(
        {"_id": candidate_id, "call_tracking.call_history": {"$elemMatch": attempt}},
        {"$set": written | {"call_tracking.last_outcome": outcome.value}},
    )
    return bool(result.matched_count)


# The status to which an outcome leads; every other outcome leaves the candidate active while attempts are left
STATUS_AFTER = {
    Outcome.INTERVIEW_SCHEDULED: TrackingStatus.INTERVIEW_SCHEDULED,
    Outcome.NOT_INTERESTED: TrackingStatus.NOT_INTERESTED,
    Outcome.OPTED_OUT: TrackingStatus.DO_NOT_CALL,
    Outcome.WRONG_NUMBER: TrackingStatus.WRONG_NUMBER,
}


def close_attempt(
    *,
    candidate_id: ObjectId,
    session_id: ObjectId,
    outcome: Outcome,
    now: datetime,
    ended_at: datetime,
    next_attempt_at: datetime | None = None,
    gives_back: bool = False,
    **facts: Any,
) -> bool:
    """Record the outcome of the open attempt and the candidate's status after it; return whether it was still open.

    With `gives_back` the attempt stays in the history and does not count.
    """
    collection = Candidate._get_collection()
    open_attempt = {"_id": candidate_id, "call_tracking.open_session_id": session_id}
    ending = {"outcome": outcome.value, "ended_at": ended_at, **facts}
    attempt = {f"call_tracking.call_history.$[it].{name}": value for name, value in ending.items() if value is not None}
    while found := collection.find_one(open_attempt, {"call_tracking": 1}):
        tracking = found["call_tracking"]
        seen = {f"call_tracking.{name}": tracking[name] for name in ("status", "total_attempts", "max_attempts")}
        total = tracking["total_attempts"] - gives_back
        status = _status_after(outcome, before=tracking["status"], is_spent=total >= tracking["max_attempts"])
        changes = {"call_tracking.status": status.value, "call_tracking.total_attempts": total, "updated_at": now}
        changes["call_tracking.last_outcome"] = outcome.value
        if next_attempt_at and status is TrackingStatus.ACTIVE:
            changes["call_tracking.next_attempt_at"] = next_attempt_at
        # The new status depends on what was read, which the condition therefore repeats; if it changed, read again
        result = collection.update_one(
            open_attempt | seen,
            {"$set": changes | attempt, "$unset": {"call_tracking.open_session_id": ""}},
            array_filters=[{"it.session_id": session_id}],
        )
        if result.matched_count:
            return True
    return False


def _status_after(outcome: Outcome, *, before: str, is_spent: bool) -> TrackingStatus:
    if outcome is Outcome.OPTED_OUT:
        return TrackingStatus.DO_NOT_CALL
    # A refusal or a booking that was recorded during the call is not undone by how the call ended
    if before not in UNDECIDED:
        return TrackingStatus(before)
    return STATUS_AFTER.get(outcome, TrackingStatus.MAX_ATTEMPTS_REACHED if is_spent else TrackingStatus.ACTIVE)


# Of two outcomes of one call the later in this order stands, whichever is reported last
BY_WEIGHT = (Outcome.INTERVIEW_SCHEDULED, Outcome.NOT_INTERESTED, Outcome.WRONG_NUMBER, Outcome.OPTED_OUT)


def correct_attempt(*, candidate_id: ObjectId, session_id: ObjectId, outcome: Outcome, now: datetime) -> bool:
    """Replace the outcome of a closed attempt by one that weighs more; return whether it was replaced.

    The phone service may report the end of a call while we still work on the last thing that was said in it.
    """
    if outcome not in BY_WEIGHT:
        return False
    standing = [each.value for each in BY_WEIGHT[BY_WEIGHT.index(outcome) :]]
    attempt = {"session_id": session_id, "ended_at": {"$ne": None}, "outcome": {"$nin": standing}}
    history = "$call_tracking.call_history"
    is_it = {"$eq": ["$$each.session_id", session_id]}
    corrected = {"$cond": [is_it, {"$mergeObjects": ["$$each", {"outcome": outcome.value}]}, "$$each"]}
    rewritten = {"$map": {"input": history, "as": "each", "in": corrected}}
    result = Candidate._get_collection().update_one(
        {"_id": candidate_id, "call_tracking.call_history": {"$elemMatch": attempt}},
        [
            {"$set": {"call_tracking.call_history": rewritten, "updated_at": now}},
            {"$set": {"call_tracking.last_outcome": {"$last": f"{history}.outcome"}}},
        ],
    )
    return bool(result.matched_count)
