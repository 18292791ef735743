"""The calls app: how we reach candidates by phone."""

from django.apps import AppConfig

from candidates import deletion


class CallsConfig(AppConfig):
    """The uppermost app: knows interviews and candidates."""

    name = "calls"

    def ready(self) -> None:
        """Connect the receivers, say which candidates are still needed, and register what the doctor examines."""
        from calls import deletion_guard, health, receivers  # noqa: F401 - the import connects the receivers

        deletion.guards.append(deletion_guard.blocker_of)
        health.register()
