"""The interviews app: slots, bookings, invitations, and the conversation that agrees a time."""

from django.apps import AppConfig


class InterviewsConfig(AppConfig):
    """Knows candidates; calls are above it."""

    name = "interviews"

    def ready(self) -> None:
        """Connect the receivers."""
        from interviews import receivers  # noqa: F401 - the import connects them
