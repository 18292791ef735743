"""Fills an empty database with candidates and slots to try things with."""

from datetime import time, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from candidates.documents import Candidate
from candidates.services import create_candidate
from interviews.weekly_patterns import WeeklyPattern
from interviews.weekly_slots import add_weekly_slots

# Numbers that no phone has: Ofcom keeps 07700 900000 to 900999 for fiction. The last digit chooses how the simulated
# person behaves, as their note says
CANDIDATES = (
    ("Asha Rao", "+447700900001", "Backend Engineer", "Agrees to the second time offered."),
    ("Vikram Singh", "+447700900002", "Data Analyst", "Asks for another day."),
    ("Meera Nair", "+447700900003", "Product Designer", "Presses keys."),
    ("Arjun Mehta", "+447700900004", "Backend Engineer", "Says nothing."),
    ("Kavya Iyer", "+447700900005", "Support Lead", "Does not answer."),
    ("Rohan Gupta", "+447700900006", "Data Analyst", "Is busy."),
    ("Divya Menon", "+447700900007", "Product Designer", "Has a voicemail."),
    ("Sanjay Patel", "+447700900008", "Support Lead", "Is a wrong number."),
    ("Nisha Verma", "+447700900009", "Backend Engineer", "Asks us to stop calling."),
    ("Karan Shah", "+447700900010", "Site Reliability Engineer", "Agrees to the first time offered."),
)
INTERVIEWERS = (("Priya Sharma", "priya@acme.example"), ("Daniel Wood", "daniel@acme.example"))
ZONE = "Asia/Kolkata"


class Command(BaseCommand):
    """Adds nothing where there is a candidate already, or where a real phone could ring."""

    help = "Fill an empty database with ten candidates and two weeks of slots to try things with."

    def handle(self, *, verbosity: int, **_: Any) -> None:
        if not settings.SIMULATED or Candidate.objects.first():
            return
        now = timezone.now()
        for name, phone, position, notes in CANDIDATES:
            create_candidate(
                name=name,
                phone=phone,
                email=f"{name.split()[0].lower()}@candidates.example",
                position=position,
                company="Acme",
                time_zone=ZONE,
                language="en-IN",
                tags=["demo"],
                notes=notes,
                now=now,
            )
        tomorrow = now.date() + timedelta(days=1)
        pattern = WeeklyPattern(
            first=tomorrow,
            last=tomorrow + timedelta(days=13),
            weekdays=frozenset(range(5)),
            begins=time(10),
            ends=time(17),
            minutes=60,
            time_zone=ZONE,
        )
        slots = 0
        for name, email in INTERVIEWERS:
            added, _ = add_weekly_slots(pattern=pattern, interviewer_name=name, interviewer_email=email, now=now)
            slots += added
        if verbosity:
            self.stdout.write(f"{len(CANDIDATES)} demo candidates and {slots} slots added.")
