"""The calls app: how we reach candidates by phone."""

from django.apps import AppConfig

from candidates import deletion


class CallsConfig(AppConfig):
    """The uppermost app: knows interviews and candidates."""

    name = "calls"

    def ready(self) -> None:
        """Connect the receivers, and say which candidates are still needed."""
        from calls import keeping, receivers  # noqa: F401 - the import connects them

        deletion.guards.append(keeping.need_of)
