from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId
from mongoengine import ValidationError
from pymongo.database import Database

from candidates.documents import Candidate
from interviews import services
from interviews.documents import Evidence, Interview, Slot
from interviews.services import CandidateNotBookable, Found, SlotGone, SlotNotFound, SlotTaken
from interviews.signals import interview_confirmed
from interviews.understanding.meaning import TimeSaid
from tests.factories import NOBODY, NOW, PRIYA, a_candidate, a_slot, an_interview

KOLKATA = ZoneInfo("Asia/Kolkata")
DANIEL = {"interviewer_name": "Daniel Wood", "interviewer_email": "daniel@acme.example"}

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def news() -> Iterator[list[dict[str, Any]]]:
    """Collect what interview_confirmed tells."""
    told: list[dict[str, Any]] = []

    def note(**facts: Any) -> None:
        told.append(facts)

    interview_confirmed.connect(note)
    yield told
    interview_confirmed.disconnect(note)


def in_kolkata(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=KOLKATA)


def slots_at(*starts: datetime, **fields: Any) -> list[Slot]:
    return [a_slot(starts_at=start, **fields) for start in starts]


def hold(session_id: ObjectId, *wish: TimeSaid, now: datetime = NOW) -> Found:
    return services.hold_slots(session_id=session_id, wish=wish, time_zone="Asia/Kolkata", now=now)


def starts(found: Found) -> list[datetime]:
    return [slot.starts_at.astimezone(KOLKATA) for slot in found.slots]


def stored(slot: Slot) -> dict[str, Any]:
    return Slot._get_collection().find_one({"_id": slot.id})


def book(slot: Slot, candidate: Candidate, session_id: ObjectId, *, now: datetime = NOW, **fields: Any) -> Interview:
    facts = {
        "evidence": Evidence(question="Shall I book it?", answer="yes", confidence=0.9, call_sid="CA1", at=now),
        "time_zone": "Asia/Kolkata",
    }
    return services.book_slot(
        slot_id=slot.id, candidate_id=candidate.id, session_id=session_id, now=now, **facts | fields
    )


def outcome_of(booking: Any) -> Any:
    try:
        return booking()
    except (SlotGone, CandidateNotBookable) as error:
        return type(error)


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {name: list(database[name].find()) for name in ("slots", "interviews", "candidates")}


# --- Offering


def test_slot_is_saved_trimmed_and_folded() -> None:
    slot = a_slot(interviewer_name="  Priya Sharma ", interviewer_email=" Priya@Acme.example ")

    assert (slot.interviewer_name, slot.interviewer_email) == ("Priya Sharma", "priya@acme.example")
    assert str(slot) == "Priya Sharma, Wed 04 Mar 2026 04:30 UTC"


@pytest.mark.parametrize(
    "times",
    [
        {"starts_at": NOW},
        {"starts_at": NOW - timedelta(days=1)},
        {"ends_at": NOW + timedelta(days=2)},
        {"ends_at": NOW + timedelta(days=1)},
        {"ends_at": NOW + timedelta(days=3, milliseconds=1)},
    ],
    ids=["now", "in the past", "ends as it starts", "ends before it starts", "longer than a day"],
)
def test_slot_at_an_impossible_time_is_refused(times: dict[str, datetime]) -> None:
    with pytest.raises(ValidationError):
        a_slot(**times)

    assert Slot.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"interviewer_email": "priya"},
        {"interviewer_name": " "},
        {"interviewer_name": "Priya\nBcc: x"},
        {"interviewer_name": "P" * 5000},
    ],
    ids=["no address", "no name", "line break", "5,000 characters"],
)
def test_slot_of_an_impossible_interviewer_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        a_slot(**fields)

    assert Slot.objects.count() == 0


@pytest.mark.parametrize("minutes", [-44, -1, 0, 1, 44])
def test_interviewer_is_offered_once_at_a_time(minutes: int) -> None:
    (slot,) = slots_at(in_kolkata(4, 10))

    with pytest.raises(SlotTaken, match="already has a slot at 2026-03-04T"):
        a_slot(starts_at=slot.starts_at + timedelta(minutes=minutes))


