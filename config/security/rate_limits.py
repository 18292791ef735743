"""How often somebody may do something, counted in MongoDB for all processes together."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.crypto import salted_hmac
from pymongo import ReturnDocument, WriteConcern

from config.security.documents import Allowance

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in each span of so many seconds; spans go by the clock, the same for everybody."""

    name: str
    max_count: int
    seconds: int = MINUTE

    def span(self, now: datetime) -> int:
        """Return the number of the span that holds `now`, counted since 1970."""
        return int(now.timestamp()) // self.seconds

    def seconds_left(self, now: datetime) -> int:
        """Return how long that span still lasts."""
        return self.seconds - int(now.timestamp()) % self.seconds


def take(*, limit: Limit, who: str, now: datetime, count: int = 1) -> int:
    """Take up to `count` of an allowance, by one update, and return how many there were; a negative count gives back.

    `who` is stored as a keyed digest, so that addresses and names are not kept.
    """
    span = limit.span(now)
    key = salted_hmac("allowance", f"{limit.name} {span} {who}", algorithm="sha256").hexdigest()
    ends_at = datetime.fromtimestamp((span + 1) * limit.seconds, UTC)
    # Faster than a majority. A failover may forget what was taken last, which costs a few requests too many
    counted = Allowance._get_collection().with_options(write_concern=WriteConcern(w=1))
    found = counted.find_one_and_update(
        {"_id": key},
        {"$inc": {"taken": count}, "$setOnInsert": {"ends_at": ends_at}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return max(0, min(count, limit.max_count - found["taken"] + count))
