"""The document that keeps an uploaded CSV file until it is imported."""

from mongoengine import (
    BinaryField,
    DateTimeField,
    Document,
    IntField,
    StringField,
)


class ImportFile(Document):
    """A CSV file whose preview somebody looks at; MongoDB deletes it after an hour."""

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
