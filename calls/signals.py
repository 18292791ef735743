"""What has happened with calls, for whoever wants to know; each carries ids only."""

from django.dispatch import Signal

call_ended = Signal()  # session_id, now: the session holds the outcome
