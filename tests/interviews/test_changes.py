from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from bson import ObjectId
from icalendar import Calendar, Event
from mongoengine import ValidationError
from pymongo.database import Database

from candidates.documents import Candidate
from candidates.services import claim_attempt
from interviews import changes, letters, mails, services
from interviews.changes import ChangeRefused, InterviewNotFound, MailNotFound
from interviews.documents import FollowUp, Interview, Slot
from interviews.mails import FOLLOW_UPS, INVITATIONS, NOTICES
from interviews.patterns import WeeklyPattern, add_weekly_slots
from interviews.services import SlotNotFound, SlotTaken
from tests.factories import NOBODY, NOW, PRIYA, a_candidate, a_slot, an_attempt, an_interview

pytestmark = pytest.mark.usefixtures("database")

LATER = NOW + timedelta(hours=1)
STARTS = NOW + timedelta(days=2)
AFTERWARDS = STARTS + timedelta(hours=1)


def booked(**fields: Any) -> Interview:
    """Book an interview in two days; its mails are queued."""
    return an_interview(a_candidate(**fields), a_slot())


def mailed(**fields: Any) -> Interview:
    """Book an interview whose mails are sent."""
    interview = booked(**fields)
    mails.send_due(now=NOW)
    return interview


def failed(interview: Interview) -> Interview:
    Interview.objects(id=interview.id).update_one(set__invitation__status="failed", set__notice__status="failed")
    return stored(interview)


def stored(interview: Interview) -> Interview:
    return Interview.objects(id=interview.id).no_dereference().get()


def cancel(interview: Interview, *, reason: str = "Priya is ill", now: datetime = LATER, **options: Any) -> None:
    changes.cancel_interview(interview_id=interview.id, reason=reason, now=now, **options)


def slot_of(interview: Interview) -> Slot:
    return Slot.objects.get(id=interview.slot.id)


def tracking_of(interview: Interview) -> Any:
    return Candidate.objects.get(id=interview.candidate.id).call_tracking


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {name: list(database[name].find()) for name in ("slots", "interviews", "candidates", "follow_ups")}


def refused(change: Callable[[], Any]) -> bool:
    try:
        change()
    except ChangeRefused:
        return True
    return False


# --- Cancelling


def test_cancelled_interview_says_why_and_when() -> None:
    interview = mailed()

    cancel(interview, reason="  Priya is ill ")

    after = stored(interview)
    assert after.status == "cancelled"
    assert (after.cancellation.reason, after.cancellation.at) == ("Priya is ill", LATER)
    assert (after.ics_uid, after.ics_sequence) == (interview.ics_uid, 1)
    assert after.evidence == interview.evidence


def test_cancellation_is_to_be_mailed_to_both_as_mails_of_their_own() -> None:
    interview = mailed()
    before = stored(interview)

    cancel(interview)

    after = stored(interview)
    assert [(mail.status, mail.tries, mail.due_at) for mail in (after.invitation, after.notice)] == [
        ("pending", 0, LATER),
        ("pending", 0, LATER),
    ]
    four = {mail.message_id for mail in (before.invitation, before.notice, after.invitation, after.notice)}
    assert len(four) == 4


def test_slot_of_a_cancelled_interview_is_open_and_can_be_booked_again() -> None:
    interview = mailed()

    cancel(interview)

    assert slot_of(interview).status == "open"
    again = an_interview(a_candidate(), slot_of(interview), now=LATER)
    assert again.status == "confirmed"


def test_slot_of_an_interviewer_who_is_not_there_is_withdrawn() -> None:
    interview = mailed()

    cancel(interview, offers_slot_again=False)

    assert slot_of(interview).status == "withdrawn"


def test_slot_that_has_begun_is_not_offered_again() -> None:
    interview = mailed()

    cancel(interview, now=AFTERWARDS)

    assert stored(interview).status == "cancelled"
    assert slot_of(interview).status == "booked"


def test_candidate_of_a_cancelled_interview_may_be_called_and_booked_again() -> None:
    interview = mailed()

    cancel(interview)

    assert tracking_of(interview).status == "active"
    assert tracking_of(interview).next_attempt_at is None
    claim_attempt(candidate_id=interview.candidate.id, session_id=ObjectId(), now=LATER)
    assert an_interview(interview.candidate, slot_of(interview), now=LATER).status == "confirmed"


