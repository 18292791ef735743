"""The admin pages of interviews, slots and mails: their addresses, what they show, and documents to show on them."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from bson import ObjectId
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse

from interviews import outbox
from interviews.documents import FollowUp, Interview
from tests.factories import NOW, PRIYA, a_candidate
from tests.interviews.interview_changes import a_mailed_interview

SLOTS, INTERVIEWS = "/admin/interviews/slot/", "/admin/interviews/interview/"
INVITATIONS, NOTICES = "/admin/interviews/invitation/", "/admin/interviews/notice/"
FOLLOW_UPS = "/admin/interviews/followup/"
LISTS = [SLOTS, INTERVIEWS, INVITATIONS, NOTICES, FOLLOW_UPS]
AFTERWARDS = NOW + timedelta(days=3)


def an_interview_with_failed_mails() -> Interview:
    interview = a_mailed_interview()
    Interview.objects(id=interview.id).update_one(
        set__invitation__status="failed", set__invitation__error="nobody of that name", set__notice__status="failed"
    )
    return interview


def a_follow_up(*, status: str = "sent", **fields: Any) -> FollowUp:
    outbox.queue_follow_up(candidate_id=a_candidate(**fields).id, session_id=ObjectId(), now=NOW)
    FollowUp.objects.update(set__delivery__status=status)
    return FollowUp.objects.get()


def page_text(response: HttpResponse) -> str:
    page = re.sub(r"<(script|style|select)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def count_rows(response: HttpResponse) -> int:
    return len(response.context["cl"].result_list)


def buttons(response: HttpResponse) -> list[str]:
    return [each["button"].name for each in response.context["buttons"]]


def messages(response: HttpResponse) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def history() -> list[tuple[str, str]]:
    return [(entry.object_repr, entry.get_change_message()) for entry in LogEntry.objects.order_by("pk")]


SLOT_TIMES = {"starts_at_0": "2026-03-04", "starts_at_1": "10:00", "ends_at_0": "2026-03-04", "ends_at_1": "11:00"}
WEEKLY = f"{SLOTS}weekly/"
MORNINGS = {
    **PRIYA,
    "first": "2026-03-02",
    "last": "2026-03-08",
    "weekdays": [0, 1, 2, 3, 4],
    "begins": "09:00",
    "ends": "12:00",
    "minutes": "60",
    "time_zone": "Asia/Kolkata",
}
