"""The project itself as an app: it brings the foundations and the commands that belong to no other."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the connection to MongoDB; nothing connects before the first use."""

    name = "config"

    def ready(self) -> None:
        """Register the connection, and the checks of what must be true before going live."""
        from config import checks  # noqa: F401 - the import registers the checks
        from config.mongo import client

        client.register()
