"""Makes the groups that people are put in: recruiters, who do the work, and viewers, who look."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand

VIEWER = {
    "candidates": ["view_candidate", "view_suppression"],
    "calls": ["view_conversationsession"],
    "interviews": ["view_slot", "view_interview", "view_followup"],
}
# Deleting candidates, giving back attempts that were used up, and taking numbers off the suppression list is for
# whoever is given it by name
RECRUITER = {
    "candidates": [
        *VIEWER["candidates"],
        *("add_candidate", "change_candidate", "start_call", "import_candidates", "add_suppression"),
    ],
    "calls": [*VIEWER["calls"], "switch_dialling"],
    "interviews": [*VIEWER["interviews"], "add_slot", "change_slot", "change_interview", "change_followup"],
}
GROUPS = {"Recruiter": RECRUITER, "Viewer": VIEWER}


class Command(BaseCommand):
    """A group that is there stays as somebody has made it."""

    help = "Create the groups Recruiter and Viewer with their permissions, where they are missing."

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        for name, wanted in GROUPS.items():
            group, is_new = Group.objects.get_or_create(name=name)
            if is_new:
                group.permissions.set(permissions(wanted))
                if verbosity:
                    self.stdout.write(f"Group {name} created.")


def permissions(wanted: dict[str, list[str]]) -> list[Permission]:
    """Return the permissions by app and codename. :raises Permission.DoesNotExist: one is not there."""
    return [
        Permission.objects.get(content_type__app_label=app, codename=codename)
        for app, codenames in wanted.items()
        for codename in codenames
    ]
