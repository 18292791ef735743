"""The calls app: how we reach candidates by phone."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """The uppermost app: knows interviews and candidates."""

    name = "calls"

    def ready(self) -> None:
        """Connect the receivers."""
        from calls import receivers  # noqa: F401 - the import connects them
