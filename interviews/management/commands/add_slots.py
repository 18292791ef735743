"""Adds the slots that an interviewer offers every week."""

from datetime import date, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from mongoengine import ValidationError

from config.mongo.fields import validate_time_zone
from interviews.weekly_patterns import ImpossiblePattern, WeeklyPattern, read_weekdays
from interviews.weekly_slots import add_weekly_slots

WRONG = 2


class Command(BaseCommand):
    """Adds a weekly pattern between two dates."""

    help = (
        "Add an interviewer's free slots between two dates, by a weekly pattern: "
        "add_slots jo@acme.com --name 'Jo Lee' --first 2026-12-01 --last 2026-12-31 --days mon-fri "
        "--from 10:00 --to 16:00 --minutes 60 --time-zone Asia/Kolkata. "
        "What overlaps a slot of theirs or lies in the past is passed over, so running it twice adds nothing. "
        "Exit codes: 0 done, 2 the pattern is impossible."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the interviewer's address")
        parser.add_argument("--name", required=True, help="the interviewer's name")
        parser.add_argument("--first", required=True, type=date.fromisoformat, help="the first day, YYYY-MM-DD")
        parser.add_argument("--last", required=True, type=date.fromisoformat, help="the last day, YYYY-MM-DD")
        parser.add_argument("--days", default="mon-fri", help="days of the week (default: %(default)s)")
        parser.add_argument("--from", dest="begins", required=True, type=time.fromisoformat, help="HH:MM, local")
        parser.add_argument("--to", dest="ends", required=True, type=time.fromisoformat, help="HH:MM, local")
        parser.add_argument("--minutes", type=int, default=60, help="length of a slot (default: %(default)s)")
        parser.add_argument("--time-zone", required=True, help="the IANA zone of these hours, such as Asia/Kolkata")

    def handle(self, *, email: str, name: str, days: str, time_zone: str, **options: Any) -> None:
        parts = {key: options[key] for key in ("first", "last", "begins", "ends", "minutes")}
        try:
            validate_time_zone(time_zone)
            pattern = WeeklyPattern(weekdays=read_weekdays(days), time_zone=time_zone, **parts)
            added, skipped = add_weekly_slots(
                pattern=pattern, interviewer_name=name, interviewer_email=email, now=timezone.now()
            )
        except ImpossiblePattern as error:
            raise CommandError(str(error), returncode=WRONG) from error
        except ValidationError as error:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(error.to_dict().items()))
            raise CommandError(reasons or error.message, returncode=WRONG) from error
        self.stdout.write(f"{added} slots added, {skipped} passed over.")
