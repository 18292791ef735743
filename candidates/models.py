"""The candidates as Django's admin sees them."""

from typing import Any

from candidates import documents, saving
from config.mirror import Writer, mirror, mirror_rows


class CandidateWriter(Writer):
    """Writes candidates as the services do, with what was refused of their numbers."""

    def insert(self, document: documents.Candidate) -> None:
        """Save a new candidate."""
        document.validate(clean=True)
        document.id = saving.insert(document)["_id"]

    def update(self, collection: Any, condition: dict[str, Any], changes: dict[str, Any]) -> bool:
        """Change a candidate."""
        return saving.change(condition, changes) is not None


Candidate = mirror(
    documents.Candidate,
    __name__,
    folded={"search_words": documents.folded},
    writer=CandidateWriter(),
    meta={
        "permissions": [
            ("start_call", "Can start a call"),
            ("reset_attempts", "Can reset the attempts of a candidate"),
            ("import_candidates", "Can import candidates"),
        ]
    },
)
CallAttempt = mirror_rows(Candidate, "call_tracking_call_history", __name__)
