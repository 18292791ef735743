"""Reads ids of documents from requests."""

from bson import ObjectId


def object_id(text: object) -> ObjectId | None:
    """Return the ObjectId that a text is the hexadecimal form of, None where it is none."""
    return ObjectId(text) if isinstance(text, str | ObjectId) and ObjectId.is_valid(text) else None
