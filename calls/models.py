"""Calls as Django's admin sees them."""

from calls import documents
from candidates import models as candidates  # noqa: F401 - what is referred to is mirrored first
from config.mirror import mirror

ConversationSession = mirror(
    documents.ConversationSession,
    __name__,
    meta={"verbose_name": "call", "permissions": [("switch_dialling", "Can turn all dialling on and off")]},
)
