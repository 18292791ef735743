"""Slots, interviews and mails as Django's admin sees them."""

from candidates import models as candidates  # noqa: F401 - what is referred to is mirrored first
from config.mirror import mirror
from interviews import documents

Slot = mirror(documents.Slot, __name__)
Interview = mirror(documents.Interview, __name__)
FollowUp = mirror(documents.FollowUp, __name__, meta={"verbose_name": "follow-up"})


class Invitation(Interview):
    """The interviews, as the mails to their candidates: who may see the interview may see them."""

    class Meta:
        proxy = True
        default_permissions = ()


class Notice(Interview):
    """The interviews, as the mails to their interviewers."""

    class Meta:
        proxy = True
        default_permissions = ()