def test_day_long_slot_is_not_overlapped_by_its_last_minute() -> None:
    (slot,) = slots_at(in_kolkata(4, 10), minutes=24 * 60)

    with pytest.raises(SlotTaken):
        a_slot(starts_at=slot.ends_at - timedelta(minutes=1))


@pytest.mark.parametrize("minutes", [-45, 45])
def test_slots_may_follow_each_other_without_a_pause(minutes: int) -> None:
    (slot,) = slots_at(in_kolkata(4, 10))

    a_slot(starts_at=slot.starts_at + timedelta(minutes=minutes))

    assert Slot.objects.count() == 2


def test_two_interviewers_may_offer_the_same_time() -> None:
    slots_at(in_kolkata(4, 10))

    slots_at(in_kolkata(4, 10), **DANIEL)

    assert Slot.objects.count() == 2


def test_of_many_who_offer_the_same_time_at_once_one_does() -> None:
    with ThreadPoolExecutor(16) as threads:
        offered = list(threads.map(lambda _: _offer_or_none(), range(32)))

    assert len([slot for slot in offered if slot]) == Slot.objects.count() == 1


def _offer_or_none() -> Slot | None:
    try:
        return a_slot()
    except SlotTaken:
        return None


# --- Withdrawing


def test_withdrawn_slot_is_held_by_nobody() -> None:
    slot, session_id = a_slot(), ObjectId()
    hold(session_id)

    services.withdraw_slot(slot_id=slot.id)

    assert stored(slot)["status"] == "withdrawn"
    assert "held_by" not in stored(slot)


def test_slot_is_withdrawn_by_the_text_of_its_id_and_once_more() -> None:
    slot = a_slot()
    services.withdraw_slot(slot_id=str(slot.id))

    assert services.withdraw_slot(slot_id=str(slot.id)).status == "withdrawn"


def test_booked_slot_is_not_withdrawn() -> None:
    slot = a_slot()
    an_interview(a_candidate(), slot)

    with pytest.raises(SlotGone, match="cancel its interview first"):
        services.withdraw_slot(slot_id=slot.id)

    assert stored(slot)["status"] == "booked"


@pytest.mark.parametrize("key", ["nonsense", "", None, 7, NOBODY])
def test_slot_that_does_not_exist_is_not_withdrawn(key: object) -> None:
    with pytest.raises(SlotNotFound):
        services.withdraw_slot(slot_id=key)


# --- Holding


def test_three_slots_on_three_days_are_held() -> None:
    slots_at(*(in_kolkata(day, hour) for day in (4, 5, 6) for hour in (10, 11)))

    found = hold(ObjectId())

    assert starts(found) == [in_kolkata(4, 10), in_kolkata(5, 10), in_kolkata(6, 10)]
    assert found.as_wished


def test_held_slots_are_the_sessions_until_the_longest_call_is_over(settings) -> None:
    settings.CALL_LIMIT_SECONDS = 600
    slot, session_id = a_slot(), ObjectId()

    hold(session_id)

    assert stored(slot)["status"] == "held"
    assert stored(slot)["held_by"] == session_id
    assert stored(slot)["held_until"] == NOW + timedelta(minutes=12)


def test_held_slots_come_in_order_of_time_whatever_their_rank() -> None:
    slots_at(in_kolkata(4, 10), in_kolkata(4, 11), in_kolkata(5, 9))

    found = hold(ObjectId())

    assert starts(found) == [in_kolkata(4, 10), in_kolkata(4, 11), in_kolkata(5, 9)]


def test_slot_is_not_offered_on_two_calls() -> None:
    slots_at(*(in_kolkata(4, hour) for hour in range(9, 13)))

    first, second = hold(ObjectId()), hold(ObjectId())

    assert starts(first) == [in_kolkata(4, 9), in_kolkata(4, 10), in_kolkata(4, 11)]
    assert starts(second) == [in_kolkata(4, 12)]


