"""Which calls somebody means by what they typed: those of candidates, by the beginnings of their words, or a sid."""

import re
from dataclasses import dataclass
from typing import Any

from candidates.documents import Candidate
from candidates.search import NUMBER_IN_PIECES, folded

# More ids than this make each of a page's queries slow; who types a letter wants to type more
MAX_CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class CallFilter:
    """A filter of sessions; `is_partial` where it leaves candidates out, as there are too many."""

    spec: dict[str, Any]
    is_partial: bool


def calls_meant(typed: str) -> CallFilter:
    """Return what finds the calls; of very many candidates, those of some of them."""
    is_number = NUMBER_IN_PIECES.fullmatch(typed.strip())
    words = [typed] if is_number else typed.split()
    beginnings = [folded(word) for word in words]
    if not all(beginnings):
        return CallFilter({"candidate": {"$in": []}}, is_partial=False)
    wanted = {"$and": [{"search_words": {"$regex": f"^{re.escape(word)}"}} for word in beginnings]}
    # In the order of the index: sorted, a common name would be looked for through all candidates
    ids = [found["_id"] for found in Candidate._get_collection().find(wanted, {"_id": 1}).limit(MAX_CANDIDATES + 1)]
    of_candidates = {"candidate": {"$in": ids[:MAX_CANDIDATES]}}
    by_sid = [{"call_sid": {"$regex": f"^{re.escape(folded_sid(words[0]))}"}}] if len(words) == 1 else []
    return CallFilter({"$or": [of_candidates, *by_sid]}, is_partial=len(ids) > MAX_CANDIDATES)


def folded_sid(text: str) -> str:
    """Return a call sid, or its beginning, as the phone service writes it: CA, then small hexadecimal digits."""
    return text[:2].upper() + text[2:].lower()
