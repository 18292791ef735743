"""Signals about interviews; each carries ids only."""

from django.dispatch import Signal

interview_confirmed = Signal()  # interview_id, now: the booking is saved