def test_of_many_calls_at_once_each_holds_slots_of_its_own() -> None:
    slots_at(*(in_kolkata(day, hour) for day in range(4, 14) for hour in (10, 11, 12)))

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: hold(ObjectId()), range(16)))

    held = [slot.id for each in found for slot in each.slots]
    assert len(held) == len(set(held)) == 30


def test_time_that_two_interviewers_offer_is_offered_once() -> None:
    slots_at(in_kolkata(4, 10))
    slots_at(in_kolkata(4, 10), **DANIEL)

    found = hold(ObjectId())

    assert starts(found) == [in_kolkata(4, 10)]


def test_time_that_two_interviewers_offer_can_be_offered_on_two_calls() -> None:
    slots_at(in_kolkata(4, 10))
    slots_at(in_kolkata(4, 10), **DANIEL)

    first, second = hold(ObjectId()), hold(ObjectId())

    assert starts(first) == starts(second) == [in_kolkata(4, 10)]
    assert first.slots[0].id != second.slots[0].id


def test_slots_as_wished_are_held_and_the_earlier_ones_let_go() -> None:
    slots = slots_at(*(in_kolkata(day, 10) for day in (4, 5, 6, 9)))
    session_id = ObjectId()
    hold(session_id)

    found = hold(session_id, TimeSaid(date=date(2026, 3, 9)))

    assert found.as_wished
    assert starts(found) == [in_kolkata(9, 10)]
    assert [stored(slot)["status"] for slot in slots] == ["open", "open", "open", "held"]


def test_session_may_be_offered_again_what_it_holds() -> None:
    slots_at(in_kolkata(4, 10))
    session_id = ObjectId()
    hold(session_id)

    assert starts(hold(session_id)) == [in_kolkata(4, 10)]


def test_closest_slots_are_held_where_none_is_as_wished() -> None:
    slots_at(*(in_kolkata(day, 10) for day in (4, 5, 6, 9, 10)))

    found = hold(ObjectId(), TimeSaid(date=date(2026, 3, 9), time=time(15)))

    assert not found.as_wished
    assert starts(found) == [in_kolkata(6, 10), in_kolkata(9, 10), in_kolkata(10, 10)]


def test_wish_is_found_behind_hundreds_of_sooner_slots(database: Database) -> None:
    crowd = [
        {"interviewer_email": f"{number}@acme.example", "starts_at": in_kolkata(4, 10), "status": "open"}
        for number in range(services.LOOKED_AT + 1)
    ]
    database.slots.insert_many(crowd)
    slots_at(in_kolkata(12, 16))

    found = hold(ObjectId(), TimeSaid(date=date(2026, 3, 12)))

    assert found.as_wished
    assert starts(found) == [in_kolkata(12, 16)]


def test_nothing_is_held_where_nothing_is_free() -> None:
    found = hold(ObjectId())

    assert found == Found((), as_wished=False)


def test_slot_within_the_notice_is_not_offered(settings) -> None:
    settings.NOTICE_MINUTES = 120
    slots_at(NOW + timedelta(minutes=119), minutes=1)
    slots_at(NOW + timedelta(minutes=120))

    assert starts(hold(ObjectId())) == [NOW + timedelta(minutes=120)]


def test_booked_and_withdrawn_slots_are_not_offered() -> None:
    booked, withdrawn = slots_at(in_kolkata(4, 10), in_kolkata(5, 10))
    an_interview(a_candidate(), booked)
    services.withdraw_slot(slot_id=withdrawn.id)

    assert hold(ObjectId()).slots == ()


def test_slot_whose_hold_has_expired_is_offered_to_another_call() -> None:
    slot, later = a_slot(), ObjectId()
    hold(ObjectId())

    found = hold(later, now=stored(slot)["held_until"])

    assert [each.id for each in found.slots] == [slot.id]
    assert stored(slot)["held_by"] == later


def test_slot_is_another_calls_until_the_very_end_of_its_hold() -> None:
    slot = a_slot()
    hold(ObjectId())

    found = hold(ObjectId(), now=stored(slot)["held_until"] - timedelta(milliseconds=1))

    assert found.slots == ()


