"""The candidates' admin pages: their addresses, a browser to open them, what they show and what was logged."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.http import HttpResponse
from django.test import Client

from candidates.documents import Candidate
from tests.factories import a_recruiter

LIST = "/admin/candidates/candidate/"
IMPORT, EXPORT = f"{LIST}import/", f"{LIST}export/"


def a_browser(*permissions: str) -> Client:
    """Sign somebody in whose group has these permissions."""
    user = a_recruiter(username="-".join(permissions))
    group = Group.objects.create(name=user.username)
    codenames = [f"{each}_candidate" if each in {"view", "add", "change", "delete"} else each for each in permissions]
    group.permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="candidates"))
    user.groups.add(group)
    client = Client()
    client.force_login(user)
    return client


def page_url(candidate: Candidate, what: str = "change") -> str:
    return f"{LIST}{candidate.id}/{what}/"


def names(response: HttpResponse) -> list[str]:
    return [candidate.name for candidate in response.context["cl"].result_list]


def messages(response: HttpResponse) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def logged() -> list[tuple[str, str]]:
    return sorted((entry.object_repr, entry.get_change_message()) for entry in LogEntry.objects.all())


def run_action(browser: Client, action: str, *candidates: Candidate, query: str = "", **data: Any) -> HttpResponse:
    """Choose an action for these candidates, as the list's form sends it."""
    chosen = {"action": action, "index": "0", "_selected_action": [str(each.id) for each in candidates]}
    return browser.post(LIST + query, chosen | {"select_across": "0"} | data, follow=True)
