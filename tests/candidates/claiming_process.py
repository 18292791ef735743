"""A process that claims one candidate's attempts from many threads, closing each, until none is left; prints its wins.

Run as `python -m tests.candidates.claiming_process CANDIDATE_ID`; it begins with the first line on standard input.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import django
from bson import ObjectId

from candidates import attempts

THREADS = 16


def claim_until_blocked(candidate_id: str) -> list[int]:
    """Claim, and close as unanswered what was won, until the limit is reached; return the numbers won."""
    from candidates.documents import Outcome

    won: list[int] = []
    while True:
        session_id = ObjectId()
        now = datetime.now(UTC)
        try:
            claimed = attempts.claim_attempt(candidate_id=candidate_id, session_id=session_id, now=now)
        except attempts.CallBlocked as error:
            if error.code == "call_limit_reached":
                return won
            continue
        won.append(claimed.call_tracking.call_history[-1].number)
        attempts.close_attempt(
            candidate_id=claimed.id, session_id=session_id, outcome=Outcome.NO_ANSWER, now=now, ended_at=now
        )


def main(candidate_id: str) -> None:
    """Say that we are ready, wait for the start, claim, and print the wins as JSON."""
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        won = list(pool.map(claim_until_blocked, [candidate_id] * THREADS))
    sys.stdout.write(json.dumps([number for numbers in won for number in numbers]))


if __name__ == "__main__":
    main(sys.argv[1])
