"""The candidates app: who we call and what came of it."""

from django.apps import AppConfig


class CandidatesConfig(AppConfig):
    """Knows nothing above it."""

    name = "candidates"
