"""After the faults: the world heals, then time passes by leaps, until nothing changes any more."""

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError

from tests.tools.torture import process_faults

if TYPE_CHECKING:
    from tests.tools.torture.run import Run

LEAPS = [
    *(timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=40), timedelta(hours=3)),
    *(timedelta(days=1), timedelta(days=61), timedelta(days=1)),
]
MAX_LEAPS = 25
LOOKED_AT_SECONDS, QUIET_LOOKS, PATIENCE_SECONDS = 0.5, 5, 180.0
logger = logging.getLogger(__name__)


def recover(run: "Run") -> bool:
    """Let time pass; return whether it came to rest."""
    for kind in process_faults.MOMENTS:
        for order in process_faults.orders_of(kind, run.directory).iterdir():
            if order.is_file():
                order.unlink()
    before = wait_for_quiet(run)
    for nth in range(MAX_LEAPS):
        run.clock.leap(LEAPS[nth] if nth < len(LEAPS) else timedelta(days=1))
        after = wait_for_quiet(run)
        logger.info("Leap %d: %s", nth, "nothing changed" if before == after else "something changed")
        if nth >= len(LEAPS) - 1 and after == before and after:
            return True
        before = after
    return False


def wait_for_quiet(run: "Run") -> str:
    """Wait until no call is under way and the database stands still; return its hash, "" where it never does."""
    end, quiet, last = time.monotonic() + PATIENCE_SECONDS, 0, ""
    while time.monotonic() < end:
        time.sleep(LOOKED_AT_SECONDS)
        now = hash_of(run)
        is_quiet = now == last and not run.under_way() and run.postman.is_idle() and not run.recruiters.pending()
        quiet, last = (quiet + 1 if is_quiet else 0), now
        if quiet >= QUIET_LOOKS:
            return last
    return ""


def hash_of(run: "Run") -> str:
    """Return a hash of all that the application keeps in MongoDB."""
    try:
        return str(run.callflow.database.command("dbHash")["md5"])
    except PyMongoError:
        return ""
