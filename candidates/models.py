"""Django models over the candidates and the suppression list, for the admin."""

from typing import Any

from candidates import documents, saving, search
from candidates.suppression import documents as suppression
from config.mirror import Writer, mirror, mirror_embedded_rows


class CandidateWriter(Writer):
    """Writes candidates as the services do, in one transaction with the suppression list."""

    def insert(self, document: documents.Candidate) -> None:
        document.validate(clean=True)
        document.id = saving.insert(document)["_id"]

    def update(self, collection: Any, condition: dict[str, Any], changes: dict[str, Any]) -> bool:
        return saving.change(condition, changes) is not None


Candidate = mirror(
    documents.Candidate,
    __name__,
    folded={"search_words": search.folded},
    writer=CandidateWriter(),
    meta={
        "permissions": [
            ("start_call", "Can start a call"),
            ("reset_attempts", "Can reset the attempts of a candidate"),
            ("import_candidates", "Can import candidates"),
        ]
    },
)
CallAttempt = mirror_embedded_rows(Candidate, "call_tracking_call_history", __name__)

Suppression = mirror(
    suppression.Suppression,
    __name__,
    meta={
        "verbose_name": "number not to be called",
        "verbose_name_plural": "numbers not to be called",
        "default_permissions": ("view", "add"),
        "permissions": [("lift_suppression", "Can take a number off the suppression list")],
    },
)
SuppressionEvent = mirror_embedded_rows(Suppression, "history", __name__)
