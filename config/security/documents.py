"""How much each client has had of a limit, counted for all processes together."""

from mongoengine import DateTimeField, Document, IntField, StringField


class Allowance(Document):
    """What one client has had of a limit in one span of time; MongoDB deletes it soon after."""

    meta = {
        "collection": "allowances",
        "strict": True,
        "auto_create_index": False,
        "indexes": [{"fields": ["ends_at"], "expireAfterSeconds": 60}],
    }

    id = StringField(primary_key=True)
    taken = IntField(required=True)
    ends_at = DateTimeField(required=True)