def test_candidate_without_an_attempt_left_has_none_after_the_cancellation() -> None:
    interview = mailed()
    Candidate.objects.update(set__call_tracking__total_attempts=3, set__call_tracking__max_attempts=3)

    cancel(interview)

    assert tracking_of(interview).status == "max_attempts_reached"


def test_candidate_who_asked_not_to_be_called_is_not_called_after_the_cancellation() -> None:
    interview = mailed()
    Candidate.objects.update(set__call_tracking__status="do_not_call")

    cancel(interview)

    assert stored(interview).status == "cancelled"
    assert tracking_of(interview).status == "do_not_call"


def test_interview_is_not_cancelled_while_the_call_that_agreed_it_goes_on(database: Database) -> None:
    candidate = a_candidate()
    an_attempt(candidate)
    interview = an_interview(candidate, a_slot())
    before = everything(database)

    with pytest.raises(ChangeRefused, match="still under way"):
        cancel(interview)

    assert everything(database) == before


@pytest.mark.parametrize("status", ["cancelled", "rescheduled", "completed", "no_show"])
def test_only_a_confirmed_interview_is_cancelled(status: str, database: Database) -> None:
    interview = mailed()
    Interview.objects.update(set__status=status)
    before = everything(database)

    with pytest.raises(ChangeRefused, match=r"^The interview was \w+"):
        cancel(interview)

    assert everything(database) == before


@pytest.mark.parametrize("reason", ["", "   ", "a" * 501, "one\ntwo"])
def test_cancellation_needs_a_reason_of_one_line(reason: str, database: Database) -> None:
    interview = mailed()
    before = everything(database)

    with pytest.raises(ValidationError):
        cancel(interview, reason=reason)

    assert everything(database) == before


def test_of_many_who_cancel_at_once_one_does_and_each_side_gets_one_mail(mailoutbox) -> None:
    interview = mailed()
    mailoutbox.clear()

    with ThreadPoolExecutor(8) as threads:
        refusals = list(threads.map(lambda n: refused(lambda: cancel(interview, reason=f"Reason {n}")), range(8)))
    mails.send_due(now=LATER)

    assert refusals.count(False) == 1
    assert stored(interview).cancellation.reason == f"Reason {refusals.index(False)}"
    assert stored(interview).ics_sequence == 1
    assert [mail.subject for mail in mailoutbox] == [
        "Cancelled: Your interview with Acme: Wednesday, 4 March 2026, 10:00",
        "Cancelled: Interview with Asha Rao: Wednesday, 4 March 2026, 10:00",
    ]


def test_whatever_races_with_a_cancellation_the_candidate_hears_of_it_last(mailoutbox) -> None:
    interviews = [an_interview(a_candidate(), a_slot(starts_at=STARTS + timedelta(hours=n))) for n in range(8)]
    mails.send_due(now=NOW)
    mailoutbox.clear()
    resends = [lambda each=each: changes.resend_invitation(interview_id=each.id, now=LATER) for each in interviews]
    cancels = [lambda each=each: cancel(each) for each in interviews]
    races = [change for pair in zip(resends, cancels, strict=True) for change in pair]

    with ThreadPoolExecutor(16) as threads:
        refusals = list(threads.map(refused, races))
    mails.send_due(now=LATER)

    assert not any(refusals[1::2])
    assert len(mailoutbox) == 16
    assert all(mail.subject.startswith("Cancelled: ") for mail in mailoutbox)


def test_invitation_on_its_way_does_not_pass_for_the_cancellation(mailoutbox, monkeypatch) -> None:
    interview = booked()
    send = letters.EmailMultiAlternatives.send

    def send_after_the_cancellation(message: Any) -> int:
        monkeypatch.setattr(letters.EmailMultiAlternatives, "send", send)
        cancel(interview)
        mails._claim(INVITATIONS, LATER)  # by another job, which has not sent it yet
        return message.send()

    monkeypatch.setattr(letters.EmailMultiAlternatives, "send", send_after_the_cancellation)

    mails.send_due(now=NOW)

    assert stored(interview).invitation.status == "sending"
    assert mails.send_due(now=LATER + mails.CLAIM_LASTS) >= 1
    assert stored(interview).invitation.status == "sent"
    assert [mail.subject.partition(":")[0] for mail in mailoutbox if "asha" in mail.to[0]] == [
        "Your interview with Acme",
        "Cancelled",
    ]


