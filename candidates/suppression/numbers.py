"""The keyed hash that a number is known by when the number itself is erased."""

import hmac
import secrets
from functools import cache

from pymongo import ReturnDocument, WriteConcern

from candidates.suppression.documents import SuppressionKey

NUMBERS = "numbers"
KEY_BYTES = 32


def number_id(phone: str) -> str:
    """Return the HMAC-SHA256 of a number in E.164, in hexadecimal."""
    return hmac.digest(key(), phone.encode(), "sha256").hex()


@cache
def key() -> bytes:
    """Return the key, having made it where there is none: the first write wins, and everybody reads that.

    Written to a majority even if the database's address says otherwise: a number hashed with a key that is lost in a
    failover would never be found again. It is no other secret of ours, as those are rotated.
    """
    keys = SuppressionKey._get_collection().with_options(write_concern=WriteConcern("majority"))
    made = {"$setOnInsert": {"key": secrets.token_bytes(KEY_BYTES)}}
    after = ReturnDocument.AFTER
    return bytes(keys.find_one_and_update({"_id": NUMBERS}, made, upsert=True, return_document=after)["key"])
