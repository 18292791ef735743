"""Runs a job and notes that it ran, for whoever wants to know from outside whether the jobs are alive."""

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from pymongo import WriteConcern
from pymongo.errors import ConnectionFailure, PyMongoError

from config.jobs.documents import JobRun

logger = logging.getLogger(__name__)

# Runs that did nothing are noted no more often
NOTED_EVERY_SECONDS = 30
# A note that a failover loses harms nothing: a later run makes another
NOTE = WriteConcern(w=1)

_noted: dict[str, float] = {}


def run_job(path: str, job: Callable[..., int], *, now: datetime) -> int:
    """Run the job, note the run by one small write at most, and return how much was done.

    What the job raises is raised; that the run could not be noted is only logged.
    """
    try:
        done = job(now=now)
    except Exception as error:
        _noted.pop(path, None)  # the next run that succeeds is noted at once
        if not isinstance(error, ConnectionFailure):  # else the note would wait for the database in vain, too
            _note(path, {"$set": _run(now) | {"error": type(error).__name__}, "$inc": {"failures": 1}})
        raise
    if done or time.monotonic() - _noted.get(path, -NOTED_EVERY_SECONDS) >= NOTED_EVERY_SECONDS:
        _noted[path] = time.monotonic()
        run = _run(now)
        success = {"done": done, "succeeded_at": run["finished_at"], "failures": 0}
        _note(path, {"$set": run | success, "$unset": {"error": ""}})
    return done


def _run(started_at: datetime) -> dict[str, Any]:
    return {
        "started_at": started_at,
        "finished_at": timezone.now(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
    }


def _note(path: str, update: dict[str, Any]) -> None:
    try:
        JobRun._get_collection().with_options(write_concern=NOTE).update_one({"_id": path}, update, upsert=True)
    except PyMongoError as error:
        logger.warning("The run of job %s could not be noted: %s", path, error)
