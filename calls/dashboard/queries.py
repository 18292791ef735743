"""The lists behind the first page's figures: a mirror and lookups, which count the rows as well as link to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from calls.models import ConversationSession
from candidates.documents import Outcome, TrackingStatus
from candidates.models import Candidate
from config.mirror.model import MirrorModel
from interviews.documents import DeliveryStatus, InterviewStatus, SlotStatus
from interviews.models import FollowUp, Interview, Invitation, Notice, Slot

# The outcomes of calls on which the candidate gave an answer, whichever it was
REACHED = (
    Outcome.INTERVIEW_SCHEDULED,
    Outcome.CALLBACK_REQUESTED,
    Outcome.NO_AGREEMENT,
    Outcome.NOT_INTERESTED,
    Outcome.OPTED_OUT,
)
STANDING = (InterviewStatus.CONFIRMED, InterviewStatus.COMPLETED, InterviewStatus.NO_SHOW)
CHARTED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list in the admin: a mirror and the lookups that narrow it."""

    model: type[MirrorModel]
    lookups: Mapping[str, Any]

    def narrowed(self, **lookups: Any) -> "Listing":
        return Listing(self.model, {**self.lookups, **lookups})

    def spec(self) -> dict[str, Any]:
        """Return the lookups as MongoDB's filter; a name without a lookup is that of a filter of the list's own."""
        stored = {name: value for name, value in self.lookups.items() if "__" in name}
        return self.model.objects.filter(**stored).spec()

    def url(self) -> str:
        meta = self.model._meta
        query = urlencode({name: _in_address(value) for name, value in self.lookups.items()})
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") + (f"?{query}" if query else "")


def _in_address(value: Any) -> str:
    """Return a lookup's value as the admin reads it from the address."""
    if isinstance(value, datetime):
        return value.isoformat()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def midnight(now: datetime, zone: tzinfo, *, days: int = 0) -> datetime:
    """Return when the day began in the zone, or another day so many later."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=days), datetime.min.time(), zone)


def week_start(now: datetime, zone: tzinfo) -> datetime:
    return midnight(now, zone, days=-now.astimezone(zone).weekday())


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists behind the figures as they are now, by the clock of the zone."""

    now: datetime
    zone: tzinfo

    @property
    def today(self) -> Listing:
        """The calls that were placed today."""
        day = {
            "started_at__gte": midnight(self.now, self.zone),
            "started_at__lt": midnight(self.now, self.zone, days=1),
        }
        return Listing(ConversationSession, day)

    @property
    def past_calls(self) -> Listing:
        """The calls of the last weeks that are over."""
        return Listing(ConversationSession, {"started_at__gte": self.now - CHARTED})

    @property
    def week(self) -> Listing:
        """The interviews of this week, but for those that were called off."""
        begins = week_start(self.now, self.zone)
        times = {"starts_at__gte": begins, "starts_at__lt": midnight(begins, self.zone, days=7)}
        return Listing(Interview, {"status__in": STANDING, **times})

    def funnel(self) -> dict[str, Listing]:
        """Return the stages from a candidate to an interview that was held."""
        outcome = "call_tracking_call_history__outcome"
        return {
            "Candidates": Listing(Candidate, {}),
            "Called": Listing(Candidate, {"call_tracking_total_attempts__gte": 1}),
            "Reached": Listing(Candidate, {f"{outcome}__in": REACHED}),
            "Booked": Listing(Candidate, {f"{outcome}__exact": Outcome.INTERVIEW_SCHEDULED}),
            "Held": Listing(Interview, {"status__exact": InterviewStatus.COMPLETED}),
        }

    def for_a_person(self) -> dict[str, Listing]:
        """Return what a person has to look after, by what it is."""
        return {
            "Interviews past and not marked": Listing(
                Interview,
                {"status__exact": InterviewStatus.CONFIRMED, "starts_at__lt": self.now, "ends_at__lte": self.now},
            ),
            "Candidates out of attempts": Listing(
                Candidate, {"call_tracking_status__exact": TrackingStatus.MAX_ATTEMPTS_REACHED}
            ),
            "Attempts whose end is unknown": Listing(
                Candidate, {"call_tracking_call_history__outcome__exact": Outcome.UNKNOWN}
            ),
            "Invitations that failed": Listing(Invitation, {"invitation_status__exact": DeliveryStatus.FAILED}),
            "Notices to interviewers that failed": Listing(Notice, {"notice_status__exact": DeliveryStatus.FAILED}),
            "Follow-up mails that failed": Listing(FollowUp, {"delivery_status__exact": DeliveryStatus.FAILED}),
        }

    @property
    def free_slots(self) -> Listing:
        """The slots that could be offered now."""
        soonest = self.now + timedelta(minutes=settings.NOTICE_MINUTES)
        return Listing(Slot, {"status__exact": SlotStatus.OPEN, "starts_at__gte": soonest})