# --- Letting go


def test_released_slots_are_open_again() -> None:
    slots = slots_at(in_kolkata(4, 10), in_kolkata(5, 10))
    session_id = ObjectId()
    hold(session_id)

    freed = services.release_slots(session_id=session_id)

    assert freed == 2
    assert [stored(slot)["status"] for slot in slots] == ["open", "open"]
    assert not any("held_by" in stored(slot) or "held_until" in stored(slot) for slot in slots)


def test_release_leaves_other_sessions_what_they_hold() -> None:
    slot = a_slot()
    hold(ObjectId())

    assert services.release_slots(session_id=ObjectId()) == 0
    assert stored(slot)["status"] == "held"


def test_release_leaves_a_booked_slot_booked() -> None:
    slot, session_id = a_slot(), ObjectId()
    hold(session_id)
    book(slot, a_candidate(), session_id)

    assert services.release_slots(session_id=session_id) == 0
    assert stored(slot)["status"] == "booked"


def test_expired_holds_fall_free_and_the_others_stay() -> None:
    expired, fresh = slots_at(in_kolkata(4, 10), in_kolkata(5, 10))
    hold(ObjectId(), TimeSaid(date=date(2026, 3, 4)), now=NOW - timedelta(minutes=30))
    hold(ObjectId(), TimeSaid(date=date(2026, 3, 5)))

    freed = services.release_expired_slots(now=NOW)

    assert freed == 1
    assert stored(expired)["status"] == "open"
    assert stored(fresh)["status"] == "held"


# --- Booking


def test_booking_changes_slot_interview_and_candidate_together() -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    hold(session_id)

    interview = book(slot, candidate, session_id)

    assert stored(slot)["status"] == "booked"
    assert "held_by" not in stored(slot)
    assert Candidate.objects.get(id=candidate.id).call_tracking.status == "interview_scheduled"
    assert Interview.objects.get().to_mongo() == interview.to_mongo() | _stored_deliveries()


def _stored_deliveries() -> dict[str, Any]:
    interview = Interview.objects.get().to_mongo()
    return {"invitation": interview["invitation"], "notice": interview["notice"]}


def test_interview_keeps_what_was_agreed_and_how() -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()

    book(slot, candidate, session_id)

    interview = Interview.objects.get()
    assert (interview.candidate, interview.slot, interview.session_id) == (candidate, slot, session_id)
    assert (interview.starts_at, interview.ends_at) == (slot.starts_at, slot.ends_at)
    assert (interview.time_zone, interview.status) == ("Asia/Kolkata", "confirmed")
    assert (interview.evidence.question, interview.evidence.answer) == ("Shall I book it?", "yes")
    assert (interview.ics_sequence, interview.created_at) == (0, NOW)
    assert str(interview) == "Interview on Wed 04 Mar 2026 at 04:30 UTC"


def test_open_slot_can_be_booked_without_a_hold() -> None:
    slot = a_slot()

    book(slot, a_candidate(), ObjectId())

    assert stored(slot)["status"] == "booked"


def test_candidate_whose_last_attempt_this_is_can_be_booked() -> None:
    candidate = a_candidate()
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="max_attempts_reached")

    book(a_slot(), candidate, ObjectId())

    assert Candidate.objects.get().call_tracking.status == "interview_scheduled"


def test_booking_is_told_once(news: list[dict[str, Any]]) -> None:
    interview = book(a_slot(), a_candidate(), ObjectId())

    assert [told["interview_id"] for told in news] == [interview.id]
    assert news[0]["now"] == NOW


def test_booking_stands_though_a_receiver_of_its_news_fails(caplog) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("no disk")

    interview_confirmed.connect(fail)
    book(a_slot(), a_candidate(), ObjectId())
    interview_confirmed.disconnect(fail)

    assert Interview.objects.count() == 1
    assert "no disk" in caplog.text