# --- What the cancellation says


def read(message: Any) -> EmailMessage:
    return message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=policy.default)


def invitation(interview: Interview) -> EmailMessage:
    return read(letters.invitation(Interview.objects.get(id=interview.id)))


def notice(interview: Interview) -> EmailMessage:
    return read(letters.notice(Interview.objects.get(id=interview.id)))


def calendar(message: EmailMessage) -> Calendar:
    (attached,) = message.iter_attachments()
    return Calendar.from_ical(attached.get_content())


def event(message: EmailMessage) -> Event:
    (only,) = calendar(message).events
    return only


def bodies(message: EmailMessage) -> list[str]:
    return [message.get_body((kind,)).get_content() for kind in ("plain", "html")]


Write = Callable[[Interview], EmailMessage]
both = pytest.mark.parametrize("write", [invitation, notice])


@both
def test_cancellation_takes_the_same_entry_out_of_the_calendar(write: Write) -> None:
    interview = mailed()
    invited = event(write(interview))

    cancel(interview)

    entry = event(write(interview))
    assert calendar(write(interview))["METHOD"] == "CANCEL"
    assert (entry["UID"], entry["STATUS"]) == (invited["UID"], "CANCELLED")
    assert entry["SEQUENCE"] > invited["SEQUENCE"]
    assert entry["DTSTAMP"].dt == LATER
    assert (entry.start, entry.end) == (invited.start, invited.end)
    assert (entry["ORGANIZER"], entry["ATTENDEE"]) == (invited["ORGANIZER"], invited["ATTENDEE"])
    assert dict(entry["ATTENDEE"].params) == {"CN": "Asha Rao", "ROLE": "REQ-PARTICIPANT"}
    assert entry.errors == []


@both
def test_cancellation_is_attached_as_one(write: Write) -> None:
    interview = mailed()

    cancel(interview)

    (attached,) = write(interview).iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "CANCEL"


def test_candidate_is_told_that_it_is_off_and_not_why() -> None:
    interview = mailed()

    cancel(interview, reason="Found somebody better")

    for body in bodies(invitation(interview)):
        assert "your interview with Acme for the position of Backend Engineer is cancelled" in body
        assert "Wednesday, 4 March 2026" in body
        assert "10:00 to 10:45 (Asia/Kolkata)" in body
        assert "with Priya Sharma" in body
        assert "somebody better" not in body
    assert "somebody better" not in invitation(interview).as_string()


def test_interviewer_is_told_that_it_is_off_and_why() -> None:
    interview = mailed()

    cancel(interview, reason="Asha took another job")

    for body in bodies(notice(interview)):
        assert "your interview with Asha Rao for the position of Backend Engineer is cancelled" in body
        assert "Asha took another job" in body
        assert "The candidate was not told the reason." in body


def test_markup_in_names_and_reason_is_text() -> None:
    interview = mailed(name="<script>alert(1)</script>", position="<i>Boss</i>")

    cancel(interview, reason="<b>ill</b> & tired")

    html = bodies(notice(interview))[1]
    assert "<script>" not in html + bodies(invitation(interview))[1]
    assert "&lt;b&gt;ill&lt;/b&gt; &amp; tired" in html
    assert "<b>ill</b> & tired" in bodies(notice(interview))[0]


def test_candidate_without_a_position_is_not_told_of_one() -> None:
    interview = mailed(position=None)

    cancel(interview)

    assert all("your interview with Acme is cancelled" in body for body in bodies(invitation(interview)))
    assert all("your interview with Asha Rao is cancelled" in body for body in bodies(notice(interview)))


def test_calendar_entry_can_be_had_of_an_interview_that_is_over() -> None:
    interview = mailed()
    changes.mark_held(interview_id=interview.id, now=AFTERWARDS)

    entry = Calendar.from_ical(letters.calendar_of(Interview.objects.get(id=interview.id)))

    assert entry["METHOD"] == "REQUEST"


