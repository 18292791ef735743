"""Runs the torture: `python -m tests.tools.torture --calls 1000 --seed 7`; exit code 1 if a promise was broken."""

import argparse
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

import django

from tests.tools.torture import shifted_clock
from tests.tools.torture.plan import Plan
from tests.tools.torture.processes import Mongod, free_port


def main() -> int:

    words = argparse.ArgumentParser(prog="python -m tests.tools.torture", description=__doc__)
    words.add_argument("--calls", type=int, default=1000, help="how many calls are dialled under faults")
    words.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="repeats a run")
    words.add_argument("--update", action="store_true", help="write the figures into docs/torture.md")
    words.add_argument("--keep", action="store_true", help="keep the logs of a run that broke nothing, too")
    asked = words.parse_args()
    began = time.monotonic()
    directory = Path(tempfile.mkdtemp(prefix=f"callflow-torture-{asked.seed}-"))
    plan = Plan(asked.seed, asked.calls)
    report_line(f"{plan.calls} calls, seed {plan.seed}; everything is kept in {directory} meanwhile")
    evidence = run(plan, directory)
    from tests.tools.torture import report

    found, seconds = report.audited(evidence), time.monotonic() - began
    is_held = not any(found.values())
    (directory / "report.txt").write_text(report.write(evidence, plan, found, seconds=seconds, shown=10_000))
    report_line(report.write(evidence, plan, found, seconds=seconds, shown=5))
    if asked.update and is_held:
        report.update_docs(evidence, plan)
    if is_held and not asked.keep:
        shutil.rmtree(directory)
    else:
        report_line(f"Look into {directory}: report.txt, web.log, jobs-*.log, twilio.log, *.jsonl")
        report_line(f"Again: make torture CALLS={plan.calls} SEED={plan.seed}")
    return 0 if is_held else 1


def run(plan: Plan, directory: Path):
    """Run, with Twilio's world in this process, and return the evidence."""
    ports = {name: free_port() for name in ("web", "api", "mail")}
    settings = settings_for(ports)
    os.environ |= settings
    twilio = Mongod(directory, "twilio-mongod")
    os.environ |= {"MONGODB_URI": twilio.uri, "MONGODB_DATABASE": "twilio", "VAR_DIR": str(directory / "twilio")}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", shifted_clock.DIRECTORY: str(directory)}
    django.setup()
    logging.basicConfig(filename=directory / "twilio.log", level=logging.INFO, force=True)
    from tests.tools.torture.run import Run

    torture = Run(plan, directory, settings, ports)
    try:
        return torture.go()
    finally:
        torture.callflow.end()
        twilio.end()


def settings_for(ports: dict[str, int]) -> dict[str, str]:
    """Return the settings of the Callflow under test: as in production, but for the addresses and some patience."""
    return {
        "HOST": "127.0.0.1",
        "PORT": str(ports["web"]),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{ports['web']}",
        "TWILIO_ACCOUNT_SID": "AC" + "7" * 32,
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_PHONE_NUMBER": "+15005550006",
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{ports['api']}",
        "EMAIL_URL": f"smtp://127.0.0.1:{ports['mail']}",
        "EMAIL_TIMEOUT": "5",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": "",
        "RING_SECONDS": "5",
        "NOTICE_MINUTES": "20",
        "CALLING_HOURS": "0-24",
        "TIME_ZONE": "America/New_York",
        "LOG_PERSONAL_DATA": "true",
        "API_REQUESTS_PER_MINUTE": "0",
    }


def report_line(text: str) -> None:
    """Say it to whoever runs this."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