def test_booking_again_for_the_same_call_returns_what_stands(news: list[dict[str, Any]]) -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    first = book(slot, candidate, session_id)

    again = book(slot, candidate, session_id)

    assert again.id == first.id
    assert Interview.objects.count() == 1
    assert len(news) == 1


def test_many_repetitions_of_one_booking_at_once_are_one() -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()

    with ThreadPoolExecutor(16) as threads:
        booked = list(threads.map(lambda _: book(slot, candidate, session_id), range(16)))

    assert {interview.id for interview in booked} == {Interview.objects.get().id}


def test_of_many_candidates_who_want_one_slot_one_gets_it(news: list[dict[str, Any]]) -> None:
    slot = a_slot()
    wishes = [(a_candidate(), ObjectId()) for _ in range(32)]

    with ThreadPoolExecutor(32) as threads:
        outcomes = list(threads.map(lambda wish: outcome_of(lambda: book(slot, *wish)), wishes))

    assert outcomes.count(SlotGone) == 31
    assert Interview.objects.count() == len(news) == 1
    assert Candidate.objects(call_tracking__status="interview_scheduled").count() == 1


def test_candidate_booked_on_many_calls_at_once_has_one_interview() -> None:
    candidate = a_candidate()
    slots = slots_at(*(in_kolkata(day, 10) for day in range(4, 12)))

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda slot: outcome_of(lambda: book(slot, candidate, ObjectId())), slots))

    assert outcomes.count(CandidateNotBookable) == 7
    assert Interview.objects.count() == Slot.objects(status="booked").count() == 1


@pytest.mark.parametrize("status", ["do_not_call", "interview_scheduled", "not_interested", "wrong_number"])
def test_candidate_who_may_not_be_booked_any_more_changes_nothing(status: str, database: Database, news) -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    hold(session_id)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status=status)
    before = everything(database)

    with pytest.raises(CandidateNotBookable):
        book(slot, candidate, session_id)

    assert everything(database) == before
    assert news == []


def test_candidate_deleted_during_the_call_changes_nothing(database: Database, news) -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    hold(session_id)
    candidate.delete()
    before = everything(database)

    with pytest.raises(CandidateNotBookable):
        book(slot, candidate, session_id)

    assert everything(database) == before
    assert news == []


def test_candidate_set_back_to_active_is_not_booked_beside_a_standing_interview(database: Database) -> None:
    candidate = a_candidate()
    an_interview(candidate, a_slot())
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="active")
    (slot,) = slots_at(in_kolkata(5, 10))
    before = everything(database)

    with pytest.raises(CandidateNotBookable):
        book(slot, candidate, ObjectId())

    assert everything(database) == before


def test_booking_in_an_unknown_time_zone_changes_nothing(database: Database) -> None:
    slot, candidate = a_slot(), a_candidate()
    before = everything(database)

    with pytest.raises(ValidationError):
        book(slot, candidate, ObjectId(), time_zone="Mars/Olympus")

    assert everything(database) == before


def test_slot_withdrawn_during_the_call_is_gone(database: Database) -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    hold(session_id)
    services.withdraw_slot(slot_id=slot.id)
    before = everything(database)

    with pytest.raises(SlotGone):
        book(slot, candidate, session_id)

    assert everything(database) == before


def test_slot_held_on_another_call_is_gone() -> None:
    slot = a_slot()
    hold(ObjectId())

    with pytest.raises(SlotGone):
        book(slot, a_candidate(), ObjectId())


def test_slot_that_has_begun_is_gone() -> None:
    slot = a_slot()

    with pytest.raises(SlotGone):
        book(slot, a_candidate(), ObjectId(), now=slot.starts_at)


def test_slot_that_never_was_is_gone() -> None:
    with pytest.raises(SlotGone):
        book(Slot(id=ObjectId(), **PRIYA), a_candidate(), ObjectId())


def test_hold_that_expired_is_still_good_for_the_call_that_had_it() -> None:
    slot, session_id = a_slot(), ObjectId()
    hold(session_id)

    book(slot, a_candidate(), session_id, now=NOW + timedelta(hours=1))

    assert stored(slot)["status"] == "booked"
