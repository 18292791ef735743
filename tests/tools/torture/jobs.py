"""Runs the jobs of a run, with short pauses, in a process that can be killed at a given moment."""

import logging
import os

import django
from django.conf import settings
from django.core.management import call_command

from tests.tools.torture import process_faults, shifted_clock

SHORTEST_PAUSE_SECONDS, HASTE = 0.7, 100


def main() -> None:
    """Run until told to stop, or killed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    process_faults.watch("jobs", shifted_clock.directory())
    django.setup()
    shifted_clock.install()
    logging.getLogger(__name__).info("The runner begins")
    settings.JOBS = {job: max(SHORTEST_PAUSE_SECONDS, pause / HASTE) for job, pause in settings.JOBS.items()}
    call_command("run_jobs")


if __name__ == "__main__":
    main()