def test_mail_of_an_interview_that_is_over_can_be_looked_at_and_is_not_sent() -> None:
    interview = mailed()
    changes.mark_held(interview_id=interview.id, now=AFTERWARDS)

    seen = letters.draft_invitation(Interview.objects.get(id=interview.id))

    assert seen.subject == "Your interview with Acme: Wednesday, 4 March 2026, 10:00"
    with pytest.raises(letters.NobodyToWriteTo, match="completed"):
        invitation(interview)


# --- Sending again


@pytest.mark.parametrize("status", ["sent", "failed"])
def test_invitation_is_mailed_once_more(status: str) -> None:
    interview = mailed()
    Interview.objects.update(set__invitation__status=status, set__invitation__tries=40)
    before = stored(interview)

    changes.resend_invitation(interview_id=interview.id, now=LATER)

    after = stored(interview)
    assert (after.invitation.status, after.invitation.tries, after.invitation.due_at) == ("pending", 0, LATER)
    assert after.invitation.message_id != before.invitation.message_id
    assert after.invitation.error is None
    assert (after.notice, after.ics_sequence) == (before.notice, 0)


def test_invitation_mailed_once_more_arrives_once_more(mailoutbox) -> None:
    interview = mailed()

    changes.resend_invitation(interview_id=interview.id, now=LATER)
    mails.send_due(now=LATER)

    to_asha = [mail for mail in mailoutbox if "asha" in mail.to[0]]
    assert len(to_asha) == 2
    assert len({mail.extra_headers["Message-ID"] for mail in to_asha}) == 2


@pytest.mark.parametrize("status", ["pending", "sending", None])
def test_invitation_on_its_way_is_not_mailed_once_more(status: str | None, database: Database) -> None:
    interview = booked()
    delivery = {"status": status} if status else None
    database.interviews.update_one({"_id": interview.id}, {"$set": {"invitation": delivery}})
    before = everything(database)

    with pytest.raises(ChangeRefused, match="on its way already"):
        changes.resend_invitation(interview_id=interview.id, now=LATER)

    assert everything(database) == before


def test_invitation_to_what_has_begun_is_not_mailed_once_more(database: Database) -> None:
    interview = mailed()
    before = everything(database)

    with pytest.raises(ChangeRefused, match="has begun"):
        changes.resend_invitation(interview_id=interview.id, now=STARTS)

    assert everything(database) == before


def test_invitation_to_a_cancelled_interview_is_not_mailed_once_more() -> None:
    interview = mailed()
    cancel(interview)
    mails.send_due(now=LATER)

    with pytest.raises(ChangeRefused, match="was cancelled"):
        changes.resend_invitation(interview_id=interview.id, now=LATER)


def test_of_many_who_resend_at_once_one_does(mailoutbox) -> None:
    interview = mailed()
    mailoutbox.clear()

    with ThreadPoolExecutor(8) as threads:
        resend = [lambda: changes.resend_invitation(interview_id=interview.id, now=LATER)] * 8
        refusals = list(threads.map(refused, resend))
    mails.send_due(now=LATER)

    assert refusals.count(False) == len(mailoutbox) == 1


@pytest.mark.parametrize("outbox", [INVITATIONS, NOTICES], ids=["invitation", "notice"])
def test_failed_mail_is_tried_again_and_the_other_left(outbox: mails.Outbox) -> None:
    interview = failed(mailed())

    changes.send_again(outbox=outbox, document_id=interview.id, now=LATER)

    after = stored(interview)
    statuses = {"invitation": after.invitation.status, "notice": after.notice.status}
    assert statuses == {"invitation": "failed", "notice": "failed"} | {outbox.path: "pending"}
    assert mails.send_due(now=LATER) == 1


def test_failed_cancellation_is_tried_again_even_afterwards(mailoutbox) -> None:
    interview = mailed()
    cancel(interview)
    failed(interview)
    mailoutbox.clear()

    changes.send_again(outbox=INVITATIONS, document_id=interview.id, now=AFTERWARDS)
    mails.send_due(now=AFTERWARDS)

    assert [mail.subject.partition(":")[0] for mail in mailoutbox] == ["Cancelled"]


