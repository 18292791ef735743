"""Whether the jobs run, and do not fail."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from config.doctor.findings import Finding, right, wrong
from config.jobs.documents import JobRun

NAME = "Jobs"
# A job may wait this long for its turn behind another
PATIENCE = timedelta(minutes=5)
START = "Keep `manage.py run_jobs` running, or Celery's worker and beat."


def check_jobs(now: datetime) -> Iterator[Finding]:
    """Yield which jobs have not run lately, and which fail."""
    runs = {run.name: run for run in JobRun.objects(name__in=list(settings.JOBS))}
    late = {
        path: runs.get(path)
        for path, pause in settings.JOBS.items()
        if path not in runs or runs[path].started_at < now - PATIENCE - 3 * timedelta(seconds=pause)
    }
    failing = [run for run in runs.values() if run.failures and run.name not in late]
    if len(late) == len(settings.JOBS):
        last = max((run.started_at for run in runs.values()), default=None)
        yield wrong(NAME, f"None runs; one last ran {_at(last)}." if last else "None has ever run.", START)
    else:
        for path, run in late.items():
            yield wrong(NAME, f"{path} last ran {_at(run.started_at)}." if run else f"{path} has never run.", START)
    for run in failing:
        words = f"{run.name} failed {run.failures} times in a row, last with {run.error} on {run.host}."
        yield wrong(NAME, words, "Look into the log of that machine for the job's name.")
    if not late and not failing:
        hosts = sorted({str(run.host) for run in runs.values()})
        yield right(NAME, f"All {len(runs)} run, on {', '.join(hosts)}.")


def _at(moment: datetime) -> str:
    return f"at {moment:%Y-%m-%d %H:%M:%S} UTC"
