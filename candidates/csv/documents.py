"""A CSV file between its upload and its import."""

from mongoengine import (
    BinaryField,
    DateTimeField,
    Document,
    IntField,
    StringField,
)


class ImportFile(Document):
    """A file of candidates that somebody is looking through before importing it; gone by itself within the hour."""

    meta = {
        "collection": "import_files",
        "strict": True,
        "auto_create_index": False,
        "indexes": [{"fields": ["uploaded_at"], "expireAfterSeconds": 3600}],
    }

    name = StringField(required=True)
    content = BinaryField(required=True)
    user_id = IntField(required=True)
    uploaded_at = DateTimeField(required=True)
