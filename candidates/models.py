"""The candidates as Django's admin sees them."""

from candidates import documents
from config.mirror import mirror, mirror_rows

Candidate = mirror(
    documents.Candidate,
    __name__,
    folded={"search_words": documents.folded},
    meta={
        "permissions": [
            ("start_call", "Can start a call"),
            ("reset_attempts", "Can reset the attempts of a candidate"),
            ("import_candidates", "Can import candidates"),
        ]
    },
)
CallAttempt = mirror_rows(Candidate, "call_tracking_call_history", __name__)
