"""What the plain FastAPI version takes and gives, as pydantic models."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from calls.telephony.twilio import twiml


class TurnForm(BaseModel):
    """What was heard."""

    CallSid: str
    Digits: str = ""
    SpeechResult: str = ""
    Confidence: float | None = None

    def as_input(self) -> twiml.Input:
        if self.Digits:
            return twiml.Keys(self.Digits)
        return twiml.Speech(self.SpeechResult, self.Confidence) if self.SpeechResult else twiml.Nothing()


class StatusForm(BaseModel):
    """How the call stands."""

    CallSid: str
    CallStatus: str
    SequenceNumber: int


Id = Annotated[str, BeforeValidator(str)]


class Attempt(BaseModel):
    """One dial."""

    number: int
    session_id: Id
    call_sid: str | None = None
    initiated_at: datetime
    ended_at: datetime | None = None
    duration_seconds: int | None = None
    twilio_status: str | None = None
    outcome: str
    notes: str | None = None
    error_code: int | None = None


class Tracking(BaseModel):
    """A candidate's calls."""

    total_attempts: int
    max_attempts: int
    status: str
    can_call_again: bool = False
    last_attempt_at: datetime | None = None
    next_attempt_at: datetime | None = None
    call_history: list[Attempt] = []

    def model_post_init(self, _context: Any) -> None:
        """Say whether an attempt is left."""
        self.can_call_again = self.status == "active" and self.total_attempts < self.max_attempts


class Candidate(BaseModel):
    """A candidate as listed."""

    id: Id = Field(validation_alias="_id")
    name: str
    phone: str
    email: str
    call_tracking: Tracking


class CandidatePage(BaseModel):
    """One page of candidates."""

    status: str = "success"
    candidates: list[Candidate]
    total: int
    next: str | None


class CallOrder(BaseModel):
    """Whom to call."""

    candidate_id: str = Field(pattern="^[0-9a-f]{24}$")


class Called(BaseModel):
    """The candidate who is called."""

    id: Id = Field(validation_alias="_id")
    name: str
    phone: str
    email: str
    position: str | None = None
    company: str | None = None


class AttemptsUsed(BaseModel):
    """The attempts as the call leaves them."""

    total_attempts: int
    max_attempts: int
    can_call_again: bool


class CallStarted(BaseModel):
    """A call that is on its way."""

    status: str = "success"
    message: str
    call_sid: str
    call_status: str
    session_id: str
    candidate: Called
    call_tracking: AttemptsUsed
