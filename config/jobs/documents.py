"""The last run of each job."""

from mongoengine import DateTimeField, Document, IntField, StringField


class JobRun(Document):
    """The last run of a job, on whichever machine; `failures` counts those since it last succeeded.

    Runs that did nothing are noted every half minute only.
    """

    meta = {
        "collection": "job_runs",
        "strict": True,
        "auto_create_index": False,
        "indexes": [{"fields": ["finished_at"], "expireAfterSeconds": 30 * 24 * 3600}],  # a job that is no more
    }

    name = StringField(primary_key=True)
    started_at = DateTimeField(required=True)
    finished_at = DateTimeField(required=True)
    succeeded_at = DateTimeField()
    done = IntField()
    error = StringField()  # the exception's class: its words may hold personal data
    failures = IntField(default=0)
    host = StringField()
    pid = IntField()
