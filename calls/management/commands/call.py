"""Starts a call to one candidate from the command line."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from calls import placing, telephony
from calls.dialling import NotDialling
from calls.documents import ConversationSession
from calls.telephony.base import TelephonyError, begin_lease
from candidates import attempts
from candidates import services as candidates

NOT_ALLOWED, NOT_FOUND, NOT_PLACED = 1, 2, 3
LOOK_AGAIN_SECONDS = 0.5


class Command(BaseCommand):
    """Places the call, and with --follow shows it to its end."""

    help = (
        "Call a candidate. Exit codes: 0 the call was placed, 1 the candidate, or anybody, may not be called "
        "now, 2 there is no such candidate, 3 the phone service did not place the call."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("candidate_id", help="the candidate's id, as /list-candidates shows it")
        parser.add_argument("--follow", action="store_true", help="show what is said until the call has ended")

    def handle(self, *, candidate_id: str, follow: bool, **_: Any) -> None:
        """Place the call. :raises CommandError: with the exit code that says why not."""
        try:
            placed = placing.place_call(
                candidate_id=candidate_id, lease=begin_lease(), now=timezone.now(), telephony=telephony.backend()
            )
        except candidates.CandidateNotFound as error:
            raise CommandError(str(error), returncode=NOT_FOUND) from error
        except (attempts.CallBlocked, NotDialling) as error:
            raise CommandError(str(error), returncode=NOT_ALLOWED) from error
        except (TelephonyError, placing.InvalidPhoneNumber) as error:
            raise CommandError(str(error), returncode=NOT_PLACED) from error
        self.stdout.write(f"Call initiated to {placed.candidate.phone}: {placed.call_sid}")
        if follow:
            self._follow(placed)

    def _follow(self, placed: placing.Placed) -> None:
        shown = 0
        while session := ConversationSession.objects(id=placed.session_id).first():
            for turn in session.turns[shown:]:
                if turn.number:
                    self.stdout.write(f"> {turn.heard or turn.keys or '(silence)'}")
                self.stdout.write(f"☎  {' '.join(turn.said)}")
            shown = len(session.turns)
            if session.ended_at:
                self.stdout.write(f"Ended: {session.outcome}")
                return
            time.sleep(LOOK_AGAIN_SECONDS)
