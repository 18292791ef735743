import pytest
from django.test import Client

from interviews import bookings
from interviews.documents import Interview
from tests.factories import NOW, a_candidate, a_slot, an_interview
from tests.interviews.admin.interview_pages import (
    FOLLOW_UPS,
    INTERVIEWS,
    INVITATIONS,
    LISTS,
    MORNINGS,
    NOTICES,
    SLOTS,
    WEEKLY,
    a_follow_up,
)

pytestmark = pytest.mark.usefixtures("today")

SCRIPT = "<script>alert(1)</script>"


def test_markup_in_names_is_text_on_every_page(rita: Client) -> None:
    interview = an_interview(a_candidate(name=SCRIPT, company=SCRIPT), a_slot(interviewer_name=SCRIPT))
    bookings.cancel_interview(interview_id=interview.id, reason=SCRIPT, now=NOW)
    Interview.objects.update(set__invitation__error=SCRIPT, set__invitation__status="failed")
    mail = a_follow_up(name=SCRIPT, company=SCRIPT)
    addresses = [
        *LISTS,
        *(f"{address}{interview.id}/change/" for address in (INTERVIEWS, INVITATIONS, NOTICES)),
        *(f"{address}{interview.id}/html/" for address in (INVITATIONS, NOTICES)),
        f"{FOLLOW_UPS}{mail.id}/change/",
        f"{SLOTS}{interview.slot.id}/change/",
    ]

    pages = [rita.get(address).content.decode() for address in addresses]

    assert [address for address, page in zip(addresses, pages, strict=True) if SCRIPT in page] == []
    assert all("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages)


def test_markup_in_a_pattern_is_text(rita: Client) -> None:
    page = rita.post(WEEKLY, MORNINGS | {"interviewer_name": SCRIPT})

    assert SCRIPT not in page.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; will be added" in page.content.decode()
