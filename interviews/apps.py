"""The app of slots, interviews, their mails, and the conversation that agrees a time."""

from django.apps import AppConfig

from candidates import deletion


class InterviewsConfig(AppConfig):
    name = "interviews"

    def ready(self) -> None:
        from interviews import deletion_guard, health, receivers  # noqa: F401 - the import connects the receivers

        deletion.guards.append(deletion_guard.blocker_of)
        health.register()
