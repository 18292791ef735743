"""The interviews app: slots, bookings, invitations, and the conversation that agrees a time."""

from django.apps import AppConfig

from candidates import deletion


class InterviewsConfig(AppConfig):
    """Knows candidates; calls are above it."""

    name = "interviews"

    def ready(self) -> None:
        """Connect the receivers, and say which candidates are still needed."""
        from interviews import deletion_guard, receivers  # noqa: F401 - the import connects them

        deletion.guards.append(deletion_guard.need_of)