def test_failed_follow_up_is_tried_again() -> None:
    mail = a_follow_up(status="failed")

    changes.send_again(outbox=FOLLOW_UPS, document_id=str(mail.id), now=LATER)

    assert FollowUp.objects.get().delivery.status == "pending"
    assert mails.send_due(now=LATER) == 1


def a_follow_up(*, status: str) -> FollowUp:
    mails.queue_follow_up(candidate_id=a_candidate().id, session_id=ObjectId(), now=NOW)
    FollowUp.objects.update(set__delivery__status=status)
    return FollowUp.objects.get()


@pytest.mark.parametrize("status", ["pending", "sending", "sent"])
def test_follow_up_that_did_not_fail_is_left(status: str, database: Database) -> None:
    mail = a_follow_up(status=status)
    before = everything(database)

    with pytest.raises(ChangeRefused, match="Only a mail that failed"):
        changes.send_again(outbox=FOLLOW_UPS, document_id=mail.id, now=LATER)

    assert everything(database) == before


def test_mail_that_was_never_queued_is_not_sent_again(database: Database) -> None:
    interview = booked()
    database.interviews.update_one({"_id": interview.id}, {"$unset": {"notice": ""}})

    with pytest.raises(ChangeRefused, match="Only a mail that failed"):
        changes.send_again(outbox=NOTICES, document_id=interview.id, now=LATER)


@pytest.mark.parametrize(
    ("status", "now", "why"), [("confirmed", STARTS, "has begun"), ("completed", AFTERWARDS, "held already")]
)
def test_failed_invitation_to_what_is_over_is_left(status: str, now: datetime, why: str) -> None:
    interview = failed(mailed())
    Interview.objects.update(set__status=status)

    with pytest.raises(ChangeRefused, match=why):
        changes.send_again(outbox=INVITATIONS, document_id=interview.id, now=now)

    assert stored(interview).invitation.status == "failed"


@pytest.mark.parametrize("key", ["nonsense", "", None, NOBODY])
@pytest.mark.parametrize("outbox", [INVITATIONS, FOLLOW_UPS], ids=["invitation", "follow-up"])
def test_mail_that_does_not_exist_is_not_sent_again(key: object, outbox: mails.Outbox) -> None:
    with pytest.raises(MailNotFound):
        changes.send_again(outbox=outbox, document_id=key, now=NOW)


# --- Held or not

MARKS = {changes.mark_held: "completed", changes.mark_no_show: "no_show"}
marks = pytest.mark.parametrize(("mark", "status"), MARKS.items(), ids=MARKS.values())


@marks
def test_interview_is_marked_once_it_has_begun(mark: Callable, status: str) -> None:
    interview = mailed()

    mark(interview_id=str(interview.id), now=STARTS)

    assert stored(interview).status == status


@marks
def test_interview_is_not_marked_before_it_has_begun(mark: Callable, status: str, database: Database) -> None:
    interview = mailed()
    before = everything(database)

    with pytest.raises(ChangeRefused, match="has not begun"):
        mark(interview_id=interview.id, now=STARTS - timedelta(seconds=1))

    assert everything(database) == before


@marks
def test_cancelled_interview_is_not_marked(mark: Callable, status: str) -> None:
    interview = mailed()
    cancel(interview)

    with pytest.raises(ChangeRefused, match="was cancelled"):
        mark(interview_id=interview.id, now=AFTERWARDS)


@marks
def test_interview_is_marked_once(mark: Callable, status: str) -> None:
    interview = mailed()
    mark(interview_id=interview.id, now=AFTERWARDS)

    with pytest.raises(ChangeRefused, match="already"):
        mark(interview_id=interview.id, now=AFTERWARDS)


def test_wrong_mark_is_put_right_by_the_other() -> None:
    interview = mailed()
    changes.mark_no_show(interview_id=interview.id, now=AFTERWARDS)

    changes.mark_held(interview_id=interview.id, now=AFTERWARDS)

    assert stored(interview).status == "completed"


