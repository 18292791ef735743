"""Sets the scene of a run in the application's own database: who may call, whom, and what times there are.

Run as `python -m tests.tools.torture.seed_data SEED CALLS`; prints the token of the recruiter.
"""

import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, islice

import django

from interviews import slots
from tests.tools.torture import shifted_clock
from tests.tools.torture.plan import FIRST_SLOTS, Plan

# Where people live, how their numbers begin, and how many digits follow
ABROAD = [
    ("Asia/Kolkata", "+9198", 8),
    ("America/New_York", "+1212", 7),
    ("Europe/London", "+447700", 6),
    ("Europe/Berlin", "+49151", 8),
    ("Australia/Lord_Howe", "+61412", 6),  # its clocks change by half an hour
]
ON_THE_CHANGE = [ABROAD[1], ABROAD[2], ABROAD[3]]
INTERVIEWERS = ["priya@acme.example", "jonas@acme.example", "mary@acme.example"]
NAMES = ["Asha Rao", "Jörg Müller-Lüdenscheidt", "Seán O'Brien", '<b>Bobby</b> & "Tables"', "李小龍"]


def write_seed_data(plan: Plan, now: datetime) -> None:
    """Add the candidates, and the slots: the first are offered, the rest withdrawn until a step offers them."""
    from candidates import services as candidates

    places = ON_THE_CHANGE if plan.changes_clocks else ABROAD
    for number in range(plan.candidates):
        draw = plan.draw("candidate", number)
        zone, prefix, digits = draw.choice(places)
        candidates.create_candidate(
            now=now,
            name=draw.choice(NAMES),
            phone=f"{prefix}{number + 2_000_000 * (digits == 7) + 100_000 * (digits == 6):0{digits}d}",
            email=f"candidate-{number}@example.com",
            position="Engineer",
            time_zone=zone,
        )
    for number, (starts_at, interviewer) in enumerate(islice(slot_times(plan, now), plan.slots)):
        slot = slots.create_slot(
            now=now,
            interviewer_name=interviewer.partition("@")[0].title(),
            interviewer_email=interviewer,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
        )
        if number >= FIRST_SLOTS:
            slots.withdraw_slot(slot_id=slot.id)


def slot_times(plan: Plan, now: datetime) -> Iterator[tuple[datetime, str]]:
    """Return when who interviews, without end: each time with every interviewer before the next."""
    first = now.replace(minute=30, second=0, microsecond=0) + timedelta(hours=1 if plan.changes_clocks else 27)
    for number in count():
        nth, who = divmod(number, len(INTERVIEWERS))
        yield first + timedelta(minutes=30 * nth), INTERVIEWERS[who]


def recruiter_token() -> str:
    """Add a member of staff, and return the token that lets them start calls."""
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    recruiter = User.objects.create_superuser("rita", password=None)
    return Token.objects.create(user=recruiter).key


def main(seed: str, calls: str) -> None:
    """Make the database and all that is in it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    shifted_clock.install()
    from django.core.management import call_command

    call_command("prepare", verbosity=0)
    write_seed_data(Plan(int(seed), int(calls)), shifted_clock.Clock(shifted_clock.directory()).now())
    sys.stdout.write(recruiter_token())


if __name__ == "__main__":
    main(*sys.argv[1:])
