"""Which data changes were applied to this database."""

from mongoengine import DateTimeField, Document, StringField


class AppliedChange(Document):
    """A data change that was applied to this database; its name is that of the change."""

    meta = {"collection": "data_changes", "strict": True, "auto_create_index": False}

    name = StringField(primary_key=True)
    applied_at = DateTimeField(required=True)