@pytest.mark.parametrize("key", ["nonsense", "", None, 7, NOBODY])
@pytest.mark.parametrize(
    "change",
    [
        changes.resend_invitation,
        changes.mark_held,
        changes.mark_no_show,
        lambda **facts: changes.cancel_interview(reason="None", **facts),
    ],
)
def test_interview_that_does_not_exist_is_not_changed(change: Callable, key: object) -> None:
    with pytest.raises(InterviewNotFound):
        change(interview_id=key, now=NOW)


# --- Slots


def withdrawn(**fields: Any) -> Slot:
    return services.withdraw_slot(slot_id=a_slot(**fields).id)


def test_withdrawn_slot_is_offered_again() -> None:
    slot = withdrawn()

    reopened = changes.reopen_slot(slot_id=str(slot.id), now=NOW)

    assert reopened.status == "open"
    assert services.hold_slots(session_id=ObjectId(), wish=(), time_zone="UTC", now=NOW).slots == (reopened,)


def test_slot_that_lies_in_the_past_is_not_offered_again() -> None:
    slot = withdrawn()

    with pytest.raises(ChangeRefused, match="in the past"):
        changes.reopen_slot(slot_id=slot.id, now=slot.starts_at)

    assert Slot.objects.get().status == "withdrawn"


def test_slot_that_is_not_withdrawn_is_not_opened() -> None:
    with pytest.raises(ChangeRefused, match="Only a withdrawn slot"):
        changes.reopen_slot(slot_id=a_slot().id, now=NOW)


def test_slot_whose_time_is_taken_by_another_is_not_offered_again() -> None:
    slot = withdrawn()
    a_slot(starts_at=slot.starts_at + timedelta(minutes=15))

    with pytest.raises(SlotTaken):
        changes.reopen_slot(slot_id=slot.id, now=NOW)

    assert Slot.objects.get(id=slot.id).status == "withdrawn"


def test_of_many_who_open_a_slot_again_at_once_each_finds_it_open_or_is_refused() -> None:
    slot = withdrawn()

    with ThreadPoolExecutor(8) as threads:
        refusals = list(
            threads.map(refused, [lambda: changes.reopen_slot(slot_id=slot.id, now=NOW) for _ in range(32)])
        )

    assert refusals.count(False) == 1


@pytest.mark.parametrize("key", ["nonsense", "", None, NOBODY])
def test_slot_that_does_not_exist_is_not_opened(key: object) -> None:
    with pytest.raises(SlotNotFound):
        changes.reopen_slot(slot_id=key, now=NOW)


# --- A weekly pattern, looked at beforehand


def mornings(**fields: Any) -> WeeklyPattern:
    usual = {
        "first": date(2026, 3, 2),
        "last": date(2026, 3, 8),
        "weekdays": frozenset(range(5)),
        "begins": time(9),
        "ends": time(12),
        "minutes": 60,
        "time_zone": "UTC",
    }
    return WeeklyPattern(**usual | fields)


def previewed(pattern: WeeklyPattern) -> changes.Preview:
    return changes.preview_weekly_slots(pattern=pattern, interviewer_email=" Priya@acme.example", now=NOW)


def test_preview_shows_the_times_that_would_be_added() -> None:
    preview = previewed(mornings())

    assert (len(preview.times), preview.passed_over) == (15, 0)
    assert preview.times[0] == (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))


def test_preview_passes_over_what_is_past_taken_or_was_withdrawn() -> None:
    a_slot(starts_at=datetime(2026, 3, 3, 9, 30, tzinfo=UTC), minutes=60)  # takes two
    withdrawn(starts_at=datetime(2026, 3, 4, 9, tzinfo=UTC))
    withdrawn(starts_at=datetime(2026, 3, 5, 9, 30, tzinfo=UTC))  # in nobody's way
    a_slot(starts_at=datetime(2026, 3, 6, 9, tzinfo=UTC), interviewer_email="daniel@acme.example")
    pattern = mornings(begins=time(4), ends=time(11))

    preview = previewed(pattern)
    added, skipped = add_weekly_slots(pattern=pattern, now=NOW, **PRIYA)

    assert preview.passed_over == skipped == 4
    assert len(preview.times) == added == 31


def test_preview_of_days_that_do_not_occur_is_empty() -> None:
    preview = previewed(mornings(last=date(2026, 3, 2), weekdays=frozenset({6})))

    assert preview == changes.Preview((), 0)
