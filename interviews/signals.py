"""What has happened with interviews, for whoever wants to know; each carries ids only."""

from django.dispatch import Signal

interview_confirmed = Signal()  # interview_id, now: the booking is saved
