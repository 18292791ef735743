"""What is known after a run: the application's database, what Twilio and the mail server know, and each answer."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from bson import ObjectId, json_util
from pymongo.database import Database

from calls.telephony.simulator.documents import calls
from tests.tools.torture import process_faults

if TYPE_CHECKING:
    from tests.tools.torture.mail_server import AcceptedMessage
    from tests.tools.torture.run import Run

Documents = dict[Any, dict[str, Any]]


@dataclass
class Evidence:
    """What an audit looks at. `calls` is the simulator's: who was dialled and what was said, whatever we wrote down.

    Documents stand by their ids. `keys` names each call by its number and how often that was called before.
    """

    candidates: Documents
    sessions: Documents
    interviews: Documents
    slots: Documents
    follow_ups: Documents
    calls: Documents
    messages: list["AcceptedMessage"] = field(default_factory=list)
    delivered: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    deaths: list[dict[str, Any]] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    removed: dict[str, list[float]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    closed: dict[str, float] = field(default_factory=dict)
    came_to_rest: bool = True

    @classmethod
    def of(cls, database: Database[dict[str, Any]], **more: Any) -> Self:
        """Read the application's database and the simulator's."""
        names = ("candidates", "sessions", "interviews", "slots", "follow_ups")
        ours = {name: {found["_id"]: found for found in database[name].find()} for name in names}
        return cls(**ours, calls={found["_id"]: found for found in calls().find()}, **more)

    @classmethod
    def gather(cls, run: "Run", came_to_rest: bool) -> Self:
        """Gather all there is after a run, and keep it with the logs."""
        deaths = [*process_faults.deaths("web", run.directory), *process_faults.deaths("jobs", run.directory)]
        evidence = cls.of(
            run.callflow.database,
            messages=list(run.post_office.messages),
            delivered=list(run.postman.delivered),
            answers=list(run.recruiters.answers),
            deaths=deaths,
            outages=list(run.callflow.outages),
            faults=run.faults.counts(),
            keys=dict(run.dialled.keys),
            removed=dict(run.recruiters.removed),
            gone=set(run.recruiters.gone),
            closed=dict(run.recruiters.closed),
            came_to_rest=came_to_rest,
        )
        for name in ("candidates", "sessions", "interviews", "slots", "follow_ups", "calls"):
            documents = getattr(evidence, name).values()
            (run.directory / f"{name}.jsonl").write_text("\n".join(map(json_util.dumps, documents)))
        for name in ("delivered", "answers", "deaths"):
            (run.directory / f"{name}.jsonl").write_text("\n".join(map(json.dumps, getattr(evidence, name))))
        return evidence

    def session_of(self, call: dict[str, Any]) -> dict[str, Any] | None:
        """Return the session that the call's address names."""
        return self.sessions.get(ObjectId(call["voice_url"].partition("/voice/")[2][:24]))

    def call_of(self, session_id: ObjectId | None) -> dict[str, Any] | None:
        """Return the call whose address names the session; the last, should there be several."""
        found = [call for call in self.calls.values() if str(session_id) in call["voice_url"]]
        return max(found, key=lambda call: call["placed_at"], default=None)

    def calls_to(self, candidate: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the calls to the candidate, in order; not those to whoever had the number and was deleted."""
        return [call for call in self.calls_to_number(candidate["phone"]) if not self.is_of_removed(call)]

    def calls_to_number(self, phone: str) -> list[dict[str, Any]]:
        found = [call for call in self.calls.values() if call["to"] == phone]
        return sorted(found, key=lambda call: call["placed_at"])

    def is_of_removed(self, call: dict[str, Any]) -> bool:
        """Tell whether the candidate who was called was deleted since."""
        at = call["placed_at"].timestamp()
        return any(at <= removed_at for removed_at in self.removed.get(call["to"], ()))

    def is_death_near(self, kind: str, at: float, *, within: timedelta) -> bool:
        """Tell whether a process of that kind died within that long of the time, before or after."""
        seconds = within.total_seconds()
        return any(death["kind"] == kind and abs(death["at"] - at) <= seconds for death in self.deaths)

    def is_outage_near(self, at: float, *, within: timedelta) -> bool:
        """Tell whether mongod was away at the time, or within that long of it."""
        seconds = within.total_seconds()
        return any(start - seconds <= at <= end + seconds for start, end in self.outages)
