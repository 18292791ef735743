"""The keyed hash by which a number is recognised after the number itself is erased."""

import hmac
import secrets
from functools import cache

from pymongo import ReturnDocument, WriteConcern

from candidates.suppression.documents import SuppressionKey

NUMBERS = "numbers"
KEY_BYTES = 32


def number_id(phone: str) -> str:
    """Return the HMAC-SHA256 of a number in E.164, in hexadecimal.

    It is keyed, since a plain hash of so few possible numbers is undone by trying them all.
    """
    return hmac.digest(key(), phone.encode(), "sha256").hex()


@cache
def key() -> bytes:
    """Return the key, which the first process to ask makes.

    It is no other secret of ours, as those are rotated.
    """
    # To a majority, even if MONGODB_URI says otherwise: were the key lost in a failover, no number that was hashed with
    # it would be found again
    keys = SuppressionKey._get_collection().with_options(write_concern=WriteConcern("majority"))
    made = {"$setOnInsert": {"key": secrets.token_bytes(KEY_BYTES)}}
    after = ReturnDocument.AFTER
    return bytes(keys.find_one_and_update({"_id": NUMBERS}, made, upsert=True, return_document=after)["key"])
