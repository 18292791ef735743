"""Celery: the jobs of settings.JOBS, one task each by the same name, timed by beat. For more than one machine."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging
from django.conf import settings
from django.utils import timezone
from django.utils.log import configure_logging
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TASK_SECONDS = 600


def build() -> Celery:
    """Return the application: a task and a beat for each job. What beat sends expires at the next beat."""
    built = Celery("callflow", broker=settings.CELERY_BROKER_URL)
    built.conf.update(
        timezone="UTC",
        task_ignore_result=True,
        task_time_limit=TASK_SECONDS,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        beat_schedule_filename=str(settings.VAR_DIR / "celerybeat-schedule"),
        beat_schedule={
            path: {"task": path, "schedule": seconds, "options": {"expires": seconds}}
            for path, seconds in settings.JOBS.items()
        },
    )
    for path in settings.JOBS:
        add_task(built, path)
    return built


@setup_logging.connect
def keep_our_log(**_options: Any) -> None:
    """Have workers and beat write the log as everything else does: Celery's own would show what tasks failed over."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


def add_task(built: Celery, path: str) -> Task:
    """Register the task that runs the job at that path; the job is imported when it first runs."""

    @built.task(name=path, shared=False)
    def run() -> int:
        from config.jobs.runs import run_job  # documents can be imported only once Django is set up

        return run_job(path, import_string(path), now=timezone.now())

    return run


app = build()
