"""Counts the round trips to MongoDB of one turn, status callback, list page and place_call, as the driver reports them.

`python -m tests.tools.bench.round_trips TOKEN` prints JSON. It is a process of its own, as listening slows a client.
"""

import json
import sys
from datetime import UTC, datetime

import django
from pymongo import monitoring


class Counter(monitoring.CommandListener):
    """Counts the commands."""

    names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Do nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Do nothing."""


def count(token: str) -> dict[str, list[str]]:
    """Return the names of the commands of each job, the second time it is done."""
    from django.conf import settings
    from mongoengine import connection

    from calls.placing import place_call
    from tests.servers import served
    from tests.tools.bench import workload
    from tests.tools.bench.comparison import NoNetwork
    from tests.tools.bench.load import Load
    from tests.tools.bench.servers import PUBLIC_BASE_URL

    database, headers = connection.get_db(), {"Authorization": f"Token {token}"}
    counted = {}
    with served(settings) as url:
        settings.PUBLIC_BASE_URL = PUBLIC_BASE_URL
        port = int(url.rpartition(":")[2])
        makers = {
            "turn": workload.turns,
            "status": workload.statuses,
            "list": lambda *_: workload.lists(database, 2, headers),
        }
        for job, make in makers.items():
            first, second = make(database, 2)
            for request in (first, second):
                Counter.names.clear()
                load = Load(port, connections=1)
                load.closed([request])
                load.close()
            counted[job] = list(Counter.names)
    for key in workload.fresh_candidates(database, 2):
        Counter.names.clear()
        place_call(candidate_id=key, now=datetime.now(UTC), telephony=NoNetwork())
    counted["place_call"] = list(Counter.names)
    return counted


if __name__ == "__main__":
    monitoring.register(Counter())
    django.setup()
    sys.stdout.write(json.dumps(count(sys.argv[1])))
